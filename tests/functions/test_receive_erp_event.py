"""The ERP's door: who may speak, what is kept, what is answered, and that nothing is lost or doubled."""

import base64
import json
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emdia.portfolio.inbox import InboxEvent, InboxStatus
from emdia.providers.erp import parse_event
from emdia.state import inbox_ref
from emdia.workflows.receive_erp_event import MAX_BODY
from tests.fakes import erp
from tests.fakes.faults import closed, read_timeout
from tests.fakes.house import ANS, ERP_QUEUE, LEDGER, House
from tests.functions.intake import Intake

OTHER = "whsec_" + base64.b64encode(b"another secret of 24 byt").decode()


@pytest.fixture
def intake():
    return Intake(House())


def at(intake):
    return intake.house.clock.now() - timedelta(hours=1)


def row(intake, event_id):
    key = intake.house.pseudonyms.of(ANS, "event", event_id)
    state = intake.house.ledger().get([inbox_ref(erp.CLIENT, key)]).get(inbox_ref(erp.CLIENT, key))
    assert isinstance(state, InboxEvent)
    return state


def code(answer):
    assert answer["headers"]["Content-Type"] == "application/problem+json"
    assert answer["json"]["status"] == answer["status"]
    return answer["json"]["code"]


def test_an_accepted_event_is_durable_sealed_and_queued_by_key_alone(intake):
    event = erp.contract(at(intake))
    answer = intake.post(event)
    assert (answer["status"], answer["json"]) == (
        202,
        {"accepted": [{"id": event["id"], "status": "accepted"}], "refused": []},
    )
    kept = row(intake, event["id"])
    assert kept.status is InboxStatus.ACCEPTED
    assert kept.due == intake.house.clock.now() + timedelta(minutes=15)
    stored = json.dumps([repr(item) for item in intake.house.dynamodb.stored(LEDGER)])
    (message,) = intake.house.sqs.take(ERP_QUEUE)
    for personal in ("Josefa", "52998224725", "529.982", "josefa@", "CT-1", event["id"]):
        assert personal not in stored
        assert personal not in json.dumps(message)
    assert message == {
        "ans": ANS,
        "client": erp.CLIENT,
        "events": [kept.id],
        "contracts": [intake.contract()],
    }
    assert len(intake.facts("erp.event.accepted")) == 1


def test_a_good_event_is_accepted_beside_a_bad_one_which_is_named_and_parked(intake):
    good = erp.contract(at(intake))
    bad = erp.contract(at(intake), "CT-2", holder={"name": "X", "cpf": "111.111.111-11", "birth_on": "1980-01-01"})
    answer = intake.post(bad, good)
    assert answer["status"] == 202
    assert [one["id"] for one in answer["json"]["accepted"]] == [good["id"]]
    (refused,) = answer["json"]["refused"]
    assert (refused["id"], refused["index"]) == (bad["id"], 0)
    assert refused["problem"]["code"] == "cpf-invalid"
    assert refused["problem"]["pointer"] == "/events/0/data/holder/cpf"
    kept = row(intake, bad["id"])
    assert (kept.status, kept.reason, kept.pointer) == (InboxStatus.PARKED, "cpf-invalid", "/data/holder/cpf")
    assert "111.111.111-11" in kept.body
    assert "111.111.111-11" not in json.dumps(answer["json"])
    assert len(intake.facts("erp.event.parked")) == 1


@pytest.mark.parametrize("channel", ["sms", "whatsapp"])
@pytest.mark.parametrize("number", ["(11) 3333-4444", "+551133334444", "1133334444"])
def test_a_landline_is_refused_with_what_to_do_and_the_contacts_known_before_stay(intake, channel, number):
    intake.post(erp.contract(at(intake)))
    intake.apply()
    before = intake.one("CONTRACT").contact_points
    points = [
        {"id": "p1", "channel": "email", "value": "josefa@exemplo.com.br"},
        {"id": "p2", "channel": channel, "value": number},
    ]
    told = {"contract": "CT-1", "contact_points": points}
    intake.house.clock.move(minutes=1)
    answer = intake.post(erp.event("contact_points.updated", at(intake), told))
    assert answer["status"] == 422
    (refused,) = answer["json"]["refused"]
    problem = refused["problem"]
    assert (problem["code"], problem["pointer"]) == ("phone-not-mobile", "/events/0/data/contact_points/1/value")
    assert "informe um celular ou retire este contato" in problem["title"]
    assert intake.house.sqs.waiting(ERP_QUEUE) == 0
    assert intake.one("CONTRACT").contact_points == before
    assert len(intake.facts("erp.event.parked")) == 1, "a person sees it, and may mend it"


