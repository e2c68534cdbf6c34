"""The attendances of a day, by their numbers: nothing is searched for, since numbers follow each other (DayBook)."""

import gc
import json
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from typing import Any

from emdia.aws.items import address
from emdia.aws.reading import read_all
from emdia.errors import Halted
from emdia.protocols.answers import Outcome
from emdia.protocols.deadlines import Demand
from emdia.protocols.measures import Brief, Stretch
from emdia.protocols.number import Block, ProtocolNumber
from emdia.protocols.protocol import Medium
from emdia.state import protocol_ref

_PAGE = 100  # numbers of one BatchGet

# Bound once: a report reads a million of each.
_instant = datetime.fromisoformat
_plain = json.JSONDecoder().raw_decode  # what we stored has nothing before or behind it
_number = attrgetter("number")
_MEDIA = {str(one): one for one in Medium}
_DEMANDS = {str(one): one for one in Demand}


@dataclass(frozen=True)
class DynamoDayBook:
    """`abreast` requests are under way at once: a report waits for answers, not for the processor."""

    dynamodb: Any
    ledger: str
    sleep: Callable[[float], None] = time.sleep
    abreast: int = 8

    def briefs(self, block: Block) -> Iterator[Sequence[Brief]]:
        """See protocols.ports.DayBook."""
        parts = [
            Block(block.ans, block.day, max(last - _PAGE + 1, block.first), last)
            for last in range(block.last, block.first - 1, -_PAGE)
        ]
        # Nothing here goes round in circles: to look for that among a million items costs a tenth of a report.
        looking = gc.isenabled()
        gc.disable()
        try:
            yield from map(self._page, parts) if self.abreast == 1 else self._ahead(parts)
        finally:
            if looking:
                gc.enable()

    def _ahead(self, parts: Sequence[Block]) -> Iterator[Sequence[Brief]]:
        with ThreadPoolExecutor(self.abreast) as pool:
            under_way: deque[Future[Sequence[Brief]]] = deque()
            for part in parts:
                under_way.append(pool.submit(self._page, part))
                if len(under_way) == 2 * self.abreast:
                    yield under_way.popleft().result()
            while under_way:
                yield under_way.popleft().result()

    def _page(self, block: Block) -> Sequence[Brief]:
        one = address(block.ans, protocol_ref(str(ProtocolNumber(block.ans, block.day, block.first))))
        day = one["pk"]["S"][:-6]
        keys = [{**one, "pk": {"S": f"{day}{n:06d}"}} for n in range(block.first, block.last + 1)]
        items = read_all(self.dynamodb, {self.ledger: keys}, self.sleep, only="d")[self.ledger]
        try:
            briefs = [_brief(_plain(item["d"]["S"])[0]) for item in items]
        except (KeyError, TypeError, ValueError) as error:
            # The cause is not chained: its text may quote a value.
            raise Halted(f"an attendance is not one of ours: {type(error).__name__}") from None
        briefs.sort(key=_number, reverse=True)
        return briefs


def _brief(told: dict[str, Any]) -> Brief:
    """Of an item's members those that measures need; a million of them are read for one report."""
    get = told.get
    medium, human_asked_at, human_at = get("medium"), get("human_asked_at"), get("human_at")
    first = get("first")
    stretches: tuple[Stretch, ...] = ()
    if "demand" in told:
        stretches = (_stretch(told),) if first is None else (_stretch(first), _stretch(told))
    return Brief(
        told["number"],
        _instant(told["opened_at"]),
        None if medium is None else _MEDIA[medium],
        get("contract", ""),
        stretches,
        (told if first is None else first).get("outcome") == Outcome.WITHDRAWN,
        None if first is None else _instant(first["again_at"]),
        None if human_asked_at is None else _instant(human_asked_at),
        None if human_at is None else _instant(human_at),
        get("spoken", 0),
        get("spoken_seconds", 0),
        get("csat"),
        get("nps"),
    )


def _stretch(told: dict[str, Any]) -> Stretch:
    due, answered_at = None, told.get("answered_at")
    for one in told.get("clocks", ()):  # the earliest first (deadlines.clocks_of)
        # Urgent means at once: there is no moment before its end, so only what waited is late.
        if one["opened"] != one["due"]:
            due = _instant(one["due"])
            break
    return Stretch(_DEMANDS[told["demand"]], due, None if answered_at is None else _instant(answered_at))
