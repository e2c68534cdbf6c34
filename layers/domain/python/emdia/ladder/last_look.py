"""The questions of `decide`, asked again in the moment before a provider is called.

Money, a stop or the clock may have come in between: what was right when the step was taken may be wrong now. Pure.
"""

from dataclasses import dataclass
from datetime import datetime

from emdia.compliance import frequency
from emdia.compliance.delay import days_late
from emdia.compliance.rules import (
    LADDER_NO_FALLBACK,
    LADDER_NO_STEP_DUE,
    LADDER_STEP_DUE,
    LADDER_SUPERSEDED,
    SCOPE_COMPANY_PAID,
    STOP_HOLDER_CHANGED,
)
from emdia.compliance.windows import Days
from emdia.ladder.fallback import others
from emdia.ladder.situation import (
    holding_stop,
    ladder_of,
    live_invoices,
    opens_from,
    stop_rule,
    today_in,
    unreachable,
    window_at,
)
from emdia.messages.outreach import Outreach, OutreachStatus
from emdia.messages.person import PersonLog
from emdia.portfolio.case import STOP_RULES, Case
from emdia.portfolio.contract import ContractKind


@dataclass(frozen=True, slots=True)
class Go:
    """The claim may be made for the invoices in `keep`, with the words of `template`.

    Those are the words of the step that the kept invoices have reached: the one that was furthest may be paid.
    """

    keep: tuple[str, ...]
    template: str
    rule: str = LADDER_STEP_DUE


@dataclass(frozen=True, slots=True)
class Defer:
    """Lawful later: look again at `until` (UTC)."""

    until: datetime
    rule: str


@dataclass(frozen=True, slots=True)
class Cancel:
    """The reason to write is gone (money, a stop, a later step)."""

    rule: str


@dataclass(frozen=True, slots=True)
class Refuse:
    """The reason stands, but this channel may not or cannot carry it. `cause` is a code, when data is missing."""

    rule: str
    cause: str = ""


@dataclass(frozen=True, slots=True)
class Skip:
    """Not ours to do: already claimed, over, or not due yet."""


Look = Go | Defer | Cancel | Refuse | Skip


def last_look(  # noqa: C901, PLR0911  one way out per question of law, in the order they are asked
    outreach: Outreach, case: Case, person: PersonLog | None, now: datetime, holidays: Days = ()
) -> Look:
    """Whether a queued outreach may be claimed at `now` (UTC), and for which of its invoices.

    `holidays` are those of the registered municipality.

    Raises: Rejected("ladder-unknown").
    """
    if outreach.status is not OutreachStatus.QUEUED:
        return Skip()
    if case.holder_key != outreach.holder_key:
        return Cancel(STOP_HOLDER_CHANGED)  # it was decided by what another person had said
    if case.kind is ContractKind.EMPRESARIAL:
        return Cancel(SCOPE_COMPANY_PAID)
    if (stop := holding_stop(case, now)) is not None:
        return Cancel(STOP_RULES[stop.kind])
    keep = [i for i in live_invoices(case, now) if i.id in outreach.invoices]
    if not any(i.id in outreach.advanced for i in keep):
        # What is left, if anything, is named beside others only: its own step was served before.
        return Cancel(stop_rule(case, outreach.advanced, now))
    ladder = ladder_of(case)
    today = today_in(now, case.zone)
    late = {i.id: days_late(i.due_on, today, case.uf, i.caused, holidays) for i in keep}
    reached = {invoice: ladder.furthest(days) for invoice, days in late.items()}
    # Each by its own step: beside a reminder an overdue invoice stands further up the ladder, and is not news; beside
    # an overdue one that takes its last step a younger invoice may have come to one that is still to be taken. An
    # invoice that starts the ladder anew (its due date moved) is measured by the message.
    if any(reached[i.id] > ladder.positions[i.step or outreach.step] for i in keep):
        return Cancel(LADDER_SUPERSEDED)  # a later step is due: it will say what is true today
    furthest = max(reached.values())
    if max(reached[i.id] for i in keep if i.id in outreach.advanced) < 0:
        return Cancel(LADDER_NO_STEP_DUE)  # the due date moved away
    if rule := unreachable(case, person, outreach.channel):
        return Refuse(rule)
    where = (case.zone, outreach.channel, case.uf, case.clocks_beside(outreach.channel), holidays)
    log = others(person, outreach.charged_to)
    ruling, allowed = frequency.next_allowed(log, now, case.zone, case.uf, outreach.channel)
    window = window_at(now, *where)
    if outreach.tried and (not ruling.ok or not window.ok):
        return Cancel(LADDER_NO_FALLBACK)  # the day's slot is over: the next step serves
    if not ruling.ok:
        return Defer(opens_from(allowed, *where), ruling.rule)
    if not window.ok:
        return Defer(opens_from(now, *where), window.rule)
    return Go(tuple(i.id for i in keep), ladder.words(furthest, max(late.values())))
