"""What an error of AWS means to us: come back later, or stop."""

from typing import Any

from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError

from emdia.errors import EmDiaError, Halted, TryLater

THROTTLES = frozenset(
    {
        "ThrottlingException",
        "Throttling",
        "ThrottledException",
        "RequestThrottled",
        "RequestThrottledException",
        "RequestLimitExceeded",
        "ProvisionedThroughputExceededException",
        "TooManyRequestsException",
        "LimitExceededException",
        "SlowDown",
    }
)
# The service says that it tried and does not know, or that somebody else is writing the same item.
_TRANSIENT = frozenset(
    {
        "InternalServerError",
        "InternalFailure",
        "InternalServiceError",
        "InternalServiceErrorException",
        "KMSInternalException",
        "DependencyTimeoutException",
        "ServiceUnavailable",
        "TransactionConflictException",
        "TransactionInProgressException",
    }
)
AWS_ERRORS = (ClientError, BotoCoreError, HTTPClientError)


def code_of(error: Exception) -> str:
    """The service's error code; "" when no answer came."""
    return str(error.response["Error"]["Code"]) if isinstance(error, ClientError) else ""


def status_of(error: ClientError) -> int:
    """HTTP status of the answer; 0 when the client made the error up itself."""
    return int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))


def throttled(error: Exception) -> bool:
    """Whether the service refused for load: nothing was done."""
    return code_of(error) in THROTTLES


def may_have_landed(error: Exception) -> bool:
    """Whether the request may have been carried out although no usable answer came."""
    if not isinstance(error, ClientError):
        return True
    return code_of(error) in _TRANSIENT or status_of(error) >= 500


def trouble(error: Exception, doing: str) -> EmDiaError:
    """The error to raise for `error` while `doing` (a service and operation: nothing personal)."""
    if throttled(error) or may_have_landed(error):
        return TryLater(f"{doing}: {code_of(error) or type(error).__name__}")
    return Halted(f"{doing}: {code_of(error)}")


def item_of(error: ClientError) -> dict[str, Any]:
    """The stored item a failed condition of a single write gives back (ALL_OLD); {} when none."""
    item: dict[str, Any] = error.response.get("Item") or {}
    return item
