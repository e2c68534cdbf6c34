"""The OpenAPI file: made from the code, and the door behaves as it says under attack."""

import base64
import json
import re
from pathlib import Path

import jsonschema_rs
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
    doors = {"events": intake.post_raw, "explanations": intake.explain_raw, "letters": intake.letters_raw}
    answer = doors[request.path.rpartition("/")[2]](call)
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


def test_every_door_of_an_erp_is_described():
    rooms = "".join(path.read_text() for path in sorted((FILE.parents[1] / "infra" / "rooms").glob("*.py")))
    assert set(re.findall(r'"(/v1/erp/[^"]+)"', rooms)) == set(openapi.document()["paths"])


LETTERS = {
    "posted": {"reference": "261015" + "AB" * 8, "object": "BR123456789BR"},
    "returned": {"object": "BR123456789BR", "reason": "Mudou-se"},
    "delivered": {"reference": "261015" + "AB" * 8, "signer": "Maria Souza"},
}


@pytest.mark.parametrize("event", LETTERS)
def test_what_is_described_of_letters_is_taken_and_what_is_not_is_refused(event):
    described = openapi.document()
    call = jsonschema_rs.validator_for({**described, "$ref": "#/components/schemas/LetterCall"})
    told = {"event": event, "at": "2026-11-20T09:00:00-03:00"} | LETTERS[event]
    good = {"events": [told]}
    assert call.is_valid(good)
    intake = Intake(House())
    answer = intake.letters_raw(erp.call(intake.house, None, body=json.dumps(good).encode()))
    assert (answer["status"], answer["json"]) == (200, {"events": ["parked"]})
    for name in ("event", "at", "signer", "reference"):
        bad = {key: value for key, value in told.items() if key != name}
        if bad == told:
            continue
        assert not call.is_valid({"events": [bad]})
        refused = intake.letters_raw(erp.call(intake.house, None, body=json.dumps({"events": [bad]}).encode()))
        assert refused["status"] == 422
        assert refused["json"]["code"] in described["components"]["schemas"]["Problem"]["properties"]["code"]["enum"]
