"""Every call of a notice's night fails once, before or after it landed: one mail, one notice, every version a fact."""

import contextlib

import pytest

from emdia.compliance.standing import NoticeStatus
from emdia.errors import Halted, TryLater
from emdia.messages.outreach import OutreachStatus
from emdia.state import outreach_ref
from tests.fakes.faults import WAYS
from tests.fakes.house import NOTICES_QUEUE
from tests.flows.notices import NoticeRoad
from tests.flows.test_notices import confirm


def begun():
    road = NoticeRoad()
    road.at("2026-10-15")
    road.sweep()  # the schedules have run before: the agenda's cursors exist
    return road, road.owing(1, "2026-09-10", "2026-10-10")


def calls_of_a_night():
    road, _ = begun()
    before = road.faults.total
    road.tick()
    return road.faults.total - before


@pytest.mark.parametrize(("error", "landed"), WAYS)
@pytest.mark.parametrize("call", range(1, calls_of_a_night() + 1))
def test_one_failure_anywhere_costs_nobody_a_second_notice_and_loses_none(call, error, landed):
    road, case = begun()
    road.faults.fail("", call=call, landed=landed, error=error)
    try:
        for _ in range(6):
            road.tick()
            road.clock.move(minutes=40)
    except Halted:
        pytest.fail("a transient failure must never look like a broken invariant")
    assert road.faults.struck
    assert len(road.ses.mailbox) <= 1
    (record,) = road.file(case).notices
    assert road.stands(case) is NoticeStatus.SENT
    states = road.ledger().get([outreach_ref(case.contract, one.outreach) for one in record.tries])
    sent = [one for one in states.values() if one.status is not OutreachStatus.CANCELLED]
    assert len(sent) == 1
    assert sent[0].status in (OutreachStatus.ACCEPTED, OutreachStatus.CLAIMED)
    # Nobody is left without the mail, but for a call that may have been taken and one that a claim died before.
    assert road.ses.mailbox or sent[0].status is OutreachStatus.CLAIMED
    assert road.sqs.waiting(NOTICES_QUEUE) == 0


@pytest.mark.parametrize(("error", "landed"), WAYS)
@pytest.mark.parametrize("call", range(1, 9))
def test_a_confirmation_is_recorded_once_or_asked_for_again(call, error, landed):
    road, case = begun()
    road.tick()
    road.faults.fail("", call=call, landed=landed, error=error)
    with contextlib.suppress(TryLater):
        confirm(road)
    road.faults.planned.clear()  # it may have needed fewer calls
    assert confirm(road) is not None
    assert road.stands(case) is NoticeStatus.PROVED
    assert len(road.notice(case).tries[0].shown) == 1
    assert road.facts()["notice.shown"] == 1
