"""World: the house with its ERP, its providers and its queues, all of which repeat, mix up, delay and lose things.

Each function is called as Lambda calls it; one that fails or dies is called again only as the queue, the stream or the
schedule would. Nothing here mends what a function left half done.
"""

import random
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from emdia.audit.ports import LogName
from emdia.audit.sequencer import Sequencer
from emdia.aws.journal import entry_of
from emdia.errors import TryLater
from emdia.facts import Fact
from emdia.messages.delivery import Delivery, DeliveryKind
from emdia.portfolio.contract import Channel, Endpoint
from emdia.ports import Act, Posted, Put
from emdia.state import endpoint_ref
from emdia.workflows import apply_erp_event, receive_opt_out, relay_facts
from emdia.workflows.deliver_facts import Run, deliver_facts
from emdia.workflows.seal_audit import Deps as SealDeps
from emdia.workflows.seal_audit import seal_unsealed, seal_written
from tests.fakes.house import ANS, ERP_OUT_QUEUE, ERP_QUEUE, JOURNAL
from tests.flows.told import Told
from tests.functions.intake import Intake
from tests.soak.storm import KilledError, Storm
from tests.soak.watcher import Row, Watcher

ATTEMPTS = 4  # deliveries of a message before it lies with the dead letters, where nobody of this world looks
STREAM = 100  # rows the stream hands over at once


@dataclass
class Listener:
    """The ERP's endpoint. `mood` answers each call; what was heard is kept by webhook id, in order."""

    mood: Callable[[], Posted] = lambda: Posted(ok=True, status=200)
    heard: list[str] = field(default_factory=list)

    def post(self, _url: str, headers: Mapping[str, str], _body: bytes) -> Posted:
        answer = self.mood()
        if answer.ok or answer.reason == "timed-out":
            self.heard.append(headers["webhook-id"])
        return answer


@dataclass(frozen=True)
class Arrival:
    """A message that reached a person, as they see it."""

    ref: str
    channel: Channel
    to: str
    at: datetime
    receipt: bool = False  # it confirms a payment and claims nothing

    @property
    def contract(self) -> str:
        return self.ref.split("-")[1]


def confirms(message: Any) -> bool:
    """Whether it reads as the receipt of a payment."""
    told = getattr(message, "message", None) or {}
    said = "Recebemos em" in message.text or ": recebemos R$" in message.text
    return said or told.get("template", {}).get("name", "").startswith("recibo")


@dataclass
class Waiting:
    """Something that happens in the outside world at `at`."""

    at: datetime
    what: Any
    tries: int = 0


