from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from emdia.compliance import norms, windows
from emdia.compliance.area import clocks_beside
from emdia.compliance.windows import Window, closes_at, is_open, last_open_before, next_open
from emdia.errors import Halted

SEEDED = settings(derandomize=True, deadline=None, database=None, max_examples=100)
SAO_PAULO, NORONHA, MANAUS, RIO_BRANCO = (
    *("America/Sao_Paulo", "America/Noronha", "America/Manaus", "America/Rio_Branco"),
)
PLACES = st.sampled_from(
    [
        *((SAO_PAULO, "SP"), (NORONHA, "PE"), (MANAUS, "AM"), (SAO_PAULO, "RJ")),
        *((SAO_PAULO, "MG"), ("America/Maceio", "AL"), ("America/Bahia", "BA")),
    ]
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


# State holidays (month, day) that do not move, Carnival and Corpus Christi as published.
OF_STATE = {"SP": {(7, 9)}, "PE": {(3, 6)}, "AM": {(9, 5)}, "RJ": {(4, 23)}, "BA": {(7, 2)}, "AL": {
    *((6, 24), (6, 29), (9, 16), (11, 30))}, "MG": set()}  # fmt: skip
CARNIVAL_AND_CORPUS_CHRISTI = {
    *(date(2025, 3, 3), date(2025, 3, 4), date(2025, 6, 19)),
    *(date(2026, 2, 16), date(2026, 2, 17), date(2026, 6, 4)),
    *(date(2027, 2, 8), date(2027, 2, 9), date(2027, 5, 27)),
}
SATURDAYS = {"SP", "AL", "MG"}


def lawful(now, zone, uf):
    """The rule told again, by hand: what the window is tested against."""
    there = now.astimezone(ZoneInfo(zone))
    day = there.date()
    if day in HOLIDAYS | CARNIVAL_AND_CORPUS_CHRISTI or (day.month, day.day) in OF_STATE[uf]:
        return False
    if day.weekday() == 6 or (day.weekday() == 5 and uf not in SATURDAYS):
        return False
    opens, closes = (10, 13) if day.weekday() == 5 else (9, 18)
    eve = (there.month, there.day) in {(12, 24), (12, 31)}
    return opens <= there.hour < (min(closes, 12) if eve else closes)


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
        ("2026-02-16 10:00", False, "window.carnival-corpus-christi"),
        ("2026-02-18 09:00", True, "window.weekday-hours"),  # Ash Wednesday
        ("2026-06-04 10:00", False, "window.carnival-corpus-christi"),
        ("2026-04-23 10:00", False, "window.state-holiday"),  # São Jorge, in Rio
    ],
)
def test_is_open(when, ok, rule):
    ruling = is_open(local(when), SAO_PAULO, "email", "RJ")
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
    for zone, uf in ((SAO_PAULO, "RJ"), (NORONHA, "PE"), (MANAUS, "AM"), (RIO_BRANCO, "AC")):
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


@pytest.mark.parametrize(
    ("uf", "channel", "open_hours"),
    [
        *((uf, channel, range(10, 13)) for uf in ("SP", "AL", "MG") for channel in ("email", "sms", "whatsapp")),
        *((uf, channel, ()) for uf in ("SP", "AL", "MG") for channel in ("call", "letter")),
        *((uf, "email", ()) for uf in ("RJ", "ES", "AM", "PR", "BA", "DF")),
    ],
)
def test_saturday_is_open_only_where_and_for_what_the_state_allows(uf, channel, open_hours):
    midnight = local("2026-11-28 00:00")
    hours = [h for h in range(24) if is_open(midnight + timedelta(hours=h), SAO_PAULO, channel, uf).ok]
    assert hours == list(open_hours)
    assert is_open(midnight + timedelta(hours=11), SAO_PAULO, channel, uf).rule == "window.weekend"


@pytest.mark.parametrize("uf", ["SP", "RJ", "AL", "ES", "MG", "AM", "PR"])
def test_no_state_is_wider_than_the_general_window(uf):
    """SP and AL allow 8:00 to 20:00, RJ and ES until 19:00: the general window binds all the same."""
    midnight = local("2026-11-24 00:00")
    hours = [h for h in range(24) if is_open(midnight + timedelta(hours=h), SAO_PAULO, "call", uf).ok]
    assert hours == list(range(9, 18))


def test_a_stricter_state_binds_inside_the_general_window(monkeypatch):
    """The day MS passes hours narrower than ours, a row is all it takes."""
    row = next(row for row in norms.NORMS if row.id == "state.weekday.closes" and row.uf == "ES")
    monkeypatch.setattr(norms, "NORMS", (*norms.NORMS, replace(row, uf="MS", value=16 * 60)))
    for cached in (norms.norm, windows._day):
        cached.cache_clear()
    try:
        assert not is_open(local("2026-11-24 16:00"), SAO_PAULO, "email", "MS").ok
        assert is_open(local("2026-11-24 15:59"), SAO_PAULO, "email", "MS").ok
    finally:
        monkeypatch.undo()
        for cached in (norms.norm, windows._day):
            cached.cache_clear()


def test_the_law_of_the_day_applies():
    """SP allows Saturdays since Lei 17.832 of 1 November 2023; before, no row of ours did."""
    assert is_open(local("2023-11-11 10:00"), SAO_PAULO, "email", "SP").ok
    assert not is_open(local("2023-10-28 10:00"), SAO_PAULO, "email", "SP").ok


