"""Every call of a message's way fails once, before or after it landed: one number, effects once, at most one answer."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emdia.messages.outreach import Target
from emdia.portfolio.case import Reach
from emdia.state import person_ref
from tests.fakes.faults import WAYS, closed
from tests.flows.talks import SMS, WHATSAPP, TalkRoad

SEEDED = settings(derandomize=True, deadline=None, database=None, max_examples=40)
SAID = [("já paguei", WHATSAPP), ("SAIR", SMS), ("segunda via", SMS)]


def prepared(text, channel):
    road = TalkRoad()
    case = road.written(1, channel)
    road.restart()  # a worker that knows nothing
    return road, case, road.reply(1, text, channel)


def calls_of(text, channel):
    road, _, reply = prepared(text, channel)
    before = road.faults.total
    road.hears([reply])
    return road.faults.total - before


CALLS = [(text, channel, call) for text, channel in SAID for call in range(1, calls_of(text, channel) + 1)]


@pytest.mark.parametrize(("error", "landed"), WAYS)
@pytest.mark.parametrize(("text", "channel", "call"), CALLS)
def test_one_failure_anywhere_makes_no_second_number_answer_or_effect(text, channel, call, error, landed):
    road, case, reply = prepared(text, channel)
    road.faults.fail("", call=call, landed=landed, error=error)
    road.hears([reply, reply])
    road.hears([reply])
    (struck,) = road.faults.struck
    assert struck
    answers = [one for one in (*road.sms.phones, *road.social.phones) if Target.decode(one.ref).outreach[0] == "r"]
    (attendance,) = road.attendances()
    assert road.said(attendance.number) == [text]
    assert len(answers) <= 1
    silent = text == "SAIR" and channel is SMS
    # The one call after which nobody can know: what may have reached a person is not said again.
    lost = road.meter.counted.get(("Answered", (("channel", str(channel)), ("outcome", "maybe"))), 0)
    assert len(answers) == (0 if silent else 1) or lost == 1
    facts = road.facts()
    assert facts["stop.placed"] == len(road.case(case).stops) == (1 if text == "já paguei" else 0)
    assert facts["channel.opted_out"] == (1 if text == "SAIR" else 0)
    assert facts["reply.received"] == 1


WORDS = st.sampled_from(
    ["SAIR", "oi", "já paguei", "atendente", "não sou eu", "👍", "", "segunda via", "pare de mandar"]
)


@SEEDED
@given(said=st.lists(WORDS, min_size=1, max_size=6), fault=st.integers(1, 60), again=st.randoms(use_true_random=False))
def test_a_stop_is_never_lost(said, fault, again):
    road = TalkRoad()
    case = road.written(1, SMS)
    replies = []
    for text in said:
        replies.append(road.reply(1, text, SMS))
        road.clock.move(minutes=1)
    doubled = [*replies, *again.sample(replies, len(replies) // 2)]
    again.shuffle(doubled)
    road.faults.fail("", call=fault, landed=bool(fault % 2), error=closed)
    road.hears(doubled, rounds=6)
    stopped = any(text in ("SAIR", "pare de mandar") for text in said)
    person = road.ledger().get([person_ref(case.holder_key)])[person_ref(case.holder_key)]
    assert person.opted_out(SMS) is stopped
    assert (road.case(case).reach_of(SMS) is Reach.OPTED_OUT) is (stopped and "não sou eu" not in said)
    assert bool(road.sms.opted_out) is stopped
