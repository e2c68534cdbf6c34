"""After a restore: no protocol number is given twice, and whoever got one since is in the queue again.

What was said since is gone from the ledger (the log keeps its digests), so a person has to look at each of them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from emdia.audit.leaf import told_by
from emdia.audit.ports import Openings
from emdia.errors import LostRace
from emdia.facts import Fact, LogClass, Value
from emdia.ports import Act, Ledger, PastFact, Put
from emdia.protocols.number import NumbersOfDay, numbers_ref
from emdia.protocols.protocol import Medium, Originator, Protocol, opened, place_of
from emdia.state import Ref, protocol_ref

LEASED, OPENED = "protocol.numbers_leased", "protocol.opened"
KINDS = (LEASED, OPENED)


@dataclass(frozen=True, slots=True)
class Attendances:
    """How many attendances the ledger had forgotten, and of how many days it had forgotten numbers."""

    opened: int
    days: int


def recall_attendances(facts: Iterable[PastFact], ledger: Ledger, openings: Openings, now: datetime) -> Attendances:
    """Take the numbers leased since as leased, and put the attendances opened since back in the queue of people.

    Running it again changes nothing. Raises LostRace when something still writes to the ledger; TryLater.
    """
    leased: dict[Ref, tuple[date, int]] = {}
    forgotten: dict[Ref, tuple[PastFact, Mapping[str, str | int]]] = {}
    for fact in facts:
        if fact.kind not in KINDS:
            continue
        values = dict(map(told_by, openings.disclosures(ledger.ans, LogClass.ATENDIMENTO, fact.opening, ())))
        if fact.kind == LEASED:
            day = date.fromisoformat(fact.about.partition[2:])
            leased[fact.about] = day, max(leased.get(fact.about, (day, 0))[1], int(values["ultimo"]))
        else:
            forgotten[protocol_ref(str(values["protocolo"]))] = fact, values
    days = sum(_lease(ref, day, last, ledger, now) for ref, (day, last) in leased.items())
    held = ledger.get(list(forgotten))
    missing = [one for ref, one in forgotten.items() if ref not in held]
    return Attendances(sum(_open(fact, values, ledger, now) for fact, values in missing), days)


def _lease(ref: Ref, day: date, last: int, ledger: Ledger, now: datetime) -> bool:
    held = ledger.get([numbers_ref(day)]).get(numbers_ref(day))
    numbers = held if isinstance(held, NumbersOfDay) else NumbersOfDay(day=day)
    if numbers.leased >= last:
        return False
    fact = Fact("protocol.recalled", ref, (Value("ultimo", last),))
    _commit(
        Act(f"recall-numbers:{day.isoformat()}:{last}:{now}", (Put(replace(numbers, leased=last)),), (fact,)), ledger
    )
    return True


def _open(fact: PastFact, values: Mapping[str, str | int], ledger: Ledger, now: datetime) -> bool:
    medium = Medium(str(values["canal"])) if values.get("canal") else Medium.PHONE
    originator = Originator(str(values["origem"])) if values.get("origem") else Originator.PERSON
    protocol = opened(str(values["protocolo"]), medium, originator, fact.at)
    told = Fact("protocol.recalled", protocol.ref, (Value("protocolo", protocol.number),))
    _commit(Act(f"recall-protocol:{protocol.number}:{now}", _puts(protocol), (told,)), ledger)
    return True


def _puts(protocol: Protocol) -> tuple[Put, ...]:
    place = place_of(protocol)
    return (Put(protocol),) if place is None else (Put(protocol), Put(place))


def _commit(act: Act, ledger: Ledger) -> None:
    if ledger.commit([act]).lost:
        raise LostRace("something still writes to the restored ledger")
