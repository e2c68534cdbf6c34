"""A holiday that the operator tells by the command line closes the day for everybody who lives there."""

from datetime import UTC, datetime

from emdia.cli import staff
from emdia.messages.outreach import OutreachStatus
from tests.fakes.house import ANS
from tests.flows.road import MORNING, Road

SAO_PAULO, SANTOS = "3550308", "3548500"
NEXT_MORNING = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)


def put(road, table):
    return staff.put_holidays(ANS, table, road.ledgers, "maria.silva", road.clock.now())


def test_steps_wait_for_the_day_after_and_others_do_not():
    road = Road()
    here, there = road.contract(1, ibge=SAO_PAULO), road.contract(2, ibge=SANTOS)
    assert put(road, f"{SAO_PAULO};2026-11-25;Feriado municipal") == 1
    road.climb()
    road.take()
    assert road.case(here).due == NEXT_MORNING
    assert not road.case(here).last_outreach
    assert road.case(there).last_outreach


def test_what_was_queued_before_the_holiday_was_told_is_deferred():
    road = Road()
    here = road.contract(1, ibge=SAO_PAULO)
    road.climb()
    road.take()
    put(road, f"{SAO_PAULO};2026-11-25;Feriado municipal")
    road.send()
    outreach = road.outreach(here)
    assert (outreach.status, outreach.rule) == (OutreachStatus.QUEUED, "window.municipal-holiday")
    assert outreach.due == NEXT_MORNING
    assert road.ses.mailbox == []


def test_a_new_table_replaces_the_old_one():
    road = Road()
    here = road.contract(1, ibge=SAO_PAULO)
    put(road, f"{SAO_PAULO};2026-11-25;Engano")
    put(road, f"{SAO_PAULO};2027-01-25;Aniversário da cidade")
    assert road.clock.now() == MORNING
    road.climb()
    road.take()
    assert road.case(here).last_outreach
