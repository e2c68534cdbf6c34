from dataclasses import replace

import pytest

from functions.release_case.handler import handle
from tests.fakes.house import JOURNAL
from tests.flows.road import Road


def ask(action, **more):
    return handle({"action": action, "operator": "123456", "actor": "ana", "language": "pt-BR", **more}, None)


@pytest.fixture
def parked(road: Road):
    case = road.contract(1)
    road.commit_case(replace(road.case(case), ladder="nobody's"), "invoice.recorded")
    road.climb()
    road.take()
    return case


def test_a_parked_case_is_listed_without_anything_of_the_person(parked):
    (listed,) = ask("list")["result"]["parked"]
    assert listed["case"] == parked.contract
    assert listed["reason"] == "ladder-unknown"
    assert set(listed) == {"case", "reason", "parked_at"}


def test_who_looks_at_a_contract_is_seen_first(road, parked):
    assert ask("show", case=parked.contract)["result"]["contract"] == "CT-1"
    assert road.facts()["case.viewed"] == 1
    # When the look cannot be made durable, nothing is shown.
    for _ in range(3):
        road.faults.fail("PutItem")
    assert ask("show", case=parked.contract)["problem"]["status"] == 503


def test_a_case_whose_cause_is_not_mended_stays_parked(road, parked):
    assert ask("release", case=parked.contract)["problem"]["code"] == "ladder-unknown"
    assert road.case(parked).parked


def test_a_released_case_goes_on_where_it_stood(road, parked):
    road.commit_case(replace(road.case(parked), ladder=parked.ladder), "invoice.recorded")
    assert ask("release", case=parked.contract)["result"]["status"] == "released"
    assert ask("list")["result"]["parked"] == []
    assert ask("release", case=parked.contract)["problem"]["code"] == "parked-not-found"
    road.clock.move(minutes=31)  # what the agenda handed out it does not hand out again for half an hour
    road.walk()
    assert len(road.ses.mailbox) == 1
    assert road.facts()["case.released"] == 1


@pytest.mark.parametrize(
    ("request_", "pointer"),
    [
        ({"action": "burn"}, "/action"),
        ({"action": "show"}, "/case"),
        ({"action": "list", "operator": "12"}, "/operator"),
        ({"action": "list", "actor": ""}, "/actor"),
    ],
)
@pytest.mark.usefixtures("road")
def test_a_request_that_makes_no_sense_is_refused_with_its_field(request_, pointer):
    assert ask(**request_)["problem"]["pointer"] == pointer


def test_who_deals_with_a_case_is_sealed_and_never_in_a_clear_command(road, parked):
    road.commit_case(replace(road.case(parked), ladder=parked.ladder), "invoice.recorded")
    for action in ("show", "release"):
        assert "result" in ask(action, case=parked.contract)
    commands = [row["command"]["S"] for row in road.dynamodb.stored(JOURNAL) if "command" in row]
    assert [one for one in commands if one.startswith(("view:", "release:"))]
    assert [one for one in commands if ":ana" in one] == []
