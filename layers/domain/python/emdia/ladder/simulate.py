"""What the next days would do: the ladder over a whole portfolio, with nothing written and nobody contacted.

It asks the very `decide`, `last_look` and `next_due` that the functions ask, at the moments the schedule would, and
so tells what they would do if every message is taken and only the `Happening`s told happen. Memory holds the
portfolio once. Within one tick outreach leaves in order of contract, which a queue may do otherwise: of two
contracts of one person the other may come first.
"""

import heapq
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from itertools import chain

from emdia.compliance.frequency import Contacted
from emdia.ladder.decide import Send, Wait, decide, next_due, outreach_of
from emdia.ladder.happenings import Happening, Lifted, Listed, Payment, Regular, Stopped
from emdia.ladder.last_look import Defer, Go, Skip, last_look
from emdia.ladder.situation import today_in
from emdia.messages.outreach import Outreach, OutreachStatus
from emdia.messages.person import PersonLog
from emdia.messages.transitions import LOG_SPAN
from emdia.portfolio.case import Case, Reach
from emdia.portfolio.contract import Channel

BRASILIA = "America/Sao_Paulo"


@dataclass(frozen=True, slots=True)
class Contact:
    """One message that would leave at `at` (UTC), about `invoices`."""

    at: datetime
    contract: str
    holder_key: str
    channel: Channel
    step: str
    template: str
    invoices: tuple[str, ...]


@dataclass(slots=True)
class Simulated:
    """Contacts in the order they leave; how often each rule decided, and set a queued outreach aside, by day.

    Days are those of Brasília.
    """

    contacts: list[Contact] = field(default_factory=list)
    decided: Counter[tuple[date, str]] = field(default_factory=Counter)
    set_aside: Counter[tuple[date, str]] = field(default_factory=Counter)


def simulate(
    cases: Iterable[Case],
    persons: Mapping[str, PersonLog],
    start: datetime,
    days: int,
    *,
    ans: str = "000000",
    outreach: Mapping[str, Outreach] | None = None,
    happenings: Sequence[Happening] = (),
    holidays: Mapping[str, tuple[date, ...]] | None = None,
    runs: Sequence[datetime] | None = None,
) -> Simulated:
    """The `days` from `start` (UTC) on, for `cases` and what their `persons` received lately.

    `outreach` is the newest one of a contract, where it may still be on its way; `holidays` the municipal ones by IBGE
    code. `runs` are the moments at which the schedule runs, when not every quarter of an hour from `start` on.
    Raises Rejected `ladder-unknown`.
    """
    run = _Run(ans, dict(persons), dict(outreach or {}), holidays or {})
    for case in cases:
        run.cases[case.contract] = case
        run.due[case.contract] = case.due if case.due is not None else next_due(case, start)
    clock = Regular(start, start + timedelta(days=days)) if runs is None else Listed(runs)
    run.go(clock, sorted(happenings, key=lambda one: (one.at, one.contract)))
    return run.done


