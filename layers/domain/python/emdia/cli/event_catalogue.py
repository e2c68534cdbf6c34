"""The catalogue of what the ERP is told, as JSON Schemas made from the code that tells it.

`python -m emdia.cli.event_catalogue > docs/events.json` writes it; a test keeps file and code together.
"""

import json
import sys
from collections.abc import Mapping

from emdia.portfolio.outbound import MEMBERS, TYPES

_TEXT: Mapping[str, object] = {"type": "string"}
_LIST: Mapping[str, object] = {"type": "array", "items": {"type": "string"}}
_SHAPES: Mapping[str, Mapping[str, object]] = {
    **{
        f"{name}_centavos": {"type": "integer", "minimum": 0}
        for name in ("amount", "juros", "multa", "principal", "unallocated", "owed", "returned")
    },
    "invoices": _LIST,
    "superseded_steps": _LIST,
    "at": {"type": "string", "format": "date-time"},
}
_SAYS: Mapping[str, str] = {
    "contract": "Your number of the contract; absent for events of no contract, and once the person was forgotten.",
    "invoices": "Your numbers of the invoices it is about.",
    "outreach": "Our id of the act of writing: the same in every event about it.",
    "protocol": "Protocol number of the attendance, twenty digits.",
    "channel": "email, sms, whatsapp or letter.",
    "step": "Step of the ladder; none in what is about a notice or a payment receipt.",
    "superseded_steps": "Steps that were passed over, because a later one was due as well.",
    "rule": "Id of the rule that decided: docs/law.md says what it is.",
    "ladder": "Version of the ladder.",
    "arm": "Arm of an experiment.",
    "until": "UTC instant until which it waits.",
    "at": "UTC instant at which it happened in the world outside.",
    "reason": "A code, never words.",
    "response": "What the provider answered, as its code.",
    "kind": "Kind of stop, or type of event. Of a stay in hospital nothing is said but `protective-stop`.",
    "client": "Name in which your system signs its calls.",
    "pointer": "JSON pointer of the field that was refused.",
    "class": "Class of what was asked for.",
    "due": "UTC instant by which an answer is due.",
    "outcome": "How an attendance ended.",
    "amount_centavos": "Centavos.",
    "juros_centavos": "Of that money, what paid juros.",
    "multa_centavos": "Of that money, what paid multa.",
    "principal_centavos": "Of that money, what paid the fee.",
    "unallocated_centavos": "Of that money, what is over and belongs to the payer.",
    "owed_centavos": "What is owed of the invoice after it.",
    "on": "Local day that counts for it.",
    "end_to_end_id": "The bank's id of a Pix.",
    "returned_centavos": "Of that money, what has gone back.",
    "entry": "Our id of the money: the same in every event about it, its receipt's `outreach.queued` included.",
}


def document() -> Mapping[str, object]:
    """One schema for all: the envelope, the types, and every member that `data` may have."""
    members = ["contract", "outreach", "protocol", *dict.fromkeys(MEMBERS.values())]
    data = {name: {**_SHAPES.get(name, _TEXT), "description": _SAYS[name]} for name in dict.fromkeys(members)}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Event of Em Dia",
        "type": "object",
        "required": ["id", "type", "timestamp", "operator", "sequence", "data"],
        "properties": {
            "id": {"type": "string", "pattern": "^[0-9a-f]{32}$", "description": "As webhook-id; a repeat has it too."},
            "type": {"enum": list(TYPES)},
            "timestamp": {"type": "string", "format": "date-time", "description": "When it was recorded, UTC."},
            "operator": {"type": "string", "pattern": "^[0-9]{6}$", "description": "ANS register."},
            "sequence": {
                "type": "integer",
                "minimum": 1,
                "description": "Number in the contract's own sequence, without a gap; what is of no contract has the "
                "operator's.",
            },
            "data": {"type": "object", "properties": data, "additionalProperties": False},
        },
        "additionalProperties": False,
    }


def text() -> str:
    """As it stands in the file."""
    return json.dumps(document(), ensure_ascii=False, indent=2) + "\n"


if __name__ == "__main__":
    sys.stdout.write(text())
