"""An ERP in tests: events of every type as an ERP writes them, and calls signed with the standard library."""

import base64
import hashlib
import json
from datetime import datetime
from typing import Any

from standardwebhooks import Webhook

from tests.fakes.house import ANS, House

CLIENT = "totvs"
SECRET = "whsec_" + base64.b64encode(b"0123456789abcdef01234567").decode()
CPF, SPOUSE_CPF = "529.982.247-25", "168.995.350-09"
PIX = "00020126330014br.gov.bcb.pix0111exemplo52040000530398654064899.0062070503***63041D3D"


def event(kind: str, at: datetime, data: dict[str, Any], **more: object) -> dict[str, Any]:
    """One event in its envelope; its id is made of what it says."""
    told = {"type": kind, "operator": ANS, "occurred_at": at.isoformat(), "data": data} | more
    return {"id": hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:20]} | told


def contract(at: datetime, number: str = "CT-1", **more: object) -> dict[str, Any]:
    data = {
        "contract": number,
        "kind": "individual",
        "signed_on": "2015-02-01",
        "plan": {"name": "Essencial", "ans_register": "470001234"},
        "holder": {"name": "Josefa Araújo", "cpf": CPF, "birth_on": "1961-04-30"},
        "beneficiaries": [{"name": "Josefa Araújo", "cpf": CPF, "birth_on": "1961-04-30"}],
        "address": {
            "street": "Rua das Acácias",
            "number": "12",
            "district": "Centro",
            "city": "Santos",
            "uf": "SP",
            "postal_code": "11010-000",
            "ibge": "3548500",
        },
        "contact_points": [{"id": "p1", "channel": "email", "value": "josefa@exemplo.com.br"}],
        "charges": {"multa_bp": 200, "juros_bp_month": 100},
    }
    return event("contract.upserted", at, data | more)


def invoice(
    at: datetime, number: str = "F-1", of: str = "CT-1", kind: str = "invoice.issued", **more: object
) -> dict[str, Any]:
    data = {
        "contract": of,
        "invoice": number,
        "reference": "2026-11",
        "due_on": "2026-11-20",
        "amount_centavos": 48_990,
        "payment": {"pix": PIX},
    }
    return event(kind, at, data | more)


def paid(at: datetime, number: str = "F-1", of: str = "CT-1") -> dict[str, Any]:
    data = {"contract": of, "invoice": number, "paid_at": at.isoformat(), "amount_centavos": 48_990}
    return event("invoice.paid", at, data)


def call(
    house: House,
    events: object,
    *,
    client: str = CLIENT,
    secret: str = SECRET,
    body: bytes | None = None,
    headers: dict[str, str] | None = None,
    at: datetime | None = None,
) -> dict[str, Any]:
    """An API Gateway request as it arrives, signed now unless told otherwise."""
    raw = json.dumps({"events": events}, ensure_ascii=False).encode() if body is None else body
    when = at or house.clock.now()
    signed = Webhook(secret).sign("msg_1", when, raw.decode("utf-8", "replace"))
    return {
        "httpMethod": "POST",
        "pathParameters": {"client": client},
        "headers": {
            "Webhook-Id": "msg_1",
            "webhook-timestamp": str(int(when.timestamp())),
            "webhook-signature": signed,
        }
        | (headers or {}),
        "body": base64.b64encode(raw).decode(),
        "isBase64Encoded": True,
    }
