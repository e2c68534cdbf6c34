"""dispose_records: what has been kept long enough goes, found by its own clock; what must stay says why.

Nightly. Every thing has one clock on the agenda, and is decided from what stands at that moment; items, keys and the
fact that says so go in one transaction, a large thing part by part with its clock last, so that whoever dies half way
leaves it due. A restored ledger brings back items, never keys: their clocks strike again and they go again.
"""

import logging
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from emdia.clock import instant
from emdia.errors import Halted, Rejected
from emdia.facts import Fact, Value
from emdia.people.disposal import DisposalRun, Disposed, Held, KeptKey, Party
from emdia.people.ports import Remains
from emdia.ports import Act, Agenda, Clock, Due, Ledgers, Meter, Pseudonyms, Put, Stopwatch
from emdia.protocols.protocol import Protocol
from emdia.state import AgendaKind, State
from emdia.workflows.dispose_attendance import dispose_attendance, dispose_key
from emdia.workflows.dispose_contract import dispose_party
from emdia.workflows.disposing import Gone, Look

LOG = logging.getLogger("emdia")
PATIENCE_SECONDS = 600.0  # of one run; the next night goes on
BEHIND = timedelta(days=7)  # after which what is due and not dealt with rings
_LISTED = 200  # things held back that one run names; all are counted


@dataclass(frozen=True, slots=True)
class Deps:
    """What disposing needs."""

    ledgers: Ledgers
    agenda: Agenda
    remains: Remains
    pseudonyms: Pseudonyms
    clock: Clock
    stopwatch: Stopwatch
    meter: Meter


@dataclass(slots=True)
class _Tally:
    """What one run did at one operator."""

    look: Look
    done: Counter[str] = field(default_factory=Counter)
    held: list[Held] = field(default_factory=list)

    def take(self, gone: Gone) -> None:
        """Add what became of one thing."""
        if gone.held is not None:
            self.held.append(gone.held)
        elif not gone.moved:
            self.done[gone.kind] += gone.count


def dispose_records(deps: Deps) -> int:
    """Deal with all whose clock has struck, as far as the time of a run goes; how many. Raises TryLater."""
    began, now, handled = deps.stopwatch(), deps.clock.now(), 0
    tallies: dict[str, _Tally] = {}
    try:
        for page in deps.agenda.due(AgendaKind.RETENTION, now):
            for ans, dues in _by_operator(page).items():
                if ans not in tallies:
                    tallies[ans] = _Tally(Look(deps.ledgers.of(ans), deps.remains, deps.pseudonyms, now))
                for due in dues:
                    if deps.stopwatch() - began > PATIENCE_SECONDS:
                        return handled
                    _one(due, tallies[ans], deps)
                    handled += 1
        return handled
    finally:
        # What was done is told also when the run ends before its work does.
        deps.meter.count("RecordsDue", handled)
        for ans, tally in tallies.items():
            _tell(ans, tally, deps)


def _by_operator(page: Sequence[Due]) -> Mapping[str, list[Due]]:
    found: dict[str, list[Due]] = defaultdict(list)
    for due in page:
        found[due.ans].append(due)
    return found


def _one(due: Due, tally: _Tally, deps: Deps) -> None:
    """One thing; a bad one stops no other, and rings."""
    look = tally.look
    if due.at + BEHIND <= look.now:
        deps.meter.count("DisposalBehind")
    try:
        state = look.ledger.get([due.ref]).get(due.ref)
        # The index may be late: the item itself decides.
        gone = _ways(state)(state, look) if _is_due(state, look) else None
    except (Rejected, Halted) as error:
        code = getattr(error, "code", type(error).__name__)
        deps.meter.count("DisposalStuck", reason=code)
        LOG.error("%s of %s cannot be disposed of: %s", due.ref.sort.partition("#")[0], due.ans, code)  # noqa: TRY400
        return
    if gone is not None:
        tally.take(gone)


def _is_due(state: State | None, look: Look) -> bool:
    clock = None if state is None else state.agenda
    return clock is not None and clock[0] is AgendaKind.RETENTION and clock[1] <= look.now


def _ways(state: State | None) -> Callable[[Any, Look], Gone | None]:
    ways: Mapping[type[State], Callable[[Any, Look], Gone | None]] = {
        Protocol: dispose_attendance,
        KeptKey: dispose_key,
        Party: dispose_party,
    }
    way = ways.get(type(state)) if state is not None else None
    if way is None:
        raise Halted("something with a retention clock that nobody disposes of")
    return way


def _tell(ans: str, tally: _Tally, deps: Deps) -> None:
    """Metrics, and what `emdia person disposals` lists."""
    for kind, count in sorted(tally.done.items()):
        deps.meter.count("Disposed", count, kind=kind)
    for reason, count in sorted(Counter(one.reason for one in tally.held).items()):
        deps.meter.count("DisposalHeld", count, reason=reason)
    if not tally.done and not tally.held:
        return
    now = tally.look.now
    done = tuple(Disposed(kind, count) for kind, count in sorted(tally.done.items()))
    run = DisposalRun(id=instant(now), at=now, done=done, held=tuple(tally.held[:_LISTED]))
    values = (Value("eliminados", sum(tally.done.values())), Value("retidos", len(tally.held)))
    fact = Fact("disposals.ended", run.ref, values)
    deps.ledgers.of(ans).commit([Act(f"disposals:{run.id}", (Put(run),), (fact,))])
