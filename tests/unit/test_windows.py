from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from emdia.compliance.windows import closes_at, is_open, next_open
from emdia.errors import Halted

SEEDED = settings(derandomize=True, deadline=None, database=None, max_examples=100)
SAO_PAULO, NORONHA, MANAUS, RIO_BRANCO = (
    *("America/Sao_Paulo", "America/Noronha", "America/Manaus", "America/Rio_Branco"),
)
PLACES = st.sampled_from(
    [(SAO_PAULO, "SP"), (NORONHA, "PE"), (MANAUS, "AM"), (RIO_BRANCO, "AC"), ("America/Bahia", "BA")]
)
INSTANTS = st.datetimes(datetime(2025, 1, 1), datetime(2027, 12, 20), timezones=st.just(UTC))  # noqa: DTZ001
# National holidays of three years as published, apart from the library that the code asks.
HOLIDAYS = {
    date(year, month, day)
    for year, good_friday in ((2025, (4, 18)), (2026, (4, 3)), (2027, (3, 26)))
    for month, day in (
        *((1, 1), good_friday, (4, 21), (5, 1), (9, 7), (10, 12), (11, 2), (11, 15), (11, 20), (12, 25)),
    )
}


def local(text, zone=SAO_PAULO):
    """The instant (UTC) of a local time "2026-11-24 09:00"."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def lawful(now, zone):
    """The rule told again, by hand: what the window is tested against."""
    there = now.astimezone(ZoneInfo(zone))
    eve = (there.month, there.day) in {(12, 24), (12, 31)}
    rest = there.weekday() > 4 or there.date() in HOLIDAYS
    return not rest and 9 <= there.hour < (12 if eve else 18)


@pytest.mark.parametrize(
    ("when", "ok", "rule"),
    [
        ("2026-11-24 08:59", False, "window.weekday-hours"),  # Tuesday
        ("2026-11-24 09:00", True, "window.weekday-hours"),
        ("2026-11-24 17:59", True, "window.weekday-hours"),
        ("2026-11-24 18:00", False, "window.weekday-hours"),
        ("2026-11-24 00:00", False, "window.weekday-hours"),
        ("2026-11-28 10:00", False, "window.weekend"),  # Saturday
        ("2026-11-29 10:00", False, "window.weekend"),
        ("2026-11-20 10:00", False, "window.holiday"),  # Friday, Consciência Negra
        ("2026-11-15 10:00", False, "window.holiday"),  # on a Sunday
        ("2026-04-03 10:00", False, "window.holiday"),  # Good Friday
        ("2026-04-02 10:00", True, "window.weekday-hours"),  # Maundy Thursday
        ("2026-12-24 08:00", False, "window.weekday-hours"),
        ("2026-12-24 11:59", True, "window.weekday-hours"),
        ("2026-12-24 12:00", False, "window.eve"),
        ("2026-12-25 10:00", False, "window.holiday"),
        ("2026-12-31 12:00", False, "window.eve"),
        ("2027-01-01 10:00", False, "window.holiday"),
        ("2022-12-24 10:00", False, "window.weekend"),  # an eve on a Saturday
        ("2026-02-17 10:00", True, "window.weekday-hours"),  # Carnival: no national holiday
    ],
)
def test_is_open(when, ok, rule):
    ruling = is_open(local(when), SAO_PAULO, "email", "SP")
    assert (ruling.ok, ruling.rule) == (ok, rule)


@pytest.mark.parametrize(
    ("now", "opens"),
    [
        ("2026-11-24 08:00", "2026-11-24 09:00"),
        ("2026-11-24 10:07", "2026-11-24 10:07"),
        ("2026-11-24 18:00", "2026-11-25 09:00"),
        ("2026-11-19 18:30", "2026-11-23 09:00"),  # Thursday before 20 November, over the weekend
        ("2026-04-02 19:00", "2026-04-06 09:00"),  # over Easter
        ("2026-12-24 12:00", "2026-12-28 09:00"),  # Christmas on a Friday
        ("2026-12-31 12:00", "2027-01-04 09:00"),  # over the year's end and a weekend
        ("2025-12-31 13:00", "2026-01-02 09:00"),
        ("2026-10-09 18:00", "2026-10-13 09:00"),  # weekend and 12 October
    ],
)
def test_next_open(now, opens):
    for zone, uf in ((SAO_PAULO, "SP"), (NORONHA, "PE"), (MANAUS, "AM"), (RIO_BRANCO, "AC")):
        assert next_open(local(now, zone), zone, "email", uf) == local(opens, zone)


@pytest.mark.parametrize(
    ("zone", "uf", "opens_utc", "closes_utc"),
    [(NORONHA, "PE", 11, 20), (SAO_PAULO, "SP", 12, 21), (MANAUS, "AM", 13, 22), (RIO_BRANCO, "AC", 14, 23)],
)
def test_each_zone_has_its_own_nine_o_clock(zone, uf, opens_utc, closes_utc):
    midnight = datetime(2026, 11, 24, tzinfo=UTC)
    open_hours = [h for h in range(24) if is_open(midnight + timedelta(hours=h), zone, "email", uf).ok]
    assert open_hours == list(range(opens_utc, closes_utc))
    assert closes_at(midnight.replace(hour=opens_utc), zone, "email", uf) == midnight.replace(hour=closes_utc)


def test_the_holiday_is_that_of_the_persons_own_day():
    """02:00 UTC of 21 November is still the evening of 20 November in Brazil, and Friday was closed."""
    assert is_open(datetime(2026, 11, 21, 2, tzinfo=UTC), SAO_PAULO, "email", "SP").rule == "window.holiday"
    assert is_open(datetime(2026, 11, 20, 4, tzinfo=UTC), RIO_BRANCO, "email", "AC").rule == "window.weekday-hours"


def test_closes_at():
    assert closes_at(local("2026-11-24 09:00"), SAO_PAULO, "email", "SP") == local("2026-11-24 18:00")
    assert closes_at(local("2026-12-24 09:00"), SAO_PAULO, "email", "SP") == local("2026-12-24 12:00")
    closed = local("2026-11-24 18:00")
    assert closes_at(closed, SAO_PAULO, "email", "SP") == closed


@pytest.mark.parametrize("ask", [is_open, next_open, closes_at])
def test_an_instant_without_offset_is_refused(ask):
    with pytest.raises(Halted):
        ask(datetime(2026, 11, 24, 12), SAO_PAULO, "email", "SP")  # noqa: DTZ001  the error under test


@SEEDED
@given(now=INSTANTS, place=PLACES)
def test_is_open_is_the_rule_told_by_hand(now, place):
    zone, uf = place
    for minute in range(0, 24 * 60, 30):
        then = now + timedelta(minutes=minute)
        assert is_open(then, zone, "email", uf).ok == lawful(then, zone)


@SEEDED
@given(now=INSTANTS, place=PLACES)
@example(now=datetime(2026, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC), place=(SAO_PAULO, "SP"))
def test_next_open_is_open_never_before_now_and_minimal(now, place):
    zone, uf = place
    found = next_open(now, zone, "email", uf)
    assert found >= now
    assert is_open(found, zone, "email", uf).ok
    assert closes_at(found, zone, "email", uf) > found
    minutes = int((found - now) / timedelta(minutes=1))
    assert not any(lawful(now + timedelta(minutes=n), zone) for n in range(minutes))
    if found > now:
        assert not is_open(found - timedelta(microseconds=1), zone, "email", uf).ok


@SEEDED
@given(now=INSTANTS, place=PLACES)
def test_a_window_stays_open_until_it_closes(now, place):
    zone, uf = place
    closes = closes_at(now, zone, "email", uf)
    if is_open(now, zone, "email", uf).ok:
        assert is_open(closes - timedelta(microseconds=1), zone, "email", uf).ok
        assert not is_open(closes, zone, "email", uf).ok
        assert closes - now <= timedelta(hours=9)
    else:
        assert closes == now
