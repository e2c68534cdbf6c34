"""Starts the embedded AWS with a counter before it, one copy of each layer for all of its workers, and quicker.

Runs on the embedded AWS's own interpreter (with -P, lest `ministack` be our module of that name). Every client of
ours says `emdia` in its User-Agent (emdia/aws/clients.py), so requests are counted where they arrive: retries and
fruitless reads included, those of the demo and of the sandbox not. `GET /_emdia/requests` answers counts by service;
`GET /_emdia/queues` how many messages each queue holds or has under way, all at one moment, which SQS itself never
tells.

By itself it unpacks every layer for every worker it starts: thousands of files each time, compiled anew by each,
seconds of a core that the demo does not have. Nobody writes into a layer, so one copy serves all. For every page of a
Scan it sorts and walks the whole table: half a second a page at the size of the demo's journal, of which every sweep
reads hundreds. What else it does again and again is in `_quicken`; its answers are the same.

Ends with whoever started it, however that went: a closed terminal runs no clean-up, but it closes the pipe.
"""
# ruff: noqa: SLF001  nothing public tells or offers any of this, and the versions are pinned

import json
import os
import re
import shutil
import signal
import sys
import threading
import time
import zipfile
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Mapping
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from types import FunctionType, SimpleNamespace
from typing import Any

# Of the embedded AWS's own environment (.venvs/ministack), which mypy does not see.
import h11  # type: ignore[import-not-found]
import ministack.app  # type: ignore[import-not-found]
from hypercorn.events import RawData  # type: ignore[import-not-found]
from hypercorn.protocol.h11 import H11Protocol  # type: ignore[import-not-found]
from ministack.core import iam_evaluator, lambda_runtime  # type: ignore[import-not-found]
from ministack.services import dynamodb, lambda_svc, sqs  # type: ignore[import-not-found]

_OURS = re.compile(rb"(?:^| )emdia(?: |$)")
_SERVICE = re.compile(rb"Credential=[^/]+/\d{8}/[^/]+/([a-z0-9-]+)/")
_PATIENCE_SECONDS = 3
_LARGE = 2048  # partitions; a page of 1 MB of items mostly comes from fewer
_GAP_SECONDS = 0.002  # between two looks for work, when the first found none
_LOG_SECONDS = 0.02  # for the first line of a log, when none is there
_HUSH_SECONDS = 0.002  # without a further line: the log is whole
_UNPACKING = threading.Lock()


def counting(inner: Any) -> Any:
    """`inner`, an ASGI application, with its requests counted."""
    counts: Counter[str] = Counter()
    told: dict[str, Callable[[], Mapping[str, int]]] = {
        "/_emdia/requests": lambda: counts,
        "/_emdia/queues": _waiting,
    }

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            if scope["path"] in told:
                body = json.dumps(told[scope["path"]]()).encode()
                kind = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
                await send({"type": "http.response.start", "status": 200, "headers": kind})
                await send({"type": "http.response.body", "body": body})
                return
            headers = dict(scope["headers"])
            if _OURS.search(headers.get(b"user-agent", b"")):
                service = _SERVICE.search(headers.get(b"authorization", b""))
                counts[service[1].decode() if service else "?"] += 1
        await inner(scope, receive, send)

    return app


def _waiting() -> Mapping[str, int]:
    with sqs._queues_lock:
        queues = list(sqs._queues._data.items())
        return {url.rpartition("/")[2]: len(queue["messages"]) for (_, _, url), queue in queues}


class _Archive(zipfile.ZipFile):
    """What a worker unpacks: its code as ever; a layer once, and links to that copy from then on."""

    @property
    def _layer(self) -> bool:
        return Path(str(self.filename)).name.startswith("layer_")

    def namelist(self) -> list[str]:
        """Members, to be checked before they are unpacked; those of a layer are our own bundle's."""
        return [] if self._layer else super().namelist()

    def extractall(self, path: Any = None, members: Any = None, pwd: Any = None) -> None:
        """See zipfile."""
        if not self._layer:
            super().extractall(path, members, pwd)
            return
        name = sha256(repr([(one.filename, one.CRC) for one in self.infolist()]).encode()).hexdigest()
        copy = Path(os.environ["TMPDIR"], "layers", name)
        with _UNPACKING:
            if not copy.exists():
                work = copy.with_suffix(".part")
                super().extractall(work, super().namelist())
                work.rename(copy)
        for one in copy.iterdir():
            Path(path, one.name).symlink_to(one)
        Path(str(self.filename)).unlink()


