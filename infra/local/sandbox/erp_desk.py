"""An operator's ERP as a receiver: verifies what it is told by Standard Webhooks and keeps it."""

import hmac
import json
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from standardwebhooks import Webhook

from infra.local.sandbox.faults import Faults

PREFIX = "/erp/"  # and the operator's ANS register: the address that is registered
_TOLERANCE = timedelta(minutes=5)


@dataclass(frozen=True)
class Heard:
    """One event that was answered with 200, as often as it came."""

    operator: str
    event: Mapping[str, Any]

    @property
    def place(self) -> tuple[str, str]:
        """Whose sequence it belongs to: an operator's contract, "" for what is of none."""
        data = self.event["data"]
        return self.operator, str(data.get("contract", ""))


class ErpDesk:
    """`faults`: `error` answers 500 (`landed`: after it was kept), `silence` holds the line and drops it.

    Every method may be called from any thread.
    """

    def __init__(self, now: Callable[[], datetime]) -> None:
        self.now = now
        self.faults = Faults()
        self.forged = 0  # calls that did not bear a good signature
        self.failed = 0  # calls that a fault struck
        self._lock = threading.Lock()
        self._secrets: dict[str, str] = {}
        self._heard: list[Heard] = []

    def trust(self, operator: str, secret: str) -> None:
        """From now on calls of the operator are signed with `secret`."""
        with self._lock:
            self._secrets[operator] = secret

    def hear(self, operator: str, headers: Mapping[str, str], body: bytes) -> int | None:
        """One call; the status it is answered with, None for a line that is dropped."""
        if not self._genuine(operator, {name.lower(): value for name, value in headers.items()}, body):
            with self._lock:
                self.forged += 1
            return 401
        error, silence = self.faults.take("error"), self.faults.take("silence")
        if not error or error.landed:
            with self._lock:
                self._heard.append(Heard(operator, json.loads(body)))
        if error or silence:
            with self._lock:
                self.failed += 1
        if silence:
            time.sleep(silence.seconds)
            return None
        return 500 if error else 200

    def _genuine(self, operator: str, headers: Mapping[str, str], body: bytes) -> bool:
        secret = self._secrets.get(operator, "")
        try:
            at = datetime.fromtimestamp(int(headers["webhook-timestamp"]), UTC)
            call, given = headers["webhook-id"], headers["webhook-signature"].split(" ")
            wanted = Webhook(secret).sign(call, at, body.decode()) if secret else ""
        except (KeyError, ValueError, OverflowError):
            return False
        # The library's own `verify` looks at the machine's clock; ours may be a simulated one.
        fresh = abs(at - self.now()) <= _TOLERANCE
        return fresh and any(hmac.compare_digest(wanted.encode(), one.encode()) for one in given)

    def heard(self) -> Sequence[Heard]:
        """Everything that was kept, in the order in which it came, repeats among it."""
        with self._lock:
            return list(self._heard)
