"""The banks of all operators without their HTTP: people pay codes here, and operators are told as banks tell them."""

import http.client
import json
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from emdia.errors import Rejected
from emdia.payments.brcode import read_dynamic_code
from infra.local.sandbox.bank import CLIENT, KEY, RECEIVER, SECRET, Answer, SandboxBank, txid_of
from infra.local.sandbox.faults import Faults

PREFIX = "/api-pix/"  # and the operator's ANS register: the base address of the API Pix of its bank
ATTEMPTS = 10  # calls that nobody answers with success before a bank gives up
_TIMEOUT = 60
Hook = Callable[[str, bytes], bool]


class NotPaidError(Exception):
    """A code was not paid; the message is one of `unreadable`, `foreign`, `closed`."""


@dataclass
class Pix:
    """One payment in the bank's book. `telling`: calls still to make, from `due` (UTC) on; `told_at`: answered calls.

    `lost`: no call was made, or none was answered.
    """

    operator: str
    txid: str
    end_to_end_id: str
    amount: int  # centavos
    at: datetime
    due: datetime
    telling: int = 1
    failed: int = 0
    told_at: list[datetime] = field(default_factory=list)

    @property
    def lost(self) -> bool:
        """See the class."""
        return not self.telling and not self.told_at


class Teller:
    """`faults`: `lost`, `double` and `late` strike the call of the next payment. Methods may be called from any thread.

    `hook` carries a call to an operator; without one nobody is told, and operators find payments by asking.
    """

    def __init__(self, now: Callable[[], datetime], hook: Hook | None = None) -> None:
        self.now = now
        self.faults = Faults()
        self.hook = hook
        self._lock = threading.RLock()
        self._telling = threading.Lock()
        self._banks: dict[str, SandboxBank] = {}
        self._book: list[Pix] = []

    def open(self, operator: str, key: str = KEY, receiver: Mapping[str, str] = RECEIVER) -> SandboxBank:
        """The operator has an account from now on, with its Pix key and as payers see it; the bank it is at."""
        with self._lock:
            return self._banks.setdefault(operator, SandboxBank(self.now, key, receiver))

    def accesses(self, base: str) -> Mapping[str, Mapping[str, object]]:
        """What the secret of the banks says of each operator (docs/deploy.md), when this is served at `base`.

        Without certificates: it listens on loopback and without TLS.
        """
        with self._lock:
            return {operator: _access(f"{base}{PREFIX}{operator}", bank.key) for operator, bank in self._banks.items()}

    def ask(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """A request of the API Pix: `target` is PREFIX, the operator and the API's own path."""
        operator, _, path = target.removeprefix(PREFIX).partition("/")
        with self._lock:
            bank = self._banks.get(operator)
            if bank is None:
                return 404, {"title": "no such bank", "status": 404}
            return bank.ask(method, f"/{path}", {name.lower(): value for name, value in headers.items()}, body or None)

    def pay(self, code: str) -> Pix:
        """Somebody pays a dynamic BR Code: what it asks today. Raises NotPaidError."""
        try:
            txid = txid_of(read_dynamic_code(code).url)
        except Rejected:
            raise NotPaidError("unreadable") from None
        with self._lock:
            operator = next((name for name, bank in self._banks.items() if txid in bank.charges), None)
            if operator is None:
                raise NotPaidError("foreign")
            try:
                told = self._banks[operator].pay(txid)
            except LookupError:
                raise NotPaidError("closed") from None
            return self._enter(operator, told)

    def send(self, operator: str, amount: int) -> Pix:
        """Somebody sends so many centavos to the operator's key, for no charge."""
        with self._lock:
            told = self._banks[operator].receive("", f"{amount // 100}.{amount % 100:02d}")
            return self._enter(operator, told)

    def _enter(self, operator: str, told: Mapping[str, Any]) -> Pix:
        name, now = str(told.get("txid", "")), self.now()
        lost, double, late = (self.faults.take(kind, name) for kind in ("lost", "double", "late"))
        pix = Pix(
            operator=operator,
            txid=name,
            end_to_end_id=str(told["endToEndId"]),
            amount=int(str(told["valor"]).replace(".", "")),
            at=now,
            due=now + (late.delay if late else timedelta()),
            telling=0 if lost or self.hook is None else 2 if double else 1,
        )
        self._book.append(pix)
        return pix

    def flush(self) -> int:
        """Tell operators what is due; how many calls were answered with success. What failed is tried again."""
        with self._telling:
            with self._lock:
                due = [one for one in self._book if one.telling and one.due <= self.now()]
            return sum(self._tell(one) for one in due)

    def _tell(self, pix: Pix) -> int:
        with self._lock:
            body = json.dumps({"pix": [self._banks[pix.operator].pix[pix.end_to_end_id]]}).encode()
        answered = 0
        while pix.telling:
            done = self.hook is not None and self.hook(pix.operator, body)
            with self._lock:
                if not done:
                    pix.failed += 1
                    pix.telling = pix.telling if pix.failed < ATTEMPTS else 0
                    break
                pix.telling -= 1
                pix.told_at.append(self.now())
                answered += 1
        return answered

    def names(self) -> Mapping[str, str]:
        """Who receives, by operator."""
        with self._lock:
            return {operator: bank.receiver["nome"] for operator, bank in self._banks.items()}

    def book(self) -> Sequence[Pix]:
        """Every payment, in order."""
        with self._lock:
            return list(self._book)


def _access(url: str, key: str) -> Mapping[str, object]:
    named = {"client_id": CLIENT, "client_secret": SECRET, "certificate": "", "private_key": ""}
    return {"url": url, "token_url": f"{url}/oauth/token", "key": key, "callers": [], **named}


def hook_of(api: str) -> Hook:
    """Calls `POST {api}/{operator}/pix`, as a bank does with the address it was given; success is a 2xx."""
    address = urlsplit(api)

    def call(operator: str, body: bytes) -> bool:
        connection = http.client.HTTPConnection(address.netloc, timeout=_TIMEOUT)
        try:
            path = f"{address.path.rstrip('/')}/{operator}/pix"
            connection.request("POST", path, body, {"Content-Type": "application/json"})
            return 200 <= connection.getresponse().status < 300
        except OSError:
            return False
        finally:
            connection.close()

    return call
