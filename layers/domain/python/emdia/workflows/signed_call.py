"""An HTTP call of an ERP client: who it is, by the signature over the exact bytes."""

from dataclasses import dataclass, field
from datetime import datetime

from emdia.errors import Rejected
from emdia.ports import ErpClient, Secrets
from emdia.providers.signatures import Signed, verify


@dataclass(frozen=True, slots=True)
class Call:
    """One HTTP call: who says to call, the signature, and the exact bytes."""

    client: str
    signed: Signed
    body: bytes = field(repr=False)


def authenticate(call: Call, secrets: Secrets, now: datetime, limit: int) -> tuple[ErpClient, str]:
    """The client that signed `call`, and its body as text; `limit` in bytes, `now` UTC.

    Raises Rejected: `body-too-large`, `encoding-invalid`, `signature-invalid` (also for an unknown client),
    `timestamp-stale`.
    """
    if len(call.body) > limit:
        raise Rejected("body-too-large", limit=limit)
    try:
        text = call.body.decode()
    except UnicodeDecodeError:
        raise Rejected("encoding-invalid") from None
    client = secrets.erp_client(call.client)
    verify(call.signed, text, client.secrets if client else (), now)
    if client is None:
        raise Rejected("signature-invalid")
    return client, text
