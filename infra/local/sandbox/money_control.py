"""The controls of banks and ERPs, beside those of mail and phones: JSON under /_sandbox/bank and /_sandbox/erp."""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

from infra.local.sandbox.control import Answer
from infra.local.sandbox.erp_desk import ErpDesk
from infra.local.sandbox.events import stamp
from infra.local.sandbox.faults import Fault
from infra.local.sandbox.teller import NotPaidError, Pix, Teller

PREFIXES = ("/_sandbox/bank", "/_sandbox/erp")


def control(teller: Teller, erp: ErpDesk, method: str, path: str, body: Any) -> Answer:
    """Answer one request. A body that does not fit is answered with 400 and what was wrong with it."""
    act = _ROUTES.get((method, path))
    if act is None:
        return 404, {"message": f"there are: {', '.join(' '.join(route) for route in sorted(_ROUTES))}"}
    try:
        return act(teller, erp, body)
    except (KeyError, TypeError, ValueError) as wrong:
        return 400, {"message": f"{type(wrong).__name__}: {wrong}"}


def _book(teller: Teller, erp: ErpDesk, body: Any) -> Answer:
    del erp, body
    return 200, [_told(one) for one in teller.book()]


def _told(pix: Pix) -> Mapping[str, object]:
    instants = {"at": stamp(pix.at), "due": stamp(pix.due), "told_at": [stamp(at) for at in pix.told_at]}
    return asdict(pix) | instants | {"lost": pix.lost}


def _open(teller: Teller, erp: ErpDesk, body: Any) -> Answer:
    """`{"operator": "412759"}`, and where wanted its Pix `key`."""
    del erp
    teller.open(**body)
    return 200, {}


def _pay(teller: Teller, erp: ErpDesk, body: Any) -> Answer:
    """`{"code": "00020..."}`: a dynamic BR Code."""
    del erp
    try:
        return 200, _told(teller.pay(str(body["code"])))
    except NotPaidError as refused:
        return 409, {"message": str(refused)}


def _flush(teller: Teller, erp: ErpDesk, body: Any) -> Answer:
    del erp, body
    return 200, {"answered": teller.flush()}


def _bank_fault(teller: Teller, erp: ErpDesk, body: Any) -> Answer:
    """A fault as the mail has them: lost, late, double; `address` is a txid."""
    del erp
    teller.faults.add(Fault(**body))
    return 200, teller.faults.left()


def _clear_bank(teller: Teller, erp: ErpDesk, body: Any) -> Answer:
    del erp, body
    teller.faults.clear()
    return 200, []


def _heard(teller: Teller, erp: ErpDesk, body: Any) -> Answer:
    del teller, body
    return 200, {"forged": erp.forged, "failed": erp.failed, "events": [one.event for one in erp.heard()]}


def _trust(teller: Teller, erp: ErpDesk, body: Any) -> Answer:
    """`{"operator": "412759", "secret": "whsec_..."}`."""
    del teller
    erp.trust(str(body["operator"]), str(body["secret"]))
    return 200, {}


def _erp_fault(teller: Teller, erp: ErpDesk, body: Any) -> Answer:
    """A fault as the mail has them: error, silence."""
    del teller
    erp.faults.add(Fault(**body))
    return 200, erp.faults.left()


def _clear_erp(teller: Teller, erp: ErpDesk, body: Any) -> Answer:
    del teller, body
    erp.faults.clear()
    return 200, []


_BANK, _ERP = PREFIXES
_ROUTES: Mapping[tuple[str, str], Callable[[Teller, ErpDesk, Any], Answer]] = {
    ("GET", f"{_BANK}/book"): _book,
    ("POST", f"{_BANK}/accounts"): _open,
    ("POST", f"{_BANK}/payments"): _pay,
    ("POST", f"{_BANK}/flush"): _flush,
    ("POST", f"{_BANK}/faults"): _bank_fault,
    ("DELETE", f"{_BANK}/faults"): _clear_bank,
    ("GET", f"{_ERP}/events"): _heard,
    ("POST", f"{_ERP}/secrets"): _trust,
    ("POST", f"{_ERP}/faults"): _erp_fault,
    ("DELETE", f"{_ERP}/faults"): _clear_erp,
}
