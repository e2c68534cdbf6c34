"""What became of the attendances: judged from the answers on people's phones and the regulator's own file.

The file is made as an operator makes it, by the command line, and must hold to its published schema. Terms are counted
here anew, by hand: nothing the product says of being in time is believed.
"""

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Final

import jsonschema_rs

from emdia.calendar import is_national_holiday, state_holidays
from infra.bundle import ROOT
from infra.local.cloud import STATE, Cloud
from infra.local.demo.chronicle import BRASILIA
from infra.local.demo.desk import Desk
from infra.local.demo.laptop import Laptop
from infra.local.demo.people import new_address
from infra.local.demo.phones import phone_of
from infra.local.demo.portfolio import HOUSES, World
from infra.local.demo.register import emdia
from infra.local.demo.talkers import Talkers
from infra.local.sandbox.mailbox import Mail
from infra.local.sandbox.phones import Text

SCHEMA: Final = ROOT / "docs" / "protocols-export.schema.json"
_DAY: Final = timedelta(days=1)
_NUMBER: Final = re.compile(r"(?<![0-9])[0-9]{20}(?![0-9])")
_SPOKEN: Final = re.compile(r"(?<![0-9])([0-9]{6}) ([0-9]{8}) ([0-9]{6})(?![0-9])")
_STATES: Final = {"412759": "SP", "398160": "GO"}  # of the operators' seats
_COPY, _WHERE = "Protocolo de atendimento ", " respondido."
_UNCLASSED: Final = "sem classe"


@dataclass(slots=True)
class Attended:
    """Attendances of all operators. By class: how many were answered in time, run still, or are late.

    `late`: the list that people would be shown. `copies`: by channel. `wrong`: what must not be.
    """

    in_time: Counter[str] = field(default_factory=Counter)
    running: Counter[str] = field(default_factory=Counter)
    late: dict[str, str] = field(default_factory=dict)
    copies: Counter[str] = field(default_factory=Counter)
    exported: int = 0
    wrong: list[str] = field(default_factory=list)


def attended(cloud: Cloud, laptop: Laptop, world: World) -> Attended:
    """Every operator's file, beside what people hold in their hands. Raises CommandFailedError."""
    found = Attended()
    given = numbers_given(laptop)
    validator = jsonschema_rs.validator_for(json.loads(SCHEMA.read_text("utf-8")))
    known: dict[str, Mapping[str, Any]] = {}
    for house in HOUSES:
        document = _exported(cloud, house.ans, world.start, laptop.now)
        found.wrong += [f"the file of {house.ans}: {error.message}" for error in validator.iter_errors(document)]
        made_at = datetime.fromisoformat(document["made_at"])
        for row in document["protocols"]:
            if row["number"] in known:
                found.wrong.append(f"{row['number']} stands twice in the file")
            known[row["number"]] = row
            _judge(row, made_at, _STATES[house.ans], found)
    found.exported = len(known)
    found.wrong += [f"{number} was given to somebody and is in no file" for number in given if number not in known]
    found.wrong += [f"{n} went to two people" for n, phones in given.items() if len(phones) > 1]
    arrived = copies(laptop, world)
    found.wrong += [f"a copy of {n} went to somebody else" for n, phone in arrived if phone not in given.get(n, ())]
    lying = {number for number, _ in arrived}
    sent = {n for n, row in known.items() if row["copy"] is not None and row["copy"]["sent_at"] is not None}
    found.wrong += [f"the copy of {number} lies in no mailbox and on no phone" for number in sorted(sent - lying)]
    return found


def _exported(cloud: Cloud, ans: str, first: date, now: datetime) -> dict[str, Any]:
    path = STATE / f"protocolos-{ans}.json"
    span = ("--from", first.isoformat(), "--to", now.astimezone(BRASILIA).date().isoformat())
    emdia(cloud, "protocol", "export", "--operator", ans, *span, "--out", str(path))
    try:
        document: dict[str, Any] = json.loads(path.read_text("utf-8"))
    finally:
        path.unlink()
    return document


