"""Call centres' systems: their credentials at Cognito, and the API key their pace is counted by."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError

from emdia.errors import Rejected
from emdia.identity import parse_ans
from emdia.ports import Ledgers
from emdia.providers.cognito import SCOPE, scopes_of, server_of
from emdia.state import operator_ref

_TOKEN_MINUTES = 60


@dataclass(frozen=True, slots=True)
class Desk:
    """The stage's user pool, usage plan and addresses, and the clients that reach them."""

    cognito: Any
    gateway: Any
    pool: str
    plan: str
    token_url: str
    url: str
    stage: str

    @classmethod
    def of(cls, stage: str, cloudformation: Any, cognito: Any, gateway: Any) -> "Desk":
        """As the stage's stacks name them."""
        told: dict[str, str] = {}
        for stack in ("State", "Service"):
            (found,) = cloudformation.describe_stacks(StackName=f"EmDia-{stage}-{stack}")["Stacks"]
            told |= {one["OutputKey"]: str(one["OutputValue"]) for one in found["Outputs"]}
        (url,) = (value for name, value in told.items() if name.startswith("ApiUrl"))
        return cls(cognito, gateway, told["ClientPool"], told["AttendancePlan"], told["TokenUrl"], url, stage)


@dataclass(frozen=True, slots=True)
class Credentials:
    """What the integrator is given, once."""

    id: str
    secret: str = field(repr=False)
    key: str = field(repr=False)

    def told(self, desk: Desk) -> str:
        """For the person who hands it over."""
        return (
            f"Tudo isto é segredo e só aparece agora.\nclient_id: {self.id}\nclient_secret: {self.secret}\n"
            f"x-api-key: {self.key}\ntoken: {desk.token_url}\nAPI: {desk.url}/v1/protocols"
        )


def add(desk: Desk, client: str, ans: str, ledgers: Ledgers) -> Credentials:
    """Make a client that attends for one operator.

    The client itself is made last: whatever fails before it, the same command may be given again. Raises Rejected
    `operator-unknown`, `client-exists`.
    """
    operator = parse_ans(ans, "/operator")
    if operator_ref() not in ledgers.of(operator).get([operator_ref()]):
        raise Rejected("operator-unknown", "/operator")
    if any(_named(desk, client)):
        raise Rejected("client-exists", "/client")
    _scope(desk, operator)
    key = _key(desk, client) or _new_key(desk, client)
    made = desk.cognito.create_user_pool_client(
        UserPoolId=desk.pool,
        ClientName=client,
        GenerateSecret=True,
        AllowedOAuthFlows=["client_credentials"],
        AllowedOAuthScopes=scopes_of(operator),
        AllowedOAuthFlowsUserPoolClient=True,
        AccessTokenValidity=_TOKEN_MINUTES,
        TokenValidityUnits={"AccessToken": "minutes"},
        PreventUserExistenceErrors="ENABLED",
    )["UserPoolClient"]
    return Credentials(made["ClientId"], made["ClientSecret"], key["value"])


def remove(desk: Desk, client: str) -> None:
    """End a client: no new token, no key. A token it holds ends within the hour; without the key it opens nothing.

    Raises Rejected `client-unknown`.
    """
    ids, key = list(_named(desk, client)), _key(desk, client)
    if not ids and key is None:
        raise Rejected("client-unknown", "/client")
    if key is not None:
        desk.gateway.delete_api_key(apiKey=key["id"])
    for one in ids:
        desk.cognito.delete_user_pool_client(UserPoolId=desk.pool, ClientId=one)


def _named(desk: Desk, client: str) -> Iterator[str]:
    """Ids of the clients of that name: Cognito itself lets several have it."""
    for page in desk.cognito.get_paginator("list_user_pool_clients").paginate(UserPoolId=desk.pool):
        yield from (one["ClientId"] for one in page["UserPoolClients"] if one["ClientName"] == client)


def _scope(desk: Desk, ans: str) -> None:
    """The operator's own resource server, once."""
    server = server_of(ans)
    try:
        desk.cognito.describe_resource_server(UserPoolId=desk.pool, Identifier=server)
    except ClientError as error:
        if error.response["Error"]["Code"] != "ResourceNotFoundException":
            raise
        scope = {"ScopeName": SCOPE, "ScopeDescription": f"attends for operator {ans}"}
        desk.cognito.create_resource_server(UserPoolId=desk.pool, Identifier=server, Name=server, Scopes=[scope])


def _key_name(desk: Desk, client: str) -> str:
    return f"emdia-{desk.stage}-{client}"


def _key(desk: Desk, client: str) -> Any:
    """The client's key if it has one, from a command that was cut short too."""
    name = _key_name(desk, client)
    found = desk.gateway.get_api_keys(nameQuery=name, includeValues=True, limit=500)["items"]
    return next((one for one in found if one["name"] == name), None)


def _new_key(desk: Desk, client: str) -> Any:
    made = desk.gateway.create_api_key(name=_key_name(desk, client), enabled=True)
    try:
        desk.gateway.create_usage_plan_key(usagePlanId=desk.plan, keyId=made["id"], keyType="API_KEY")
    except ClientError:
        # A key outside the plan would be taken for the client's by the next try, and open nothing.
        desk.gateway.delete_api_key(apiKey=made["id"])
        raise
    return made
