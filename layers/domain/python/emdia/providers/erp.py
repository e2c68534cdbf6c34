"""The ERP's JSON, validated whole before anything is stored.

Unknown fields are refused, so that a misspelt one never loses data silently. What passes is given back in
canonical JSON of the same shape (documents without mask, phones in E.164, instants in UTC), which
`portfolio/events.py` reads without this module.
"""

import re
from datetime import date, datetime
from typing import Annotated, Any

from pydantic import Field, ValidationError

from emdia.errors import Rejected
from emdia.providers.erp_contract import ContractUpserted, Model
from emdia.providers.erp_models import DATA
from emdia.providers.erp_values import Ans, EventId, PastInstant

# Lei 9.656/1998 in force: contracts signed from this day on are regulated.
REGULATED_FROM = date(1999, 1, 2)
_FIELD_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,40}")


class Head(Model):
    """What every event has around its `data`."""

    id: EventId
    type: str
    operator: Ans
    occurred_at: PastInstant
    sequence: Annotated[int, Field(ge=0, lt=2**53)] | None = Field(
        None, description="Rises with every change your system makes. Send it always or never."
    )
    data: dict[str, Any]


def parse_event(told: object, now: datetime) -> dict[str, Any]:
    """One event in canonical form. Raises Rejected with code and pointer of the first thing wrong with it."""
    if not isinstance(told, dict):
        raise Rejected("event-invalid")
    try:
        head = Head.model_validate(told, context={"now": now})
    except ValidationError as error:
        raise _rejected(error, "") from None
    model = DATA.get(head.type)
    if model is None:
        raise Rejected("event-type-unknown", "/type")
    try:
        data = model.model_validate(head.data, context={"now": now})
    except ValidationError as error:
        raise _rejected(error, "/data") from None
    canonical = data.model_dump(mode="json", exclude_none=True)
    if isinstance(data, ContractUpserted) and data.regulated is None:
        canonical["regulated"] = date.fromisoformat(data.signed_on) >= REGULATED_FROM
    return {**head.model_dump(mode="json", exclude_none=True), "data": canonical}


_CODES = {"missing": "field-missing", "extra_forbidden": "field-unknown"}


def _rejected(error: ValidationError, base: str) -> Rejected:
    """One error as a refusal of ours: pydantic's own kinds fold into three codes."""
    errors = error.errors(include_url=False, include_input=False)
    # A misspelt field is at once unknown and missing; the word that was written helps more.
    first = next((one for one in errors if one["type"] == "extra_forbidden"), errors[0])
    kind, context = str(first["type"]), first.get("ctx", {})
    place = list(first["loc"])
    while place and not isinstance(place[-1], int) and not _FIELD_NAME.fullmatch(str(place[-1])):
        place.pop()  # what is no name is a value in the wrong place, and may be anybody's
    pointer = base + "".join(f"/{part}" for part in place)
    if "below" in context:
        return Rejected(kind, pointer + context["below"], **context["params"])
    if not base and pointer == "/id" and kind != "missing":
        return Rejected("event-id-invalid", pointer)
    return Rejected(_CODES.get(kind, "field-invalid"), pointer)
