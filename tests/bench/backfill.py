"""Portfolio files of every length, read and validated in a process of their own: its peak must not move.

`python -m tests.bench.backfill ROWS`: seconds of CPU and peak megabytes as JSON.
"""

import json
import os
import resource
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

ROWS: Final = int(os.environ.get("ROWS", "1000000"))
NOW: Final = datetime(2026, 11, 25, 12, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Found:
    """What one file cost."""

    seconds: float
    megabytes: int


def measured(rows: int) -> Found:
    """A CSV of `rows` invoices, made as it is read: no file of it lies anywhere."""
    code = [sys.executable, "-m", "tests.bench.backfill", str(rows)]
    answer = subprocess.run(code, capture_output=True, text=True, check=True)
    return Found(**json.loads(answer.stdout))


def _main(rows: int) -> None:
    from emdia.portfolio.imports import Place
    from emdia.providers.columns import read_row
    from emdia.providers.erp import parse_event
    from emdia.providers.remote import opened
    from emdia.providers.tables import read_rows
    from tests.fakes.portfolio import as_csv, invoice

    head, row, _ = as_csv([invoice("F-0000000")]).split(b"\r\n")
    width = len(row) + 2
    size = len(head) + 2 + rows * width

    def fetch(start: int, length: int) -> bytes:
        """Any piece of the file: every row has its own number and the same length."""
        first = max(0, (start - len(head) - 2) // width)
        made = b"".join(
            row.replace(b"0000000", b"%07d" % n) + b"\r\n" for n in range(first, first + length // width + 2)
        )
        begins = len(head) + 2 + first * width
        text, at = (head + b"\r\n" + made, 0) if start < len(head) + 2 else (made, begins)
        return text[start - at : start - at + min(length, size - start)]

    began = time.process_time()
    events = (parse_event(read_row(one, "123456"), NOW) for one, _ in read_rows(opened(fetch, size), size, Place()))
    ids = sum(1 for _ in events)
    if ids != rows:
        raise SystemExit(f"{ids} rows of {rows}")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(json.dumps({"seconds": time.process_time() - began, "megabytes": peak}))  # noqa: T201


if __name__ == "__main__":
    _main(int(sys.argv[1]))
