"""The number first (RN 623): issued before anybody asks what the matter is, once per interaction."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from emdia.clock import instant
from emdia.errors import Halted, LostRace
from emdia.facts import Fact, Value
from emdia.ports import Act, Clock, Ledger, Ledgers, Meter, Pseudonyms, Put, Randomness
from emdia.protocols.number import ProtocolNumber
from emdia.protocols.protocol import Asked, Medium, Originator, Protocol, WaitingProtocol, opened
from emdia.state import asked_ref, protocol_ref
from emdia.workflows.number_desk import NumberDesk

_ROUNDS = 3  # numbers that turn out to be of a closed day


@dataclass(frozen=True, slots=True)
class Deps:
    """What issuing needs."""

    ledgers: Ledgers
    pseudonyms: Pseudonyms
    clock: Clock
    randomness: Randomness
    meter: Meter
    desk: NumberDesk


@dataclass(frozen=True, slots=True)
class Opening:
    """An interaction that begins. `key` is its caller's own id of it: asked again, it gets the same number."""

    source: str  # who asks: a client of the API, or a function of ours
    key: str = field(repr=False)  # may be a message id or a telephone's
    medium: Medium
    originator: Originator


@dataclass(frozen=True, slots=True)
class Issued:
    """The number, and since when (UTC). `again`: it had been issued before."""

    number: str
    opened_at: datetime
    again: bool = False

    def told(self) -> Mapping[str, object]:
        """As an answer to whoever asked."""
        spoken = f"{self.number[:6]} {self.number[6:14]} {self.number[14:]}"
        return {"number": self.number, "spoken": spoken, "opened_at": instant(self.opened_at), "again": self.again}


def issue(opening: Opening, ledger: Ledger, deps: Deps) -> Issued:
    """The number of an interaction, in one request.

    Nothing of the person is asked or kept here. Raises Rejected `protocol-numbers-exhausted`; TryLater: the caller
    repeats and gets the number that this call may have made.
    """
    key = deps.pseudonyms.of(ledger.ans, "interaction", f"{opening.source}\x00{opening.key}")
    for _ in range(_ROUNDS):
        issued = _issue(opening, key, ledger, deps)
        if issued is not None:
            return issued
    raise LostRace("the numbers at hand are no longer to be issued")


def _issue(opening: Opening, key: str, ledger: Ledger, deps: Deps) -> Issued | None:
    now = deps.clock.now()
    number = deps.desk.take(ledger)
    protocol = replace(opened(str(number), opening.medium, opening.originator, now), asked=key)
    done = ledger.commit([_act(protocol, key)])
    if protocol.ref in done.states:
        deps.meter.count("ProtocolOpened", medium=opening.medium)
        return Issued(protocol.number, now)
    return _issued_before(key, number, ledger, deps)


def _act(protocol: Protocol, key: str) -> Act:
    values = (
        Value("protocolo", protocol.number),
        Value("canal", protocol.medium or ""),
        Value("origem", protocol.originator or ""),
    )
    place = WaitingProtocol(number=protocol.number, due=instant(protocol.opened_at))
    puts = (Put(Asked(key=key, number=protocol.number)), Put(protocol), Put(place))
    return Act(f"open:{key}", puts, (Fact("protocol.opened", protocol.ref, values),))


def _issued_before(key: str, taken: ProtocolNumber, ledger: Ledger, deps: Deps) -> Issued | None:
    """Somebody was first with this interaction: an earlier try of the caller's, or another worker.

    None when it is the number itself that stood in the way: its day was closed while we held it.
    """
    asked = ledger.get([asked_ref(key)]).get(asked_ref(key))
    if not isinstance(asked, Asked):
        return None
    if asked.number != str(taken):
        deps.desk.give_back(taken)
    protocol = ledger.get([protocol_ref(asked.number)]).get(protocol_ref(asked.number))
    if not isinstance(protocol, Protocol):
        raise Halted("a number without its attendance")
    return Issued(protocol.number, protocol.opened_at, again=True)
