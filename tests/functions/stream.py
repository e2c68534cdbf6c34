"""Events of the journal's stream as Lambda hands them over."""

import base64


def stream(rows, name="INSERT", identity=None):
    """One record per row of the table."""
    return {"Records": [_record(nth, row, name, identity) for nth, row in enumerate(rows, 1)]}


def _record(nth, row, name, identity):
    image = {key: _json(value) for key, value in row.items()}
    told = {"Keys": {key: image[key] for key in ("pk", "sk")}, "SequenceNumber": f"{nth:021d}"}
    if name != "REMOVE":
        told["NewImage"] = image
    return {"eventName": name, "dynamodb": told, **({"userIdentity": identity} if identity else {})}


def _json(value):
    ((kind, content),) = value.items()
    return {kind: base64.b64encode(content).decode() if kind == "B" else content}
