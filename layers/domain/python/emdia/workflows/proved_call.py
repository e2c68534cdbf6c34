"""A request whose caller AWS itself has named (people.ports.Callers): nobody acts in another's name."""

import json
from collections.abc import Mapping
from hashlib import sha256

from emdia.people.ports import Callers


def digest_of(request: Mapping[str, object]) -> str:
    """What a caller's proof is bound to: everything asked for, but the proof and the language of the answer."""
    told = {name: value for name, value in request.items() if name not in ("proof", "language")}
    return sha256(json.dumps(told, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def caller_of(request: Mapping[str, object], callers: Callers) -> str:
    """ARN of whoever made the request. Raises Rejected `caller-unproved`; TryLater."""
    return callers.arn(str(request.get("proof", "")), digest_of(request))
