"""What both questions of the ladder ask of a case: its ladder, its stops, its day and its window. Pure."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache

from emdia.calendar import instant_of, local_day
from emdia.compliance import windows
from emdia.compliance.rules import (
    CONSENT_NO_OPT_IN,
    CONSENT_OPTED_OUT,
    CONTACT_DEAD_POINT,
    CONTACT_NO_POINT,
    STOP_OPERATOR_DELAY,
    STOP_SETTLED,
)
from emdia.errors import Rejected
from emdia.ladder.ladder import LADDERS, Ladder
from emdia.messages.person import PersonLog
from emdia.portfolio.case import STOP_RULES, Case, OpenInvoice, Reach, Stop
from emdia.portfolio.contract import Channel

# What may be served where nobody says which channels the operator has a sender for.
CHANNELS = frozenset(Channel)

REACH_RULES: Mapping[Reach, str] = {
    Reach.OPTED_OUT: CONSENT_OPTED_OUT,
    Reach.DEAD: CONTACT_DEAD_POINT,
    Reach.NONE: CONTACT_NO_POINT,
    Reach.NO_OPT_IN: CONSENT_NO_OPT_IN,
}


# A portfolio shares a few zones, states and moments: each question of law is asked once, not per case.
today_in = lru_cache(maxsize=4096)(local_day)
window_at = lru_cache(maxsize=4096)(windows.is_open)
opens_from = lru_cache(maxsize=4096)(windows.next_open)


@lru_cache(maxsize=4096)
def day_opens(
    day: date, zone: str, channel: Channel, uf: str, phone_zones: windows.Zones = (), holidays: windows.Days = ()
) -> datetime:
    """First open instant (UTC) of the local `day` or later."""
    return windows.next_open(instant_of(day, 0, zone), zone, channel, uf, phone_zones, holidays)


def ladder_of(case: Case) -> Ladder:
    """The ladder version pinned to the case. Raises Rejected("ladder-unknown")."""
    try:
        return LADDERS[case.ladder]
    except KeyError:
        raise Rejected("ladder-unknown") from None


def holding_stop(case: Case, now: datetime) -> Stop | None:
    """The stop that holds the whole case, if any."""
    return next((s for s in case.stops if not s.invoices and (s.until is None or s.until > now)), None)


def stop_rule(case: Case, invoices: Collection[str], now: datetime) -> str:
    """Why none of `invoices` may be collected: the rule of a stop that holds one, or that they are settled."""
    ids = {invoice.id for invoice in case.invoices} & set(invoices)
    today = today_in(now, case.zone)
    stops = [s for s in case.stops if (s.until is None or s.until > now) and ids & set(s.invoices)]
    if stops:
        return STOP_RULES[stops[0].kind]
    unpayable = any(i.id in ids and i.caused is not None and i.caused.covers(today) for i in case.invoices)
    return STOP_OPERATOR_DELAY if unpayable else STOP_SETTLED


def unreachable(case: Case, person: PersonLog | None, channel: Channel, *, statutory: bool = False) -> str:
    """The rule under which `channel` must not or cannot be used; "" when it may.

    An opt-out stops reminders. A `statutory` notice, a duty of the operator's and no matter of consent, goes past it.
    """
    reach = case.reach_of(channel)
    if statutory and reach in (Reach.OPEN, Reach.OPTED_OUT):
        return ""
    if reach is not Reach.OPEN:
        return REACH_RULES[reach]
    return CONSENT_OPTED_OUT if person is not None and person.opted_out(channel) else ""


def choose_channel(
    case: Case, person: PersonLog | None, carried_by: Collection[Channel], served: Collection[Channel]
) -> tuple[Channel | None, str]:
    """The channel to write on, in the person's own order; or None and the rule that refuses.

    `carried_by` are the channels of the step, `served` those the operator has a sender for.
    """
    rules: list[str] = []
    for channel, _ in case.reach:
        if channel not in carried_by or channel not in served:
            continue
        rule = unreachable(case, person, channel)
        if not rule:
            return channel, ""
        rules.append(rule)
    # That a number was never told says less than why the one that was told cannot be used.
    return None, next((rule for rule in rules if rule != CONTACT_NO_POINT), CONTACT_NO_POINT)


def live_invoices(case: Case, now: datetime) -> Sequence[OpenInvoice]:
    """Open invoices that no stop of their own holds, and that the operator lets be paid today."""
    delayed = [i for i in case.invoices if i.caused is not None]
    if not case.stops and not delayed:
        return case.invoices
    held = {i for s in case.stops if s.until is None or s.until > now for i in s.invoices}
    if delayed:
        today = today_in(now, case.zone)
        held |= {i.id for i in delayed if i.caused is not None and i.caused.covers(today)}
    return [i for i in case.invoices if i.id not in held]