@pytest.mark.parametrize("good", [True, False])
def test_the_same_event_again_gets_the_same_answer(intake, good):
    event = erp.contract(at(intake)) if good else erp.contract(at(intake), signed_on="2015-13-01")
    first = intake.post(event)
    version = row(intake, event["id"]).v
    intake.house.clock.move(minutes=3)
    assert intake.post(event) == first
    intake.apply()
    assert intake.post(event) == first
    assert row(intake, event["id"]).v in (version, version + 1), "a repeat writes nothing"


def test_the_same_id_with_another_body_is_a_conflict(intake):
    event = erp.contract(at(intake))
    intake.post(event)
    other = erp.contract(at(intake), "CT-9") | {"id": event["id"]}
    answer = intake.post(other)
    assert (answer["status"], code(answer)) == (409, "event-id-conflict")
    assert answer["json"]["pointer"] == "/events/0/id"
    mixed = intake.post(other, erp.invoice(at(intake)))
    assert mixed["status"] == 202
    assert [one["problem"]["status"] for one in mixed["json"]["refused"]] == [409]


def test_one_call_may_not_say_two_things_under_one_id(intake):
    first = erp.contract(at(intake))
    answer = intake.post(first, first, erp.contract(at(intake), "CT-9") | {"id": first["id"]})
    assert [one["id"] for one in answer["json"]["accepted"]] == [first["id"], first["id"]]
    assert [one["index"] for one in answer["json"]["refused"]] == [2]


def test_a_corrected_body_takes_the_place_of_a_parked_one(intake):
    bad = erp.contract(at(intake), signed_on="2015-13-01")
    assert intake.post(bad)["status"] == 422
    good = erp.contract(at(intake)) | {"id": bad["id"]}
    assert intake.post(good)["status"] == 202
    assert row(intake, bad["id"]).status is InboxStatus.ACCEPTED
    assert intake.desk("list")["result"] == {"parked": []}
    assert intake.apply() == []
    assert intake.one("CONTRACT").number == "CT-1"


def test_an_event_without_a_usable_id_is_parked_too_and_only_once(intake):
    event = erp.contract(at(intake)) | {"id": "não serve"}
    assert intake.post(event)["status"] == 422
    assert intake.post(event)["json"]["refused"][0]["id"] is None
    assert len(intake.desk("list")["result"]["parked"]) == 1


def test_another_operators_event_is_refused_and_its_data_is_not_kept(intake):
    event = erp.contract(at(intake)) | {"operator": "654321"}
    answer = intake.post(event)
    assert (answer["status"], code(answer)) == (403, "operator-mismatch")
    assert row(intake, event["id"]).body == ""


def test_an_unknown_client_a_wrong_secret_and_a_changed_body_look_the_same(intake):
    event = erp.contract(at(intake))
    answers = [
        intake.post(event, client="nobody"),
        intake.post(event, client="Ñ/../x"),
        intake.post(event, secret=OTHER),
        intake.post(event, headers={"webhook-signature": ""}),
        intake.post(event, headers={"webhook-signature": "v1,AAAA v2,BBBB"}),
        intake.post(event, headers={"Webhook-Id": "msg_2"}),
        intake.post(event, headers={"webhook-timestamp": "agora"}),
        intake.post_raw({**erp.call(intake.house, [event]), "body": base64.b64encode(b"{}").decode()}),
        intake.post_raw({"pathParameters": None, "headers": None, "body": None, "isBase64Encoded": False}),
    ]
    assert all(answer == answers[0] for answer in answers)
    assert (answers[0]["status"], code(answers[0])) == (401, "signature-invalid")
    assert not intake.facts("erp.event.accepted")


def test_who_listens_to_our_webhooks_cannot_speak_as_the_erp(intake):
    """The secret of our calls lies where clients' secrets lie: it must open no door of ours."""
    intake.house.add_erp_client(f"out-{ANS}", OTHER)
    event = erp.contract(at(intake))
    answer = intake.post(event, client=f"out-{ANS}", secret=OTHER)
    assert (answer["status"], code(answer)) == (401, "signature-invalid")
    assert intake.record() == []


def test_the_stand_in_for_unknown_clients_opens_nothing(intake):
    from emdia.providers import signatures

    assert intake.post(erp.contract(at(intake)), client="nobody", secret=signatures._NOBODY)["status"] == 401
    assert intake.post(erp.contract(at(intake)), secret=signatures._NOBODY)["status"] == 401


