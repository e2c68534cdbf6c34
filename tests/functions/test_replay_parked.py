"""Parked events: listed without personal data, seen only by who is seen looking, corrected, replayed, given up."""

import json
from datetime import timedelta

import pytest

from emdia.portfolio.inbox import InboxStatus
from emdia.state import OPERATOR_SUBJECT, inbox_ref
from tests.fakes import erp
from tests.fakes.faults import closed, unavailable
from tests.fakes.house import ANS, ERP_QUEUE, JOURNAL, House
from tests.fakes.opening import disclosed
from tests.functions.intake import Intake


@pytest.fixture
def intake():
    intake = Intake(House())
    assert intake.post(bad(intake))["status"] == 422
    return intake


def bad(intake):
    return erp.contract(at(intake), holder={"name": "Josefa", "cpf": "111.111.111-11", "birth_on": "1961-04-30"})


def at(intake):
    return intake.house.clock.now() - timedelta(hours=1)


def parked(intake):
    (one,) = intake.desk("list")["result"]["parked"]
    return one


def row(intake, key):
    return intake.house.ledger().get([inbox_ref(erp.CLIENT, key)])[inbox_ref(erp.CLIENT, key)]


def test_the_list_names_reasons_and_no_person(intake):
    listed = parked(intake)
    assert listed == {
        "id": intake.house.pseudonyms.of(ANS, "event", bad(intake)["id"]),
        "type": "contract.upserted",
        "reason": "cpf-invalid",
        "pointer": "/data/holder/cpf",
        "received_at": "2026-11-23T15:00:00.000Z",
    }
    assert not intake.facts("parked.viewed")


def test_who_looks_is_seen_before_anything_is_shown(intake):
    key = parked(intake)["id"]
    shown = intake.desk("show", event=key)["result"]
    assert json.loads(shown["body"]) == bad(intake)
    (fact,) = intake.facts("parked.viewed")
    assert disclosed(intake.house, ANS, fact, OPERATOR_SUBJECT)["ator"] == "maria.silva"
    intake.house.clock.move(seconds=1)
    intake.house.faults.fail("PutItem", error=unavailable)
    answer = intake.desk("show", event=key)
    assert answer["problem"]["code"] == "try-later"
    assert "Josefa" not in json.dumps(answer)
    assert len(intake.facts("parked.viewed")) == 1


def test_a_correction_is_validated_and_replayed(intake):
    key = parked(intake)["id"]
    fixed = erp.contract(at(intake)) | {"id": bad(intake)["id"]}
    refused = intake.desk("edit", event=key, body=json.dumps(bad(intake)))
    assert (refused["problem"]["code"], refused["problem"]["pointer"]) == ("cpf-invalid", "/data/holder/cpf")
    assert intake.desk("edit", event=key, body="{")["problem"]["code"] == "json-invalid"
    other = erp.contract(at(intake)) | {"operator": "654321", "id": bad(intake)["id"]}
    assert intake.desk("edit", event=key, body=json.dumps(other))["problem"]["code"] == "operator-mismatch"
    renamed = intake.desk("edit", event=key, body=json.dumps(erp.contract(at(intake))))
    assert renamed["problem"]["code"] == "event-id-conflict"
    assert parked(intake)["reason"] == "cpf-invalid"
    assert intake.desk("edit", event=key, body=json.dumps(fixed))["result"] == {"id": key, "reason": "edited"}
    assert parked(intake)["reason"] == "edited"
    assert intake.desk("replay", event=key)["result"] == {"id": key, "status": "accepted"}
    assert intake.desk("list")["result"] == {"parked": []}
    assert intake.apply() == []
    assert row(intake, key).status is InboxStatus.APPLIED
    assert intake.one("CONTRACT").holder.cpf == "52998224725"
    for kind in ("erp.event.edited", "erp.event.replayed"):
        (fact,) = intake.facts(kind)
        assert disclosed(intake.house, ANS, fact, OPERATOR_SUBJECT)["ator"] == "maria.silva"
    assert intake.post(fixed)["status"] == 202, "the ERP's own correction is the same event"
    assert told(intake.post(bad(intake))) == (409, "event-corrected", "/events/0/id")
    assert told(intake.post(fixed | {"occurred_at": at(intake).isoformat(timespec="milliseconds")}))[1] == (
        "event-id-conflict"
    )
    assert row(intake, key).status is InboxStatus.APPLIED


def told(answer):
    return answer["status"], answer["json"]["code"], answer["json"]["pointer"]


def test_a_correction_that_waits_is_not_undone_by_a_retry_and_yields_to_the_erps_own(intake):
    key = parked(intake)["id"]
    fixed = erp.contract(at(intake)) | {"id": bad(intake)["id"]}
    intake.desk("edit", event=key, body=json.dumps(fixed))
    assert told(intake.post(bad(intake)))[:2] == (409, "event-corrected")
    worse = fixed | {"data": fixed["data"] | {"signed_on": "x"}}
    assert told(intake.post(worse)) == (422, "date-invalid", "/events/0/data/signed_on")
    assert parked(intake)["reason"] == "edited"
    assert intake.desk("edit", event=key, body=json.dumps(fixed | {"sequence": 1}))["result"]["reason"] == "edited"
    assert told(intake.post(bad(intake)))[:2] == (409, "event-corrected")
    assert intake.post(fixed | {"sequence": 1})["status"] == 202
    assert intake.desk("list")["result"] == {"parked": []}
    assert intake.apply() == []
    assert row(intake, key).status is InboxStatus.APPLIED
    assert told(intake.post(bad(intake)))[:2] == (409, "event-id-conflict"), "the ERP's own word: none of ours"