class World(Told):
    """`chance` draws everything; `dupes` and `drops` are the rates at which queues repeat and the stream loses."""

    dupes = drops = 0.0

    def __post_init__(self) -> None:
        super().__post_init__()
        assert isinstance(self.faults, Storm)
        self.chance = random.Random(self.seed)
        self.intake = Intake(self)
        self.erp = Listener()
        self.watcher = Watcher(self)
        self.hands: dict[LogName, Sequencer] = {}
        self.later: dict[str, list[tuple[Any, int]]] = defaultdict(list)
        self.dead: Counter[str] = Counter()
        self.outgoing: list[Waiting] = []  # events the ERP will post
        self.reports: list[Waiting] = []  # what providers will tell
        self.arrivals: list[Arrival] = []
        self.boxes = [0, 0, 0]  # messages seen in each
        self.noticed = 0  # arrivals whose reports are planned
        self.relayed = self.sealed = 0  # how far each reader of the stream is
        self.proven: set[str] = set()  # references of messages that a provider proved not to have arrived
        self.fates: Callable[[Any], Sequence[tuple[timedelta, DeliveryKind, bool]]] = lambda _one: ()

    # How things are called.

    def alive(self, work: Callable[[], object]) -> bool:
        """Whether `work` ended well. A broken invariant passes through: that is what we are looking for."""
        try:
            work()
        except TryLater:
            return False
        except KilledError:
            self.restart()
            self.hands.clear()
            return False
        return True

    def answered(self, work: Callable[[], Any]) -> Any:
        """What `work` gave; None when it failed or died."""
        given: list[Any] = []
        return given[0] if self.alive(lambda: given.append(work())) else None

    def _drain(self, url: str, work: Callable[[dict[str, object], int], None], attempts: int = ATTEMPTS) -> None:
        """What SQS does: at least once, in any order, what failed again after a while, then the dead letters."""
        waiting = [(body, 1) for body in self.sqs.take(url, 10_000)] + self.later.pop(url, [])
        waiting += [one for one in waiting if self.chance.random() < self.dupes]
        self.chance.shuffle(waiting)
        for body, attempt in waiting:
            if not self.alive(lambda body=body, attempt=attempt: work(body, attempt)):
                if attempt < attempts:
                    self.later[url].append((body, attempt + 1))
                else:
                    self.dead[url] += 1

    def meanwhile(self, other: Callable[[], object]) -> None:
        """`other` happens between our next read and its write."""

        def race() -> None:
            self.alive(other)

        self.dynamodb.before_write = race

    # The ERP speaks.

    def say(self, event: dict[str, Any], delay: timedelta = timedelta(0)) -> None:
        self.outgoing.append(Waiting(self.clock.now() + delay, event))

    def post(self) -> None:
        """What is due goes out, ten a call; what got no answer goes out again."""
        now = self.clock.now()
        due = [one for one in self.outgoing if one.at <= now]
        due += [one for one in due if self.chance.random() < self.dupes]
        self.chance.shuffle(due)
        for start in range(0, len(due), 10):
            some = due[start : start + 10]
            answer = self.answered(lambda some=some: self.intake.post(*(one.what for one in some)))
            if answer is None:
                continue
            if answer["status"] == 503:
                continue
            if answer["status"] != 202 or answer["json"].get("refused"):
                self.watcher.broken.append(f"the door answered {answer['status']}: {answer['json']}")
            self.outgoing = [one for one in self.outgoing if not any(one is done for done in some)]

    def apply(self) -> None:
        def one(body: dict[str, object], _attempt: int) -> None:
            deps = apply_erp_event.Deps(self.ledgers, self.pseudonyms, self.clock, self.meter)
            if apply_erp_event.apply_erp_event({"one": body}, deps):
                raise TryLater("named again")

        self._drain(ERP_QUEUE, one)

    # The providers report.

    def report(self) -> None:
        """Plan what will be told of new messages, and tell what is due."""
        now = self.clock.now()
        for one in self.arrivals[self.noticed :]:
            for delay, kind, permanent in self.fates(one):
                told = replace(self.event(one.ref, kind), permanent=permanent, at=now + delay)
                self.reports.append(Waiting(now + delay, told))
        self.noticed = len(self.arrivals)
        due = [one for one in self.reports if one.at <= now]
        if not due:
            return
        self.chance.shuffle(due)
        batch = [one.what for one in due]
        batch += [event for event in batch if self.chance.random() < self.dupes]
        # Proof stands from the moment it is told, whether or not our answer to it arrives.
        channels = {one.ref: one.channel for one in self.arrivals}
        self.proven |= {ref for event in batch if proves(event, channels[ref := event.ref.encode()])}
        heard = self.answered(lambda: self.hear(batch))
        left = frozenset(batch) if heard is None else heard
        for one in due:
            one.tries += 1
        kept = [one for one in due if one.what in left and one.tries < ATTEMPTS]
        self.reports = [one for one in self.reports if one.at > now] + kept

    def look(self) -> None:
        """See what reached people since the last look; the clock must not have moved meanwhile."""
        boxes = {Channel.EMAIL: self.ses.mailbox, Channel.SMS: self.sms.phones, Channel.WHATSAPP: self.social.phones}
        for place, (channel, box) in enumerate(boxes.items()):
            new = box[self.boxes[place] :]
            self.arrivals += [Arrival(one.ref, channel, one.to, self.clock.now(), confirms(one)) for one in new]
            self.boxes[place] = len(box)

    # The journal's stream, its two readers, and the ERP's endpoint.

    def relay(self) -> None:
        start = self.relayed
        rows = self.watcher.stream[start : start + STREAM]
        if rows and self.alive(lambda: relay_facts.relay_facts(self._brought(rows), self.relay_deps())):
            self.relayed = max(self.relayed, start + len(rows))

    def seal(self) -> None:
        start = self.sealed
        rows = self.watcher.stream[start : start + STREAM]
        if rows and self.alive(lambda: seal_written(self._brought(rows), 0, self.seal_deps())):
            self.sealed = max(self.sealed, start + len(rows))

    def _brought(self, rows: Sequence[Row]) -> list[Row]:
        """What the stream brings of `rows`: some twice, and now and then one not at all."""
        brought = [row for row in rows if self.chance.random() >= self.drops]
        return [*brought, *(row for row in brought if self.chance.random() < self.dupes)]

    def seal_deps(self) -> SealDeps:
        return SealDeps(self.logs, self.log_keys, self.unsealed, entry_of, self.hands, self.meter)

    def deliver(self) -> None:
        deps = self.deliver_deps()
        self._drain(ERP_OUT_QUEUE, lambda body, _: deliver_facts(body, deps, Run(deps.stopwatch())))

    # Schedules and people.

    def quarter(self) -> None:
        """The two schedules; one that fails is called again by its next tick."""
        self.alive(self.climb)
        self.alive(self.sweep)

    def nightly(self) -> None:
        """What runs once a night: Lambda calls a scheduled function that failed twice more."""
        for work in (
            self.sweep_cases,
            lambda: relay_facts.relay_unmarked(self.relay_deps()),
            lambda: seal_unsealed(self.seal_deps()),
        ):
            any(self.alive(work) for _ in range(3))

    def opt_out(self, message: "Arrival") -> None:
        """The person clicks the link in a message."""
        contract = message.contract
        (case,) = self.ledger().record(contract, "CASE")
        token = self.pseudonyms.seal_token(ANS, f"{contract}|{message.channel}|{case.holder_key}")
        deps = receive_opt_out.Deps(self.ledgers, self.pseudonyms, self.clock, self.meter)
        receive_opt_out.receive_opt_out(token, receive_opt_out.Evidence("pagina", "Não quero mais."), deps)

    def mend_endpoint(self) -> None:
        """Somebody resumes an endpoint that was paused."""
        ledger = self.ledger()
        endpoint = ledger.get([endpoint_ref()])[endpoint_ref()]
        if isinstance(endpoint, Endpoint) and endpoint.paused:
            act = Act(
                f"resume:{endpoint.v}",
                (Put(replace(endpoint, paused="")),),
                (Fact("endpoint.recorded", endpoint_ref()),),
            )
            ledger.commit([act])

    def expire(self) -> None:
        """Rows of facts leave after thirty days: what was not sealed by then is lost."""
        now = int(self.clock.now().timestamp())
        items = self.dynamodb.tables[JOURNAL].items
        gone = [key for key, part in items.items() if "ttl" in part.get("E", {}) and int(part["E"]["ttl"]["N"]) <= now]
        weather, self.faults.rate = self.faults.rate, 0.0
        self.watcher.hold_to_links([items[key]["E"] for key in gone])
        self.faults.rate = weather
        for key in gone:
            if "R" not in items.pop(key):
                self.watcher.broken.append(f"{key} left the journal unsealed")


def proves(event: Delivery, channel: Channel) -> bool:
    """Whether a report proves that nothing arrived. A passing bounce may be the answer of somebody on holiday."""
    if event.kind is DeliveryKind.REJECTED:
        return True
    return event.kind is DeliveryKind.FAILED and (event.permanent or channel is not Channel.EMAIL)
