"""Money is integer centavos; rates are integer basis points (1 % = 100); quotients round half to even."""

from typing import NewType

Centavos = NewType("Centavos", int)
NOTHING = Centavos(0)

_BASIS_POINTS_OF_ONE = 10_000
_MONTH_DAYS = 30  # commercial month of "1% ao mês pro rata die": law.md, charges
_NO_BREAK_SPACE = "\u00a0"  # keeps "R$" and the figure on one line of a letter or mail


def half_even(numerator: int, denominator: int) -> int:
    """`numerator / denominator` rounded half to even, in exact integer arithmetic.

    >>> half_even(5, 2), half_even(7, 2), half_even(-5, 2)
    (2, 4, -2)

    Raises ZeroDivisionError for a zero denominator.
    """
    quotient, rest = divmod(numerator, denominator)
    twice = 2 * abs(rest) - abs(denominator)
    return quotient + (1 if twice > 0 or (twice == 0 and quotient % 2) else 0)


def percent(principal: Centavos, basis_points: int) -> Centavos:
    """`basis_points` of `principal`, rounded half to even to the centavo.

    >>> percent(Centavos(120_000), 200)
    2400
    """
    return Centavos(half_even(principal * basis_points, _BASIS_POINTS_OF_ONE))


def pro_rata(principal: Centavos, basis_points_month: int, days: int) -> Centavos:
    """Simple (never compound) interest of `basis_points_month` a month of 30 days over `days` calendar days.

    Rounded once, at the end: rounding the daily amount first would drift by centavos.

    >>> pro_rata(Centavos(120_000), 100, 32)
    1280
    """
    return Centavos(half_even(principal * basis_points_month * days, _BASIS_POINTS_OF_ONE * _MONTH_DAYS))


def format_brl(amount: Centavos) -> str:
    r"""`amount` as a Brazilian reads it, with a no-break space after the currency sign.

    >>> format_brl(Centavos(123_680)).replace("\u00a0", " ")
    'R$ 1.236,80'
    """
    reais, centavos = divmod(abs(amount), 100)
    sign = "-" if amount < 0 else ""
    return f"{sign}R${_NO_BREAK_SPACE}{reais:,}".replace(",", ".") + f",{centavos:02d}"
