from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emdia.money import Centavos, format_brl, half_even, percent, pro_rata

SEEDED = settings(derandomize=True, deadline=None, database=None)
INTEGERS = st.integers(-(10**15), 10**15)


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        (0, "R$ 0,00"),
        (5, "R$ 0,05"),
        (99, "R$ 0,99"),
        (100, "R$ 1,00"),
        (123_680, "R$ 1.236,80"),
        (123_456_789_01, "R$ 123.456.789,01"),
        (-5, "-R$ 0,05"),
        (-123_680, "-R$ 1.236,80"),
    ],
)
def test_format_brl(amount, text):
    assert format_brl(Centavos(amount)) == text.replace(" ", "\u00a0")


@pytest.mark.parametrize(
    ("numerator", "denominator", "rounded"),
    [
        (1, 2, 0),
        (3, 2, 2),
        (5, 2, 2),
        (-1, 2, 0),
        (-3, 2, -2),
        (7, 3, 2),
        (8, 3, 3),
        (-7, 3, -2),
        (3, -2, -2),
    ],
)
def test_half_even(numerator, denominator, rounded):
    assert half_even(numerator, denominator) == rounded


@SEEDED
@given(INTEGERS, INTEGERS.filter(bool))
def test_half_even_is_what_exact_fractions_round_to(numerator, denominator):
    assert half_even(numerator, denominator) == round(Fraction(numerator, denominator))


def test_percent_rounds_ties_to_the_even_centavo():
    assert percent(Centavos(25), 200) == 0  # 0.5
    assert percent(Centavos(75), 200) == 2  # 1.5
    assert percent(Centavos(125), 200) == 2  # 2.5


@SEEDED
@given(st.integers(0, 10**12), st.integers(0, 1000), st.integers(0, 4000))
def test_pro_rata_rounds_once(principal, rate, days):
    assert pro_rata(Centavos(principal), rate, days) == round(Fraction(principal * rate * days, 300_000))