def test_a_municipal_holiday_told_by_the_operator_is_closed():
    """Santos, 26 January; the same day is open in the rest of the state."""
    when, santos = local("2026-01-26 10:00"), (date(2026, 1, 26),)
    assert is_open(when, SAO_PAULO, "email", "SP").ok
    ruling = is_open(when, SAO_PAULO, "email", "SP", holidays=santos)
    assert (ruling.ok, ruling.rule) == (False, "window.municipal-holiday")
    assert next_open(when, SAO_PAULO, "email", "SP", holidays=santos) == local("2026-01-27 09:00")


@pytest.mark.parametrize(
    ("phone", "zone", "beside"),
    [
        ("+5511987654321", SAO_PAULO, ()),
        ("+5511987654321", RIO_BRANCO, ("America/Sao_Paulo",)),
        ("+5568999990000", SAO_PAULO, ("America/Rio_Branco",)),
        ("+5597999990000", MANAUS, ()),
        ("+5597999990000", "America/Eirunepe", ()),
        ("+5597999990000", SAO_PAULO, ("America/Manaus", "America/Eirunepe")),
        ("+5581999990000", NORONHA, ()),
    ],
)
def test_the_clocks_of_an_area_code(phone, zone, beside):
    assert clocks_beside(phone, zone) == beside


def test_an_area_code_that_does_not_exist_halts():
    with pytest.raises(Halted):
        clocks_beside("+5520999990000", SAO_PAULO)


def test_where_phone_and_address_differ_both_clocks_must_allow():
    """Lives in São Paulo, phone of Acre, two hours behind: 11:00 to 18:00, Saturdays 12:00 to 13:00."""
    beside = clocks_beside("+5568999990000", SAO_PAULO)

    def open_hours(day, channel="sms"):
        midnight = local(f"{day} 00:00")
        hours = range(24)
        return [h for h in hours if is_open(midnight + timedelta(hours=h), SAO_PAULO, channel, "SP", beside).ok]

    assert open_hours("2026-11-24") == list(range(11, 18))
    assert open_hours("2026-11-28") == [12]
    early = is_open(local("2026-11-24 10:00"), SAO_PAULO, "sms", "SP", beside)
    assert (early.ok, early.rule) == (False, "window.phone-clock")
    assert next_open(local("2026-11-24 08:00"), SAO_PAULO, "sms", "SP", beside) == local("2026-11-24 11:00")
    # The other way round the phone's evening comes first.
    beside = clocks_beside("+5511987654321", RIO_BRANCO)
    late = is_open(local("2026-11-24 16:00", RIO_BRANCO), RIO_BRANCO, "sms", "AC", beside)
    assert (late.ok, late.rule) == (False, "window.phone-clock")
    # A holiday is closed by its own rule, whatever the clocks.
    assert is_open(local("2026-12-25 10:00"), SAO_PAULO, "sms", "SP", beside).rule == "window.holiday"


@pytest.mark.parametrize(
    ("deadline", "opens", "closes"),
    [
        ("2026-11-25 00:00", "2026-11-24 09:00", "2026-11-24 18:00"),  # the end of a Tuesday
        ("2026-11-24 15:30", "2026-11-24 09:00", "2026-11-24 15:30"),
        ("2026-11-21 00:00", "2026-11-19 09:00", "2026-11-19 18:00"),  # runs out on 20 November: Thursday
        ("2026-11-23 00:00", "2026-11-19 09:00", "2026-11-19 18:00"),  # on the Sunday after
        ("2026-12-26 00:00", "2026-12-24 09:00", "2026-12-24 12:00"),  # on Christmas: the morning before
        ("2026-02-18 00:00", "2026-02-13 09:00", "2026-02-13 18:00"),  # on Carnival Tuesday: the Friday before
        ("2026-11-24 09:00", "2026-11-23 09:00", "2026-11-23 18:00"),  # at the very opening
    ],
)
def test_a_clock_that_runs_out_on_a_closed_day_is_kept_before(deadline, opens, closes):
    found = last_open_before(local(deadline), SAO_PAULO, "call", "RJ")
    assert found == Window(local(opens), local(closes))


@SEEDED
@given(deadline=INSTANTS, place=PLACES)
def test_nothing_is_open_between_the_last_window_and_the_deadline(deadline, place):
    zone, uf = place
    found = last_open_before(deadline, zone, "email", uf)
    assert found.opens < found.closes <= deadline
    assert is_open(found.opens, zone, "email", uf).ok
    if found.closes < deadline:
        assert next_open(found.closes, zone, "email", uf) >= deadline


@pytest.mark.parametrize("ask", [is_open, next_open, closes_at, last_open_before])
def test_an_instant_without_offset_is_refused(ask):
    with pytest.raises(Halted):
        ask(datetime(2026, 11, 24, 12), SAO_PAULO, "email", "SP")  # noqa: DTZ001  the error under test


@SEEDED
@given(now=INSTANTS, place=PLACES)
def test_is_open_is_the_rule_told_by_hand(now, place):
    zone, uf = place
    for minute in range(0, 24 * 60, 30):
        then = now + timedelta(minutes=minute)
        assert is_open(then, zone, "email", uf).ok == lawful(then, zone, uf)


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
    assert not any(lawful(now + timedelta(minutes=n), zone, uf) for n in range(minutes))
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