def test_two_secrets_are_active_during_a_rotation_and_no_third(intake):
    intake.house.secretsmanager.values.clear()
    intake.house.add_erp_client(erp.CLIENT, OTHER, erp.SECRET)
    event = erp.contract(at(intake))
    assert intake.post(event, secret=erp.SECRET)["status"] == 202
    assert intake.post(event, secret=OTHER)["status"] == 202
    signed = erp.call(intake.house, [event], secret=OTHER)["headers"]["webhook-signature"]
    assert intake.post(event, headers={"webhook-signature": f"v1,AAAA {signed}"})["status"] == 202


@pytest.mark.parametrize(("seconds", "status"), [(-301, 401), (-299, 202), (299, 202), (301, 401)])
def test_a_signature_is_good_for_five_minutes_either_way(intake, seconds, status):
    answer = intake.post(erp.contract(at(intake)), at=intake.house.clock.now() + timedelta(seconds=seconds))
    assert answer["status"] == status
    assert status == 202 or code(answer) == "timestamp-stale"


def test_too_large_a_body_and_one_that_is_not_utf8(intake):
    assert code(intake.post(body=b" " * (MAX_BODY + 1))) == "body-too-large"
    assert intake.post(body=b" " * (MAX_BODY + 1))["status"] == 413
    assert code(intake.post(body="{'events': ['ação']}".encode("latin-1"))) == "encoding-invalid"


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"{", b'{"events": []}', b'{"events": [1], "more": 1}', b'{"events": [1], "events": [2]}',
     b'{"events": [NaN]}', b'{"events": [1e999]}', b'{"events": [' + b"1" * 5000 + b"]}",
     b'{"events": ' + b"[" * 40 + b"]" * 40 + b"}", b'{"events": ' + b"[" * 5000 + b"]" * 5000 + b"}",
     json.dumps({"events": [1] * 101}).encode()],
)  # fmt: skip
def test_a_body_that_is_no_list_of_events(intake, body):
    answer = intake.post(body=body)
    assert (answer["status"], code(answer)) in {(400, "json-invalid"), (400, "envelope-invalid")}


def test_too_large_an_event_is_parked_without_its_content(intake):
    big, good = erp.contract(at(intake), "CT-2", notes="x" * 500_000), erp.contract(at(intake))
    answer = intake.post(big, good)
    assert [one["problem"]["code"] for one in answer["json"]["refused"]] == ["event-too-large"]
    assert len(answer["json"]["accepted"]) == 1
    assert row(intake, big["id"]).body == ""


def test_a_deep_event_is_no_crash(intake):
    for depth in (25, 31, 900, 990, 1500):
        deep = "[" * depth + "]" * depth
        answer = intake.post(body=f'{{"events": [{deep}]}}'.encode())
        assert answer["status"] in (400, 422)


def test_problems_speak_the_callers_language(intake):
    event = erp.contract(at(intake)) | {"type": "contract.upsert"}
    portuguese = intake.post(event)
    english = intake.post(event, headers={"Accept-Language": "fr, en-GB;q=0.8, pt;q=0.5"})
    assert portuguese["json"]["title"] == "Tipo de evento desconhecido."
    assert english["json"]["title"] == "Unknown type of event."
    assert (portuguese["headers"]["Content-Language"], english["headers"]["Content-Language"]) == ("pt-BR", "en")
    assert portuguese["json"]["code"] == english["json"]["code"] == "event-type-unknown"


def test_all_refused_is_no_success(intake):
    bad = [erp.contract(at(intake), f"CT-{n}", signed_on="x") for n in range(2)]
    answer = intake.post(*bad)
    assert (answer["status"], code(answer)) == (422, "events-refused")
    assert [one["problem"]["code"] for one in answer["json"]["refused"]] == ["date-invalid"] * 2


def test_events_of_one_contract_stay_in_one_message_in_order(intake):
    events = [erp.contract(at(intake), f"CT-{n}") for n in range(23)]
    of_one = [erp.invoice(at(intake), f"F-{n}", "CT-0") for n in range(30)]
    assert intake.post(*events, *of_one)["status"] == 202
    messages = intake.house.sqs.take(ERP_QUEUE)
    homes = [[m["contracts"].index(c) for c in m["contracts"]] for m in messages]
    assert sum(len(home) for home in homes) == 23
    assert sum(len(m["events"]) for m in messages) == 53
    whole = next(m for m in messages if intake.contract("CT-0") in m["contracts"])
    keys = [intake.house.pseudonyms.of(ANS, "event", e["id"]) for e in [events[0], *of_one]]
    assert [key for key in whole["events"] if key in keys] == keys
    assert all(len(m["events"]) <= 25 or len(m["contracts"]) == 1 for m in messages)


