"""What a portfolio was some days ago, and what happened to it since: for "what would version X have done?".

A snapshot holds the cases as they stand and, of the past, what the ledger keeps in clear: invoices closed since and
when, stops and when they began or ended, what was sent. Where the ledger does not say when a stop began, it is taken to
have held all along: a replay then writes less than was lawful, never more.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from emdia.compliance.delay import days_late
from emdia.compliance.frequency import Contacted
from emdia.ladder.happenings import Happening, OptOut, Payment, Stopped
from emdia.ladder.ladder import Ladder
from emdia.ladder.situation import today_in
from emdia.messages.outreach import Outreach
from emdia.messages.person import PersonLog
from emdia.messages.transitions import LOG_SPAN
from emdia.money import Centavos
from emdia.portfolio.case import Case, OpenInvoice, Reach, Stop, StopKind
from emdia.portfolio.contract import Channel

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Closed:
    """An invoice that was paid or withdrawn at `at` (UTC)."""

    contract: str
    id: str
    reference: str
    due_on: date
    amount: Centavos
    at: datetime


@dataclass(frozen=True, slots=True)
class Told:
    """A stop of which the ERP spoke last at `at` (UTC): then it began when it is `active`, else it ended."""

    contract: str
    id: str
    kind: StopKind
    at: datetime
    active: bool
    invoices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Sent:
    """A message that left at `at` (UTC), or may have."""

    contract: str
    holder_key: str
    id: str
    channel: Channel
    step: str
    at: datetime


@dataclass(slots=True)
class Snapshot:
    """A portfolio as it stands at `taken_at` (UTC), by contract, person and IBGE code; pseudonyms only."""

    ans: str
    taken_at: datetime
    cases: list[Case] = field(default_factory=list)
    persons: dict[str, PersonLog] = field(default_factory=dict)
    outreach: dict[str, Outreach] = field(default_factory=dict)
    holidays: dict[str, tuple[date, ...]] = field(default_factory=dict)
    closed: list[Closed] = field(default_factory=list)
    stops: list[Told] = field(default_factory=list)
    sent: list[Sent] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Past:
    """What `simulate` needs to live through the days again."""

    cases: Sequence[Case]
    persons: Mapping[str, PersonLog]
    happenings: Sequence[Happening]


def past(snapshot: Snapshot, start: datetime, end: datetime, ladder: Ladder) -> Past:
    """The portfolio as it stood at `start` (UTC), on `ladder`, and what happened until `end`.

    Steps whose day had come before the day of `start` count as taken. Invoices that the ERP told after `start` are
    there from the beginning: the ladder looks at none earlier than its first step.
    """
    closed: dict[str, list[Closed]] = defaultdict(list)
    for one in snapshot.closed:
        closed[one.contract].append(one)
    stops: dict[str, list[Told]] = defaultdict(list)
    for told in snapshot.stops:
        stops[told.contract].append(told)
    said = {log.key: [asked for asked in log.asked if not asked.opted_in] for log in snapshot.persons.values()}
    cases: list[Case] = []
    happenings: list[Happening] = []
    for case in snapshot.cases:
        ended = [one for one in closed[case.contract] if one.at > start]
        held, began = _stops(case, stops[case.contract], start)
        later = {asked.channel: asked.at for asked in said.get(case.holder_key, ()) if asked.at > start}
        reach = tuple((one, Reach.OPEN if one in later else how) for one, how in case.reach)
        invoices = [*case.invoices, *(_open_again(one) for one in ended)]
        stood = tuple(
            _where_it_stood(one, case, start, ladder, snapshot.holidays.get(case.ibge, ())) for one in invoices
        )
        cases.append(
            replace(
                case, invoices=stood, stops=held, reach=reach, ladder=ladder.version,
                last_outreach="", parked="", due=None,
            )
        )  # fmt: skip
        happenings += [Payment(one.at, case.contract, (one.id,)) for one in ended if one.at < end]
        happenings += [one for one in began if one.at < end]
        happenings += [OptOut(at, case.contract, channel) for channel, at in later.items() if at < end]
    return Past(cases, _persons(snapshot, start), happenings)


def _open_again(one: Closed) -> OpenInvoice:
    return OpenInvoice(one.id, one.reference, one.due_on, one.amount)


def _where_it_stood(
    invoice: OpenInvoice, case: Case, start: datetime, ladder: Ladder, holidays: tuple[date, ...]
) -> OpenInvoice:
    """The invoice with the step that was furthest on the day before `start`."""
    before = today_in(start, case.zone) - _DAY
    place = ladder.furthest(days_late(invoice.due_on, before, case.uf, invoice.caused, holidays))
    return replace(invoice, step=ladder.steps[place].name if place >= 0 else "")


def _stops(case: Case, told: Iterable[Told], start: datetime) -> tuple[tuple[Stop, ...], list[Stopped]]:
    """Stops in force at `start`, and those that began after it."""
    begins = {one.id: one.at for one in told if one.active and one.at > start}
    held = [stop for stop in case.stops if stop.id not in begins]
    held += [Stop(one.kind, one.id, one.invoices, until=one.at) for one in told if not one.active and one.at > start]
    began = [Stopped(begins[stop.id], case.contract, stop) for stop in case.stops if stop.id in begins]
    return tuple(held), began


def _persons(snapshot: Snapshot, start: datetime) -> Mapping[str, PersonLog]:
    """What each person had received lately, and had said, by `start`."""
    lately: dict[str, list[Contacted]] = defaultdict(list)
    for one in snapshot.sent:
        if start - LOG_SPAN < one.at < start:
            lately[one.holder_key].append(Contacted(one.at, one.id, one.channel))
    logs = {}
    for key in {*snapshot.persons, *lately}:
        log = snapshot.persons.get(key) or PersonLog(key=key)
        asked = tuple(one for one in log.asked if one.at <= start)
        logs[key] = replace(log, contacted=tuple(lately[key]), asked=asked)
    return logs
