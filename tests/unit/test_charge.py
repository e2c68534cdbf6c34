from datetime import date

import pytest

from emdia.compliance.charges import Clause
from emdia.compliance.delay import OperatorDelay
from emdia.errors import Rejected
from emdia.money import Centavos
from emdia.payments.charge import Terms, rate, reais, terms_of, txid_of

FEE = Centavos(120_000)
BOTH = Clause(200, 100)


def test_before_the_due_date_the_bank_counts_with_the_contracts_clauses():
    assert terms_of(FEE, date(2026, 12, 10), date(2026, 11, 25), BOTH) == Terms(
        original=FEE, due_on=date(2026, 12, 10), valid_days=90, multa_bp=200, juros_bp_month=100
    )


def test_what_the_contract_does_not_have_is_not_asked():
    told = terms_of(FEE, date(2026, 12, 10), date(2026, 11, 25), Clause(0, 100))
    assert (told.multa_bp, told.juros_bp_month) == (0, 100)
    told = terms_of(FEE, date(2026, 12, 10), date(2026, 11, 25), None)
    assert (told.multa_bp, told.juros_bp_month) == (0, 0)


def test_late_it_asks_todays_total_once_and_lets_the_bank_add_nothing():
    """1,200.00 due on 15/10/2026, asked on 16/11: multa 24.00, juros of 32 days 12.80."""
    assert terms_of(FEE, date(2026, 10, 15), date(2026, 11, 16), BOTH) == Terms(
        original=Centavos(123_680), due_on=date(2026, 11, 17), valid_days=0, late=True
    )


def test_a_due_date_that_was_no_banking_day_costs_nothing_yet():
    """Due on Saturday 10/10/2026, asked on Tuesday 13/10 after the holiday."""
    told = terms_of(FEE, date(2026, 10, 10), date(2026, 10, 13), BOTH)
    assert (told.original, told.due_on) == (FEE, date(2026, 10, 14))


def test_a_charge_asked_before_a_holiday_of_state_or_municipality_falls_due_after_it():
    """9 July is a holiday of São Paulo, a Thursday in 2026; Friday may be the municipality's."""
    day, on = date(2026, 7, 9), date(2026, 7, 1)
    assert terms_of(FEE, day, on, BOTH, "RJ").due_on == day
    assert terms_of(FEE, day, on, BOTH, "SP").due_on == date(2026, 7, 10)
    assert terms_of(FEE, day, on, BOTH, "SP", resting=(date(2026, 7, 10),)).due_on == date(2026, 7, 13)


def test_the_charge_is_never_due_on_a_day_without_banks():
    assert terms_of(FEE, date(2026, 11, 10), date(2026, 11, 19), BOTH).due_on == date(2026, 11, 23)


def test_days_of_the_operators_fault_are_counted_by_us():
    caused = OperatorDelay(date(2026, 12, 1), date(2026, 12, 20))
    told = terms_of(FEE, date(2026, 12, 10), date(2026, 12, 21), BOTH, caused=caused)
    assert (told.original, told.multa_bp, told.juros_bp_month) == (FEE, 0, 0)


@pytest.mark.parametrize("amount", [0, -1])
def test_nothing_is_asked_where_nothing_is_owed(amount):
    with pytest.raises(Rejected, match="charge-nothing-owed"):
        terms_of(Centavos(amount), date(2026, 12, 10), date(2026, 11, 25), BOTH)


def test_names_of_charges_are_valid_and_differ():
    names = {txid_of(ans, invoice, n) for ans in ("412759", "398160") for invoice in ("a", "b") for n in (1, 2)}
    assert len(names) == 8
    assert all(26 <= len(name) <= 35 and name.isalnum() for name in names)


@pytest.mark.parametrize(("amount", "text"), [(1, "0.01"), (100, "1.00"), (123_680, "1236.80")])
def test_amounts_as_the_bank_spells_them(amount, text):
    assert reais(Centavos(amount)) == text


def test_rates_as_the_bank_spells_them():
    assert (rate(200), rate(100), rate(33)) == ("2.00", "1.00", "0.33")
