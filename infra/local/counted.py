"""Starts the embedded AWS with a counter before it, and with one copy of each layer for all of its workers.

Runs on the embedded AWS's own interpreter (with -P, lest `ministack` be our module of that name). Every client of
ours says `emdia` in its User-Agent (emdia/aws/clients.py), so requests are counted where they arrive: retries and
fruitless reads included, those of the demo and of the sandbox not. `GET /_emdia/requests` answers counts by service;
`GET /_emdia/queues` how many messages each queue holds or has under way, all at one moment, which SQS itself never
tells.

By itself it unpacks every layer for every worker it starts: thousands of files each time, compiled anew by each,
seconds of a core that the demo does not have. Nobody writes into a layer, so one copy serves all.

Ends with whoever started it, however that went: a closed terminal runs no clean-up, but it closes the pipe.
"""

import json
import os
import re
import shutil
import signal
import sys
import threading
import time
import zipfile
from collections import Counter
from collections.abc import Callable, Mapping
from hashlib import sha256
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import ministack.app  # type: ignore[import-not-found]
import ministack.core.lambda_runtime  # type: ignore[import-not-found]
from ministack.services import sqs  # type: ignore[import-not-found]

_OURS = re.compile(rb"(?:^| )emdia(?: |$)")
_SERVICE = re.compile(rb"Credential=[^/]+/\d{8}/[^/]+/([a-z0-9-]+)/")
_PATIENCE_SECONDS = 3
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
    with sqs._queues_lock:  # noqa: SLF001  nothing public tells it, and the version is pinned
        queues = list(sqs._queues._data.items())  # noqa: SLF001
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
    ministack.core.lambda_runtime.zipfile = SimpleNamespace(**{**vars(zipfile), "ZipFile": _Archive})
    try:
        sys.exit(ministack.app.main())
    finally:
        _clean()
