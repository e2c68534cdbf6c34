"""How the demo's people behave: what becomes of a mail in their mailbox, and when they pay.

Everything is drawn from the seed and the person, never from the course of events, so that a change in the product
shows as a change in the product and not as other people.
"""

import heapq
import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from emdia.calendar import effective_due_date
from infra.local.demo.bills import Bill
from infra.local.demo.judge import LADDER_DAYS, OPENS, Books, Letter, Matcher, window_open
from infra.local.demo.payers import by_pix
from infra.local.demo.people import Mailbox, Person, Temper, new_address
from infra.local.demo.phones import STOP, habits_of, phone_of
from infra.local.demo.places import Place
from infra.local.demo.portfolio import World
from infra.local.sandbox.behaviour import Reaction
from infra.local.sandbox.owners import PhoneReaction
from infra.local.sandbox.phones import WHATSAPP

_SOON = timedelta(seconds=5)
_UNREACHABLE = 0.03  # share of the short messages that fail though the number is right


class Town:
    """The people of a world. As a `Behaviour` it tells the sandbox what becomes of each mail, by `phone` of the rest.

    `books`: see Matcher.
    """

    def __init__(self, world: World, seed: int, books: Books | None = None) -> None:
        self._world = world
        self._seed = seed
        self._matcher = Matcher(world, books or Books())
        self._person: dict[str, Person] = {}
        for account in world.accounts.values():
            person = account.holder
            self._person |= {person.email: person, new_address(person): person, phone_of(person): person}
        self._payments: list[tuple[datetime, str]] = []
        self._planned: set[str] = set()
        self._plan_by_habit()

    def __call__(self, address: str, number: int) -> Reaction:
        """What becomes of the `number`th mail (from 1) to `address`."""
        person = self._person.get(address)
        if person is None or (person.mailbox is Mailbox.DEAD and address == person.email):
            return Reaction(bounce="Permanent")
        rng = self._rng(f"mail {address} {number}")
        opened = rng.random() * 100 < person.opens
        after = timedelta(minutes=rng.randint(3, 600))
        return Reaction(
            arrives_after=_SOON,
            opened_after=after if opened else None,
            unsubscribed_after=after + _SOON if opened and person.unsubscribes else None,
            complained_after=after if person.complains and not person.unsubscribes else None,
        )

    def phone(self, phone: str, channel: str, number: int) -> PhoneReaction:
        """What becomes of the `number`th message (from 1) of a channel to `phone`."""
        person = self._person[phone]
        habits, rng = habits_of(person), self._rng(f"{channel} {phone} {number}")
        if habits.dead or (habits.blocks and channel == WHATSAPP):
            return PhoneReaction(fails="131026" if channel == WHATSAPP else "TEXT_INVALID", arrives_after=_SOON)
        if rng.random() < _UNREACHABLE:
            return PhoneReaction(fails="131049" if channel == WHATSAPP else "TEXT_UNREACHABLE", arrives_after=_SOON)
        after = self._read_after(phone, channel, number)
        told = after if channel == WHATSAPP else None  # nobody is told that an SMS was read
        leaves = ((after + _SOON, STOP),) if after is not None and habits.stops else ()
        return PhoneReaction(arrives_after=_SOON, read_after=told, replies=leaves)

    def _read_after(self, phone: str, channel: str, number: int) -> timedelta | None:
        rng = self._rng(f"reads {channel} {phone} {number}")
        reads = rng.random() * 100 < self._person[phone].opens
        return timedelta(minutes=rng.randint(3, 600)) if reads else None

    def receive(self, letter: Letter, number: int) -> None:
        """The `number`th letter of its mailbox or channel has come: who pays when reminded makes up their mind."""
        person = self._person[letter.to]
        if letter.channel == "email":
            opened = self(letter.to, number).opened_after
        else:
            fails = self.phone(letter.to, letter.channel, number).fails
            opened = None if fails else self._read_after(letter.to, letter.channel, number)
        if person.temper is not Temper.REMINDED or opened is None:
            return
        for bill in self._matcher.fees(letter):
            rng = self._rng(f"moved {bill.number}")
            if letter.channel != "email" and by_pix(self._world, self._seed, bill.number):
                # Salaries come in the morning, and so does the next step: money and message cross each other's way.
                self._plan(bill, _next_step(bill, letter.at + opened, person.place))
            else:
                self._plan(bill, letter.at + opened + timedelta(days=person.patience, minutes=rng.randint(5, 300)))

    def pay_until(self, now: datetime) -> Iterator[tuple[datetime, Bill]]:
        """Payments made up to `now`, in order; each is told once."""
        while self._payments and self._payments[0][0] <= now:
            at, number = heapq.heappop(self._payments)
            yield at, self._world.fees[number]

    def pay_again(self, bill: Bill, at: datetime) -> None:
        """A payment that did not work is made once more, from `at` on."""
        heapq.heappush(self._payments, (at, bill.number))

    def _plan_by_habit(self) -> None:
        """Those who pay at once, and those who pay late whatever is written to them."""
        for account in self._world.accounts.values():
            person = account.holder
            for bill in account.fees:
                rng = self._rng(f"habit {bill.number}")
                if person.temper is Temper.AT_ONCE or not account.collected:
                    day = bill.issued_on + timedelta(days=rng.randint(0, 4))
                elif person.temper is Temper.LATE:
                    day = max(bill.due_on + timedelta(days=person.patience), self._world.start)
                    day += timedelta(days=rng.randint(0, 3))
                else:
                    continue
                self._plan(bill, _moment(day, rng, person.place.zone))

    def _plan(self, bill: Bill, at: datetime) -> None:
        if bill.number not in self._planned:
            self._planned.add(bill.number)
            heapq.heappush(self._payments, (at, bill.number))

    def _rng(self, what: str) -> random.Random:
        return random.Random(f"{self._seed} {what}")


def _next_step(bill: Bill, after: datetime, place: Place) -> datetime:
    """The morning (UTC) on which the ladder's next step for a fee is due, after an instant."""
    zone, due = ZoneInfo(place.zone), effective_due_date(bill.due_on, place.uf)
    days = (due + timedelta(days=from_day) for from_day in LADDER_DAYS)
    today = after.astimezone(zone).date()
    day = next((one for one in days if one > today), today + timedelta(days=1))
    morning = datetime.combine(day, time(OPENS), zone)
    while not window_open(morning, place.uf):
        morning += timedelta(days=1)
    return morning.astimezone(UTC)


def _moment(day: date, rng: random.Random, zone: str) -> datetime:
    """Some minute between seven in the morning and ten at night, where the person lives (UTC)."""
    minute = rng.randint(7 * 60, 22 * 60)
    return datetime.combine(day, time(minute // 60, minute % 60), ZoneInfo(zone)).astimezone(UTC)
