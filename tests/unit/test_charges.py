from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emdia.calendar import effective_due_date
from emdia.compliance import norms
from emdia.compliance.charges import Clause, Itemised, charges, parse_clause
from emdia.compliance.rules import RULES
from emdia.errors import Halted, Rejected
from emdia.money import Centavos

SEEDED = settings(derandomize=True, deadline=None, database=None)
FULL = Clause(multa_bp=200, juros_bp_month=100)
DUE = date(2026, 10, 15)


def test_hard_case_18_charges():
    """R$ 1.200,00 due 15/10/2026, paid 16/11/2026."""
    owed = charges(Centavos(120_000), DUE, date(2026, 11, 16), FULL)
    assert owed == Itemised(Centavos(120_000), Centavos(2_400), Centavos(1_280), Centavos(123_680), days=32)


def test_hard_case_18_due_on_a_saturday_before_a_holiday():
    rule, paid_on = "charges.effective-due-date", date(2026, 10, 13)
    assert "próximo" in RULES[rule]
    assert charges(Centavos(120_000), date(2026, 10, 10), paid_on, FULL).total == 120_000
    assert charges(Centavos(120_000), date(2026, 10, 10), paid_on + timedelta(days=1), FULL).days == 1


def test_hard_case_18_ten_per_cent_is_refused():
    with pytest.raises(Rejected) as caught:
        parse_clause(1_000, 100, on=DUE, pointer="/data/clause")
    assert (caught.value.code, caught.value.pointer) == ("clause-over-cap", "/data/clause/multa_bp")
    assert caught.value.params == {"rule": "charges.multa-cap", "cap_bp": 200}


@pytest.mark.parametrize(
    ("multa", "juros", "code", "field"),
    [
        (201, 100, "clause-over-cap", "multa_bp"),
        (200, 101, "clause-over-cap", "juros_bp_month"),
        (-1, 0, "clause-invalid", "multa_bp"),
        (0, -1, "clause-invalid", "juros_bp_month"),
    ],
)
def test_clauses_refused(multa, juros, code, field):
    with pytest.raises(Rejected) as caught:
        parse_clause(multa, juros, on=DUE)
    assert (caught.value.code, caught.value.pointer) == (code, f"/{field}")


@pytest.mark.parametrize(("multa", "juros"), [(200, 100), (0, 0), (200, 0), (0, 100), (150, 33)])
def test_clauses_within_the_caps(multa, juros):
    assert parse_clause(multa, juros, on=DUE) == Clause(multa, juros)


@pytest.mark.parametrize("paid_on", [date(2026, 9, 1), date(2026, 10, 14), DUE])
def test_on_time_costs_nothing(paid_on):
    assert charges(Centavos(120_000), DUE, paid_on, FULL) == Itemised(
        Centavos(120_000), Centavos(0), Centavos(0), Centavos(120_000), days=0
    )


def test_without_a_clause_delay_costs_nothing_but_is_counted():
    owed = charges(Centavos(120_000), DUE, date(2026, 11, 16), None)
    assert (owed.multa, owed.juros, owed.total, owed.days) == (0, 0, 120_000, 32)


def test_multa_is_charged_once_and_juros_do_not_compound():
    year_late = charges(Centavos(100_000), DUE, DUE + timedelta(days=360), FULL)
    assert (year_late.multa, year_late.juros) == (2_000, 12_000)


def test_an_old_clause_above_the_cap_charges_the_cap():
    assert charges(Centavos(120_000), DUE, date(2026, 11, 16), Clause(1_000, 300)).total == 123_680


def test_a_negative_principal_is_a_broken_invariant():
    with pytest.raises(Halted):
        charges(Centavos(-1), DUE, DUE, None)


@SEEDED
@given(
    principal=st.integers(0, 10**9),
    due=st.dates(date(2020, 1, 1), date(2040, 12, 31)),
    late=st.integers(-60, 2_000),
    multa=st.integers(0, 5_000),
    juros=st.integers(0, 5_000),
)
def test_never_above_the_caps_never_negative_and_the_parts_make_the_total(principal, due, late, multa, juros):
    on = due + timedelta(days=late)
    owed = charges(Centavos(principal), due, on, Clause(multa, juros))
    days = max(0, (on - effective_due_date(due)).days)
    assert owed.days == days
    assert 0 <= owed.multa <= Fraction(principal * 2, 100) + Fraction(1, 2)
    assert 0 <= owed.juros <= Fraction(principal * days, 3_000) + Fraction(1, 2)
    assert owed.total == owed.principal + owed.multa + owed.juros
    assert (owed.multa, owed.juros) == (0, 0) or on > effective_due_date(due) >= due


def test_without_a_clause_the_norm_says_what_is_added(monkeypatch):
    """Nothing today; a figure that legal puts into the row is charged as simple juros, within the cap."""
    row = next(row for row in norms.NORMS if row.id == "charges.legal-rate")
    assert row.value == 0
    others = [one for one in norms.NORMS if one is not row]
    for value, juros in ((0, 0), (50, 640), (500, 1_280)):
        monkeypatch.setattr(norms, "NORMS", (*others, replace(row, value=value)))
        norms.norm.cache_clear()
        owed = charges(Centavos(120_000), DUE, date(2026, 11, 16), None)
        assert (owed.multa, owed.juros) == (0, juros)
    monkeypatch.undo()
    norms.norm.cache_clear()


def test_a_holiday_of_the_state_is_no_delay_there():
    """Due Thursday 9 July 2026, a holiday in São Paulo, paid on Friday."""
    assert charges(Centavos(120_000), date(2026, 7, 9), date(2026, 7, 10), FULL, "SP").total == 120_000
    assert charges(Centavos(120_000), date(2026, 7, 9), date(2026, 7, 10), FULL, "RJ").days == 1