def test_a_queue_that_fails_loses_nothing(intake):
    for _ in range(3):
        intake.house.faults.fail("SendMessageBatch", error=closed)
    event = erp.contract(at(intake))
    assert intake.post(event)["status"] == 202
    assert intake.house.meter.total("ErpQueueMissed") == 1
    assert row(intake, event["id"]).due is not None, "the sweep brings it back"


@pytest.mark.parametrize("landed", [False, True])
@pytest.mark.parametrize("operation", ["BatchGetItem", "TransactWriteItems", "PutItem", "GetItem", "SendMessageBatch"])
def test_one_lost_request_never_loses_or_doubles_an_event(intake, operation, landed):
    event = erp.contract(at(intake))
    intake.house.faults.fail(operation, landed=landed, error=read_timeout)
    answer = intake.post(event)
    assert answer["status"] in (202, 503)
    if answer["status"] == 503:
        assert answer["headers"]["Retry-After"]
        assert intake.post(event)["status"] == 202
    assert len(intake.facts("erp.event.accepted")) == 1
    assert row(intake, event["id"]).v == 1


def test_a_hundred_events_cost_few_requests(intake):
    intake.post(erp.contract(at(intake)))  # a warm worker
    before = intake.house.faults.total
    answer = intake.post(*[erp.contract(at(intake), f"CT-{n}") for n in range(1, 101)])
    assert len(answer["json"]["accepted"]) == 100
    assert intake.house.faults.total - before <= 6


def test_a_crash_is_a_problem_document_that_says_nothing(intake, monkeypatch, caplog):
    def crash(*_):
        raise RuntimeError("Josefa 52998224725")

    monkeypatch.setattr(intake.house.secrets, "erp_client", crash)
    answer = intake.post(erp.contract(at(intake)))
    assert (answer["status"], code(answer)) == (500, "internal")
    assert "Josefa" not in caplog.text
    assert "RuntimeError" in caplog.text
    assert intake.house.meter.total("Crashed") == 1


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(body=st.one_of(st.binary(max_size=300), st.text(max_size=300).map(lambda t: t.encode("utf-8", "surrogatepass"))))
def test_no_bytes_crash_the_door(body):
    intake = Intake(House())
    answer = intake.post(body=body)
    assert 400 <= answer["status"] < 500
    assert code(answer) in {"json-invalid", "envelope-invalid", "encoding-invalid", "signature-invalid"}


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_no_event_crashes_the_door_and_no_good_one_suffers(data):
    intake = Intake(House())
    good, bad = erp.contract(at(intake), "CT-2"), erp.contract(at(intake))
    inside = data.draw(st.sampled_from([bad, bad["data"], bad["data"]["holder"], bad["data"]["contact_points"][0]]))
    field = data.draw(st.sampled_from(sorted(inside)) | st.text(max_size=12))
    inside[field] = data.draw(JUNK)
    body = json.dumps({"events": [bad, good]})
    answer = intake.post(body=body.encode())
    if "NaN" in body or "Infinity" in body:
        assert answer["status"] in (202, 400)
        return
    assert good["id"] in [one["id"] for one in answer["json"]["accepted"]]
    for one in answer["json"]["refused"]:
        assert one["problem"]["pointer"].startswith("/events/0")


def test_half_a_character_is_refused_and_parked(intake):
    event = erp.contract(at(intake), holder={"name": "Jo\ud800", "cpf": erp.CPF, "birth_on": "1961-04-30"})
    body = json.dumps({"events": [event, {"\ud800": "\udfff", "id": "x"}]}).encode()
    answer = intake.post(body=body)
    assert [one["problem"]["code"] for one in answer["json"]["refused"]] == ["field-invalid"] * 2
    assert [one["problem"]["pointer"] for one in answer["json"]["refused"]] == [
        "/events/0/data/holder/name",
        "/events/1",
    ]
    assert len(intake.desk("list")["result"]["parked"]) == 2


def test_what_is_accepted_is_canonical_and_stays_so(intake):
    event = erp.contract(at(intake), contact_points=[{"id": "s", "channel": "sms", "value": "(11) 98765-4321"}])
    once = parse_event(event, intake.house.clock.now())
    assert once["data"]["contact_points"][0]["value"] == "+5511987654321"
    assert once["data"]["holder"]["cpf"] == "52998224725"
    assert parse_event(once, intake.house.clock.now()) == once
