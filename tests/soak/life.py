"""Life: days of a small portfolio as an ERP tells them, and storms over it; the same for the same seed."""

import json
import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from emdia.messages.delivery import DeliveryKind
from emdia.ports import Posted
from infra.local.demo.people import with_cpf_digits
from tests.fakes import erp
from tests.fakes.house import EMAIL_QUEUE, SMS_QUEUE, WHATSAPP_QUEUE
from tests.soak.storm import Storm
from tests.soak.world import Arrival, World

CHANNEL_QUEUES = (EMAIL_QUEUE, SMS_QUEUE, WHATSAPP_QUEUE)
CONTRACTS = 20
RATE = 0.004  # of all calls fail on an ordinary day
STORMY = (0.0, 0.0, RATE, RATE, RATE, 0.02, 0.15)
OK, DOWN, SILENT = Posted(True, 200), Posted(False, 503, "http-503"), Posted(False, 0, "timed-out")
DELIVERED, READ, FAILED, COMPLAINED = (
    DeliveryKind.DELIVERED,
    DeliveryKind.READ,
    DeliveryKind.FAILED,
    DeliveryKind.COMPLAINED,
)
CHANNELS = (("whatsapp", "sms", "email"), ("whatsapp",), ("sms", "email"), ("email",), ("email", "sms"))


def cpf(n: int) -> str:
    return "".join(map(str, with_cpf_digits([int(digit) for digit in f"{100_200_300 + 7 * n:09d}"])))


