"""Before anything else: the product's door refuses a forged call, and answers a repeated one as it did the first."""

from datetime import datetime

from infra.local.demo.chronicle import Chronicle
from infra.local.demo.erp import body_of


class DoorError(Exception):
    """The product's door did not answer as it must; the message says what was asked and what came."""


def check_doors(chronicle: Chronicle, now: datetime) -> None:
    """Try the door of the first ERP at `now` (UTC). Raises DoorError."""
    erp = next(iter(chronicle.erps.values()))
    account = next(one for one in chronicle.world.accounts.values() if one.house is erp.house)
    event = erp.event(("opt_in.recorded", _consent(account.number, now)), now)
    body, call = body_of([event]), erp.call_id()
    forged = erp.post(call, body, now, secret="whsec_" + "QUJD" * 10)
    first, again = erp.post(call, body, now), erp.post(call, body, now)
    if (forged.status, first.status) != (401, 202) or first != again:
        raise DoorError(f"forged {forged.status}, first {first.status}, again {again.status}")


def _consent(account: str, now: datetime) -> dict[str, object]:
    return {"contract": account, "channel": "sms", "at": now.isoformat(), "how": "portal", "text": "Aceito."}
