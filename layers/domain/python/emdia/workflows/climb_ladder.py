"""Every quarter of an hour: queue the cases whose next step falls due.

Cost follows the work that is due, never the size of the portfolio. Nothing is decided here: the agenda
is an index and may lag; `take_step` reads the case itself.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from emdia.ports import Agenda, Clock, Due, Meter, Queue
from emdia.state import AgendaKind

# Cases in one message to take_step: what one read and one transaction can hold (ports.Ledger).
CHUNK = 25


@dataclass(frozen=True, slots=True)
class Deps:
    """What climbing needs."""

    agenda: Agenda
    steps: Queue
    clock: Clock
    meter: Meter


def climb_ladder(deps: Deps) -> int:
    """Queue every due case and return how many. A second run at once queues none (Agenda's stamp).

    Raises TryLater when a page could not be queued: its stamp is not set, the next tick takes it again.
    """
    queued = 0
    for page in deps.agenda.due(AgendaKind.LADDER, deps.clock.now()):
        deps.steps.send([body_of(chunk) for chunk in chunks(page)])
        queued += len(page)
    deps.meter.count("CasesDue", queued)
    return queued


def chunks(page: Sequence[Due]) -> Iterator[Sequence[Due]]:
    """Split by operator into groups of at most 25 of which no two share a person.

    A person is in at most one case of a transaction, or their row would be written twice in it.
    """
    rounds: dict[tuple[str, int], list[Due]] = defaultdict(list)
    times: Counter[tuple[str, str]] = Counter()
    for due in page:
        # A person's second case goes into the second round, and so on: rounds hold each person once.
        rounds[due.ans, times[due.ans, due.person]].append(due)
        times[due.ans, due.person] += 1
    for group in rounds.values():
        for start in range(0, len(group), CHUNK):
            yield group[start : start + CHUNK]


def body_of(chunk: Sequence[Due]) -> dict[str, object]:
    """Keys only: contract and person pseudonyms."""
    return {"ans": chunk[0].ans, "cases": [[due.ref.partition[2:], due.person] for due in chunk]}
