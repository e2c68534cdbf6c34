"""Cells as Brazilians and spreadsheets write them."""

from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emdia.errors import Rejected
from emdia.providers import cells
from emdia.providers.cells import Unreadable, tame, wild

NAIVE = datetime.fromisoformat("2026-12-31T08:00:00")  # as a workbook holds it: days have no zone there


@pytest.mark.parametrize(
    ("told", "centavos"),
    [
        ("1.234,56", 123456), ("1234,56", 123456), ("R$ 1.234,56", 123456), ("489", 48900), ("489,9", 48990),
        ("1.234", 123400), ("12.345.678,00", 1234567800), (489.9, 48990), (489.90000000000003, 48990), (489, 48900),
    ],
)  # fmt: skip
def test_amounts(told, centavos):
    assert cells.hundredths(told) == centavos


@pytest.mark.parametrize("told", ["1,234.56", "489.90", "1.23,4", "-5,00", "1.2345,00", "", "x", 1.005, "1,234", "١٢"])
def test_what_may_be_another_amount_is_refused(told):
    with pytest.raises(Rejected, match="number-not-brazilian"):
        cells.hundredths(told)


@given(st.integers(0, 10**10))
def test_every_amount_comes_back(centavos):
    whole = f"{centavos // 100:,}".replace(",", ".")
    assert cells.hundredths(f"{whole},{centavos % 100:02d}") == centavos
    assert cells.hundredths(centavos / 100) == centavos


@pytest.mark.parametrize("told", ["31/12/2026", "2026-12-31", date(2026, 12, 31), NAIVE])
def test_days(told):
    assert cells.day(told) == "2026-12-31"


@pytest.mark.parametrize("told", ["31/02/2026", "12/31/2026", "31/12/26", "", "amanhã", 46387])
def test_what_is_no_day_is_refused(told):
    with pytest.raises(Rejected, match="day-not-brazilian"):
        cells.day(told)


def test_moments_are_of_brasilia():
    assert cells.moment("24/11/2026") == "2026-11-24T03:00:00.000Z"
    typed, held = cells.moment("24/11/2026 14:05"), NAIVE.replace(month=11, day=24, hour=14, minute=5)
    assert typed == cells.moment(held) == "2026-11-24T17:05:00.000Z"
    for wrong in ("24/11/2026 25:00", "24/11/2026 x", "x", 5):
        with pytest.raises(Rejected, match="day-not-brazilian"):
            cells.moment(wrong)


def test_a_number_has_lost_its_zeros_and_a_text_has_not():
    assert cells.digits(11)(5299822472) == cells.digits(11)(5299822472.0) == "05299822472"
    assert cells.digits(11)("5299822472") == "5299822472"


def test_what_a_spreadsheet_destroyed_is_not_guessed():
    with pytest.raises(Rejected, match="cell-number-lossy"):
        cells.text(2.379338128600078e46)
    with pytest.raises(Rejected, match="cell-not-text"):
        cells.text(date(2026, 1, 1))
    with pytest.raises(Rejected, match="cell-formula"):
        cells.text(Unreadable("cell-formula"))


@pytest.mark.parametrize("told", ["=1+1", "@soma", "-cmd|x", "+cmd|x", "\t=1"])
def test_no_spreadsheet_runs_what_was_refused(told):
    assert tame(told) == "'" + told
    assert wild(tame(told)) == told


@pytest.mark.parametrize("told", ["+55 11 98765-4321", "-5,00", "d'Ávila", "'tis", ""])
def test_what_no_spreadsheet_runs_stays_as_it_is(told):
    assert tame(told) == told == wild(told)
