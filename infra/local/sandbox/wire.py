"""How the phone providers refuse on the wire."""

import re
from collections.abc import Mapping

_SIGNED = r"AWS4-HMAC-SHA256 Credential=[^/]+/\d{{8}}/[^/]+/{service}/aws4_request"


class WireError(Exception):
    """An answer other than success: status, error code, message, and members of the error's own."""

    def __init__(self, status: int, kind: str, message: str, more: Mapping[str, str] | None = None) -> None:
        super().__init__(f"{kind}: {message}")
        self.status = status
        self.kind = kind
        self.document = {"__type": kind, "message": message, "Message": message} | dict(more or {})


def check_signed(authorization: str, service: str) -> None:
    """Refuse a request that is not signed for `service` (Signature Version 4)."""
    if not authorization:
        raise WireError(403, "MissingAuthenticationTokenException", "Missing Authentication Token")
    if not re.match(_SIGNED.format(service=service), authorization):
        raise WireError(403, "IncompleteSignatureException", f"Credential should be scoped to the service: {service}.")
