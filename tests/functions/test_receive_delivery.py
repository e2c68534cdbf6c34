import json
from pathlib import Path

import pytest

from emdia.messages.outreach import OutreachStatus
from functions.receive_delivery.handler import handle
from infra.stages import MAX_RECEIVES, RATES
from tests.fakes.house import LEDGER
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


APART = RATES["deliveries"].out_of_sight


class Late:
    """An event that is faster than our own transaction: what it speaks of is not stored yet."""

    def __init__(self, road):
        self.road, self.case = road, road.contract(1)
        road.walk()
        self.body = notification(road.ses.mailbox[0].ref)
        stored = road.dynamodb.tables[LEDGER].items
        ((self.key, self.sort),) = [(key, sort) for key, part in stored.items() for sort in part if "OUTREACH" in sort]
        self.stored, self.item = stored, stored[self.key].pop(self.sort)
        self.tried = []  # seconds after the first delivery

    def lands(self):
        self.stored[self.key][self.sort] = self.item

    def deliver(self, lands_after=None):
        """What SQS does, by the numbers that are deployed; whether it is dead."""
        waited = 0
        for attempt in range(1, MAX_RECEIVES + 1):
            if lands_after is not None and waited >= lands_after:
                self.lands()
            self.tried.append(waited)
            if not again(handle(batch([self.body], attempt), None)):
                return False
            waited += APART
            self.road.clock.move(seconds=APART)
            self.road.show_clock()
        return True


@pytest.mark.parametrize("minutes", [1, 5, 12, 15])
def test_an_unknown_reference_is_tried_for_a_quarter_of_an_hour(road, minutes):
    late = Late(road)
    assert not late.deliver(lands_after=minutes * 60)
    assert road.outreach(late.case).status is OutreachStatus.DELIVERED
    assert road.facts()["outreach.delivered"] == 1


def test_after_that_it_is_parked_whole_for_a_person_who_sends_it_back(road):
    late = Late(road)
    before = len(road.dynamodb.stored(LEDGER))
    assert late.deliver()
    assert late.tried == [0, 300, 600, 900]
    assert len(road.dynamodb.stored(LEDGER)) == before, "nothing was made of it"
    late.lands()
    assert not late.deliver(), "as the redrive of its dead letter does"
    assert road.outreach(late.case).status is OutreachStatus.DELIVERED
