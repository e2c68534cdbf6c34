"""A report over any number of attendances, in a process of its own: its peak must not move.

`python -m tests.bench.attendances ROWS`: seconds of CPU and peak megabytes as JSON. The SDK is the real one, with all
it does to ask and to read an answer; the answers are made where the network would be, and what that costs is left out.
"""

import json
import os
import re
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

ROWS: Final = int(os.environ.get("ATTENDANCES", "1000000"))
DAYS: Final = 30
FIRST: Final = date(2026, 10, 1)


@dataclass(frozen=True, slots=True)
class Found:
    """What one report cost: CPU seconds, peak memory, requests."""

    seconds: float
    megabytes: int
    requests: int


def measured(rows: int) -> Found:
    """A report of a month in which `rows` attendances were opened."""
    code = [sys.executable, "-m", "tests.bench.attendances", str(rows)]
    told = {"AWS_ACCESS_KEY_ID": "bench", "AWS_SECRET_ACCESS_KEY": "bench", "AWS_DEFAULT_REGION": "sa-east-1"}
    answer = subprocess.run(code, capture_output=True, text=True, check=True, env={**os.environ, **told})
    return Found(**json.loads(answer.stdout))


def _main(rows: int) -> None:
    from emdia.aws.clients import client
    from emdia.aws.day_book import DynamoDayBook
    from emdia.facts import Fact
    from emdia.ports import Act, Put
    from emdia.protocols.number import NumbersOfDay, numbers_ref
    from emdia.workflows.report_protocols import Deps, report_protocols
    from tests.fakes.house import ANS, LEDGER
    from tests.flows.attendances import Attendances

    desk = Attendances()
    for n in range(DAYS):
        numbers = NumbersOfDay(day=FIRST + timedelta(days=n), leased=rows // DAYS + (n < rows % DAYS), closed=True)
        fact = Fact("protocol.numbers_leased", numbers_ref(numbers.day))
        assert desk.ledger().commit([Act(f"day {n}", (Put(numbers),), (fact,))]).landed
    dynamodb, store = client("dynamodb"), Store(LEDGER)
    dynamodb.meta.events.register_first("before-send.dynamodb", store.answer)
    desk.clock.at = datetime(2026, 12, 1, 12, tzinfo=UTC)
    asked = {"action": "measure", "operator": ANS, "actor": "bench", "by": "day", "lives": 100_000,
             "from": FIRST.isoformat(), "to": (FIRST + timedelta(days=DAYS - 1)).isoformat()}  # fmt: skip
    began = time.process_time()
    told = report_protocols(asked, Deps(desk.ledgers, desk.clock, DynamoDayBook(dynamodb, LEDGER)))
    spent = time.process_time() - began - store.seconds
    cells: list[tuple[str, str, str, float]] = told["cells"]  # type: ignore[assignment]
    found = sum(value for period, measure, _, value in cells if (period, measure) == ("Total", "opened"))
    if found != rows:
        raise SystemExit(f"{found} attendances of {rows}")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(json.dumps({"seconds": spent, "megabytes": peak, "requests": store.requests}))  # noqa: T201


class Store:
    """Answers a BatchGetItem of attendances by their numbers, as bytes; what it costs is counted apart."""

    def __init__(self, table: str) -> None:
        self.table, self.seconds, self.requests = table, 0.0, 0
        self._days: dict[str, tuple[str, ...]] = {}

    def answer(self, request: Any, **_: object) -> Any:
        """In place of the network."""
        from botocore.awsrequest import AWSResponse

        began = time.thread_time()
        items = ",".join(map(self._item, re.findall(rb"PR#(\d{20})", request.body)))
        body = f'{{"Responses":{{"{self.table}":[{items}]}},"UnprocessedKeys":{{}}}}'.encode()
        raw = AWSResponse(request.url, 200, {"x-amzn-requestid": "bench"}, Raw(body))
        self.requests += 1
        self.seconds += time.thread_time() - began
        return raw

    def _item(self, number: bytes) -> str:
        text = number.decode()
        day, n = text[6:14], int(text[14:])
        if day not in self._days:
            opened = datetime.strptime(day, "%Y%m%d").replace(hour=15, tzinfo=UTC)
            self._days[day] = tuple(json.dumps(json.dumps(one))[1:-1] for one in _kinds(opened))
        kind = self._days[day][n % 10]
        return f'{{"d":{{"S":"{kind.replace("NUMBER", text).replace("CONTRACT", f"{n * 7919 % 700_000:032x}")}"}}}}'


class Raw:
    """What urllib3 would hand over."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    def stream(self, *_: object, **__: object) -> Iterator[bytes]:
        """All of it at once."""
        yield self._body


def _kinds(opened: datetime) -> Iterator[dict[str, Any]]:
    """Ten attendances as stored: eight answered after a person was asked for, one open, one re-analysed."""
    from dataclasses import replace

    from emdia.aws.plain import writer
    from emdia.protocols.answers import Answer, Outcome
    from emdia.protocols.deadlines import Demand, Seat
    from emdia.protocols.protocol import Medium, Originator, Protocol, claim, classify, close, reanalyse
    from emdia.protocols.protocol import opened as begun

    seat = Seat("SP", "America/Sao_Paulo")
    for n in range(10):
        fresh = replace(begun("NUMBER", list(Medium)[n % 7], Originator.PERSON, opened), contract="CONTRACT")
        asked = replace(classify(fresh, Demand.NON_ASSISTENTIAL, None, seat, opened), human_asked_at=opened)
        if n == 9:
            yield writer(Protocol)(asked)
            continue
        answer = Answer(Outcome.GRANTED, "A segunda via foi enviada hoje.")
        answered = close(claim(asked, "ana", opened + timedelta(seconds=30)), answer, opened + timedelta(hours=n))
        rated = replace(answered, csat=1 + n % 5, nps=n, holder_key="b" * 32, spoken=1, spoken_seconds=240)
        yield writer(Protocol)(reanalyse(rated, seat, opened + timedelta(days=2)) if n == 8 else rated)


if __name__ == "__main__":
    _main(int(sys.argv[1]))
