"""What the fakes count, and the calls they are told to fail."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from botocore.exceptions import ClientError, ConnectionClosedError, ConnectTimeoutError, ReadTimeoutError

URL = "https://fake.invalid"


def client_error(code: str, operation: str, status: int = 400, **more: object) -> ClientError:
    """An error as the service answers it."""
    answer = {"Error": {"Code": code, "Message": code}, "ResponseMetadata": {"HTTPStatusCode": status}, **more}
    return ClientError(answer, operation)


def closed(_operation: str) -> Exception:
    return ConnectionClosedError(endpoint_url=URL)


def read_timeout(_operation: str) -> Exception:
    return ReadTimeoutError(endpoint_url=URL)


def unreachable(_operation: str) -> Exception:
    return ConnectTimeoutError(endpoint_url=URL)


def throttling(operation: str) -> Exception:
    return client_error("ThrottlingException", operation)


def unavailable(operation: str) -> Exception:
    return client_error("InternalServerError", operation, status=500)


@dataclass
class Fault:
    """Fail the `call`-th call (from now, 1 is the next) of `operation`, before or after it has landed."""

    operation: str
    call: int
    landed: bool
    error: Callable[[str], Exception]


@dataclass
class Faults:
    """Shared by all fakes of a house. `requests` counts (service, operation)."""

    requests: Counter[tuple[str, str]] = field(default_factory=Counter)
    planned: list[Fault] = field(default_factory=list)
    struck: list[Fault] = field(default_factory=list)

    def fail(
        self,
        operation: str,
        *,
        call: int = 1,
        landed: bool = False,
        error: Callable[[str], Exception] = closed,
    ) -> None:
        """`operation` in the service's spelling ("TransactWriteItems"); "" means any operation at all."""
        self.planned.append(Fault(operation, call, landed, error))

    @property
    def total(self) -> int:
        """All requests so far."""
        return self.requests.total()

    def around(self, service: str, operation: str, do: Callable[[], object]) -> object:
        """Run one call of a fake, failing it where a fault was planned."""
        self.requests[service, operation] += 1
        striking = None
        for fault in self.planned:
            if fault.operation in ("", operation):
                fault.call -= 1
                if fault.call == 0:
                    striking = fault
        if striking is None:
            return do()
        self.planned.remove(striking)
        self.struck.append(striking)
        if striking.landed:
            do()
        raise striking.error(operation)


# How a call fails that may be made again: with which error, and whether it had landed.
WAYS = [(closed, False), (closed, True), (read_timeout, True), (throttling, False)]
