"""A holiday that the operator tells by the command line closes the day for everybody who lives there."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from emdia.cli import staff
from emdia.compliance.charges import Clause, charges
from emdia.ladder.simulate import simulate
from emdia.messages.outreach import OutreachStatus
from emdia.messages.spelling import spell_date
from emdia.money import format_brl
from emdia.portfolio.contract import Channel
from emdia.workflows.show_debt import Deps, show_debt
from tests.fakes.house import ANS, PUBLIC_URL, STEPS_QUEUE
from tests.flows.notices import NoticeRoad
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


def reminded(road, **channels):
    """A contract of São Paulo, due on Wednesday, 18 November, whose third day was served: seven days ago."""
    case = road.contract(1, ibge=SAO_PAULO, **channels)
    taken = tuple(replace(one, step="D+3") for one in case.invoices)
    road.commit_case(replace(road.case(case), invoices=taken), "invoice.recorded")
    return case


def test_the_step_the_words_and_the_page_count_from_the_day_after_the_holiday():
    road = Road()
    here = reminded(road, channels=(Channel.SMS,))
    put(road, f"{SAO_PAULO};2026-11-18;Padroeira")
    road.climb()
    road.take()
    assert not road.case(here).last_outreach  # D+7 counts from the 19th
    assert road.case(here).due == NEXT_MORNING
    road.clock.at = NEXT_MORNING
    road.walk()
    assert road.outreach(here).step == "D+7"
    (text,) = road.sms.phones
    stored = road.case(here).invoices[0]
    asked = charges(
        stored.amount, stored.due_on, date(2026, 11, 26), Clause(200, 100), "SP", resting=(date(2026, 11, 18),)
    )
    assert asked.days == 7
    assert format_brl(asked.total).replace("\xa0", " ") in text.text
    token = text.text.split(f"{PUBLIC_URL}/p/")[1].split()[0]
    page = show_debt(token, Deps(road.ledgers, road.banks, road.clock, road.meter)).view
    assert page is not None
    assert page.items[0].owed == asked
    assert "prazo sem acréscimo até 19/11/2026" in page.items[0].when


def test_a_table_that_comes_between_two_looks_is_read_by_the_second():
    road = Road()
    here = reminded(road)
    road.climb()
    put(road, f"{SAO_PAULO};2026-11-18;Padroeira")
    road.take()
    assert (road.case(here).due, road.case(here).last_outreach) == (NEXT_MORNING, "")
    road.climb()
    assert road.sqs.take(STEPS_QUEUE) == []  # nor is it looked at again before


def test_a_simulation_that_knows_the_table_says_the_same_as_the_road():
    road = Road()
    here = reminded(road)
    put(road, f"{SAO_PAULO};2026-11-18;Padroeira")
    runs = [MORNING + timedelta(hours=n) for n in range(72)]
    told = {SAO_PAULO: (date(2026, 11, 18),)}
    simulated = simulate([road.case(here)], {}, MORNING, 3, ans=ANS, holidays=told, runs=runs).contacts
    executed = []
    for run in runs:
        road.clock.at = run
        road.walk()
        executed += [run] * (len(road.ses.mailbox) - len(executed))
    assert [one.at for one in simulated] == executed == [NEXT_MORNING]


def test_a_notice_s_last_day_to_pay_is_one_on_which_banks_of_the_municipality_are_open():
    road = NoticeRoad()
    road.at("2026-10-16")
    case = road.owing(1, "2026-09-10", "2026-10-05")
    road.night()
    first = road.notice(case).pay_by
    other = NoticeRoad()
    other.at("2026-10-16")
    case = other.owing(1, "2026-09-10", "2026-10-05")
    put(other, f"{other.case(case).ibge};{first.isoformat()};Padroeira")
    other.night()
    assert other.notice(case).pay_by == first + timedelta(days=1)
    assert spell_date(other.notice(case).pay_by) in other.ses.mailbox[0].text
