"""Money in, as a chapter of the story that leads every function through its calls."""

import base64
import json

from tests.fakes import erp
from tests.fakes.house import ANS


def payments(story, erp_queue):
    """A charge paid twice, its second payment sent back, money for nobody, and a night that asks the bank."""
    bank, now = story.road.bank, story.road.clock.now()
    (txid,) = bank.charges
    first, second, odd = bank.pay(txid), bank.receive(txid, "511.17"), bank.receive("", "80.00")
    assert told(story, first, unanswered=True) == 200
    assert told(story, second, odd) == 200
    assert told(story, bank.give_back(odd["endToEndId"], "80.00")) == 200
    bank.give_back(second["endToEndId"], "511.17")
    bank.receive("", "489.90")
    story.run("reconcile_payments", {}, unanswered=True)
    asked = {"operator": ANS, "actor": "ana", "language": "pt-BR"}
    (listed,) = story.run("attend_payment", {**asked, "action": "unallocated"})["result"]["unallocated"]
    for action in ("show", "replay"):
        assert "result" in story.run("attend_payment", {**asked, "action": action, "payment": listed["payment"]})
    event = erp.invoice(now, "F-20", due_on="2026-12-20", reference="2026-12")
    assert story.run("receive_erp_event", erp.call(story.road, [event]))["statusCode"] == 202
    story.drain(erp_queue, "apply_erp_event")
    place = {"contract": "CT-1", "invoice": "F-20", "payment": listed["payment"]}
    done = story.run("attend_payment", {**asked, "action": "assign", **place}, unanswered=True)
    assert done["result"]["status"] == "entered"
    revoked = story.run("attend_payment", {**asked, "action": "revoke", "contract": "CT-1"}, unanswered=True)
    assert revoked["result"] == {"status": "revoked"}


def told(story, *pix, **how):
    event = {
        "httpMethod": "POST",
        "pathParameters": {"operator": ANS},
        "headers": {},
        "body": base64.b64encode(json.dumps({"pix": pix}).encode()).decode(),
        "isBase64Encoded": True,
    }
    return story.run("receive_payment", event, **how)["statusCode"]
