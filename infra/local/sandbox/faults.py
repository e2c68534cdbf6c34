"""What can go wrong between a sender and SES, on demand."""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta

KINDS = ("silence", "throttle", "error", "status", "late", "double")


@dataclass
class Fault:
    """`count` more times: -1 for ever.

    silence   the mails are taken, the connection is held `seconds`, then dropped without an answer
    throttle  the request is refused with 429, nothing is taken
    error     500; with `landed` after the mails were taken
    status    an entry is answered with `status` and not taken (of `address` only, when given)
    late      an event comes `seconds` later than it happens, so perhaps after later ones
    double    an event is published twice
    """

    kind: str
    count: int = 1
    seconds: float = 0.0
    landed: bool = False
    status: str = "TRANSIENT_FAILURE"
    address: str = ""

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"kind is one of {', '.join(KINDS)}")

    @property
    def delay(self) -> timedelta:
        """`seconds` as a span."""
        return timedelta(seconds=self.seconds)


class Faults:
    """The faults still to happen. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._faults: list[Fault] = []

    def add(self, fault: Fault) -> None:
        """Let `fault` happen from the next request on."""
        with self._lock:
            self._faults.append(fault)

    def clear(self) -> None:
        """Let nothing fail any more."""
        with self._lock:
            self._faults.clear()

    def take(self, kind: str, address: str = "") -> Fault | None:
        """The fault of `kind` that applies now, used up once; None when there is none."""
        with self._lock:
            for fault in self._faults:
                if fault.kind == kind and fault.count and fault.address in ("", address):
                    fault.count -= 1 if fault.count > 0 else 0
                    return fault
            return None

    def left(self) -> Sequence[Mapping[str, object]]:
        """What may still happen, for the control page."""
        with self._lock:
            return [asdict(fault) for fault in self._faults if fault.count]