def test_a_correction_given_up_still_yields_to_the_erps_own(intake):
    key = parked(intake)["id"]
    fixed = erp.contract(at(intake)) | {"id": bad(intake)["id"]}
    intake.desk("edit", event=key, body=json.dumps(fixed))
    intake.desk("discard", event=key)
    assert told(intake.post(bad(intake)))[:2] == (409, "event-corrected")
    assert intake.post(fixed)["status"] == 202


def test_the_erps_own_id_finds_its_event(intake):
    own, key = bad(intake)["id"], parked(intake)["id"]
    assert intake.desk("show", event=own)["result"]["id"] == key
    fixed = json.dumps(erp.contract(at(intake)) | {"id": own})
    assert intake.desk("edit", event=own, body=fixed)["result"]["id"] == key
    assert intake.desk("replay", event=own)["result"] == {"id": key, "status": "accepted"}
    assert intake.desk("discard", event=own)["problem"]["code"] == "parked-not-found"


@pytest.mark.parametrize(
    ("named", "listed"),
    [
        ("invoice.payed", "invoice.payed"),
        ("529.982.247-25", "desconhecido"),
        ("josefa@exemplo.com.br", "desconhecido"),
        ("Josefa Araujo", "desconhecido"),
        ("a" * 41, "desconhecido"),
        (7, "desconhecido"),
    ],
)
def test_an_unknown_type_is_listed_only_in_words(intake, named, listed):
    intake.desk("discard", event=parked(intake)["id"])
    intake.post(erp.event(named, at(intake), {}))
    assert parked(intake)["type"] == listed


def test_what_is_still_wrong_is_not_replayed(intake):
    key = parked(intake)["id"]
    assert intake.desk("replay", event=key)["problem"]["code"] == "cpf-invalid"
    assert row(intake, key).status is InboxStatus.PARKED
    assert intake.house.sqs.waiting(ERP_QUEUE) == 0


def test_giving_up_drops_the_body_and_a_corrected_event_may_still_come(intake):
    key = parked(intake)["id"]
    assert intake.desk("discard", event=key)["result"] == {"id": key, "status": "discarded"}
    assert (row(intake, key).status, row(intake, key).body) == (InboxStatus.DISCARDED, "")
    assert intake.desk("list")["result"] == {"parked": []}
    assert intake.desk("show", event=key)["problem"]["code"] == "parked-not-found"
    assert intake.post(bad(intake))["status"] == 422, "the same body gets the same answer"
    assert intake.desk("list")["result"] == {"parked": []}
    assert intake.post(erp.contract(at(intake)) | {"id": bad(intake)["id"]})["status"] == 202
    assert intake.apply() == []
    assert intake.one("CONTRACT").number == "CT-1"


def test_a_body_that_was_not_kept_cannot_be_replayed(intake):
    intake.desk("discard", event=parked(intake)["id"])
    foreign = erp.contract(at(intake), "CT-2") | {"operator": "654321"}
    intake.post(foreign)
    answer = intake.desk("replay", event=parked(intake)["id"])
    assert answer["problem"]["code"] == "parked-body-absent"


def test_a_replay_whose_queue_fails_is_left_to_the_sweep(intake):
    key = parked(intake)["id"]
    intake.desk("edit", event=key, body=json.dumps(erp.contract(at(intake)) | {"id": bad(intake)["id"]}))
    intake.house.faults.fail("SendMessageBatch", error=closed)
    assert intake.desk("replay", event=key)["result"]["status"] == "accepted"
    assert row(intake, key).due == intake.house.clock.now() + timedelta(minutes=15)


@pytest.mark.parametrize(
    ("request_", "code", "pointer"),
    [
        ({"action": "list", "client": "nobody"}, "client-unknown", "/client"),
        ({"action": "burn"}, "action-invalid", "/action"),
        ({"action": "show"}, "action-invalid", "/event"),
        ({"action": "show", "event": "0" * 32}, "parked-not-found", "/event"),
        ({"action": "list", "actor": ""}, "action-invalid", "/actor"),
        ({"action": "list", "actor": "a\nb"}, "action-invalid", "/actor"),
    ],
)
def test_wrong_requests(intake, request_, code, pointer):
    request_ = dict(request_)
    problem = intake.desk(request_.pop("action"), **request_)["problem"]
    assert (problem["code"], problem["pointer"]) == (code, pointer)


def test_two_people_at_once(intake):
    key = parked(intake)["id"]

    def other():
        intake.house.dynamodb.before_write = None
        assert intake.desk("discard", event=key, actor="joao.souza")["result"]

    intake.house.dynamodb.before_write = other
    assert intake.desk("discard", event=key)["problem"]["code"] == "try-later"
    assert row(intake, key).status is InboxStatus.DISCARDED


def test_who_deals_with_it_is_sealed_and_never_in_a_clear_command(intake):
    event = parked(intake)["id"]
    intake.desk("show", event=event)
    assert intake.desk("discard", event=event)["result"]["status"] == "discarded"
    assert [row for row in intake.house.dynamodb.stored(JOURNAL) if "maria.silva" in repr(row)] == []
