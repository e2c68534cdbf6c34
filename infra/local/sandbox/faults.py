"""What can go wrong between a sender and a provider, on demand."""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import TypeVar

_T = TypeVar("_T")

KINDS = ("silence", "throttle", "error", "refuse", "status", "late", "double", "lost")


@dataclass
class Fault:
    """`count` more times: -1 for ever.

    silence   the messages are taken, the connection is held `seconds`, then dropped without an answer
    throttle  the request is refused with 429, nothing is taken
    error     500; with `landed` after the messages were taken
    refuse    an SMS or WhatsApp message is refused with the error code or reason `status`, nothing is taken
    status    an entry of a mail is answered with `status` and not taken (of `address` only, when given); an SMS or a
              WhatsApp message is taken and fails with `status`, an event type or Meta's error code
    late      an event comes `seconds` later than it happens, so perhaps after later ones
    double    an event is published twice
    lost      a bank's call about a payment is never made
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


def carried(faults: Faults, take: Callable[[], _T], throttled: Exception, broken: Exception) -> _T | None:
    """What `take` answers, unless something goes wrong on the way; None for a connection dropped without a word.

    Raises `throttled` or `broken` for the faults of these kinds, and what `take` raises.
    """
    if faults.take("throttle"):
        raise throttled
    error, silence = faults.take("error"), faults.take("silence")
    if error and not error.landed:
        raise broken
    answer = take()
    if silence:
        time.sleep(silence.seconds)
        return None
    if error:
        raise broken
    return answer
