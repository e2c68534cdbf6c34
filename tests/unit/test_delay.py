"""Days late, the operator's own fault left out, from the ERP's event to the ladder, the words and the charges."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emdia.calendar import effective_due_date, is_banking_day
from emdia.compliance.charges import Clause, charges
from emdia.compliance.delay import OperatorDelay, day_late, days_late, last_day_on_time, payable_from
from emdia.errors import Halted, Rejected
from emdia.ladder.decide import Halt, Send, decide, next_due
from emdia.ladder.last_look import Cancel, last_look
from emdia.messages.words import Moment, standing
from emdia.money import Centavos
from emdia.portfolio.case import OpenInvoice
from emdia.providers.erp import parse_event
from tests.fakes import erp
from tests.unit.cases import case, invoice, local, outreach
from tests.unit.test_apply import NOW, hours, opened

SEEDED = settings(derandomize=True, deadline=None, database=None)
FULL = Clause(multa_bp=200, juros_bp_month=100)
DUE = date(2026, 8, 10)  # Monday
DAYS = st.dates(date(2026, 1, 1), date(2027, 6, 30))
UFS = st.sampled_from(["", "SP", "RJ", "BA"])


def delayed(since, until=None, due_on="2026-08-10", step=""):
    plain = invoice(due_on, step=step)
    caused = OperatorDelay(date.fromisoformat(since), None if until is None else date.fromisoformat(until))
    return OpenInvoice(plain.id, plain.reference, plain.due_on, plain.amount, step, caused)


def test_hard_case_10_operators_fault():
    """The debit of August was never sent: no delay, no multa, no juros, nobody reminded, for as long as it lasts."""
    fault = OperatorDelay(date(2026, 8, 10))
    owed = charges(Centavos(120_000), DUE, date(2026, 10, 30), FULL, "SP", fault)
    assert (owed.multa, owed.juros, owed.total, owed.days) == (0, 0, 120_000, 0)
    august, september = delayed("2026-08-10"), invoice("2026-09-10", "f2")
    now = local("2026-10-13 10:00")
    alone = case(august)
    assert decide(alone, None, None, now) == Halt("stop.operator-delay", {})
    assert next_due(alone, now) is None
    # September is collected by itself, and August is not even named beside it.
    both = decide(case(august, september), None, None, now)
    assert isinstance(both, Send)
    assert both.invoices == ("f2",)
    queued = outreach(local("2026-10-13 09:00"), step="D+30")
    assert last_look(queued, alone, None, now) == Cancel("stop.operator-delay")


def test_when_the_fault_is_mended_the_next_banking_day_is_the_due_date():
    """Sent at last on Friday 11 September: payable on Monday without charges, one day late on Tuesday."""
    fault = OperatorDelay(date(2026, 8, 10), date(2026, 9, 11))
    assert last_day_on_time(DUE, "SP", fault) == date(2026, 9, 14)
    assert charges(Centavos(120_000), DUE, date(2026, 9, 14), FULL, "SP", fault).total == 120_000
    late = charges(Centavos(120_000), DUE, date(2026, 9, 15), FULL, "SP", fault)
    assert (late.multa, late.juros, late.days) == (2_400, 40, 1)


def test_a_fault_after_the_due_date_leaves_out_its_own_days():
    """Due on 10 August; from 20 to 29 August no second copy could be had: on 9 September 20 days count, not 30."""
    fault = OperatorDelay(date(2026, 8, 20), date(2026, 8, 29))
    assert [days_late(DUE, date(2026, 8, day), "SP", fault) for day in (10, 19, 20, 25, 29, 30)] == [0, 9, 9, 9, 9, 10]
    owed = charges(Centavos(120_000), DUE, date(2026, 9, 9), FULL, "SP", fault)
    assert (owed.days, owed.juros) == (20, 800)
    assert day_late(DUE, 15, "SP", fault) == date(2026, 9, 4)


def test_the_ladder_rests_and_goes_on_where_it_was():
    resting = case(delayed("2026-08-20", "2026-08-29", step="D+7"))
    now = local("2026-08-25 10:00")
    assert decide(resting, None, None, now) == Halt("stop.operator-delay", {})
    # D+15 falls due ten days later than it would have; until then the case need not be looked at.
    assert next_due(resting, now) == local("2026-09-04 09:00")
    decision = decide(resting, None, None, local("2026-09-04 09:00"))
    assert isinstance(decision, Send)
    assert decision.step == "D+15"


def test_a_step_missed_during_the_fault_is_looked_at_after_it():
    """Never again and again on the days of the fault itself."""
    resting = case(delayed("2026-08-12", "2026-08-14", step="D-1"))
    assert next_due(resting, local("2026-08-12 10:00")) == local("2026-08-15 10:00")  # a Saturday, open in SP


@pytest.mark.parametrize(
    ("on", "moment", "says"),
    [
        (
            date(2026, 9, 14),
            Moment.GRACE,
            "por falha nossa, e pode ser paga sem acréscimo até 14/09",
        ),
        (date(2026, 9, 16), Moment.LATE, "está há 2 dias em atraso, sem contar os dias de falha nossa"),
    ],
)
def test_the_words_own_up(on, moment, says):
    told = standing(DUE, on, "SP", OperatorDelay(date(2026, 8, 10), date(2026, 9, 11)))
    assert told[0] is moment
    assert says in told[1]


def test_there_are_no_words_for_what_cannot_be_paid():
    with pytest.raises(Halted):
        standing(DUE, date(2026, 9, 1), "SP", OperatorDelay(date(2026, 8, 10)))


def test_the_erp_tells_it_and_its_end():
    since = {"since": "2026-11-20"}
    shelf = opened()
    shelf.apply(erp.invoice(hours(2), kind="invoice.updated", operator_delay=since))
    (brief,) = shelf.case.invoices
    assert brief.caused == OperatorDelay(date(2026, 11, 20))
    assert shelf.case.due is None
    shelf.apply(erp.invoice(hours(3), kind="invoice.updated", operator_delay=since | {"until": "2026-11-24"}))
    assert shelf.case.invoices[0].caused == OperatorDelay(date(2026, 11, 20), date(2026, 11, 24))
    assert shelf.case.due == local("2026-11-25 09:00")


def test_a_fault_that_ends_before_it_begins_is_refused():
    told = {"since": "2026-11-20", "until": "2026-11-19"}
    with pytest.raises(Rejected) as refused:
        parse_event(erp.invoice(hours(2), operator_delay=told), NOW)
    assert (refused.value.code, refused.value.pointer) == ("date-invalid", "/data/operator_delay/until")


@st.composite
def faults(draw):
    since = draw(DAYS)
    length = draw(st.none() | st.integers(0, 60))
    return OperatorDelay(since, None if length is None else since + timedelta(days=length))


@SEEDED
@given(due=DAYS, on=DAYS, uf=UFS, caused=st.none() | faults())
def test_late_days_are_those_after_the_last_day_on_time_that_nobody_else_caused(due, on, uf, caused):
    last = last_day_on_time(due, uf, caused)
    found = days_late(due, on, uf, caused)
    if last is None:
        assert found <= 0
        return
    assert is_banking_day(last, uf)
    assert last >= effective_due_date(due, uf)
    if on >= last:
        counted = [last + timedelta(days=n) for n in range(1, (on - last).days + 1)]
        assert found == sum(caused is None or not caused.covers(day) for day in counted)
    else:
        assert found == (on - last).days
    assert found <= days_late(due, on, uf)


@SEEDED
@given(due=DAYS, days=st.integers(-5, 60), uf=UFS, caused=st.none() | faults())
def test_the_day_a_step_falls_due_is_the_first_so_late(due, days, uf, caused):
    day = day_late(due, days, uf, caused)
    if day is None:
        assert caused is not None
        assert caused.until is None
        return
    assert days_late(due, day, uf, caused) == days
    assert days_late(due, day - timedelta(days=1), uf, caused) < days
    free = payable_from(day, caused)
    assert free is None or (free >= day and (caused is None or not caused.covers(free)))


@SEEDED
@given(due=DAYS, on=DAYS, uf=UFS, caused=faults())
def test_a_fault_of_the_operator_never_costs_the_person(due, on, uf, caused):
    with_fault = charges(Centavos(99_990), due, on, FULL, uf, caused)
    assert with_fault.total <= charges(Centavos(99_990), due, on, FULL, uf).total
