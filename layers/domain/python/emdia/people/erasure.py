"""A request to forget a person, its two approvals, and the legal hold that stands against it.

Forgetting is deleting the person's keys of the classes asked for: what they sealed, in the ledger, in the log and in
documents, can then be opened by nobody, and the log still verifies (LGPD arts. 16 and 18 VI). It also destroys
evidence, so that nobody does it alone: one approval of the data protection officer, one of legal, by two people of
whom neither asked for it.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from emdia.errors import Rejected
from emdia.facts import LogClass
from emdia.people.offices import Office, office_of, person_behind
from emdia.people.ports import Trace
from emdia.people.retention import kept_until
from emdia.protocols.keeping import kept_until as attendance_until
from emdia.state import Ref, State

ERASURES = "people.erasures"  # the drawer of an operator's requests; no contract's pseudonym can be equal to it


DECIDE = frozenset({Office.DPO, Office.LEGAL})  # the ethics committee has no say in it


class ErasureStatus(StrEnum):
    """DONE is final: a key that is gone cannot come back."""

    REQUESTED = "requested"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Approval:
    """One yes, at a UTC instant."""

    office: Office
    actor: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasure(State):
    """A request to forget `person` (a pseudonym) in the named classes of keys."""

    id: str
    person: str
    classes: tuple[str, ...]
    asked_by: str
    asked_at: datetime
    approvals: tuple[Approval, ...] = ()
    status: ErasureStatus = ErasureStatus.REQUESTED
    done_at: datetime | None = None
    attendances: tuple[str, ...] = ()  # numbers of those whose words went with it

    @property
    def ref(self) -> Ref:
        """See State."""
        return erasure_ref(self.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class LegalHold(State):
    """While `active`, nothing of the person is erased. Why, and who placed or lifted it, is sealed."""

    person: str
    active: bool
    reason: str
    actor: str
    at: datetime

    @property
    def ref(self) -> Ref:
        """See State."""
        return hold_ref(self.person)


def erasure_ref(erasure: str) -> Ref:
    """One request, in the operator's drawer."""
    return Ref(f"C#{ERASURES}", f"ERASURE#{erasure}")


def hold_ref(person: str) -> Ref:
    """A person's legal hold."""
    return Ref(f"P#{person}", "LEGALHOLD")


def must_stay(classes: tuple[str, ...], trace: Trace, hold: LegalHold | None, now: datetime) -> None:
    """Raises Rejected with the reason for which the person cannot be forgotten now; returns when they can."""
    if hold is not None and hold.active:
        raise Rejected("erasure-legal-hold")
    if trace.open_cases:
        raise Rejected("erasure-case-open", count=trace.open_cases)
    if trace.events:
        raise Rejected("erasure-events-unsettled", event=trace.events[0], count=len(trace.events))
    if not classes or set(classes) - set(trace.classes):
        raise Rejected("erasure-nothing-held", "/classes")
    if LogClass.ATENDIMENTO in classes:
        _records_stay(trace, now)
    if trace.newest is not None:
        for one in classes:
            until = kept_until(one, trace.newest)
            if now <= until:
                raise Rejected("erasure-retention", "/classes", key_class=one, until=f"{until:%Y-%m-%d}")


def _records_stay(trace: Trace, now: datetime) -> None:
    """An attendance has a term of its own: it is answered first, and its record kept (RN 623; protocols/keeping.py)."""
    for one in trace.attendances:
        until = attendance_until(one)
        if until is None:
            raise Rejected("erasure-attendance-open", "/classes", number=one.number)
        if now < until:
            raise Rejected("erasure-attendance-kept", "/classes", number=one.number, until=f"{until:%Y-%m-%d}")


def approved(erasure: Erasure, arn: str, stage: str, now: datetime) -> Erasure:
    """`erasure` with one approval more.

    Raises Rejected: `erasure-approver-invalid` for who holds neither office, `erasure-own` for who asked or approved
    already, `erasure-approved` when that office has said yes or all is done.
    """
    office = office_of(arn, stage)
    if office is None or office not in DECIDE:
        raise Rejected("erasure-approver-invalid")
    if erasure.status is ErasureStatus.DONE or any(one.office is office for one in erasure.approvals):
        raise Rejected("erasure-approved", "/erasure")
    if person_behind(arn) in {
        person_behind(one) for one in (erasure.asked_by, *(yes.actor for yes in erasure.approvals))
    }:
        raise Rejected("erasure-own", "/erasure")
    return replace(erasure, approvals=(*erasure.approvals, Approval(office, arn, now)))


def complete(erasure: Erasure) -> bool:
    """Whether both offices have said yes."""
    return {one.office for one in erasure.approvals} == DECIDE
