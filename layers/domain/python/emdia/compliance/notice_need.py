"""Whether a contract's arrears ask for a notice today, and which means may carry it. Pure; each answer has its rule."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from emdia.calendar import local_day
from emdia.compliance.arrears import Arrears
from emdia.compliance.norms import norm
from emdia.compliance.notice import Consequence, Means
from emdia.compliance.notice_days import deadlines
from emdia.compliance.rules import (
    DATA_MISSING,
    NOTICE_DEAL,
    NOTICE_DISPUTE,
    NOTICE_EACH_TIME,
    NOTICE_LAST_DAY,
    STOP_HOLD,
    STOP_PROTECTIVE,
    STOP_SETTLED,
)
from emdia.compliance.standing import CLOSED, guards_at, standing
from emdia.compliance.verdict import counted_fees, scope_of
from emdia.portfolio.contract import Channel, Contract, ContractKind

# What a notice announces, by who contracted. A policy: suspension is the operator's to choose, by another text.
ANNOUNCED: Final[Mapping[ContractKind, Consequence]] = {
    ContractKind.INDIVIDUAL: Consequence.RESCIND,
    ContractKind.EMPRESARIO_INDIVIDUAL: Consequence.RESCIND,
    ContractKind.ADESAO: Consequence.EXCLUDE,
}
_CHANNELS: Final[Mapping[Means, Channel]] = {
    Means.EMAIL: Channel.EMAIL,
    Means.WHATSAPP: Channel.WHATSAPP,
    Means.SMS: Channel.SMS,
    Means.LETTER: Channel.LETTER,
}


@dataclass(frozen=True, slots=True)
class Need:
    """A notice of these fees (oldest first) is to be drafted now; it leaves by `last_sending` (local day) or late."""

    fees: tuple[str, ...]
    consequence: Consequence
    last_sending: date
    rule: str = NOTICE_LAST_DAY


@dataclass(frozen=True, slots=True)
class NoNeed:
    """Nothing to draft, by this rule."""

    rule: str


def need(arrears: Arrears, now: datetime) -> Need | NoNeed:
    """Whether to draft a notice at `now` (UTC).

    One is drafted from the 35th day of the oldest fee that counts; again when the one that stands names a single fee
    and a second has come (it could never support an act), and when the former was ended by a payment or a deal.
    `data.missing` from that day on: nobody told whether the contract provides for an exclusion.
    """
    scope = scope_of(arrears)
    untold = scope.rule == DATA_MISSING
    if not untold and (not scope.met or arrears.kind not in ANNOUNCED):
        return NoNeed(scope.rule)
    fees = counted_fees(arrears, None, now)
    if not fees:
        return NoNeed(STOP_SETTLED)
    days = deadlines(fees[0].due_on, arrears.uf, arrears.resting)
    if local_day(now, arrears.zone) < days.draft_from:
        return NoNeed(NOTICE_LAST_DAY)
    if untold:
        return NoNeed(scope.rule)
    ids = tuple(fee.id for fee in fees)
    if rule := held_by(arrears, ids, now) or _served_by(arrears, ids, now):
        return NoNeed(rule)
    return Need(ids, ANNOUNCED[arrears.kind], days.last_sending)


def held_by(arrears: Arrears, fees: Collection[str], now: datetime) -> str:
    """The rule that forbids to notify of `fees` now, "" for none."""
    if guards_at(arrears, now, protective=True):
        return STOP_PROTECTIVE
    if guards_at(arrears, now, protective=False):
        return STOP_HOLD
    for dispute in arrears.disputes:
        open_now = dispute.opened_at <= now and (dispute.answered_at is None or dispute.answered_at > now)
        if open_now and (not dispute.fees or set(dispute.fees) & set(fees)):
            return NOTICE_DISPUTE
    for deal in arrears.deals:
        stands = deal.signed_at <= now and (deal.broken_at is None or deal.broken_at > now)
        if stands and set(deal.fees) & set(fees):
            return NOTICE_DEAL
    return ""


def _served_by(arrears: Arrears, fees: Collection[str], now: datetime) -> str:
    """The rule by which a notice that stands serves for `fees`, "" when none does."""
    least = norm("notice.fees.minimum", local_day(now, arrears.zone)).value
    for notice in arrears.notices:
        serves = len(notice.fees) >= least or set(fees) <= set(notice.fees)
        if serves and standing(notice, arrears, now).status not in CLOSED:
            return NOTICE_EACH_TIME
    return ""


def reachable(
    contract: Contract, served: Collection[Means], channels: Collection[Channel]
) -> tuple[frozenset[Means], frozenset[Means]]:
    """Which of the means that can be `served` reach the holder, and which of those they opted out of.

    `channels` are those the operator has a sender for. A means that the contract does not list is taken too: it counts
    if the person answers (art. 9 §4). But for a letter: nobody answers on it, so that unlisted it could prove nothing.
    """
    listed = Means.LETTER.value in contract.means_of_notice
    found = {
        means
        for means in served
        if _CHANNELS[means] in channels and (listed if means is Means.LETTER else _point(contract, means))
    }
    stopped = {means for means in found if contract.opted_out(_CHANNELS[means])}
    return frozenset(found), frozenset(stopped)


def _point(contract: Contract, means: Means) -> bool:
    return contract.point(_CHANNELS[means]) is not None
