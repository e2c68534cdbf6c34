"""The OpenAPI file: made from the code, and the door behaves as it says under attack."""

import base64
import json
from pathlib import Path

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from standardwebhooks import Webhook
from werkzeug import Request, Response

from emdia.cli import openapi
from tests.fakes import erp
from tests.fakes.house import House
from tests.functions.intake import Intake

FILE = Path(__file__).parents[2] / "docs" / "openapi.json"
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]


def gateway(environ, start_response):
    """API Gateway in front of the handler. Signs what comes, so that the attack gets past the first check;
    a call with `x-unsigned` is left as it is."""
    request = Request(environ)
    if request.path == "/openapi.json":
        return Response(json.dumps(openapi.document()), content_type="application/json")(environ, start_response)
    intake = Intake(House())
    now, body = intake.house.clock.now(), request.get_data()
    headers = dict(request.headers)
    client = request.path.split("/")[3]
    if "X-Unsigned" not in headers:
        client = erp.CLIENT
        headers |= {
            "Webhook-Id": "msg",
            "Webhook-Timestamp": str(int(now.timestamp())),
            "Webhook-Signature": Webhook(erp.SECRET).sign("msg", now, body.decode("utf-8", "replace")),
        }
    call = {
        "httpMethod": "POST",
        "pathParameters": {"client": client},
        "headers": headers,
        "body": base64.b64encode(body).decode(),
        "isBase64Encoded": True,
    }
    answer = intake.explain_raw(call) if request.path.endswith("/explanations") else intake.post_raw(call)
    sent = Response(json.dumps(answer["json"]), status=answer["status"], headers=answer["headers"])
    return sent(environ, start_response)


schema = schemathesis.openapi.from_wsgi("/openapi.json", gateway)
ANSWERED: set[int] = set()
ATTACK = settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))


def test_the_file_is_what_the_code_says():
    assert FILE.read_text(encoding="utf-8") == openapi.text(), "run: python -m emdia.cli.openapi > docs/openapi.json"


@schema.parametrize()
@ATTACK
def test_signed_calls_of_any_content(case):
    answer = case.call()
    case.validate_response(answer, checks=CHECKS)
    ANSWERED.add(answer.status_code)


def test_the_attack_got_past_the_signature():
    assert {400, 404, 422} <= ANSWERED


@schema.parametrize()
@ATTACK
def test_unsigned_calls_of_any_content(case):
    answer = case.call(headers={"x-unsigned": "1"})
    case.validate_response(answer, checks=CHECKS)
    assert answer.status_code in (400, 401, 413)


@pytest.mark.parametrize("kind", sorted(openapi.DATA))
def test_every_type_is_described(kind):
    described = openapi.document()["components"]["schemas"]["Event"]["discriminator"]["mapping"]
    name = described[kind].rpartition("/")[2]
    event = openapi.document()["components"]["schemas"][name]
    assert event["properties"]["type"] == {"const": kind}
    assert event["additionalProperties"] is False
