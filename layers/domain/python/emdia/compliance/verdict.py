"""May the operator suspend, exclude or rescind for these arrears now? An answer for a person, never an act.

The verdict is what a dossier opens with: every element the law asks for, each with its rule, its evidence, and
whether it is met. It must be asked again in the moment of the act, for a payment may have come; nothing in Em Dia
carries it out. Source: docs/law.md, the rules `notice.*`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from emdia.calendar import effective_due_date, local_day
from emdia.compliance.arrears import Arrears, Fee
from emdia.compliance.norms import norm
from emdia.compliance.notice import Consequence, Notice, Proof
from emdia.compliance.notice_days import last_day_to_pay, old_enough, received_by
from emdia.compliance.rules import (
    DATA_MISSING,
    NOTICE_ACT,
    NOTICE_CONTENT,
    NOTICE_DEAL,
    NOTICE_DISPUTE,
    NOTICE_EACH_TIME,
    NOTICE_FIFTIETH_DAY,
    NOTICE_LATER_PAYMENT,
    NOTICE_OPERATOR_FAULT,
    NOTICE_PART_PAID,
    NOTICE_PROOF,
    NOTICE_SCOPE,
    NOTICE_SIXTY_DAYS,
    NOTICE_TEN_DAYS,
    NOTICE_TWO_FEES,
    RULES,
    SCOPE_COMPANY_PAID,
    STOP_HOLD,
    STOP_PROTECTIVE,
)
from emdia.compliance.standing import (
    Standing,
    best_proof,
    disputes_of,
    ended_by_deal,
    guards_at,
    later_payments,
    part_paid,
    standing,
)
from emdia.portfolio.contract import ContractKind

_DAY = timedelta(days=1)
_OF_A_PERSON = frozenset({Consequence.SUSPEND, Consequence.RESCIND})
ACTS: Final[Mapping[ContractKind, frozenset[Consequence]]] = {
    ContractKind.INDIVIDUAL: _OF_A_PERSON,
    ContractKind.EMPRESARIO_INDIVIDUAL: _OF_A_PERSON,
    ContractKind.ADESAO: frozenset({Consequence.EXCLUDE}),
    ContractKind.EMPRESARIAL: frozenset(),
}


@dataclass(frozen=True, slots=True)
class Element:
    """One thing the law asks for.

    `rule` is the id of what asks (or, for the proof, of what it fails); `evidence` names what shows it; `since` is the
    first local day on which time alone meets it, None when only an event can, or when no day binds it.
    """

    rule: str
    met: bool
    evidence: tuple[str, ...] = ()
    since: date | None = None

    @property
    def why_not(self) -> str:
        """In Portuguese, for the dossier; "" when met."""
        if self.met:
            return ""
        return RULES[self.rule] + (f" A partir de {self.since:%d/%m/%Y}." if self.since else "")


@dataclass(frozen=True, slots=True)
class Verdict:
    """`may` only if every element is met.

    `earliest` is the first local day if nothing else happens, None when waiting is not enough; `notice` and `standing`
    are of the notice that speaks, "" and None without one.
    """

    may: bool
    what: Consequence
    earliest: date | None
    elements: tuple[Element, ...]
    notice: str = ""
    standing: Standing | None = None


def verdict(arrears: Arrears, what: Consequence, now: datetime) -> Verdict:
    """Whether `what` is lawful at `now` (UTC).

    A contract outside RN 593 gets the one element that says so: its own terms apply, and a lawyer decides.
    """
    scope = scope_of(arrears)
    if not scope.met:
        return Verdict(may=False, what=what, earliest=None, elements=(scope,))
    notice = arrears.speaking(now)
    counted = counted_fees(arrears, notice, now)
    fits = what in ACTS[arrears.kind] and notice is not None and notice.consequence is what
    elements = [
        scope,
        Element(NOTICE_ACT, met=fits, evidence=(notice.id,) if notice else ()),
        *_debt(counted, arrears, now),
        *(_notice(notice, counted, arrears, now) if notice else _WITHOUT_NOTICE),
        _guard(STOP_PROTECTIVE, arrears, now, protective=True),
        _guard(STOP_HOLD, arrears, now, protective=False),
    ]
    may = all(element.met for element in elements)
    hopeless = any(not element.met and element.since is None for element in elements)
    earliest = None if hopeless else max((e.since for e in elements if e.since is not None), default=None)
    stands = standing(notice, arrears, now) if notice else None
    return Verdict(may, what, earliest, tuple(elements), notice.id if notice else "", stands)


def scope_of(arrears: Arrears) -> Element:
    """Does RN 593 speak of this contract (arts. 1-3)."""
    evidence = (arrears.contract,)
    if arrears.kind is ContractKind.EMPRESARIAL:
        return Element(SCOPE_COMPANY_PAID, met=False, evidence=evidence)
    if arrears.kind is ContractKind.ADESAO and arrears.exclusion_agreed is None:
        return Element(DATA_MISSING, met=False, evidence=evidence)
    agreed = arrears.kind is not ContractKind.ADESAO or bool(arrears.exclusion_agreed)
    return Element(NOTICE_SCOPE, met=arrears.regulated and agreed, evidence=evidence)


def counted_fees(arrears: Arrears, notice: Notice | None, now: datetime) -> Sequence[Fee]:
    """Fees that count: named by the notice that speaks, open, late by the person's own doing, within the months."""
    fees = arrears.named(notice.fees) if notice else arrears.fees
    open_fees = sorted((f for f in fees if f.open_at(now) and not f.operator_caused), key=lambda fee: fee.due_on)
    today = local_day(now, arrears.zone)
    late = [fee for fee in open_fees if effective_due_date(fee.due_on, arrears.uf, arrears.resting) < today]
    if not late:
        return ()
    newest = late[-1].due_on
    months = norm("notice.fees.months", today).value
    return [fee for fee in late if _months_between(fee.due_on, newest) < months]


