"""One attendance as the regulator is told it, and the numbers of a day that stand for none. Pure.

What a document of them looks like is fixed by docs/protocols-export.schema.json. No words, no name, no contract: a
number, what was asked by its class, every term with its rule and norm, every warning, the answer, late or not.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Final

from emdia.calendar import local_day
from emdia.clock import instant
from emdia.compliance.norms import norm
from emdia.protocols.copying import Copying
from emdia.protocols.deadlines import Clock
from emdia.protocols.number import BRASILIA, Block, NumbersOfDay
from emdia.protocols.protocol import Protocol, Status
from emdia.protocols.turns import FirstAnswer, Reminder
from emdia.protocols.waiting import waited

FORMAT: Final = "emdia-protocolos-1"


def protocol_row(protocol: Protocol) -> Mapping[str, object]:
    """`protocol` as of now; instants in UTC. What was asked for first stands in `first` once it was re-analysed."""
    return {
        "number": protocol.number,
        "opened_at": instant(protocol.opened_at),
        "channel": protocol.medium,
        "originator": protocol.originator,
        "status": protocol.status,
        "class": protocol.demand,
        "care": protocol.care,
        "terms": _terms(protocol.clocks),
        "warnings": _warnings(protocol.warned),
        "answered_at": _instant(protocol.answered_at),
        "outcome": protocol.outcome,
        "late": protocol.late,
        "complaint": protocol.complaint,
        "first": None if protocol.first is None else _first(protocol.first),
        "person": _person(protocol),
        "copy": None if protocol.copying is None else _copy(protocol.copying),
        "csat": protocol.csat,
        "nps": protocol.nps,
    }


def _first(first: FirstAnswer) -> Mapping[str, object]:
    return {
        "class": first.demand,
        "terms": _terms(first.clocks),
        "warnings": _warnings(first.warned),
        "answered_at": instant(first.answered_at),
        "outcome": first.outcome,
        "late": first.late,
        "reanalysis_asked_at": instant(first.again_at),
    }


def _person(protocol: Protocol) -> Mapping[str, object] | None:
    """The wait for a human being, where one was asked for."""
    if protocol.human_asked_at is None:
        return None
    wait = waited(protocol)
    return {
        "asked_at": instant(protocol.human_asked_at),
        "reached_at": _instant(protocol.human_at),
        "in_target": None if wait is None else wait[1],
    }


def _copy(copying: Copying) -> Mapping[str, object]:
    return {
        "due_at": instant(copying.by),
        "sent_at": _instant(copying.sent_at),
        "channel": copying.channel or None,
    }


def _terms(clocks: Iterable[Clock]) -> list[Mapping[str, object]]:
    return [
        {
            "rule": one.rule,
            "norm": _source(one.rule, local_day(one.opened, BRASILIA).isoformat()),
            "runs_from": instant(one.opened),
            "due_at": instant(one.due),
            "business_days": one.working,
        }
        for one in clocks
    ]


@cache
def _source(rule: str, day: str) -> str:
    return norm(rule, datetime.fromisoformat(day).date()).source


def _warnings(given: Iterable[Reminder]) -> list[Mapping[str, object]]:
    return [{"at": instant(one.at), "percent": one.percent, "rule": one.rule} for one in given]


def _instant(when: datetime | None) -> str | None:
    return None if when is None else instant(when)


@dataclass(frozen=True, slots=True)
class Gaps:
    """The numbers of a block of a day that stand for no attendance."""

    numbers: NumbersOfDay
    block: Block
    held: Sequence[Protocol]

    def told(self) -> Mapping[str, object]:
        """Ranges of sequences: never issued, and absent.

        Absent before the day was gone through means held by a worker that may still issue it; afterwards, that its
        record is no longer kept.
        """
        there = {int(one.number[14:]): one.status for one in self.held}
        sequences = range(self.block.first, self.block.last + 1)
        return {
            "day": self.block.day.isoformat(),
            "leased": self.numbers.leased,
            "closed": self.numbers.closed and self.numbers.told >= self.numbers.leased,
            "not_issued": ranges(n for n in sequences if there.get(n) is Status.NOT_ISSUED),
            "absent": ranges(n for n in sequences if n not in there),
        }


def ranges(sequences: Iterable[int]) -> list[list[int]]:
    """Rising numbers as first and last of each run.

    >>> ranges([1, 2, 3, 7, 9, 10])
    [[1, 3], [7, 7], [9, 10]]
    """
    found: list[list[int]] = []
    for n in sequences:
        if found and found[-1][1] == n - 1:
            found[-1][1] = n
        else:
            found.append([n, n])
    return found
