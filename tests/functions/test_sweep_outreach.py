from dataclasses import replace

import pytest

from functions.sweep_outreach.handler import handle
from tests.fakes.house import EMAIL_QUEUE


def test_the_clock_sweep_brings_back_what_was_lost(road):
    road.portfolio(2)
    road.climb()
    road.take()
    road.sqs.take(EMAIL_QUEUE, 100)
    road.clock.move(minutes=30)
    road.show_clock()
    handle({"sweep": "clock"}, None)
    assert sum(len(body["outreach"]) for body in road.sqs.take(EMAIL_QUEUE)) == 2


def test_the_nightly_sweep_repairs_the_agenda(road):
    case = road.contract(1)
    road.commit_case(replace(road.case(case), due=None), "invoice.recorded")
    handle({"sweep": "cases"}, None)
    assert road.case(case).due is not None


@pytest.mark.usefixtures("road")
def test_another_sweep_is_a_mistake_of_the_schedule():
    with pytest.raises(KeyError):
        handle({"sweep": "floor"}, None)
