"""Attendances of a period, measured or one by one for the regulator; who asks is recorded before anything is read."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from emdia.clock import instant
from emdia.errors import Rejected
from emdia.facts import Fact, Value
from emdia.identity import parse_ans
from emdia.portfolio.contract import Operator
from emdia.ports import Clock, Ledger, Ledgers, Seen
from emdia.protocols.definitions import AFTER
from emdia.protocols.export import Gaps, protocol_row
from emdia.protocols.measures import Brief, By, measured, with_payments
from emdia.protocols.number import Block, NumbersOfDay, brasilia_day, numbers_ref
from emdia.protocols.ports import DayBook
from emdia.protocols.protocol import Protocol
from emdia.protocols.ratings import RatingsOfDay, ratings_ref
from emdia.protocols.report import Asked, cells
from emdia.state import State, operator_ref, protocol_ref
from emdia.workflows.acts import command
from emdia.workflows.views import show

LONGEST = 366  # days of one report
PAGE = 2_000  # numbers of one part of an export: with all their clocks they stay far below what an answer may weigh
LIVES_MAX = 100_000_000
_DAY = timedelta(days=1)
Request = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Deps:
    """What reporting needs."""

    ledgers: Ledgers
    clock: Clock
    day_book: DayBook


@dataclass(frozen=True, slots=True)
class _Span:
    """Whose days, Brasília, both included; `now` in UTC."""

    ans: str
    first: date
    last: date
    actor: str
    now: datetime


def report_protocols(request: Request, deps: Deps) -> Mapping[str, object]:
    """Carry out `{"action", "operator", "actor", "from", "to", ...}`; days as `2026-11-25`, of Brasília, both included.

    `measure` (`by`: day, week or month; `lives`?, the operator's mean number of beneficiaries, for the IGR) answers
    `cells`: period, measure, class or channel, value. `export` (`after`?, what the part before answered as `next`)
    answers a part of at most 2,000 numbers: `protocols` with their clocks, `numbers` that stand for none, and `next`
    ("" behind the last). Raises Rejected `ans-invalid`, `action-invalid`, `report-period` (none, to come, or longer
    than 366 days), `operator-unknown`; TryLater.
    """
    span = _span(request, deps.clock.now())
    ledger = deps.ledgers.of(span.ans)
    if not isinstance(ledger.get([operator_ref()]).get(operator_ref()), Operator):
        raise Rejected("operator-unknown", "/operator")
    if request.get("action") == "measure":
        return _measure(request, span, ledger, deps)
    if request.get("action") == "export":
        return _export(request, span, ledger)
    raise Rejected("action-invalid", "/action")


def _span(request: Request, now: datetime) -> _Span:
    ans = parse_ans(str(request.get("operator", "")), "/operator")
    actor = request.get("actor")
    if not isinstance(actor, str) or not 0 < len(actor) <= 128:
        raise Rejected("action-invalid", "/actor")
    first, last = (_day(request, field) for field in ("from", "to"))
    if last < first or last > brasilia_day(now) or (last - first).days >= LONGEST:
        raise Rejected("report-period", "/to", longest=LONGEST)
    return _Span(ans, first, last, actor, now)


def _day(request: Request, field: str) -> date:
    try:
        return date.fromisoformat(str(request.get(field, "")))
    except ValueError:
        raise Rejected("report-period", f"/{field}", longest=LONGEST) from None


def _measure(request: Request, span: _Span, ledger: Ledger, deps: Deps) -> Mapping[str, object]:
    """Numbers only: none of them is one person's. Who asked is recorded all the same."""
    try:
        by = By(str(request.get("by", "")))
    except ValueError:
        raise Rejected("action-invalid", "/by") from None
    lives = request.get("lives", 0)
    if not isinstance(lives, int) or isinstance(lives, bool) or not 0 <= lives <= LIVES_MAX:
        raise Rejected("action-invalid", "/lives")
    witnessed = _seen(ledger, "protocols.measured", span, by)
    until = min(span.last + AFTER * _DAY, brasilia_day(span.now))
    told_on = _days(span.first, until)
    held = ledger.get([*map(numbers_ref, told_on), *map(ratings_ref, told_on)]).values()
    leased = _leased(held)
    rated = sorted((o for o in held if isinstance(o, RatingsOfDay) and o.day <= span.last), key=lambda one: one.day)
    days = ((day, _briefs(leased[day], span.ans, day, deps.day_book)) for day in sorted(leased, reverse=True))
    tallies = with_payments(measured(days, span.first, span.last, by, span.now), rated, span.first, by)
    asked = Asked(span.ans, span.first, span.last, by, lives)
    told = [[one.period, one.measure, one.cut, one.value] for one in cells(asked, tallies)]
    return show(witnessed, {"cells": told, "made_at": instant(span.now)})


def _seen(ledger: Ledger, kind: str, span: _Span, what: str) -> Seen:
    told = {"ator": span.actor, "de": span.first.isoformat(), "ate": span.last.isoformat(), "recorte": what or "inicio"}
    fact = Fact(kind, operator_ref(), tuple(Value(name, value) for name, value in told.items()))
    return ledger.witness([fact], command(kind, *told.values(), instant(span.now)))


def _days(first: date, last: date) -> list[date]:
    return [first + n * _DAY for n in range((last - first).days + 1)]


def _leased(held: Iterable[State]) -> Mapping[date, NumbersOfDay]:
    """The days on which numbers were leased."""
    return {one.day: one for one in held if isinstance(one, NumbersOfDay)}


def _briefs(numbers: NumbersOfDay, ans: str, day: date, book: DayBook) -> Iterator[Brief]:
    for page in book.briefs(Block(ans, day, 1, numbers.leased)):
        yield from page


def _export(request: Request, span: _Span, ledger: Ledger) -> Mapping[str, object]:
    """One part of the file; each is asked for by somebody, and each time that is recorded first."""
    after = str(request.get("after", ""))
    day, sequence = _place(after, span)
    witnessed = _seen(ledger, "protocols.exported", span, after)
    leased = _leased(ledger.get(list(map(numbers_ref, _days(day, span.last)))).values())
    rows: list[Mapping[str, object]] = []
    gaps: list[Mapping[str, object]] = []
    left = PAGE
    for one in sorted(leased.values(), key=lambda one: one.day):
        block = Block(span.ans, one.day, sequence + 1, min(one.leased, sequence + left))
        held = _held(block, ledger)
        rows += [protocol_row(protocol) for protocol in held if protocol.medium is not None]
        gaps.append(Gaps(one, block, held).told())
        left -= max(0, block.last - sequence)
        if block.last < one.leased:
            return show(witnessed, _part(rows, gaps, f"{one.day.isoformat()}/{block.last}", span))
        sequence = 0
    return show(witnessed, _part(rows, gaps, "", span))


def _part(rows: Sequence[object], gaps: Sequence[object], following: str, span: _Span) -> Mapping[str, object]:
    return {"protocols": rows, "numbers": gaps, "next": following, "made_at": instant(span.now)}


def _place(after: str, span: _Span) -> tuple[date, int]:
    """Where a part begins: a day, and the last number of it that is told already."""
    if not after:
        return span.first, 0
    day, _, sequence = after.partition("/")
    try:
        place = date.fromisoformat(day), int(sequence)
    except ValueError:
        raise Rejected("action-invalid", "/after") from None
    if not span.first <= place[0] <= span.last or not 0 <= place[1] <= 999_999:
        raise Rejected("action-invalid", "/after")
    return place


def _held(block: Block, ledger: Ledger) -> Sequence[Protocol]:
    found = ledger.get([protocol_ref(str(number)) for number in block]).values()
    return sorted((one for one in found if isinstance(one, Protocol)), key=lambda one: one.number)
