"""What API Gateway tells of a caller whose access token Cognito signed (client credentials, RFC 6749 section 4.4)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from emdia.errors import Rejected

SERVER = "emdia"  # the resource server whose scope the gateway asks every caller for
SCOPE = "attend"
_OF_OPERATOR = re.compile(r"operator-([0-9]{6})/attend")


@dataclass(frozen=True, slots=True)
class ApiClient:
    """A system of a call centre: its id at Cognito, and the one operator it attends for (ANS register)."""

    id: str
    ans: str


def server_of(ans: str) -> str:
    """Identifier of the resource server that stands for an operator."""
    return f"operator-{ans}"


def scopes_of(ans: str) -> list[str]:
    """What a client of that operator's is allowed: the gateway's scope, and the operator's own."""
    return [f"{SERVER}/{SCOPE}", f"{server_of(ans)}/{SCOPE}"]


def client_of(event: Mapping[str, Any]) -> ApiClient:
    """Whose token an API Gateway request carries; the gateway has checked signature, expiry and the scope `emdia`.

    Raises Rejected `scope-missing` unless the token is for exactly one operator.
    """
    claims = ((event.get("requestContext") or {}).get("authorizer") or {}).get("claims") or {}
    scopes = str(claims.get("scope", "")).split()
    operators = [found[1] for found in map(_OF_OPERATOR.fullmatch, scopes) if found]
    client = str(claims.get("client_id", ""))
    if len(operators) != 1 or not client:
        raise Rejected("scope-missing")
    return ApiClient(client, operators[0])
