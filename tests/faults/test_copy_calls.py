"""Every call of a copy's way fails once: it is sent all the same, and again only where it may have been lost."""

import pytest

from emdia.errors import TryLater
from tests.fakes.faults import WAYS
from tests.flows.test_copies import Copies


def prepared():
    road = Copies()
    road.written(1)
    road.says(1, "quero falar com um atendente")
    (attendance,) = road.attendances()
    road.clock.move(hours=24)  # by mail, then
    road.answered(attendance.number)
    road.restart()  # a worker that knows nothing
    return road, attendance.number


def calls():
    """How many calls a copy takes, and which of them carries the mail."""
    road, number = prepared()
    before, carried = road.faults.total, []

    class Watched:
        at_once = 1

        def send(self, messages):
            sent = road.mailer.send(messages)
            carried.append(road.faults.total - before)
            return sent

    assert road.copy(number, email=Watched()) == (0, 1)
    return road.faults.total - before, carried[0]


COUNT, MAIL = calls()
CALLS = range(1, COUNT + 1)


@pytest.mark.parametrize(("error", "landed"), WAYS)
@pytest.mark.parametrize("call", CALLS)
def test_one_failure_anywhere_withholds_no_copy(call, error, landed):
    road, number = prepared()
    before = len(road.ses.mailbox)
    road.faults.fail("", call=call, landed=landed, error=error)
    for _ in range(3):
        try:
            road.copy(number)
        except TryLater:
            continue
        road.clock.move(hours=1)
    assert road.faults.struck
    arrived = len(road.ses.mailbox) - before
    silent = ("ProtocolCopy", (("outcome", "maybe"),)) in road.meter.counted
    # A mail of which nobody answered counts as sent. One whose record was lost is sent again: better twice than never.
    assert arrived == 1 or (arrived == 0 and silent) or (arrived == 2 and call > MAIL)
    copying = road.attendance(number).copying
    assert copying.sent_at is not None
    assert copying.due is None
