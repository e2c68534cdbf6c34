"""What one attempt to send proves when it fails. The same questions for every provider of ours."""

from collections.abc import Collection

from botocore.exceptions import (
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    NoCredentialsError,
    ParamValidationError,
    ProxyConnectionError,
)

from emdia.aws.answers import AWS_ERRORS, code_of, status_of, throttled
from emdia.messages.ports import Outcome, Sent

SEND_ERRORS = (*AWS_ERRORS, ParamValidationError)
_NEVER_LEFT = (ConnectTimeoutError, EndpointConnectionError, ProxyConnectionError, NoCredentialsError)


def outcome_of(error: Exception, ours: Collection[str]) -> Sent:  # noqa: PLR0911  one way out per thing that may be known
    """What is known of a request that did not succeed.

    `ours` are error codes, or their reasons, that speak of our sender, configuration or account and not of the message.
    """
    if isinstance(error, ParamValidationError):
        return Sent(Outcome.REJECTED, reason="ParamValidationError")
    if isinstance(error, _NEVER_LEFT):
        return Sent(Outcome.NOT_SENT, reason=type(error).__name__)
    if not isinstance(error, ClientError):
        return Sent(Outcome.MAYBE, reason=type(error).__name__)
    code = code_of(error)
    # The SMS service says in a member of its own what is wrong; both are of its enumerations, neither is personal.
    reason = str(error.response.get("Reason") or code)
    if status_of(error) >= 500 or not status_of(error):
        return Sent(Outcome.MAYBE, reason=code)
    if throttled(error) or status_of(error) == 429:
        return Sent(Outcome.THROTTLED, reason=code)
    # 401 and 403: our credentials or rights, not the message; it may go once they are mended.
    if code in ours or reason in ours or status_of(error) in (401, 403):
        return Sent(Outcome.BROKEN, reason=reason)
    return Sent(Outcome.REJECTED, reason=reason)