@dataclass(slots=True)
class _Run:
    """A simulation on its way: the agenda is a heap of runs and, for each, the contracts to look at."""

    ans: str
    persons: dict[str, PersonLog]
    last: dict[str, Outreach]
    holidays: Mapping[str, tuple[date, ...]]
    cases: dict[str, Case] = field(default_factory=dict)
    due: dict[str, datetime | None] = field(default_factory=dict)  # beside the cases: it moves most
    agenda: dict[datetime, set[str]] = field(default_factory=lambda: defaultdict(set))
    done: Simulated = field(default_factory=Simulated)

    def go(self, clock: Regular | Listed, happenings: Sequence[Happening]) -> None:
        """Everything that falls due, run after run."""
        for contract in self.cases:
            for due in self._clocks(contract):
                self._note(clock.at_or_after(due), contract)
        waiting = list(reversed(happenings))
        for one in happenings:
            self._note(clock.at_or_after(one.at), one.contract)
        runs = list(self.agenda)
        heapq.heapify(runs)
        while runs:
            now = heapq.heappop(runs)
            contracts = self.agenda.pop(now)
            while waiting and waiting[-1].at <= now:
                self._happen(waiting.pop())
            self._run(now, contracts)
            for contract in contracts:
                for due in self._clocks(contract):
                    later = clock.at_or_after(due) if due > now else clock.after(now)
                    if later is not None and later not in self.agenda:
                        heapq.heappush(runs, later)
                    self._note(later, contract)

    def _note(self, run: datetime | None, contract: str) -> None:
        if run is not None and contract in self.cases:
            self.agenda[run].add(contract)

    def _clocks(self, contract: str) -> Iterable[datetime]:
        due, last = self.due[contract], self.last.get(contract)
        if due is not None and not self.cases[contract].parked:
            yield due
        if last is not None and last.status is OutreachStatus.QUEUED and last.due is not None:
            yield last.due

    def _run(self, now: datetime, contracts: set[str]) -> None:
        """One run: what was deferred, then what is due, then all of it to the provider."""
        swept = [c for c in contracts if (o := self.last.get(c)) and self._queued(o) and o.due and o.due <= now]
        taken = [c for c in contracts if self._take(c, now)]
        today = today_in(now, BRASILIA)
        for contract in sorted(chain(swept, taken)):
            self._send(contract, now, today)

    @staticmethod
    def _queued(outreach: Outreach) -> bool:
        return outreach.status is OutreachStatus.QUEUED

    def _take(self, contract: str, now: datetime) -> bool:
        """Decide for one case, if it is due; whether an outreach was queued."""
        case, due = self.cases[contract], self.due[contract]
        if case.parked or due is None or due > now:
            return False
        person = self.persons.get(case.holder_key)
        decision = decide(case, person, self.last.get(contract), now, self.holidays.get(case.ibge, ()))
        self.done.decided[today_in(now, BRASILIA), decision.rule] += 1
        if isinstance(decision, Wait):
            self.due[contract] = decision.until
            return False
        newest = case.last_outreach
        if isinstance(decision, Send):
            queued = outreach_of(case, decision, self.ans, now)
            self.last[contract], newest = queued, queued.id
        steps = decision.advanced
        invoices = tuple(replace(i, step=steps[i.id]) if i.id in steps else i for i in case.invoices)
        case = self.cases[contract] = replace(case, invoices=invoices, last_outreach=newest)
        self.due[contract] = next_due(case, now)
        return isinstance(decision, Send)

    def _send(self, contract: str, now: datetime, today: date) -> None:
        """The last look, and the message if it says so."""
        case, outreach = self.cases[contract], self.last[contract]
        person = self.persons.get(case.holder_key) or PersonLog(key=case.holder_key)
        look = last_look(outreach, case, person, now, self.holidays.get(case.ibge, ()))
        if isinstance(look, Skip):
            return
        if isinstance(look, Go):
            recent = tuple(one for one in person.contacted if one.at > now - LOG_SPAN)
            charged = Contacted(now, outreach.id, outreach.channel)
            self.persons[person.key] = replace(person, contacted=(*recent, charged))
            self.last[contract] = replace(outreach, status=OutreachStatus.ACCEPTED, claimed_at=now, due=None)
            self.done.contacts.append(
                Contact(now, contract, person.key, outreach.channel, outreach.step, look.template, look.keep)
            )
            return
        self.done.set_aside[today, look.rule] += 1
        if isinstance(look, Defer):
            self.last[contract] = replace(outreach, rule=look.rule, due=look.until)
        else:
            self.last[contract] = replace(outreach, status=OutreachStatus.CANCELLED, rule=look.rule, due=None)

    def _happen(self, one: Happening) -> None:
        case = self.cases.get(one.contract)
        if case is None:
            return
        if isinstance(one, Payment):
            left = tuple(i for i in case.invoices if one.invoices and i.id not in one.invoices)
            case = replace(case, invoices=left)
        elif isinstance(one, Stopped):
            case = replace(case, stops=(*case.stops, one.stop))
        elif isinstance(one, Lifted):
            case = replace(case, stops=tuple(stop for stop in case.stops if stop.id != one.stop))
        else:
            reach = {**dict(case.reach), one.channel: Reach.OPTED_OUT}
            case = replace(case, reach=tuple(reach.items()))
            person = self.persons.get(case.holder_key) or PersonLog(key=case.holder_key)
            self.persons[person.key] = person.hears(one.channel, False, one.at)
            last = self.last.get(one.contract)
            if last is not None and self._queued(last) and last.channel is one.channel:
                self.last[one.contract] = replace(last, status=OutreachStatus.CANCELLED, due=None)
        self.cases[one.contract] = case
        self.due[one.contract] = next_due(case, one.at)
