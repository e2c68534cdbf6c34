"""Every call of a report and an export fails once: nobody reads without having been seen, and asking again answers."""

import pytest

from emdia.errors import TryLater
from tests.fakes.faults import WAYS
from tests.flows.attendances import Attendances

ACTIONS = {"measure": "protocols.measured", "export": "protocols.exported"}


def prepared():
    desk = Attendances()
    desk.answered("1", "CT-1")
    desk.opened("2", "CT-1")
    desk.restart()  # a worker that knows nothing
    desk.book = desk.report_book()
    return desk


def asked(desk, action):
    return desk.report(action, last="2026-11-03", by="day")


def calls_of(action):
    desk = prepared()
    before = desk.faults.total
    told = asked(desk, action)
    return told, desk.faults.total - before


WHOLE = {action: calls_of(action) for action in ACTIONS}
CALLS = [(action, call) for action, (_, count) in WHOLE.items() for call in range(1, count + 1)]


@pytest.mark.parametrize(("error", "landed"), WAYS)
@pytest.mark.parametrize(("action", "call"), CALLS)
def test_one_failure_anywhere_shows_nothing_unseen_and_costs_a_second_try(action, call, error, landed):
    desk = prepared()
    desk.faults.fail("", call=call, landed=landed, error=error)
    for _ in range(2):
        try:
            told = asked(desk, action)
        except TryLater:
            continue
        break
    assert desk.faults.struck
    assert told == WHOLE[action][0]
    assert desk.facts()[ACTIONS[action]] >= 1
