"""When each channel may be used, as an explanation tells it: now, or on another day. Pure."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from emdia.calendar import instant_of
from emdia.compliance import frequency
from emdia.compliance.windows import Days, closes_at
from emdia.ladder.situation import opens_from, today_in, unreachable, window_at
from emdia.messages.person import PersonLog
from emdia.portfolio.case import Case
from emdia.portfolio.contract import Channel

_NOON = 12 * 60
SPOKEN = {Channel.EMAIL: "e-mail", Channel.SMS: "SMS", Channel.WHATSAPP: "WhatsApp", Channel.LETTER: "carta"}
Said = tuple[str, str]  # what, and the rule


def moment(at: datetime, zone: str) -> str:
    """An instant as the person's clock and calendar show it."""
    return f"{at.astimezone(ZoneInfo(zone)):%d/%m/%Y %H:%M}"


def channels_at(case: Case, person: PersonLog, now: datetime, holidays: Days) -> Sequence[Said]:
    """By channel, the next lawful instant from `now` (UTC) on."""
    return _together((channel, _channel_at(channel, case, person, now, holidays)) for channel in Channel)


def _channel_at(channel: Channel, case: Case, person: PersonLog, now: datetime, holidays: Days) -> Said:
    if rule := unreachable(case, person, channel):
        return "não pode ser usado", rule
    where = (case.zone, channel, case.uf, case.clocks_beside(channel), holidays)
    often, allowed = frequency.next_allowed(person.contacted, now, case.zone, case.uf, channel)
    opens, window = opens_from(allowed, *where), window_at(allowed, *where)
    when = "permitido agora" if opens <= now else f"permitido a partir de {moment(opens, case.zone)}"
    return when, window.rule if often.ok else often.rule


def hours_of(case: Case, day: date, holidays: Days) -> Sequence[Said]:
    """By channel, the hours of the local `day`."""
    return _together((channel, _hours_of(channel, case, day, holidays)) for channel in Channel)


def _hours_of(channel: Channel, case: Case, day: date, holidays: Days) -> Said:
    where = (case.zone, channel, case.uf, case.clocks_beside(channel), holidays)
    opens = opens_from(instant_of(day, 0, case.zone), *where)
    if today_in(opens, case.zone) != day:
        closed = instant_of(day, _NOON, case.zone)
        return "nenhum horário permitido neste dia", window_at(closed, *where).rule
    local, closes = (at.astimezone(ZoneInfo(case.zone)) for at in (opens, closes_at(opens, *where)))
    return f"das {local:%H:%M} às {closes:%H:%M}", window_at(opens, *where).rule


def _together(told: Iterable[tuple[Channel, Said]]) -> Sequence[Said]:
    """Channels with the same answer share a line."""
    same: dict[Said, list[str]] = {}
    for channel, said in told:
        same.setdefault(said, []).append(SPOKEN[channel])
    return [(f"{', '.join(channels)}: {said}.", rule) for (said, rule), channels in same.items()]
