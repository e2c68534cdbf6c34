import json
from pathlib import Path

from emdia.messages.outreach import OutreachStatus
from functions.receive_delivery.handler import handle
from tests.functions.sqs import again, batch

EVENTS = Path(__file__).parents[1] / "events/ses"


def notification(ref, name="delivery"):
    """The golden event of Amazon SES in its golden SNS envelope, about `ref`."""
    event = json.loads((EVENTS / f"{name}.json").read_text())
    event["mail"]["tags"]["ref"] = [ref]
    envelope = json.loads((EVENTS / "envelope.json").read_text())
    envelope["Message"] = json.dumps(event)
    return json.dumps(envelope)


def test_a_delivery_resolves_its_outreach(road):
    case = road.contract(1)
    road.walk()
    body = notification(road.ses.mailbox[0].ref)
    assert again(handle(batch([body, body]), None)) == []
    assert road.outreach(case).status is OutreachStatus.DELIVERED


def test_what_cannot_be_read_or_placed_is_kept_for_a_person(road):
    road.contract(1)
    road.walk()
    ref = road.ses.mailbox[0].ref
    bodies = ["not json", notification("somebody else's"), notification(ref[:-4] + "0000"), notification(ref)]
    assert again(handle(batch(bodies), None)) == ["m0", "m1", "m2"]
