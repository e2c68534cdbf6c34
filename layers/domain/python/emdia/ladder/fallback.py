"""The day's outreach is proven not to have arrived: may another channel serve its step? Pure.

Never after "it may have landed": silence proves nothing. On the same local day only, within the step's patience, and in
the same slot of the caps: whoever was not reached was not written to.
"""

from collections.abc import Collection
from datetime import datetime

from emdia.compliance import frequency
from emdia.compliance.frequency import Contacted
from emdia.compliance.rules import (
    DATA_MISSING,
    LADDER_FALLBACK,
    LADDER_NO_FALLBACK,
    SCOPE_COMPANY_PAID,
    STOP_HOLDER_CHANGED,
)
from emdia.compliance.windows import Days
from emdia.ladder.decide import Halt, Send
from emdia.ladder.situation import (
    CHANNELS,
    choose_channel,
    holding_stop,
    ladder_of,
    live_invoices,
    stop_rule,
    today_in,
    window_at,
)
from emdia.messages.outreach import PATIENCE, Outreach
from emdia.messages.person import PersonLog
from emdia.portfolio.case import STOP_RULES, Case
from emdia.portfolio.contract import Channel, ContractKind


def fall_back(  # noqa: PLR0911  one way out per question of law, in the order they are asked
    case: Case,
    person: PersonLog | None,
    last: Outreach,
    now: datetime,
    holidays: Days = (),
    served: Collection[Channel] = CHANNELS,
) -> Send | Halt:
    """What follows `last`, the case's newest outreach, which did not arrive, at `now` (UTC).

    `Send` advances nothing: the step was taken already. `Halt` closes it unserved. Raises Rejected("ladder-unknown").
    """
    if case.parked:
        return Halt(DATA_MISSING, {})
    if case.holder_key != last.holder_key:
        return Halt(STOP_HOLDER_CHANGED, {})
    if case.kind is ContractKind.EMPRESARIAL:
        return Halt(SCOPE_COMPANY_PAID, {})
    if (stop := holding_stop(case, now)) is not None:
        return Halt(STOP_RULES[stop.kind], {})
    live = {invoice.id: invoice.step for invoice in live_invoices(case, now) if invoice.id in last.invoices}
    reason = {invoice: step for invoice, step in live.items() if invoice in last.advanced}
    if not reason:
        return Halt(stop_rule(case, last.advanced, now), {})
    late = now - last.created_at > PATIENCE or today_in(now, case.zone) != today_in(last.created_at, case.zone)
    steps = {step.name: step for step in ladder_of(case).steps}
    tried = {*last.tried, last.channel}
    channel, _ = choose_channel(case, person, [c for c in steps[last.step].channels if c not in tried], served)
    if late or channel is None:
        return Halt(LADDER_NO_FALLBACK, {})
    log = others(person, last.charged_to)
    ruling, _ = frequency.next_allowed(log, now, case.zone, case.uf, channel)
    window = window_at(now, case.zone, channel, case.uf, case.clocks_beside(channel), holidays)
    if not ruling.ok or not window.ok:
        return Halt(window.rule if ruling.ok else ruling.rule, {})
    return Send(channel, last.step, last.template, tuple(live), reason, (), LADDER_FALLBACK, last)


def others(person: PersonLog | None, slot: str) -> tuple[Contacted, ...]:
    """What the person's log counts beside the attempts of `slot`, which are one contact."""
    return () if person is None else tuple(entry for entry in person.contacted if entry.outreach != slot)