def _months_between(earlier: date, later: date) -> int:
    """Whole months from `earlier` to `later`."""
    whole = (later.year - earlier.year) * 12 + later.month - earlier.month
    return whole - (later.day < earlier.day)


def _debt(counted: Sequence[Fee], arrears: Arrears, now: datetime) -> Sequence[Element]:
    today = local_day(now, arrears.zone)
    ids = tuple(fee.id for fee in counted)
    enough = len(counted) >= norm("notice.fees.minimum", today).value
    since = old_enough(counted[0].due_on, arrears.uf, arrears.resting) if counted else None
    old = since is not None and today >= since
    return (
        Element(NOTICE_TWO_FEES, met=enough, evidence=ids),
        Element(NOTICE_SIXTY_DAYS, met=old, evidence=ids[:1], since=since),
    )


# Rules that ask something of the notice, in the order of a dossier.
_OF_NOTICE = (
    NOTICE_EACH_TIME,
    NOTICE_CONTENT,
    NOTICE_OPERATOR_FAULT,
    NOTICE_PROOF,
    NOTICE_FIFTIETH_DAY,
    NOTICE_TEN_DAYS,
    NOTICE_DISPUTE,
    NOTICE_DEAL,
    NOTICE_LATER_PAYMENT,
    NOTICE_PART_PAID,
)
_WITHOUT_NOTICE = tuple(Element(rule, met=False) for rule in _OF_NOTICE)


def _notice(notice: Notice, counted: Sequence[Fee], arrears: Arrears, now: datetime) -> Sequence[Element]:
    named = arrears.named(notice.fees)
    told = {fee.id for fee in named} == set(notice.fees)
    faulty = tuple(fee.id for fee in named if fee.operator_caused)
    in_part = part_paid(notice, arrears, now)
    closed = tuple(fee.id for fee in named if not fee.open_at(now) or fee in in_part)
    disputes = disputes_of(notice, arrears, now)
    unanswered = tuple(d.id for d in disputes if d.answered_at is None or d.answered_at > now)
    deals = tuple(deal.id for deal in ended_by_deal(notice, arrears, now))
    later = tuple(fee.id for fee in later_payments(notice, arrears, now))
    return (
        Element(NOTICE_EACH_TIME, met=told and bool(counted), evidence=(notice.id,)),
        Element(NOTICE_CONTENT, met=bool(notice.content), evidence=(notice.content,) if notice.content else ()),
        Element(NOTICE_OPERATOR_FAULT, met=not faulty, evidence=faulty),
        *_receipt(notice, named, arrears, now),
        Element(NOTICE_DISPUTE, met=not unanswered, evidence=unanswered),
        Element(NOTICE_DEAL, met=not deals, evidence=deals),
        Element(NOTICE_LATER_PAYMENT, met=not later, evidence=later),
        Element(NOTICE_PART_PAID, met=not closed, evidence=closed),
    )


def _receipt(notice: Notice, named: Sequence[Fee], arrears: Arrears, now: datetime) -> Sequence[Element]:
    """Received, in time or with its ten days, and those ten days over."""
    proof = best_proof(notice, arrears, now)
    if not isinstance(proof, Proof) or not named:
        rule = NOTICE_PROOF if isinstance(proof, Proof) else proof.rule
        return (
            Element(rule, met=False),
            Element(NOTICE_FIFTIETH_DAY, met=False),
            Element(NOTICE_TEN_DAYS, met=False),
        )
    today = local_day(now, arrears.zone)
    received = local_day(proof.at, arrears.zone)
    restarts = [d.answered_at for d in disputes_of(notice, arrears, now) if d.answered_at is not None]
    restarts += [g.until for g in arrears.guards if g.protective and g.since <= now and g.until is not None]
    from_day = max([received, *(local_day(at, arrears.zone) for at in restarts)])
    since = max(last_day_to_pay(from_day, arrears.uf, arrears.resting), notice.pay_by) + _DAY
    in_time = received <= received_by(named[0].due_on)
    late_since = last_day_to_pay(received, arrears.uf, arrears.resting) + _DAY
    return (
        Element(NOTICE_PROOF, met=True, evidence=proof.refs),
        Element(
            NOTICE_FIFTIETH_DAY,
            met=in_time or today >= late_since,
            evidence=proof.refs,
            since=None if in_time else late_since,
        ),
        Element(NOTICE_TEN_DAYS, met=today >= since, evidence=proof.refs, since=since),
    )


def _guard(rule: str, arrears: Arrears, now: datetime, *, protective: bool) -> Element:
    guards = guards_at(arrears, now, protective=protective)
    ids = tuple(guard.id for guard in guards)
    ends = [guard.until for guard in guards if guard.until is not None]
    if not guards:
        return Element(rule, met=True)
    since = local_day(max(ends), arrears.zone) + _DAY if len(ends) == len(guards) else None
    return Element(rule, met=False, evidence=ids, since=since)
