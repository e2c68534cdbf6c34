from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emdia.compliance import frequency, norms
from emdia.compliance.frequency import CALL, Contacted, next_allowed
from emdia.compliance.rules import FREQUENCY_CALLS, FREQUENCY_DAY, FREQUENCY_GAP, FREQUENCY_WEEK, Ruling
from emdia.compliance.windows import is_open

SEEDED = settings(derandomize=True, deadline=None, database=None, max_examples=200)
SAO_PAULO, RIO_BRANCO, NORONHA = "America/Sao_Paulo", "America/Rio_Branco", "America/Noronha"
ZONES = [NORONHA, SAO_PAULO, "America/Manaus", RIO_BRANCO]


def at(day, hour, minute=0, zone=SAO_PAULO):
    """An instant of November 2026 by the clock of `zone`, in UTC."""
    return datetime(2026, 11, day, hour, minute, tzinfo=ZoneInfo(zone)).astimezone(UTC)


def log(*instants):
    return [Contacted(instant, f"o{n}") for n, instant in enumerate(instants)]


def test_nobody_contacted_yet():
    assert next_allowed([], at(24, 10), SAO_PAULO) == (Ruling(ok=True, rule=FREQUENCY_WEEK), at(24, 10))


def test_one_a_day_frees_at_the_next_local_midnight_at_the_earliest():
    refused = Ruling(ok=False, rule=FREQUENCY_DAY)
    assert next_allowed(log(at(24, 7)), at(24, 17, 59), SAO_PAULO) == (refused, at(25, 0))
    assert next_allowed(log(at(24, 17, 30)), at(24, 17, 59), SAO_PAULO) == (refused, at(25, 9, 30))


def test_between_two_contacts_lie_sixteen_hours():
    refused = Ruling(ok=False, rule=FREQUENCY_GAP)
    assert next_allowed(log(at(23, 17, 59)), at(24, 9), SAO_PAULO) == (refused, at(24, 9, 59))
    assert next_allowed(log(at(23, 17, 59)), at(24, 9, 59), SAO_PAULO)[0].ok


def test_yesterday_does_not_count_today_sixteen_hours_later():
    ruling, when = next_allowed(log(at(23, 17)), at(24, 9), SAO_PAULO)
    assert (ruling.ok, when) == (True, at(24, 9))


def test_the_day_is_that_of_the_person_not_of_utc():
    """21:30 in Rio Branco is 02:30 UTC of the next day; 23:30 UTC is still the same local day as 18:00."""
    contact, later = at(23, 17, zone=RIO_BRANCO), at(23, 21, 30, zone=RIO_BRANCO)
    assert contact.date() != later.date()
    ruling, when = next_allowed(log(contact), later, RIO_BRANCO)
    assert (ruling.rule, when) == (FREQUENCY_DAY, at(24, 9, zone=RIO_BRANCO))
    assert when == datetime(2026, 11, 24, 14, tzinfo=UTC)


def test_three_a_week_frees_seven_days_after_the_third_last():
    contacts = log(at(16, 9), at(17, 11), at(18, 9))
    refused = Ruling(ok=False, rule=FREQUENCY_WEEK)
    assert next_allowed(contacts, at(20, 9), SAO_PAULO) == (refused, at(23, 9))
    assert next_allowed(contacts, at(23, 8, 59), SAO_PAULO) == (refused, at(23, 9))
    assert next_allowed(contacts, at(23, 9), SAO_PAULO)[0].ok


def test_when_both_caps_refuse_the_longer_one_speaks():
    contacts = log(at(16, 9), at(17, 9), at(18, 9))
    assert next_allowed(contacts, at(18, 15), SAO_PAULO) == (Ruling(ok=False, rule=FREQUENCY_WEEK), at(23, 9))
    contacts = log(at(11, 16), at(12, 9), at(18, 15))
    assert next_allowed(contacts, at(18, 15, 30), SAO_PAULO) == (
        Ruling(ok=False, rule=FREQUENCY_DAY),
        at(19, 7),
    )
    contacts = log(at(17, 0), at(18, 9), at(23, 15))
    assert next_allowed(contacts, at(23, 16), SAO_PAULO) == (Ruling(ok=False, rule=FREQUENCY_WEEK), at(24, 7))


def test_entries_of_one_outreach_share_its_slot():
    shared = [Contacted(at(16, 9), "a"), Contacted(at(16, 14), "a"), Contacted(at(17, 9), "b")]
    assert next_allowed(shared, at(18, 9), SAO_PAULO)[0].ok
    shared.append(Contacted(at(18, 9), "c"))
    assert next_allowed(shared, at(19, 9), SAO_PAULO)[1] == at(23, 14)


def test_order_and_age_of_the_log_do_not_matter():
    contacts = log(at(16, 9), at(1, 9), at(18, 9), at(17, 9), at(2, 9))
    assert next_allowed(contacts, at(20, 9), SAO_PAULO)[1] == at(23, 9)


