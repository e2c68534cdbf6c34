"""The door of call centres' systems, wired as deployed, behind what the gateway tells of the caller."""

import json

import pytest

from emdia.protocols.protocol import Medium
from emdia.providers.cognito import scopes_of
from functions.open_protocol.handler import handle
from infra.rooms import clients
from tests.fakes.house import ANS, JOURNAL

GRANTED = "A segunda via foi emitida hoje com vencimento em 10/12/2026, sem multa nem juros."


def call(path="", body=None, *, method="POST", key="call-1", client="acme", scope=None, raw=None, staff=""):
    number, _, part = path.partition("/")
    claims = {"client_id": client, "scope": " ".join(scopes_of(ANS)) if scope is None else scope}
    answer = handle(
        {
            "httpMethod": method,
            "pathParameters": {"number": number, "part": part} if number else None,
            "headers": {"Idempotency-Key": key, "X-Staff": staff, "Accept-Language": "pt-BR"},
            "body": raw if raw is not None else json.dumps(body or {}),
            "isBase64Encoded": False,
            "requestContext": {"authorizer": {"claims": claims}},
        },
        None,
    )
    return answer["statusCode"], json.loads(answer["body"])


OPENING = {"medium": "telefone"}


@pytest.mark.usefixtures("road")
def test_the_number_is_made_once_and_repeated():
    status, told = call(body=OPENING)
    assert (status, told["again"], told["number"][:6]) == (201, False, ANS)
    assert call(body=OPENING) == (200, {**told, "again": True})
    assert call(body=OPENING, client="other")[1]["number"] != told["number"]
    # Whoever acts at the client: a colleague who repeats the call gets the same number.
    assert call(body=OPENING, staff="bia")[1]["number"] == told["number"]


@pytest.mark.parametrize("medium", [str(one) for one in Medium])
@pytest.mark.usefixtures("road")
def test_every_channel_comes_by_the_same_door_in_person_and_social_networks_too(medium):
    said = {"id": "m1", "words": "Quero a segunda via.", "speaker": "beneficiario", "seconds": 90}
    status, told = call(body={"medium": medium, "originator": "operadora", "interaction": said})
    assert (status, told["recorded"]) == (201, True)
    _, shown = call(told["number"], method="GET")
    assert (shown["medium"], shown["interactions"][0]["medium"], shown["interactions"][0]["seconds"]) == (
        medium,
        medium,
        90,
    )


@pytest.mark.usefixtures("road")
def test_an_interaction_is_recorded_after_the_number():
    said = {"id": "m1", "words": "Quero a segunda via.", "speaker": "beneficiario"}
    status, told = call(body={**OPENING, "interaction": said})
    assert (status, told["recorded"]) == (201, True)
    _, shown = call(told["number"], method="GET")
    assert [(one["words"], one["medium"]) for one in shown["interactions"]] == [("Quero a segunda via.", "telefone")]


@pytest.mark.parametrize(
    ("said", "code", "pointer"),
    [
        ("oi", "field-invalid", "/interaction"),
        ({"id": "m1", "words": "oi", "speaker": "ninguém"}, "action-invalid", "/speaker"),
        ({"id": "m1", "words": "oi", "speaker": "beneficiario", "cpf": "1"}, "field-unknown", "/interaction"),
        ({"id": "m1", "words": "x" * 10_001, "speaker": "beneficiario"}, "action-invalid", "/words"),
    ],
)
@pytest.mark.usefixtures("road")
def test_an_interaction_that_cannot_be_recorded_never_withholds_the_number(said, code, pointer):
    status, told = call(body={**OPENING, "interaction": said})
    assert (status, told["recorded"]) == (201, False)
    assert (told["problem"]["code"], told["problem"]["pointer"]) == (code, pointer)
    assert len(told["number"]) == 20


def test_the_number_stands_though_nothing_more_can_be_written(road):
    call(body=OPENING, key="warm")
    said = {"id": "m1", "words": "oi", "speaker": "beneficiario"}
    for nth in range(1, 9):  # a number is written without reading; what is said of it is not
        road.faults.fail("BatchGetItem", call=nth)
    status, told = call(body={**OPENING, "interaction": said})
    assert (status, told["recorded"], told["problem"]["code"]) == (201, False, "try-later")
    road.faults.planned.clear()
    assert call(body={**OPENING, "interaction": said})[1]["recorded"] is True


