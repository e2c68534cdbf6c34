"""Every call of the main road fails once, before or after it landed; the road must end as if it had not."""

import contextlib
from collections.abc import Callable

import pytest

from emdia.errors import Halted, TryLater
from emdia.messages.delivery import DeliveryKind
from emdia.messages.outreach import FINAL, OutreachStatus
from emdia.portfolio.contract import Channel
from tests.fakes.faults import WAYS
from tests.fakes.house import EMAIL_QUEUE, SMS_QUEUE, STEPS_QUEUE, WHATSAPP_QUEUE
from tests.flows.road import Road

# Ticks of a quarter of an hour from 09:00; enough for every patience (queue 30 min, stamp 30 min) and the horizon.
TICKS = 4 * 26


def alive(work: Callable[[], object]) -> None:
    """A scheduled function that fails is called again by the next tick; its crash is an alarm, not an end."""
    with contextlib.suppress(TryLater):
        work()


def live(road: Road, ticks: int, heard: set[str]) -> None:
    """Schedules, queues and delivery events for `ticks` quarters of an hour."""
    for _ in range(ticks):
        alive(road.climb)
        alive(road.sweep)
        road.take()
        road.send()
        new = [one for one in road.arrived() if one.message_id not in heard]
        for mail in new:
            # The provider tells each delivery at least once; SQS brings back what we could not take.
            if not road.hear([road.event(mail.ref, DeliveryKind.DELIVERED)]):
                heard.add(mail.message_id)
        road.clock.move(minutes=15)


def morning() -> tuple[Road, list]:
    road = Road()
    live(road, 1, set())  # the schedules have run before: the agenda's cursors exist
    cases = [*road.portfolio(3), road.contract(5, person=1)]
    cases += [road.contract(n, channels=(channel,)) for n, channel in ((6, Channel.SMS), (7, Channel.WHATSAPP))]
    return road, cases


def calls_of_one_morning() -> int:
    road, _ = morning()
    before = road.faults.total
    live(road, 2, set())
    return road.faults.total - before


CALLS = calls_of_one_morning()


# A service that says "throttled" has not done it; a dropped or silent connection may have.


@pytest.mark.parametrize(("error", "landed"), WAYS)
@pytest.mark.parametrize("call", range(1, CALLS + 1))
def test_one_failure_anywhere_costs_nobody_a_second_mail_and_loses_nobody(call, error, landed):
    road, cases = morning()
    road.faults.fail("", call=call, landed=landed, error=error)
    heard: set[str] = set()
    try:
        live(road, TICKS, heard)
    except Halted:
        pytest.fail("a transient failure must never look like a broken invariant")
    assert road.faults.struck
    lawful_after(road, cases)


def lawful_after(road: Road, cases: list) -> None:
    refs = [one.ref for one in road.arrived()]
    assert len(refs) == len(set(refs)), "an outreach reached its person twice"
    for case in cases:
        outreach = road.outreach(case)
        assert outreach.status in FINAL, f"stuck as {outreach.status}"
        if outreach.status is OutreachStatus.UNKNOWN:
            assert road.faults.struck[0].operation == ""
        else:
            assert outreach.status is OutreachStatus.DELIVERED
    assert not any(map(road.sqs.waiting, (STEPS_QUEUE, EMAIL_QUEUE, SMS_QUEUE, WHATSAPP_QUEUE)))
    facts = road.facts()
    assert facts["outreach.queued"] == len(cases)
    # Whatever was taken back and made again: an outreach has as many facts as it has versions.
    moves = sum(count for kind, count in facts.items() if kind.startswith("outreach.")) - facts["outreach.queued"]
    assert moves == sum(road.outreach(case).v - 1 for case in cases)


def test_the_harness_itself_sees_a_double():
    road, _ = morning()
    live(road, 2, set())
    road.ses.mailbox.append(road.ses.mailbox[0])
    with pytest.raises(AssertionError, match="twice"):
        lawful_after(road, [])