def paging(scan: Any) -> Callable[[dict[str, Any]], Any]:
    """`scan`, the handler, shown of a large table the partitions that its next page can come from."""
    names: dict[str, list[str]] = {}  # of a table's partitions, in order, when its last Scan began

    def page(data: dict[str, Any]) -> Any:
        name = dynamodb._normalize_table_name(data.get("TableName"))
        table = dynamodb._tables.get(name)
        if not table or data.get("IndexName") or data.get("TotalSegments") or len(table["items"]) <= _LARGE:
            return scan(data)
        items = table["items"]
        after = data.get("ExclusiveStartKey", {}).get(table["pk_name"], {}).get("S")
        if after is None or table["TableArn"] not in names:
            names[table["TableArn"]] = sorted(items)
        known = names[table["TableArn"]]
        start, count = bisect_left(known, after or ""), _LARGE
        while True:
            part = {pk: items[pk] for pk in known[start : start + count] if pk in items}
            narrow = {**vars(dynamodb), "_tables": {name: {**table, "items": part}}}
            answer = FunctionType(scan.__code__, narrow)(data)
            if b'"LastEvaluatedKey": ' in answer[2] or start + count >= len(known):
                return answer
            count *= 2  # its items are small: the page is not full yet

    return page


def _quicken() -> None:
    """Let it do once what it does again and again, with the same outcome."""
    dynamodb._scan = paging(dynamodb._scan)
    # An expression is read anew for every item that it is asked of.
    dynamodb._condition_syntax_error = lru_cache(dynamodb._condition_syntax_error)
    tokens = lru_cache(dynamodb._tokenize)
    dynamodb._tokenize = lambda expression: list(tokens(expression))
    # And a role's policies twice for every request.
    parsed, parse = lru_cache(iam_evaluator.parse_policy_document), iam_evaluator.parse_policy_document
    iam_evaluator.parse_policy_document = lambda document: (parsed if isinstance(document, str) else parse)(document)
    # Head and body of an answer in one write: each wakes whoever waits for it.
    H11Protocol._send_h11_event = _together
    # After each write to a stream that nobody reads yet, queues waited a twentieth of a second.
    lambda_svc._ESM_IDLE_WAKE_GAP_SECONDS = _GAP_SECONDS
    # Handlers write their log before they answer: it is there, or a moment away.
    wait = lambda_runtime.Worker._drain_stderr_bounded
    lambda_runtime.Worker._drain_stderr_bounded = lambda worker: wait(worker, _LOG_SECONDS, _HUSH_SECONDS)
    lambda_runtime.zipfile = SimpleNamespace(**{**vars(zipfile), "ZipFile": _Archive})


async def _together(protocol: Any, event: Any) -> None:
    try:
        data = getattr(protocol, "_head", b"") + protocol.connection.send(event)
    except h11.LocalProtocolError:
        if protocol.connection.their_state != h11.ERROR:
            raise
        return
    protocol._head = b""
    if isinstance(event, h11.Response):
        protocol._head = data
    elif data:
        await protocol.send(RawData(data=data))


def _end_with_starter() -> None:
    sys.stdin.buffer.read()  # nothing is ever written: it returns when the other end is gone
    os.killpg(0, signal.SIGTERM)
    time.sleep(_PATIENCE_SECONDS)
    _clean()
    os.killpg(0, signal.SIGKILL)


def _clean() -> None:
    # Warm workers leave unpacked copies of the layers here, up to a gigabyte.
    shutil.rmtree(os.environ["TMPDIR"], ignore_errors=True)


if __name__ == "__main__":
    threading.Thread(target=_end_with_starter, daemon=True).start()
    ministack.app.app = counting(ministack.app.app)
    _quicken()
    try:
        sys.exit(ministack.app.main())
    finally:
        _clean()
