from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emdia.compliance.charges import Clause, charges
from emdia.errors import Halted
from emdia.money import Centavos
from emdia.payments.settlement import Allocation, Debt, Entry, balance

SEEDED = settings(derandomize=True, deadline=None, database=None, max_examples=200)
DUE = date(2026, 10, 15)
DEBT = Debt(Centavos(120_000), DUE, Clause(200, 100))


def entry(id_, on, amount, **more):
    return Entry(id_, on, Centavos(amount), **more)


def test_on_time_the_fee_settles():
    told = balance(DEBT, [entry("e1", DUE, 120_000)], DUE)
    assert (told.owed, told.settled, told.unallocated) == (0, True, 0)


def test_late_with_charges():
    told = balance(DEBT, [entry("e1", date(2026, 11, 16), 123_680)], date(2026, 11, 16))
    assert told.settled
    assert told.allocations == (Allocation("e1", Centavos(1280), Centavos(2400), Centavos(120_000), Centavos(0)),)


def test_without_payment_the_balance_is_what_the_letter_says():
    on = date(2026, 11, 16)
    told, written = balance(DEBT, [], on), charges(DEBT.amount, DUE, on, DEBT.clause)
    assert (told.principal, told.multa, told.juros, told.owed) == (
        *(written.principal, written.multa, written.juros, written.total),
    )


def test_a_part_pays_juros_then_multa_then_the_fee_and_the_rest_goes_on():
    on = date(2026, 11, 16)
    told = balance(DEBT, [entry("e1", on, 50_000)], on)
    assert told.allocations[0] == Allocation("e1", Centavos(1280), Centavos(2400), Centavos(46_320), Centavos(0))
    assert (told.principal, told.multa, told.juros) == (73_680, 0, 0)
    later = balance(DEBT, [entry("e1", on, 50_000)], on + timedelta(days=30))
    assert (later.principal, later.multa, later.juros) == (73_680, 0, 737)  # multa once, juros on what is open


def test_too_much_belongs_to_the_payer():
    told = balance(DEBT, [entry("e1", DUE, 150_000)], DUE)
    assert (told.settled, told.unallocated) == (True, 30_000)


def test_twice_is_once_and_the_rest_unallocated():
    told = balance(DEBT, [entry("e1", DUE, 120_000), entry("e2", DUE, 120_000)], DUE)
    assert (told.settled, told.unallocated) == (True, 120_000)
    assert [one.unallocated for one in told.allocations] == [0, 120_000]


def test_a_reversed_payment_pays_nothing():
    told = balance(DEBT, [entry("e1", DUE, 120_000, reversed=True)], date(2026, 11, 16))
    assert (told.owed, told.settled, told.unallocated) == (123_680, False, 0)


def test_who_pays_the_total_that_was_asked_owes_nothing_for_the_night_between():
    asked, paid = date(2026, 11, 16), date(2026, 11, 17)
    assert not balance(DEBT, [entry("e1", paid, 123_680)], paid).settled
    told = balance(DEBT, [entry("e1", paid, 123_680, quoted_on=asked)], paid)
    assert (told.owed, told.settled) == (0, True)


def test_a_residue_of_rounding_is_not_asked_for_but_a_centavo_of_the_fee_is():
    on = date(2026, 11, 16)
    assert not balance(DEBT, [entry("e1", on, 123_679)], on).settled  # the missing one is of the fee
    fee_only = Debt(Centavos(1000), DUE, Clause(0, 100))
    assert not balance(fee_only, [entry("e1", DUE, 999)], on).settled


def test_what_came_later_is_not_counted_yet():
    assert balance(DEBT, [entry("e1", DUE + timedelta(days=5), 120_000)], DUE).owed == 120_000


@pytest.mark.parametrize("entries", [[entry("e1", DUE, 1), entry("e1", DUE, 2)], [entry("e1", DUE, 0)]])
def test_entries_that_cannot_be_are_not_counted_on(entries):
    with pytest.raises(Halted):
        balance(DEBT, entries, DUE)


ENTRIES = st.lists(st.tuples(st.integers(-40, 400), st.integers(1, 200_000), st.booleans()), max_size=12).map(
    lambda rows: [
        Entry(f"e{n}", DUE + timedelta(days=days), Centavos(amount), reversed=gone)
        for n, (days, amount, gone) in enumerate(rows)
    ]
)
DEBTS = st.builds(
    Debt,
    st.integers(1, 300_000).map(Centavos),
    st.just(DUE),
    st.sampled_from([None, Clause(200, 100), Clause(0, 100), Clause(200, 0)]),
    st.sampled_from(["", "SP", "AC"]),
)


@SEEDED
@given(DEBTS, ENTRIES, st.integers(-40, 450))
def test_no_centavo_is_lost(debt, entries, days):
    on = DUE + timedelta(days=days)
    told = balance(debt, entries, on)
    came = [one for one in entries if one.on <= on]
    assert sum(one.total for one in told.allocations) == sum(one.amount for one in came if not one.reversed)
    assert all(min(one.juros, one.multa, one.principal, one.unallocated) >= 0 for one in told.allocations)
    assert told.principal + sum(one.principal for one in told.allocations) == debt.amount
    assert min(told.principal, told.multa, told.juros) >= 0


@SEEDED
@given(DEBTS, ENTRIES)
def test_the_order_in_which_entries_are_told_changes_nothing(debt, entries):
    on = DUE + timedelta(days=450)
    assert balance(debt, entries, on) == balance(debt, list(reversed(entries)), on)


@SEEDED
@given(DEBTS, ENTRIES, st.integers(0, 400))
def test_nobody_is_charged_more_than_who_pays_nothing(debt, entries, days):
    on = DUE + timedelta(days=days)
    paid, unpaid = balance(debt, entries, on), balance(debt, [], on)
    assert paid.owed <= unpaid.owed
    charged = paid.multa + paid.juros + sum(one.multa + one.juros for one in paid.allocations)
    assert charged <= unpaid.multa + unpaid.juros + len(entries)  # a centavo of rounding each time juros are paid
