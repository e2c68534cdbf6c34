"""A counter-example as a page of a calendar, for people who approve ladders. In Portuguese."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from emdia.calendar import is_national_holiday
from emdia.compliance.rules import RULES
from emdia.ladder.happenings import Happening, OptOut, Payment, Stopped
from emdia.ladder.situation import today_in
from emdia.ladder.verify import CounterExample

_WEEK = ("seg", "ter", "qua", "qui", "sex", "sáb", "dom")
_WIDTH = 19
_DAY = timedelta(days=1)


def page(found: CounterExample) -> str:
    """The weeks from the first due date or contact to the contact that must not be, a column a weekday."""
    marks = _marks(found)
    last = today_in(found.touches[-1].at, found.world.zone)
    monday = min(marks)
    monday -= monday.weekday() * _DAY
    lines = [f"Contraexemplo: {RULES[found.rule]} [{found.rule}]", "", _row(_WEEK)]
    while monday <= last:
        week = [monday + n * _DAY for n in range(7)]
        lines.append(_row([f"{day:%d/%m/%Y}" for day in week]))
        deepest = max(len(marks.get(day, ())) for day in week)
        lines += [_row([(*marks.get(day, ()), *[""] * deepest)[place] for day in week]) for place in range(deepest)]
        lines.append("")
        monday += 7 * _DAY
    return "\n".join(lines).rstrip()


def _row(cells: Sequence[str]) -> str:
    return "".join(f"{cell[: _WIDTH - 1]:<{_WIDTH}}" for cell in cells).rstrip()


def _marks(found: CounterExample) -> Mapping[date, Sequence[str]]:
    """What the page says of each day, the last contact marked."""
    world = found.world
    marks: dict[date, list[str]] = defaultdict(list)
    for n, due in enumerate(world.due_on, start=1):
        marks[due].append(f"vence c{n}")
    for one in world.happenings:
        marks[today_in(one.at, world.zone)].append(f"{_word(one)} {one.contract}")
    ran = {today_in(run, world.zone) for run in world.runs}
    last = today_in(found.touches[-1].at, world.zone)
    day = min(world.due_on)
    while day <= last:
        if is_national_holiday(day) or day in world.holidays:
            marks[day].append("feriado")
        if day not in ran and day > min(ran):
            marks[day].append("sem execução")
        day += _DAY
    for touch in found.touches:
        local = touch.at.astimezone(ZoneInfo(world.zone))
        sign = "(!) " if touch is found.touches[-1] else ""
        marks[today_in(touch.at, world.zone)] += [f"{sign}contato {local:%H:%M}", f"{touch.contract} {touch.step}"]
    return marks


def _word(one: Happening) -> str:
    if isinstance(one, Payment):
        return "paga"
    if isinstance(one, OptOut):
        return "pede silêncio"
    return "pausa" if isinstance(one, Stopped) else "fim da pausa"