def _judge(row: Mapping[str, Any], made_at: datetime, uf: str, found: Attended) -> None:
    """Answered in time, still running, or on the late list: nothing else may be."""
    number, demand = row["number"], row["class"] or _UNCLASSED
    answered = row["answered_at"] and datetime.fromisoformat(row["answered_at"])
    due = due_by_hand(demand, datetime.fromisoformat(row["opened_at"]), uf)
    told = [datetime.fromisoformat(term["due_at"]) for term in row["terms"]]
    if due is not None and told and min(told) != due:
        found.wrong.append(f"the nearest term of {number} ({demand}) is told as {min(told)}, by hand {due}")
    over = due is not None and (answered or made_at) > due
    warned = any(one["percent"] == 100 for one in row["warnings"])
    if over:
        found.late[number] = demand
        if not (row["late"] or warned):
            found.wrong.append(f"{number} is late and nobody was told")
    elif row["late"]:
        found.wrong.append(f"{number} ({demand}) is called late and is not: by hand until {due}")
    elif answered:
        found.in_time[demand] += 1
    else:
        found.running[demand] += 1
    copy = row["copy"]
    if copy is not None:
        if copy["sent_at"] is not None:
            found.copies[copy["channel"]] += 1
        elif datetime.fromisoformat(copy["due_at"]) <= made_at:
            found.wrong.append(f"the copy of {number} was never sent")


def due_by_hand(demand: str, opened: datetime, uf: str) -> datetime | None:
    """When the nearest term of the classes that the demo has ends; None for a class without one.

    Of the contract: seven calendar days (Decreto 11.034 art. 13), before the seven business days of RN 623. Of care:
    five business days of the seat's state (RN 623), or those seven where they end before.
    """
    day = opened.astimezone(BRASILIA).date()
    calendar = day + 7 * _DAY
    if demand not in ("assistencial", "nao_assistencial"):
        return None
    business, left = day, 5
    while left:
        business += _DAY
        left -= not (
            business.weekday() >= 5 or is_national_holiday(business) or business in state_holidays(business.year, uf)
        )
    last = min(calendar, business) if demand == "assistencial" else calendar
    return datetime.combine(last + _DAY, datetime.min.time(), BRASILIA)


def numbers_given(laptop: Laptop) -> Mapping[str, set[str]]:
    """Protocol numbers in the answers on people's phones, copies apart, and whose phones these are."""
    given: dict[str, set[str]] = defaultdict(set)
    for answer in laptop.answers:
        if not is_copy(answer) and isinstance(answer, Text):
            for number in _named(answer.text):
                given[number].add(answer.to)
    return given


def copies(laptop: Laptop, world: World) -> set[tuple[str, str]]:
    """Number and phone of every copy that came, on the phone itself or in the same person's mailbox."""
    phones: dict[str, str] = {}
    for account in world.accounts.values():
        for address in (account.holder.email, new_address(account.holder)):
            phones[address] = phone_of(account.holder)
    came = [one for one in laptop.answers if is_copy(one)]
    return {
        (number, one.to if isinstance(one, Text) else phones.get(one.to, ""))
        for one in came
        for number in _named(one.text) or {""}
    }


def is_copy(answer: Mail | Text) -> bool:
    """Whether it is the copy of an answered attendance, or the SMS that says where it is."""
    return not isinstance(answer, Text) or answer.text.startswith(_COPY) or _WHERE in answer.text


def _named(text: str) -> set[str]:
    """Protocol numbers in a message, as digits or in groups."""
    return {*_NUMBER.findall(text), *("".join(groups) for groups in _SPOKEN.findall(text))}


def shown(found: Attended, talkers: Talkers, desk: Desk) -> Iterator[str]:
    """The chapter of the summary."""
    told = ", ".join(f"{n} {meaning}" for meaning, n in talkers.said.most_common()) or "nobody"
    yield f"people answered {talkers.said.total()} messages in their own words: {told}"
    yield f"{'attendances':<20}{'in time':>9}{'running':>9}{'late':>6}"
    late = Counter(found.late.values())
    for demand in sorted({*found.in_time, *found.running, *late}):
        yield f"{demand:<20}{found.in_time[demand]:>9}{found.running[demand]:>9}{late[demand]:>6}"
    yield f"late list: {', '.join(_listed(sorted(found.late))) or 'nobody'} (staff forgot {len(desk.left)})"
    answered = ", ".join(f"{outcome} {n}" for outcome, n in desk.answered.most_common()) or "nothing"
    copies = ", ".join(f"{channel} {n}" for channel, n in found.copies.most_common()) or "none"
    yield f"staff answered: {answered}; copies sent: {copies}"
    yield f"the regulator's file: {found.exported} attendances, valid against {SCHEMA.relative_to(ROOT)}"
    yield from (f"  WRONG {line}" for line in found.wrong)


def _listed(numbers: Sequence[str], most: int = 6) -> list[str]:
    more = len(numbers) - most
    return [*numbers[:most], *([f"{more} more"] if more > 0 else [])]
