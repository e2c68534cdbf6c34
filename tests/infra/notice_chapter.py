"""The chapter of the notice in the story of tests/infra/test_calls.py."""

import base64
import json
import re
from dataclasses import replace
from datetime import timedelta

from emdia.facts import Fact
from emdia.messages.notice_short import WHATSAPP_NAME
from emdia.messages.print_job import run_of
from emdia.messages.registry import TemplateStanding
from emdia.portfolio.contract import Channel, Operator
from emdia.ports import Act, Put
from emdia.state import operator_ref, registry_ref
from tests.fakes import erp
from tests.fakes.house import ANS, LETTER_QUEUE, NOTICES_QUEUE, STEPS_QUEUE
from tests.flows.road import OPERATOR
from tests.flows.test_notice_means import change_points


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
    _by_other_means(story)
    # A notice's clock strikes: the sweep hands it back to its queue.
    road.clock.move(days=8)
    story.run("sweep_outreach", {"sweep": "clock"})
    assert road.sqs.take(NOTICES_QUEUE, 10_000)


def _by_other_means(story):
    """By SMS, whose words are read; by WhatsApp; by letters, printed, posted, delivered, come back."""
    road = story.road
    day = run_of(road.clock.now()).isoformat()
    ledger = road.ledger()
    states = ledger.get([operator_ref(), registry_ref()])
    profile = replace(states[operator_ref()], letters=True)
    standing = TemplateStanding(WHATSAPP_NAME, "APPROVED", "UTILITY", road.clock.now())
    registry = replace(states[registry_ref()], templates=(*states[registry_ref()].templates, standing))
    act = Act("means", (Put(profile), Put(registry)), (Fact("operator.recorded", operator_ref()),))
    assert ledger.commit([act]).landed
    wanted = {301: ("sms",), 302: ("whatsapp",), 303: ("letter",), 304: ("letter",)}
    for n, means in wanted.items():
        case = road.owing(n, "2026-09-10", "2026-10-10", means=means)
        change_points(road, case, n, [] if means == ("letter",) else [Channel(means[0])])
    story.run("find_arrears", {})
    story.drain(NOTICES_QUEUE, "serve_notice")
    texts = [one for one in road.sms.phones if "/n/" in one.text]
    token = texts[-1].text.split("/n/")[1].split()[0]
    link = {"pathParameters": {"token": token}, "headers": {}, "isBase64Encoded": False}
    read = link | {"httpMethod": "POST", "body": "cpf=52998224725"}
    assert "Pessoa" in story.run("confirm_notice", read)["body"]
    _letters(story, day)


def _letters(story, day):
    road = story.road
    # A step's letter too, by the ladder's own road; of another the message is lost, and the sweep finds it again.
    for n in (305, 306):
        road.contract(n, "2026-10-26", channels=(Channel.LETTER,))
        road.clock.move(minutes=31)
        story.run("climb_ladder", {})
        story.drain(STEPS_QUEUE, "take_step")
        if n == 305:
            story.drain(LETTER_QUEUE, "send_message")
    assert road.sqs.take(LETTER_QUEUE, 10_000)
    road.clock.move(hours=1)
    story.run("sweep_outreach", {"sweep": "clock"})
    assert road.sqs.take(LETTER_QUEUE, 10_000)
    road.clock.move(days=1)
    asked = {"operator": ANS, "actor": "ana", "day": day}
    first, second, *_ = story.run("print_letters", asked | {"action": "jobs"})["result"]["letters"]
    closed = story.run("print_letters", asked | {"action": "close"}, unanswered=True)
    assert closed.get("result", closed).get("letters") == 3, closed
    assert len(story.run("print_letters", asked | {"action": "letters"})["result"]["sheets"]) == 3
    at = road.clock.now().isoformat()
    signed = {"event": "delivered", "object": "BR123456789BR", "at": at, "signer": "Vizinha"}
    known = {"event": "posted", "reference": first["reference"], "object": "BR123456789BR", "at": at}
    back = {"event": "returned", "reference": second["reference"], "at": at, "reason": "mudou-se"}
    for events in ([signed], [known, signed, back]):
        body = json.dumps({"events": events}).encode()
        assert story.run("print_letters", erp.call(road, None, body=body), unanswered=True)["statusCode"] == 200