class Life:
    """`world` and what its ERP knows. `hour` lives one hour; `rest` ends storms and gives everything its time."""

    def __init__(self, seed: int, contracts: int = CONTRACTS) -> None:
        self.world = World(seed=seed, faults=Storm(chance=random.Random(f"storm {seed}")))
        self.world.person_of, self.world.paid = {}, set()
        self.world.fates = self.fates
        self.chance = random.Random(f"life {seed}")
        self.contracts = [f"CT-{n}" for n in range(1, contracts + 1)]
        self.plans: list[tuple[datetime, Callable[[], None]]] = []
        self.invoices = 0
        self.owed: dict[str, list[tuple[str, str]]] = {}  # by contract as the house knows it: invoice and contract
        self.mood = OK
        self.world.erp.mood = lambda: self.mood if self.chance.random() < 0.9 else self.chance.choice((DOWN, SILENT))
        self.moved: Counter[str] = Counter()
        self.keys = {number: self.world.intake.contract(number) for number in self.contracts}
        for n, number in enumerate(self.contracts):
            self.sign(n, number)

    # What the ERP tells.

    def sign(self, n: int, number: str) -> None:
        """A contract, or new addresses and consents of it; every fourth has the holder of the one before."""
        person = n - 1 if n % 4 == 3 else n
        self.moved[number] += 1
        nth = self.moved[number]
        holder = {"name": f"Pessoa {person}", "cpf": cpf(person), "birth_on": "1970-01-01"}
        channels = CHANNELS[n % len(CHANNELS)]
        phone = f"98{n:03d}{nth:04d}"
        values = {"email": f"pessoa{n}.{nth}@caixa.example"} | dict.fromkeys(("sms", "whatsapp"), f"13{phone}")
        points = [
            {"id": f"p{place}.{nth}", "channel": channel, "value": values[channel], "preference": place}
            for place, channel in enumerate(channels)
        ]
        self.world.person_of |= {values["email"]: cpf(person), f"+5513{phone}": cpf(person)}
        at = self.world.clock.now()
        self.say(erp.contract(at, number, holder=holder, beneficiaries=[holder], contact_points=points))
        for channel in channels:
            agreed = {"contract": number, "channel": channel, "at": at.isoformat(), "how": "portal", "text": "Aceito."}
            self.say(erp.event("opt_in.recorded", at, agreed | {"contact_value": values[channel]}))

    def say(self, event: dict[str, Any]) -> None:
        """Told at once, later, or much later: events overtake each other."""
        late = self.chance.choice((0, 0, 0, 1, 30, 600, 1800))
        self.world.say(event, timedelta(minutes=late))

    def bill(self, number: str) -> None:
        """A fee, due in some days, and its payment: in time, late, or never until the ERP gives it up."""
        self.invoices += 1
        name, now = f"F-{self.invoices}", self.world.clock.now()
        due = now + timedelta(days=self.chance.randint(0, 10))
        self.owed.setdefault(self.keys[number], []).append((name, number))
        self.say(erp.invoice(now, name, number, due_on=f"{due:%Y-%m-%d}", reference=f"{due:%Y-%m}"))
        end = due + timedelta(hours=self.chance.choice((-60, 100, 300, 500, 900, 1400, 1700)) + self.chance.random())
        if end - due > timedelta(hours=1600):
            self.at(end, lambda: self.give_up(name, number))
        else:
            self.at(max(end, now), lambda: self.pay(name, number))

    def pay(self, name: str, number: str) -> None:
        if self.close(name, number):
            self.world.paid.add(name)
            self.say(erp.paid(self.world.clock.now(), name, number))

    def give_up(self, name: str, number: str) -> None:
        if self.close(name, number):
            self.say(self.cancelled(name, number))

    def close(self, name: str, number: str) -> bool:
        """Whether it was still owed."""
        owed = self.owed[self.keys[number]]
        if (name, number) not in owed:
            return False
        owed.remove((name, number))
        return True

    def cancelled(self, name: str, number: str) -> dict[str, Any]:
        return erp.event("invoice.cancelled", self.world.clock.now(), {"contract": number, "invoice": name})

    def hold(self, number: str) -> None:
        now, name = self.world.clock.now(), f"H-{self.chance.randrange(10**9)}"
        kind = self.chance.choice(("hold", "dispute", "stay"))
        begins = {"hold": "hold.placed", "dispute": "dispute.opened", "stay": "hospitalisation.started"}[kind]
        ends = {"hold": "hold.lifted", "dispute": "dispute.closed", "stay": "hospitalisation.ended"}[kind]
        self.say(erp.event(begins, now, {"contract": number, kind: name}))
        later = now + timedelta(hours=self.chance.randint(1, 200))
        told = {"contract": number, kind: name}
        self.at(later, lambda: self.say(erp.event(ends, self.world.clock.now(), told)))

    def at(self, when: datetime, work: Callable[[], None]) -> None:
        self.plans.append((when, work))

    # What providers and people do with a message.

    def fates(self, message: Arrival) -> Sequence[tuple[timedelta, DeliveryKind, bool]]:
        def soon(most: float) -> timedelta:
            return timedelta(hours=self.chance.random() * most)

        if self.chance.random() < 0.01:
            self.at(self.world.clock.now() + soon(20), lambda: self.world.alive(lambda: self.world.opt_out(message)))
        first = soon(self.chance.choice((0.1, 0.1, 2, 30)))
        fate = self.chance.random()
        if fate < 0.05:
            return ()
        if fate < 0.2:
            return [(first, FAILED, fate < 0.07)]
        told = [(first, DELIVERED, False)]
        if fate < 0.6:
            told.append((first + soon(5), READ, False))
        return [*told, (first + soon(9), COMPLAINED, False)] if fate < 0.205 else told

    # Time.

    def morning(self) -> None:
        """What a new day brings: fees, holds, a mood of the ERP's endpoint, weather."""
        world, day = self.world, self.world.clock.now()
        for n, number in enumerate(self.contracts):
            if day.day % 14 == (n * 5) % 14:
                self.bill(number)
            if self.chance.random() < 0.01:
                self.hold(number)
            if self.chance.random() < 0.01:
                self.sign(n, number)
        self.mood = self.chance.choices((OK, DOWN, SILENT), (30, 1, 1))[0]
        world.faults.rate, world.faults.silence = self.chance.choice(STORMY), self.chance.choice((0.0, 0.0, 0.3))
        world.dupes, world.drops = self.chance.choice((0.0, 0.1, 0.5)), self.chance.choice((0.0, 0.0, 0.02))
        if self.chance.random() < 0.2:
            world.restart()

    def hour(self) -> None:
        """An hour or so: what was planned, then every function in an order of chance, now and then twice at once."""
        world = self.world
        now = world.clock.now()
        due, self.plans = [p for p in self.plans if p[0] <= now], [p for p in self.plans if p[0] > now]
        for _, work in due:
            work()
        works = [world.post, world.apply, world.quarter, world.take, world.send, world.report, world.relay, world.seal]
        works.append(world.deliver)
        self.chance.shuffle(works)
        for work in works:
            if self.chance.random() < 0.15:
                world.meanwhile(self.befalls())
            work()
            world.look()

    def befalls(self) -> Callable[[], None]:
        """What somebody else does in between: another worker, the ERP, most often money for whom we are to write to."""
        world = self.world
        bodies = [json.loads(body) for url in CHANNEL_QUEUES for body in world.sqs.queues[url]]
        owed = [one for body in bodies for contract, *_ in body["outreach"] for one in self.owed.get(contract, ())]
        if owed and self.chance.random() < 0.2:
            name, number = self.chance.choice(owed)
            return lambda: self.money_for(name, number)
        return self.chance.choice((self.money, world.quarter, world.take, world.send, world.relay))

    def money_for(self, name: str, number: str) -> None:
        self.pay(name, number)
        for one in self.world.outgoing:
            one.at = min(one.at, self.world.clock.now())
        self.money()

    def money(self) -> None:
        """Whatever the ERP has to say arrives in this very moment, and is applied."""
        self.world.post()
        self.world.apply()

    def day(self) -> None:
        self.morning()
        world = self.world
        tomorrow = (world.clock.now() + timedelta(days=1)).replace(hour=10, minute=0)
        if self.chance.random() < 0.03:  # the schedules stand still for a while
            world.clock.move(hours=self.chance.randint(1, 30))
        while world.clock.now() < tomorrow:
            self.hour()
            local = world.clock.now().hour - 3
            world.clock.move(minutes=self.chance.randint(10, 70) if 8 <= local < 18 else 240)
            if self.chance.random() < 0.02:
                world.clock.move(seconds=-20)  # clocks of machines differ
        world.nightly()
        world.look()
        world.expire()
        if self.chance.random() < 0.5:
            world.alive(world.mend_endpoint)

    def rest(self, days: int = 8) -> None:
        """No new fees, no storms; time for what is on its way."""
        world = self.world
        world.faults.rate = world.faults.silence = world.dupes = world.drops = 0.0
        self.world.erp.mood = lambda: OK
        for plan in sorted(self.plans, key=lambda plan: plan[0]):
            world.clock.at = max(world.clock.at, plan[0])
            self.plans.remove(plan)
            plan[1]()
        for nth in range(days * 24):
            self.hour_of_rest()
            world.clock.move(minutes=60)
            if nth % 24 == 0:
                world.nightly()
                world.alive(world.mend_endpoint)

    def hour_of_rest(self) -> None:
        world = self.world
        works = (world.post, world.apply, world.quarter, world.take, world.send, world.report, world.relay, world.seal)
        for work in (*works, world.deliver):
            work()
            world.look()
        while world.relayed < len(world.watcher.stream) or world.sealed < len(world.watcher.stream):
            world.relay()
            world.seal()


def lived(seed: int, days: int, contracts: int = CONTRACTS) -> Iterator[Life]:
    """A life, after each of its days; the last time after its rest."""
    life = Life(seed, contracts)
    life.world.clock.at = datetime(2026, 11, 25, 10, 0, tzinfo=UTC)
    for _ in range(days):
        life.day()
        yield life
    life.rest()
    yield life
