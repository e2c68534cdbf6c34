"""What a restored ledger has forgotten of one outreach, from the facts that remember it. Pure.

A ledger restored to an earlier moment does not know whom we wrote to since. Each claim since then is taken for a
message that arrived: its steps are taken, its slot of the caps is charged, and nothing is sent for it again.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime

from emdia.clock import instant
from emdia.compliance.delay import days_late
from emdia.compliance.frequency import Contacted
from emdia.facts import Fact, Value
from emdia.ladder.decide import next_due
from emdia.ladder.ladder import Ladder
from emdia.ladder.situation import ladder_of, today_in
from emdia.messages.outreach import Outreach, OutreachStatus
from emdia.messages.person import PersonLog
from emdia.messages.transitions import Move
from emdia.portfolio.case import Case, OpenInvoice
from emdia.state import State, Subject, outreach_ref


@dataclass(frozen=True, slots=True)
class Remembered:
    """An outreach that was claimed at `at` (UTC), and that no provider is known to have refused."""

    contract: str
    outreach: str
    at: datetime


def recall(
    one: Remembered,
    case: Case,
    person: PersonLog,
    outreach: Outreach | None,
    now: datetime,
    holidays: tuple[date, ...] = (),
) -> Move | None:
    """Make the restored ledger know of `one`; None when it does.

    Every step that had come by the day of the claim counts as taken, for each open invoice, as `decide` had it.
    `holidays` are those of the municipality. An outreach that is queued here had left: it may have landed, so it closes
    as unknown. Raises: Rejected("ladder-unknown").
    """
    ladder = ladder_of(case)
    invoices = tuple(_advanced(invoice, case, ladder, one.at, holidays) for invoice in case.invoices)
    known = any(contact.outreach == one.outreach for contact in person.contacted)
    waits = outreach is not None and outreach.status is OutreachStatus.QUEUED
    if known and not waits and invoices == case.invoices:
        return None
    moved = replace(case, invoices=invoices)
    states: list[State] = [replace(moved, due=next_due(moved, now))]
    channel = "" if outreach is None else outreach.channel
    if not known:
        contacted = sorted([*person.contacted, Contacted(one.at, one.outreach, channel)], key=lambda c: c.at)
        states.append(replace(person, contacted=tuple(contacted)))
    if outreach is not None and waits:
        states.append(replace(outreach, status=OutreachStatus.UNKNOWN, claimed_at=one.at, due=None))
    holder = Subject(case.holder_key)
    values = (Value("quando", instant(one.at), holder), Value("canal", channel, holder))
    return Move(tuple(states), Fact("outreach.recalled", outreach_ref(one.contract, one.outreach), values))


def _advanced(
    invoice: OpenInvoice, case: Case, ladder: Ladder, at: datetime, holidays: tuple[date, ...]
) -> OpenInvoice:
    late = days_late(invoice.due_on, today_in(at, case.zone), case.uf, invoice.caused, holidays)
    furthest = ladder.furthest(late)
    if furthest <= ladder.positions[invoice.step]:
        return invoice
    return replace(invoice, step=ladder.steps[furthest].name)
