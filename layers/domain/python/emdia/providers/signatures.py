"""Standard Webhooks signatures of ERP calls, checked by our own clock."""

import hmac
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from standardwebhooks import Webhook

from emdia.clock import instant
from emdia.errors import Rejected

TOLERANCE = timedelta(minutes=5)  # Standard Webhooks: what its own libraries allow
ACTIVE_SECRETS = 2
# Stands in where a client has no such secret, so that an unknown client costs the same work. It opens
# nothing: a match with it is never taken for a signature.
_NOBODY = "whsec_" + "A" * 32
_ID = re.compile(r"[\x21-\x7e]{1,256}")
_TIMESTAMP = re.compile(r"[0-9]{1,11}")
_MAX_SIGNATURES = 10


@dataclass(frozen=True, slots=True)
class Signed:
    """The three headers of Standard Webhooks, as they came; "" where absent."""

    webhook_id: str
    timestamp: str
    signature: str

    @classmethod
    def of(cls, header: Callable[[str], str]) -> "Signed":
        """Those of a call whose header `header` tells by its name."""
        return cls(*map(header, ("webhook-id", "webhook-timestamp", "webhook-signature")))


def verify(signed: Signed, body: str, secrets: Sequence[str], now: datetime) -> None:
    """Pass when one of the space-separated v1 signatures is of one of `secrets` (none: an unknown client).

    `body` is the exact text that was sent. Raises Rejected `signature-invalid`, and `timestamp-stale` for a
    true signature more than five minutes away from `now` (UTC), which it tells: the caller's clock may be wrong.
    """
    well_formed = _ID.fullmatch(signed.webhook_id) and _TIMESTAMP.fullmatch(signed.timestamp)
    told = datetime.fromtimestamp(int(signed.timestamp) if well_formed else 0, UTC)
    webhook_id = signed.webhook_id if well_formed else "-"
    given = signed.signature.split(" ")[:_MAX_SIGNATURES]
    known = list(secrets)[:ACTIVE_SECRETS]
    right = False
    for place, secret in enumerate([*known, _NOBODY, _NOBODY][:ACTIVE_SECRETS]):
        expected = Webhook(secret).sign(webhook_id, told, body).encode()
        for one in given:
            matches = hmac.compare_digest(expected, one.encode("utf-8", "replace"))
            right |= matches and place < len(known)
    # The library signs the number it parsed: a timestamp spelt otherwise was not what was signed.
    if not (right and well_formed and signed.timestamp == str(int(signed.timestamp))):
        raise Rejected("signature-invalid")
    if abs(now - told) > TOLERANCE:
        raise Rejected("timestamp-stale", minutes=int(TOLERANCE.total_seconds() // 60), now=instant(now))


def sign(webhook_id: str, now: datetime, body: str, secrets: Sequence[str]) -> dict[str, str]:
    """The three headers of a call of ours: one signature for each active secret, so that the ERP may change over."""
    return {
        "webhook-id": webhook_id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": " ".join(Webhook(secret).sign(webhook_id, now, body) for secret in secrets),
    }
