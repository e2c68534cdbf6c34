from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emdia.calendar import (
    bank_holidays,
    effective_due_date,
    instant_of,
    is_banking_day,
    is_business_day,
    is_eve,
    is_national_holiday,
    local_day,
    national_holidays,
    next_business_day,
    state_holidays,
)
from emdia.errors import Halted
from emdia.identity import UF_OF_PREFIX

SEEDED = settings(derandomize=True, deadline=None, database=None)
DAYS = st.dates(date(2010, 1, 1), date(2060, 12, 31))
FIXED = {(1, 1), (4, 21), (5, 1), (9, 7), (10, 12), (11, 2), (11, 15), (12, 25)}
GOOD_FRIDAYS = {2024: (3, 29), 2025: (4, 18), 2026: (4, 3), 2027: (3, 26), 2028: (4, 14)}


@pytest.mark.parametrize("year", GOOD_FRIDAYS)
def test_national_holidays_are_exactly_those_of_the_law(year):
    expected = FIXED | {GOOD_FRIDAYS[year], (11, 20)}
    assert national_holidays(year) == {date(year, month, day) for month, day in expected}


def test_20_november_is_a_national_holiday_since_2024():
    """Lei 14.759/2023."""
    assert not is_national_holiday(date(2023, 11, 20))
    assert is_national_holiday(date(2024, 11, 20))
    assert is_national_holiday(date(2026, 11, 20))


@pytest.mark.parametrize(
    "day",
    [
        *(date(2025, 3, 3), date(2025, 3, 4), date(2025, 6, 19), date(2025, 12, 31)),
        *(date(2026, 2, 16), date(2026, 2, 17), date(2026, 6, 4), date(2026, 12, 31)),
        *(date(2027, 2, 8), date(2027, 2, 9), date(2027, 5, 27), date(2027, 12, 31)),
    ],
)
def test_carnival_corpus_christi_and_the_last_bank_day_close_banks_only(day):
    assert not is_banking_day(day)
    assert is_business_day(day)


def test_banks_serve_on_ash_wednesday_and_christmas_eve():
    assert is_banking_day(date(2026, 2, 18))
    assert is_banking_day(date(2026, 12, 24))


def test_the_year_ends_for_banks_on_its_last_working_day():
    """31/12/2022 was a Saturday: banks did not serve on Friday the 30th."""
    assert not is_banking_day(date(2022, 12, 30))
    assert is_banking_day(date(2022, 12, 29))
    assert len(bank_holidays(2022) - national_holidays(2022)) == 4


@pytest.mark.parametrize(
    ("due", "effective"),
    [
        (date(2026, 10, 15), date(2026, 10, 15)),  # Thursday
        (date(2026, 10, 10), date(2026, 10, 13)),  # Saturday before the holiday on Monday
        (date(2026, 10, 12), date(2026, 10, 13)),
        (date(2026, 11, 20), date(2026, 11, 23)),  # Friday, 20 November
        (date(2026, 4, 3), date(2026, 4, 6)),  # Good Friday
        (date(2026, 2, 14), date(2026, 2, 18)),  # Saturday of Carnival to Ash Wednesday
        (date(2026, 6, 4), date(2026, 6, 5)),  # Corpus Christi
        (date(2026, 12, 31), date(2027, 1, 4)),  # last bank day, New Year, weekend
        (date(2025, 12, 25), date(2025, 12, 26)),
    ],
)
def test_effective_due_date(due, effective):
    assert effective_due_date(due) == effective


@pytest.mark.parametrize(
    ("due", "uf", "effective"),
    [
        (date(2026, 7, 9), "SP", date(2026, 7, 10)),  # Thursday, Revolução Constitucionalista
        (date(2026, 7, 9), "RJ", date(2026, 7, 9)),
        (date(2026, 4, 23), "RJ", date(2026, 4, 24)),  # Thursday, São Jorge
        (date(2026, 3, 6), "PE", date(2026, 3, 9)),  # Friday, Data Magna
    ],
)
def test_a_holiday_of_the_state_moves_the_due_date_there(due, uf, effective):
    assert effective_due_date(due, uf) == effective
    assert effective_due_date(due) == due


def test_every_state_has_its_calendar_and_no_other_place_has():
    for uf in UF_OF_PREFIX.values():
        assert state_holidays(2026, uf).isdisjoint(national_holidays(2026))
    with pytest.raises(Halted):
        state_holidays(2026, "ZZ")


@SEEDED
@given(DAYS)
def test_effective_due_date_is_the_first_banking_day_from_the_due_date_on(due):
    effective = effective_due_date(due)
    assert is_banking_day(effective)
    assert not any(is_banking_day(due + timedelta(days=n)) for n in range((effective - due).days))
    assert (effective - due).days <= 5


@SEEDED
@given(DAYS)
def test_next_business_day_is_the_first_after(day):
    after = next_business_day(day)
    assert is_business_day(after)
    assert not any(is_business_day(day + timedelta(days=n)) for n in range(1, (after - day).days))


def test_eves():
    assert [day for n in range(365) if is_eve(day := date(2026, 1, 1) + timedelta(days=n))] == [
        date(2026, 12, 24),
        date(2026, 12, 31),
    ]


@pytest.mark.parametrize(
    ("zone", "offset"),
    [
        ("America/Noronha", 2),
        ("America/Sao_Paulo", 3),
        ("America/Manaus", 4),
        ("America/Rio_Branco", 5),
        ("America/Eirunepe", 5),
    ],
)
def test_a_local_day_begins_at_its_own_midnight(zone, offset):
    midnight = datetime(2027, 1, 1, offset, tzinfo=UTC)
    assert instant_of(date(2027, 1, 1), 0, zone) == midnight
    assert local_day(midnight, zone) == date(2027, 1, 1)
    assert local_day(midnight - timedelta(microseconds=1), zone) == date(2026, 12, 31)


def test_an_instant_without_offset_is_never_taken_for_local_time():
    with pytest.raises(Halted):
        local_day(datetime(2026, 11, 24, 12), "America/Sao_Paulo")  # noqa: DTZ001  the error under test