def test_more_than_the_cap_waits_until_few_enough_are_left():
    contacts = log(at(16, 9), at(17, 9), at(18, 9), at(19, 9), at(20, 9))
    assert next_allowed(contacts, at(20, 12), SAO_PAULO)[1] == at(25, 9)


def test_a_contact_ahead_of_this_clock_counts():
    ruling, when = next_allowed(log(at(24, 9, 0)), at(24, 8, 59), SAO_PAULO)
    assert (ruling.rule, when) == (FREQUENCY_DAY, at(25, 1))


def calls(*instants):
    """Attempts of one outreach."""
    return [Contacted(instant, "o", CALL) for instant in instants]


def test_two_calls_a_day_answered_or_not():
    one, two = calls(at(24, 9)), calls(at(24, 9), at(24, 9, 30))
    assert next_allowed(one, at(24, 10), SAO_PAULO, "MG", CALL)[0].rule == FREQUENCY_DAY
    assert next_allowed(two, at(24, 10), SAO_PAULO, "MG", CALL)[0].rule == FREQUENCY_CALLS
    assert next_allowed(two, at(25, 1), SAO_PAULO, "MG", CALL)[0].rule == FREQUENCY_GAP
    assert next_allowed(two, at(25, 9), SAO_PAULO, "MG", CALL)[0].ok
    # The calls of the day do not keep a message of the next from leaving, nor are they counted as one.
    assert next_allowed(two, at(24, 10), SAO_PAULO, "MG", "email")[0].rule == FREQUENCY_DAY


@pytest.mark.parametrize(
    ("uf", "name", "value", "rule"),
    [("MG", "calls.cap", 1, FREQUENCY_CALLS), ("RJ", "day.cap", 0, None), ("RJ", "day.cap", 5, FREQUENCY_DAY)],
)
def test_a_state_may_only_be_stricter(monkeypatch, uf, name, value, rule):
    """A cap of the state below the general one binds there; one above it changes nothing."""
    row = replace(next(row for row in norms.NORMS if row.id == f"frequency.{name}"), uf=uf, value=value)
    others = [one for one in norms.NORMS if (one.id, one.uf) != (row.id, uf)]
    monkeypatch.setattr(norms, "NORMS", (*others, row))
    for cached in (norms.norm, frequency._limits):
        cached.cache_clear()
    try:
        ruling, _ = next_allowed(calls(at(24, 9)), at(24, 10), SAO_PAULO, uf, CALL)
        assert ruling.rule == (rule or FREQUENCY_DAY)
        assert frequency._limits(at(24, 9).date(), "SP").day == 1
        assert frequency._limits(at(24, 9).date(), uf).day == min(1, value)
    finally:
        monkeypatch.undo()
        for cached in (norms.norm, frequency._limits):
            cached.cache_clear()


def test_the_statutory_notice_is_free_of_caps_and_gap():
    """Regulation 7.6: it may exceed the frequency cap, not the hours (those are another rule's)."""
    full = log(at(22, 9), at(23, 9), at(24, 9))
    now = at(24, 10)
    assert not next_allowed(full, now, SAO_PAULO, "SP", "email")[0].ok
    ruling, when = next_allowed(full, now, SAO_PAULO, "SP", "email", statutory=True)
    assert (ruling, when) == (Ruling(ok=True, rule="frequency.statutory-notice"), now)
    assert not is_open(at(24, 18), SAO_PAULO, "email", "SP").ok


@SEEDED
@given(
    zone=st.sampled_from(ZONES),
    start=st.datetimes(datetime(2025, 12, 1), datetime(2027, 2, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    minutes=st.lists(st.integers(0, 20 * 24 * 60), max_size=12),
)
def test_greedy_contacts_never_break_a_cap_and_no_earlier_instant_was_free(zone, start, minutes):
    contacts = []
    for minute in sorted(minutes):
        wish = start + timedelta(minutes=minute)
        ruling, when = next_allowed(contacts, wish, zone)
        assert ruling.ok == (when == wish)
        if not ruling.ok:
            assert next_allowed(contacts, when, zone)[0].ok
            assert not next_allowed(contacts, when - timedelta(minutes=1), zone)[0].ok
            continue
        contacts.append(Contacted(wish, f"o{minute}"))
    assert all(later.at - earlier.at >= timedelta(hours=16) for earlier, later in pairwise(contacts))
    days = [entry.at.astimezone(ZoneInfo(zone)).date() for entry in contacts]
    assert len(days) == len(set(days))
    for newest in contacts:
        span = [entry for entry in contacts if newest.at - timedelta(days=7) < entry.at <= newest.at]
        assert len(span) <= 3


@pytest.mark.parametrize("zone", ZONES)
def test_midnight_of_new_year(zone):
    contact = datetime(2026, 12, 31, 23, 59, tzinfo=ZoneInfo(zone)).astimezone(UTC)
    ruling, when = next_allowed(log(contact), contact, zone)
    assert ruling.rule == FREQUENCY_DAY
    assert when.astimezone(ZoneInfo(zone)) == datetime(2027, 1, 1, 15, 59, tzinfo=ZoneInfo(zone))
