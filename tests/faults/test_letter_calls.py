"""Every call of a letter's way fails once, before or after it landed: one job, one proof, however often it is told."""

import contextlib

import pytest

from emdia.compliance.standing import NoticeStatus
from emdia.errors import Halted, TryLater
from emdia.portfolio.contract import Channel
from tests.fakes.faults import WAYS
from tests.flows.test_notice_means import jobs, owing, road_at, told


def begun():
    road = road_at()
    road.sweep()  # the schedules have run before: the agenda's cursors exist
    return road, owing(road, Channel.LETTER, means=("letter",))


def printed():
    road, case = begun()
    road.tick()
    (job,) = jobs(road)
    road.clock.move(days=2)
    return road, case, job


def calls(road, work):
    before = road.faults.total
    work()
    return road.faults.total - before


def making():
    road, _ = begun()
    return calls(road, road.tick)


def proving():
    road, _, job = printed()
    return calls(road, lambda: told(road, "delivered", job, object="BR123456789BR", signer="Vizinha"))


@pytest.mark.parametrize(("error", "landed"), WAYS)
@pytest.mark.parametrize("call", range(1, making() + 1))
def test_one_failure_anywhere_makes_no_second_letter_and_loses_none(call, error, landed):
    road, case = begun()
    road.faults.fail("", call=call, landed=landed, error=error)
    try:
        for _ in range(6):
            road.tick()
            road.clock.move(minutes=40)
    except Halted:
        pytest.fail("a transient failure must never look like a broken invariant")
    assert road.faults.struck
    assert len(jobs(road)) <= 1
    (record,) = road.file(case).notices
    assert road.stands(case) is NoticeStatus.SENT
    # A letter of which nothing is known stays claimed: it may lie in the run.
    assert jobs(road) or record.tries


@pytest.mark.parametrize(("error", "landed"), WAYS)
@pytest.mark.parametrize("call", range(1, proving() + 1))
def test_an_ar_is_kept_once_however_often_it_is_told(call, error, landed):
    road, case, job = printed()
    road.faults.fail("", call=call, landed=landed, error=error)
    for _ in range(3):
        with contextlib.suppress(TryLater):
            told(road, "delivered", job, object="BR123456789BR", signer="Vizinha")
    assert road.faults.struck
    assert road.stands(case) is NoticeStatus.PROVED
    assert len(road.notice(case).tries[0].shown) == 1
    assert road.facts()["letter.tracked"] == 1
