"""The ERP of the sandbox, called by the product's own webhook client over a socket."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from emdia.providers.signatures import sign
from emdia.providers.webhook import HttpWebhook
from infra.local.sandbox.erp_desk import PREFIX
from infra.local.sandbox.faults import Fault
from infra.local.sandbox.server import Sandbox
from infra.local.sandbox.topic import NoTopic

NOW = datetime(2027, 1, 4, 12, tzinfo=UTC)
ANS, SECRET = "123456", "whsec_" + "c2VjcmV0" * 4


class World:
    def __init__(self, sandbox):
        self.sandbox, self.erp = sandbox, sandbox.erp

    def tell(self, number=1, secret=SECRET, at=NOW, ans=ANS, contract="CT-1"):
        event = {"id": f"e{number}", "type": "invoice.settled", "sequence": number, "data": {"contract": contract}}
        body = json.dumps(event)
        headers = {"content-type": "application/json", **sign(event["id"], at, body, [secret])}
        return HttpWebhook(local=True).post(f"{self.sandbox.url}{PREFIX}{ans}", headers, body.encode())


@pytest.fixture
def world():
    with Sandbox(NoTopic(), ticking=False) as sandbox:
        sandbox.office.set_now(NOW)
        sandbox.erp.trust(ANS, SECRET)
        yield World(sandbox)


def test_what_is_signed_is_kept_with_its_place(world):
    assert world.tell().ok
    (heard,) = world.erp.heard()
    assert heard.place == (ANS, "CT-1")
    assert heard.event["sequence"] == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"secret": "whsec_" + "QUJD" * 10},
        {"at": NOW - timedelta(minutes=6)},
        {"at": NOW + timedelta(minutes=6)},
        {"ans": "654321"},
    ],
)
def test_what_is_not_signed_by_the_operator_just_now_is_not_heard(world, wrong):
    assert world.tell(**wrong).status == 401
    assert (world.erp.heard(), world.erp.forged) == ([], 1)


def test_it_fails_on_demand_before_or_after_it_has_kept_the_event(world):
    world.erp.faults.add(Fault("error"))
    world.erp.faults.add(Fault("error", landed=True))
    world.erp.faults.add(Fault("silence"))
    answers = [world.tell() for _ in range(4)]
    # The first to fail both hangs and has an error: the line drops before anything is answered.
    assert [one.ok for one in answers] == [False, False, True, True]
    assert (answers[0].reason, answers[1].status) == ("not-reached", 500)
    assert [one.event["id"] for one in world.erp.heard()] == ["e1"] * 3
    assert world.erp.failed == 2
