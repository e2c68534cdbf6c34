"""The chapter of the notice in the story of tests/infra/test_calls.py."""

import base64
import re
from dataclasses import replace
from datetime import timedelta

from emdia.facts import Fact
from emdia.portfolio.contract import Operator
from emdia.ports import Act, Put
from emdia.state import operator_ref
from tests.fakes import erp
from tests.fakes.house import ANS, NOTICES_QUEUE
from tests.flows.road import OPERATOR


def notices(story, erp_queue):
    """Contracts told by the ERP fall into arrears, are notified, confirm and are judged; one lacked a datum."""
    road, now = story.road, story.road.clock.now()

    def tell(*events):
        assert story.run("receive_erp_event", erp.call(road, list(events)))["statusCode"] == 202
        story.drain(erp_queue, "apply_erp_event")

    listed = {"means_of_notice": ["email"]}
    late = {"reference": "2026-09", "due_on": "2026-09-10"}
    tell(erp.contract(now, "CT-80", **listed), erp.contract(now, "CT-81"))
    tell(erp.invoice(now, "F-80", "CT-80", **late), erp.invoice(now, "F-81", "CT-81", **late))
    story.run("find_arrears", {})
    story.drain(NOTICES_QUEUE, "serve_notice")
    # What was missing is told, and nobody waits for a person any more; this mail fits into a bulk entry.
    tell(erp.contract(now + timedelta(seconds=-1), "CT-82", **listed), erp.contract(now, "CT-81", **listed))
    tell(erp.invoice(now, "F-82", "CT-82", **late))
    ledger = road.ledger()
    operator = ledger.get([operator_ref()])[operator_ref()]
    assert isinstance(operator, Operator)
    short = replace(operator, how_to_pay="Pague no aplicativo.")
    assert ledger.commit([Act("short", (Put(short),), (Fact("operator.recorded", operator_ref()),))]).landed
    before = len(road.ses.mailbox)
    story.run("find_arrears", {})
    story.drain(NOTICES_QUEUE, "serve_notice", unanswered=True)
    assert len(road.ses.mailbox) > before
    token = re.search(r"/n/(\S+)", road.ses.mailbox[-1].text)[1]
    link = {"pathParameters": {"token": token}, "headers": {}, "isBase64Encoded": False}
    assert story.run("confirm_notice", link | {"httpMethod": "GET", "body": None})["statusCode"] == 200
    said = link | {"httpMethod": "POST", "body": f"cpf={erp.CPF}"}
    assert story.run("confirm_notice", said, unanswered=True)["statusCode"] == 200
    asked = {"operator": ANS, "actor": "ana", "contract": "CT-80", "consequence": "rescind"}
    shown = {}
    for action in ("list", "show", "verdict", "dossier"):
        answer = story.run("judge_contract", asked | {"action": action})
        assert "result" in answer, answer
        shown[action] = answer["result"]
    filed = {
        "contract": "CT-80",
        "means": "letter",
        "kind": "ar",
        "sent_at": now.isoformat(),
        "at": road.clock.now().isoformat(),
        "body": base64.b64encode(b"AR").decode(),
    }
    filed |= {"operator": ANS, "actor": "ana", "notice": shown["show"]["notices"][0]["notice"][:8]}
    assert "result" in story.run("prove_notice", filed, unanswered=True)
    # A register just recorded has no keys yet.
    told = Act("newest", (Put(replace(OPERATOR, ans="765432")),), (Fact("operator.recorded", operator_ref()),))
    assert road.ledger("765432").commit([told]).landed
    nobody = asked | {"action": "show", "operator": "765432"}
    assert story.run("judge_contract", nobody)["problem"]["code"] == "contract-unknown"
    told = Act("newer", (Put(replace(OPERATOR, ans="876543")),), (Fact("operator.recorded", operator_ref()),))
    assert road.ledger("876543").commit([told]).landed
    assert story.run("prove_notice", filed | {"operator": "876543"})["problem"]["code"] == "contract-unknown"
    # A notice's clock strikes: the sweep hands it back to its queue.
    road.clock.move(days=8)
    story.run("sweep_outreach", {"sweep": "clock"})
    assert road.sqs.take(NOTICES_QUEUE, 10_000)