@pytest.mark.usefixtures("seated")
def test_an_attendance_from_its_number_to_its_answer_and_whoever_looks_is_seen(road):
    number = call(body=OPENING)[1]["number"]
    assert call(method="GET")[1]["waiting"][0]["number"] == number
    assert call(f"{number}/class", {"demand": "nao_assistencial"})[1]["due"] == "2026-12-03T03:00:00.000Z"
    assert call(f"{number}/claim", staff="ana")[1]["staff"] == "acme/ana"
    assert call(f"{number}/claim", staff="bia")[1]["code"] == "protocol-claimed"
    assert call(f"{number}/handover", staff="ana")[1]["staff"] == ""
    line = {"id": "1", "words": "Aqui está.", "medium": "telefone", "speaker": "atendente", "recording": "s3://a/1"}
    assert call(f"{number}/interactions", line)[0] == 200
    status, told = call(f"{number}/answer", {"outcome": "informado", "text": "Seu pedido está em análise."})
    assert (status, told["code"], told["pointer"]) == (422, "answer-not-conclusive", "/text")
    assert call(f"{number}/answer", {"outcome": "atendido", "text": GRANTED})[1]["status"] == "encerrado"
    assert call(f"{number}/reanalysis")[1]["demand"] == "ouvidoria"
    call(number, method="GET")
    assert "protocol.viewed" in repr(road.dynamodb.stored(JOURNAL))


@pytest.mark.parametrize("scope", ["", "emdia/attend", "emdia/attend operator-1/attend", "operator-123456/read"])
@pytest.mark.usefixtures("road")
def test_a_token_of_no_operator_opens_nothing(scope):
    status, told = call(body=OPENING, scope=scope)
    assert (status, told["code"]) == (403, "scope-missing")


@pytest.mark.usefixtures("road")
def test_a_token_of_two_operators_opens_nothing():
    assert call(body=OPENING, scope=" ".join([*scopes_of(ANS), "operator-654321/attend"]))[0] == 403


@pytest.mark.usefixtures("road")
def test_another_operators_number_is_as_unknown_as_one_of_nobody():
    number = call(body=OPENING)[1]["number"]
    foreign = call(number, method="GET", scope=" ".join(scopes_of("654321")))
    absent = call(f"654321{number[6:]}", method="GET", scope=" ".join(scopes_of("654321")))
    assert foreign == absent
    assert foreign[1]["code"] == "protocol-unknown"


@pytest.mark.parametrize(
    ("how", "status", "code"),
    [
        ({"key": ""}, 400, "idempotency-key-invalid"),
        ({"key": "á"}, 400, "idempotency-key-invalid"),
        ({"key": "k" * 129}, 400, "idempotency-key-invalid"),
        ({"raw": "{"}, 400, "json-invalid"),
        ({"raw": "[]"}, 400, "body-not-object"),
        ({"raw": '{"medium":"telefone","medium":"chat"}'}, 400, "json-invalid"),
        ({"raw": '{"medium":"telefone","interaction":{"id":"1","words":"\\ud83d"}}'}, 400, "json-invalid"),
        ({"raw": "x" * 70_000}, 413, "body-too-large"),
        ({"body": {}}, 422, "field-invalid"),
        ({"body": {"medium": "fax"}}, 422, "field-invalid"),
        ({"body": {"medium": ["telefone"]}}, 422, "field-invalid"),
        ({"body": {**OPENING, "originator": "eu"}}, 422, "field-invalid"),
        ({"body": {**OPENING, "cpf": "52998224725"}}, 422, "field-unknown"),
        ({"body": OPENING, "staff": "a b"}, 400, "staff-invalid"),
        ({"path": "12345678920261125000001/burn"}, 404, "path-unknown"),
        ({"path": "123/claim"}, 422, "protocol-number-length"),
    ],
)
@pytest.mark.usefixtures("road")
def test_a_malformed_call_is_refused_whole(how, status, code):
    answered, told = call(**how)
    assert (answered, told["code"]) == (status, code)


def test_the_template_and_the_door_name_the_same_scope():
    assert f"{clients.SERVER}/{clients.SCOPE}" in scopes_of(ANS)
