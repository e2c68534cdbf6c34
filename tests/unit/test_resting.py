"""A holiday of the municipality moves a due date (`charges.effective-due-date`), and all that counts from it."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emdia.calendar import effective_due_date, is_banking_day
from emdia.compliance.charges import Clause, charges
from emdia.compliance.delay import OperatorDelay, day_late, days_late, last_day_on_time
from emdia.compliance.notice_days import deadlines, last_day_to_pay, old_enough
from emdia.compliance.rules import CHARGES_EFFECTIVE_DUE_DATE, LADDER_NO_STEP_DUE, RULES
from emdia.compliance.sources import SOURCES
from emdia.ladder.decide import Send, Wait, decide, next_due
from emdia.messages.words import Moment, standing
from emdia.money import Centavos
from emdia.payments.charge import terms_of
from emdia.payments.settlement import Debt, owed
from emdia.portfolio.case import InvoiceStatus
from emdia.portfolio.municipal import MunicipalHolidays
from tests.fakes import erp
from tests.unit.arrears import arrears, attempt, fee, judge, notice
from tests.unit.cases import case, invoice, local
from tests.unit.test_received import Till, hours, told

CLAUSE = Clause(200, 100)
MONDAY = date(2026, 11, 23)
REST = (MONDAY,)
SANTOS = "3548500"


def test_the_rule_has_its_words_and_its_source():
    assert "município" in RULES[CHARGES_EFFECTIVE_DUE_DATE]
    assert "Lei 7.089/1983" in SOURCES[CHARGES_EFFECTIVE_DUE_DATE].norm


def test_whoever_pays_the_day_after_the_holiday_is_on_time_and_the_day_after_that_is_one_late():
    assert effective_due_date(MONDAY, "SP", REST) == date(2026, 11, 24)
    fee_ = Centavos(120_000)
    assert charges(fee_, MONDAY, date(2026, 11, 24), CLAUSE, "SP", resting=REST).total == fee_
    late = charges(fee_, MONDAY, date(2026, 11, 25), CLAUSE, "SP", resting=REST)
    assert (late.days, late.multa, late.juros) == (1, 2_400, 40)
    assert charges(fee_, MONDAY, date(2026, 11, 25), CLAUSE, "SP").days == 2  # where the town works
    assert owed(Debt(fee_, MONDAY, CLAUSE, "SP", resting=REST), (), date(2026, 11, 25)) == late
    assert terms_of(fee_, MONDAY, date(2026, 11, 25), CLAUSE, "SP", resting=REST).original == late.total


def test_a_holiday_on_a_weekend_or_on_another_day_moves_nothing():
    for rest in (date(2026, 11, 22), date(2026, 11, 24)):
        assert effective_due_date(MONDAY, "SP", (rest,)) == MONDAY


def test_it_meets_the_other_days_without_banking():
    # Friday 20 November is a national holiday; with the Thursday before it and the Monday after it, five days.
    thursday = date(2026, 11, 19)
    assert effective_due_date(thursday, "SP", (thursday, MONDAY)) == date(2026, 11, 24)


def test_what_the_operator_has_caused_ends_on_a_holiday():
    caused = OperatorDelay(date(2026, 11, 19), date(2026, 11, 22))
    due = date(2026, 11, 19)
    assert last_day_on_time(due, "SP", caused, REST) == date(2026, 11, 24)
    assert last_day_on_time(due, "SP", caused) == MONDAY
    assert days_late(due, date(2026, 11, 27), "SP", caused, REST) == 3
    assert day_late(due, 3, "SP", caused, REST) == date(2026, 11, 27)


@settings(derandomize=True, deadline=None, database=None)
@given(
    st.dates(date(2026, 1, 1), date(2028, 12, 31)),
    st.integers(-10, 90),
    st.lists(st.integers(-3, 10), max_size=6, unique=True),
)
def test_more_holidays_never_cost_more_nor_come_earlier(due, after, offsets):
    resting = tuple(sorted(due + timedelta(days=one) for one in offsets))
    effective = effective_due_date(due, "SP", resting)
    assert effective >= effective_due_date(due, "SP")
    assert is_banking_day(effective, "SP", resting)
    on = due + timedelta(days=after)
    assert days_late(due, on, "SP", None, resting) <= days_late(due, on, "SP")
    with_rest = charges(Centavos(48_990), due, on, CLAUSE, "SP", resting=resting)
    assert with_rest.total <= charges(Centavos(48_990), due, on, CLAUSE, "SP").total
    assert day_late(due, days_late(due, on, "SP", None, resting), "SP", None, resting) == on


def test_the_ladder_counts_its_steps_from_the_day_after():
    held = case(invoice("2026-11-23", step="D0"))
    thursday = local("2026-11-26 10:00")
    assert isinstance(decide(held, None, None, thursday), Send)  # D+3 where the town works
    waits = Wait(local("2026-11-27 09:00"), LADDER_NO_STEP_DUE)
    assert decide(held, None, None, thursday, REST) == waits
    assert next_due(held, thursday, REST) == waits.until
    assert decide(held, None, None, waits.until, REST).step == "D+3"


def test_the_person_reads_until_when_it_costs_nothing():
    assert standing(MONDAY, MONDAY, "SP", None, REST) == (
        Moment.TODAY,
        "vence hoje, 23/11/2026, dia sem expediente bancário, e pode ser paga sem acréscimo até 24/11/2026",
    )
    assert standing(MONDAY, date(2026, 11, 24), "SP", None, REST)[0] is Moment.GRACE
    moment, words = standing(MONDAY, date(2026, 11, 25), "SP", None, REST)
    assert moment is Moment.LATE
    assert "prazo sem acréscimo até 24/11/2026" in words
    assert "1 dia em atraso" in words


def test_a_notice_gives_the_day_after_and_the_operator_s_own_clock_does_not_move():
    tenth = date(2026, 10, 19)
    assert last_day_to_pay(date(2026, 10, 9), "SP", (tenth,)) == date(2026, 10, 20)
    assert old_enough(date(2026, 9, 4), "SP", (date(2026, 9, 4),)) == date(2026, 11, 8)
    assert deadlines(date(2026, 9, 4)).last_sending == date(2026, 10, 23)
    held = arrears(fee("f1", "2026-09-04"), fee("f2", "2026-10-05"), notice(attempt("2026-10-08", proved="2026-10-09")))
    assert judge(held, "2026-11-10").earliest == date(2026, 11, 4)
    resting = replace(held, resting=(date(2026, 9, 4),))
    assert judge(resting, "2026-11-10").earliest == date(2026, 11, 8)
    assert not judge(resting, "2026-11-07").may
    assert judge(resting, "2026-11-08").may


@pytest.mark.parametrize(("rests", "status"), [(True, InvoiceStatus.PAID), (False, InvoiceStatus.OPEN)])
def test_money_of_the_day_after_is_all_of_it(rests, status):
    till = Till()
    due = "2026-11-16"
    till.apply(erp.contract(hours(0)), erp.invoice(hours(1), due_on=due))
    day = till.case.ibge
    if rests:
        table = MunicipalHolidays(ibge=day, days=((date.fromisoformat(due), "Padroeira"),))
        till.states[table.ref] = table
    assert day == SANTOS
    till.apply(told("E0001", partial=True, paid_at="2026-11-17T15:00:00+00:00"))
    assert till.invoice().status is status
