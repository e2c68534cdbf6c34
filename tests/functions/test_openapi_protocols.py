"""The description of call centres' doors: made from the code, and the door behaves as it says under attack."""

import json
from dataclasses import replace
from pathlib import Path

import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from werkzeug import Request, Response

from emdia.cli import openapi_protocols
from emdia.facts import Fact
from emdia.ports import Act, Put
from emdia.providers.cognito import scopes_of
from emdia.state import operator_ref
from emdia.workflows.number_desk import NumberDesk
from emdia.workflows.open_protocol import Deps
from functions.open_protocol.handler import handle
from tests.fakes.house import ANS
from tests.flows.road import OPERATOR, Road

FILE = Path(__file__).parents[2] / "docs" / "openapi-protocols.json"
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
ANSWERED: set[int] = set()
KNOWN = f"{ANS}20261125000001"


class World:
    """One attendance, of a house that begins anew with each call."""

    def __init__(self) -> None:
        road = Road()
        held = road.ledger().get([operator_ref()]).get(operator_ref(), OPERATOR)
        fact = Fact("operator.recorded", operator_ref())
        assert road.ledger().commit([Act("seat", (Put(replace(held, seat="3550308")),), (fact,))]).landed
        desk = NumberDesk(road.clock, road.randomness, road.meter)
        self.deps = Deps(road.ledgers, road.pseudonyms, road.clock, road.randomness, road.meter, desk)
        self.call("POST", "", "", b'{"medium":"telefone"}', {"Idempotency-Key": "first"})

    def call(self, method, number, part, body, headers):
        claims = {"client_id": "acme", "scope": " ".join(scopes_of(ANS))}
        event = {
            "httpMethod": method,
            "pathParameters": {"number": number, "part": part},
            "headers": headers,
            "body": body.decode("utf-8", "replace"),
            "requestContext": {"authorizer": {"claims": claims}},
        }
        return handle(event, None, deps=self.deps)


def gateway(environ, start_response):
    """API Gateway in front of the handler; whatever number was drawn, it is the known one that is meant."""
    request = Request(environ)
    if request.path == "/openapi.json":
        told = json.dumps(openapi_protocols.document())
        return Response(told, content_type="application/json")(environ, start_response)
    _, _, _, number, part, *_ = (request.path + "///").split("/")
    number = number and KNOWN
    answer = World().call(request.method, number, part, request.get_data(), dict(request.headers))
    sent = Response(answer["body"], status=answer["statusCode"], headers=answer["headers"])
    return sent(environ, start_response)


schema = schemathesis.openapi.from_wsgi("/openapi.json", gateway)
ATTACK = settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))


def test_the_file_is_what_the_code_says():
    said = "run: python -m emdia.cli.openapi_protocols > docs/openapi-protocols.json"
    assert FILE.read_text(encoding="utf-8") == openapi_protocols.text(), said


@schema.parametrize()
@ATTACK
def test_calls_of_any_content(case):
    if case.method not in ("GET", "POST"):
        return
    answer = case.call()
    case.validate_response(answer, checks=CHECKS)
    ANSWERED.add(answer.status_code)


def test_the_attack_reached_the_attendance():
    assert {200, 201, 400, 409, 422} <= ANSWERED
