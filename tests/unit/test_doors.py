"""Errors become what each kind of door answers: the table of `doors.py`, row by row."""

import base64
import json

import pytest

from emdia import doors
from emdia.errors import Halted, LostRace, Rejected, TryLater
from tests.fakes.house import CountingMeter


@pytest.fixture
def meter():
    return CountingMeter()


def failing(error):
    def work(*_):
        raise error

    return work


def batch(*bodies):
    records = [
        {"messageId": f"m{n}", "attributes": {"ApproximateReceiveCount": str(n + 1)}, "body": json.dumps(body)}
        for n, body in enumerate(bodies)
    ]
    return {"Records": records}


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (Rejected("cpf-invalid", "/x"), 422, "cpf-invalid"),
        (TryLater("later"), 503, "try-later"),
        (LostRace("lost"), 503, "try-later"),
        (Halted("broken"), 500, "internal"),
        (KeyError("Josefa"), 500, "internal"),
    ],
)
def test_api_door(meter, caplog, error, status, code):
    answer = doors.api({"headers": {"ACCEPT-LANGUAGE": "en"}}, failing(error), meter)
    told = json.loads(answer["body"])
    assert (answer["statusCode"], told["status"], told["code"]) == (status, status, code)
    assert answer["headers"]["Content-Type"] == "application/problem+json"
    assert answer["headers"]["Content-Language"] == "en"
    assert ("Retry-After" in answer["headers"]) == (status == 503)
    assert meter.total("Crashed") == (status == 500)
    assert "Josefa" not in caplog.text
    assert "Josefa" not in answer["body"]


def test_a_message_that_fails_comes_again_alone(meter):
    def work(message):
        raise {0: TryLater("a"), 1: Rejected("chunk-malformed"), 2: LostRace("b")}[message.body["n"]]

    event = batch({"n": 0}, {"n": 1}, {"n": 2})
    assert doors.each(event, work, meter) == {"batchItemFailures": [{"itemIdentifier": "m0"}, {"itemIdentifier": "m2"}]}
    assert meter.total("Rejected") == 1


@pytest.mark.parametrize("error", [Halted("broken"), ValueError("bug")])
def test_what_is_broken_brings_the_whole_batch_back_and_is_seen(meter, error):
    for door in (doors.each, doors.together):
        with pytest.raises(type(error)):
            door(batch({}), failing(error), meter)
    with pytest.raises(type(error)):
        doors.tick(failing(error), meter)
    with pytest.raises(type(error)):
        doors.invoked({}, failing(error))


def test_a_batch_taken_together(meter):
    event = batch({"n": 0}, {"n": 1})
    assert doors.together(event, lambda messages: {messages[1].id}, meter)["batchItemFailures"] == [
        {"itemIdentifier": "m1"}
    ]
    assert len(doors.together(event, failing(TryLater("x")), meter)["batchItemFailures"]) == 2
    assert doors.together(event, failing(Rejected("chunk-malformed")), meter) == {"batchItemFailures": []}


def test_a_lost_race_is_run_again_at_once(meter):
    runs = []

    def work(message):
        runs.append(message.body["n"])
        if runs.count(message.body["n"]) <= message.body["n"]:
            raise LostRace("somebody else was faster")

    answer = doors.each(batch({"n": 0}, {"n": 2}, {"n": 3}), work, meter)
    assert answer == {"batchItemFailures": [{"itemIdentifier": "m2"}]}
    assert runs == [0, 2, 2, 2, 3, 3, 3]


def test_foreign_messages_that_lost_a_race_are_run_again_at_once_and_no_others(meter):
    runs = []

    def work(left):
        runs.append(left)
        return {one for one in left if int(one) >= len(runs)}

    records = [{"messageId": f"m{n}", "body": str(n)} for n in (0, 1, 9)]
    answer = doors.foreign({"Records": records}, str, work, meter)
    assert answer == {"batchItemFailures": [{"itemIdentifier": "m9"}]}
    assert runs == [["0", "1", "9"], ["1", "9"], ["9"]]


def test_messages_know_how_often_they_came():
    assert [message.attempt for message in doors.messages(batch({}, {}))] == [1, 2]


@pytest.mark.parametrize("record", [{}, {"messageId": "x", "attributes": {}, "body": "{}"}])
def test_a_message_that_is_not_ours_halts(record):
    with pytest.raises(Halted):
        doors.messages({"Records": [record]})


def test_a_tick_ends_and_the_next_one_resumes(meter):
    doors.tick(failing(TryLater("x")), meter)
    doors.tick(failing(Rejected("chunk-malformed")), meter)
    assert meter.total("TickEndedEarly") == meter.total("Rejected") == 1


def test_an_invoked_door_answers_result_or_problem():
    assert doors.invoked({}, lambda: {"a": 1}) == {"result": {"a": 1}}
    assert doors.invoked({"language": "en"}, failing(Rejected("parked-not-found")))["problem"]["status"] == 404
    assert doors.invoked({}, failing(TryLater("x")))["problem"]["code"] == "try-later"


def test_the_exact_bytes_come_through():
    raw = bytes(range(256))
    assert doors.raw_body({"body": base64.b64encode(raw).decode(), "isBase64Encoded": True}) == raw
    assert doors.raw_body({"body": "ação", "isBase64Encoded": False}) == "ação".encode()
    assert doors.raw_body({"body": None}) == b""
    with pytest.raises(Rejected):
        doors.raw_body({"body": "***", "isBase64Encoded": True})
