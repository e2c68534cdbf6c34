"""Terms by class, and the bugs of other systems' clocks as cases of ours."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emdia.compliance.norms import NORMS
from emdia.errors import Halted
from emdia.protocols.deadlines import Care, Demand, Seat, clocks_of, warnings_of
from emdia.protocols.protocol import Medium, Originator, classify, opened

SEEDED = settings(derandomize=True, deadline=None, database=None, max_examples=60)
SAO_PAULO = Seat("SP", "America/Sao_Paulo")
RIO_BRANCO = Seat("AC", "America/Rio_Branco")
ANSWER = "protocol.answer"


def local(day, hour=10, minute=0, second=0, seat=SAO_PAULO):
    return datetime(day.year, day.month, day.day, hour, minute, second, tzinfo=ZoneInfo(seat.zone)).astimezone(UTC)


def term(demand, opened, rule, seat=SAO_PAULO, care=None):
    """The local moment at which the clock called `rule` ends."""
    [clock] = [one for one in clocks_of(demand, opened, seat, care) if one.rule == rule]
    return clock.due.astimezone(ZoneInfo(seat.zone)).replace(tzinfo=None)


def midnight_after(year, month, day):
    return datetime(year, month, day) + timedelta(days=1)  # noqa: DTZ001  local


@pytest.mark.parametrize(
    ("demand", "opened", "last_day"),
    [
        # Wednesday 25/11/2026: 26, 27, 30, 1, 2 | 3, 4 | 7, 8, 9
        (Demand.ASSISTENTIAL, date(2026, 11, 25), (2026, 12, 2)),
        (Demand.NON_ASSISTENTIAL, date(2026, 11, 25), (2026, 12, 4)),
        (Demand.ASSISTENTIAL_COMPLEX, date(2026, 11, 25), (2026, 12, 9)),
        (Demand.OMBUDSMAN, date(2026, 11, 25), (2026, 12, 4)),
        (Demand.NIP_ASSISTENTIAL, date(2026, 11, 25), (2026, 12, 2)),
        (Demand.NIP_NON_ASSISTENTIAL, date(2026, 11, 25), (2026, 12, 9)),
        # Over 20 November, a Friday: 18/11 (Wed): 19, 23, 24, 25, 26.
        (Demand.ASSISTENTIAL, date(2026, 11, 18), (2026, 11, 26)),
        # Over the turn of the year: 23/12/2026 (Wed): 24, 28, 29, 30, 31; the eves count.
        (Demand.ASSISTENTIAL, date(2026, 12, 23), (2026, 12, 31)),
        (Demand.NON_ASSISTENTIAL, date(2026, 12, 23), (2027, 1, 5)),
        # The last hours of a year, its first, and the days around them: 31/12/2026 is a Thursday, 01/01 a Friday.
        (Demand.ASSISTENTIAL, date(2026, 12, 30), (2027, 1, 7)),
        (Demand.ASSISTENTIAL, date(2026, 12, 31), (2027, 1, 8)),
        (Demand.ASSISTENTIAL, date(2027, 1, 1), (2027, 1, 8)),
        (Demand.ASSISTENTIAL_COMPLEX, date(2026, 12, 31), (2027, 1, 15)),
        (Demand.NIP_NON_ASSISTENTIAL, date(2027, 12, 24), (2028, 1, 7)),
        # A leap day is a day: 25/02/2028 (Fri): 28, 29 | 1, 2, 3.
        (Demand.ASSISTENTIAL, date(2028, 2, 25), (2028, 3, 3)),
        # Opened in Carnival itself, on its Monday, its Tuesday and on Ash Wednesday.
        (Demand.ASSISTENTIAL, date(2027, 2, 8), (2027, 2, 15)),
        (Demand.ASSISTENTIAL, date(2027, 2, 9), (2027, 2, 16)),
        (Demand.ASSISTENTIAL, date(2027, 2, 10), (2027, 2, 17)),
        # Good Friday (26/03/2027) is none, whoever keeps it by custom only: no bank and no counter is open.
        (Demand.ASSISTENTIAL, date(2027, 3, 24), (2027, 4, 1)),
        # Carnival (08 and 09/02/2027) counts: the term ends early rather than late.
        (Demand.ASSISTENTIAL, date(2027, 2, 5), (2027, 2, 12)),
        # Opened on a Saturday: Monday is the first day.
        (Demand.ASSISTENTIAL, date(2026, 11, 28), (2026, 12, 4)),
    ],
)
def test_business_days(demand, opened, last_day):
    assert term(demand, local(opened), f"{ANSWER}.{demand}") == midnight_after(*last_day)


@pytest.mark.parametrize(
    ("opened", "last_day"),
    [
        ((2026, 12, 31, 23, 59, 59), (2027, 1, 8)),  # still Thursday: Friday is a holiday, Monday the first day
        ((2027, 1, 1, 0, 0, 0), (2027, 1, 8)),
        ((2027, 1, 3, 23, 59, 59), (2027, 1, 8)),  # still Sunday: Monday counts
        ((2027, 1, 4, 0, 0, 0), (2027, 1, 11)),  # Monday: it counts no more
    ],
)
@pytest.mark.parametrize("seat", [SAO_PAULO, RIO_BRANCO, Seat("PE", "America/Noronha"), Seat("AM", "America/Manaus")])
def test_the_second_of_midnight_decides_by_the_seats_clock(opened, last_day, seat):
    begun = datetime(*opened, tzinfo=ZoneInfo(seat.zone)).astimezone(UTC)
    assert term(Demand.ASSISTENTIAL, begun, f"{ANSWER}.assistencial", seat) == midnight_after(*last_day)


def test_urgent_means_at_once():
    opened = local(date(2026, 11, 28), 23, 59)
    assert clocks_of(Demand.URGENT, opened, SAO_PAULO)[0].due == opened


def test_the_consumers_decree_runs_beside_and_the_earlier_one_leads():
    # 7 calendar days from 25/11 end on 02/12; 7 business days on 04/12.
    first, second = clocks_of(Demand.NON_ASSISTENTIAL, local(date(2026, 11, 25)), SAO_PAULO)
    assert (first.rule, second.rule) == ("protocol.sac.answer", "protocol.answer.nao_assistencial")
    assert first.due == local(date(2026, 12, 3), 0)
    assert not first.working


def test_a_copy_of_the_history_has_five_calendar_days_and_no_other_clock():
    [clock] = clocks_of(Demand.HISTORY, local(date(2026, 12, 24)), SAO_PAULO)
    assert clock.due == local(date(2026, 12, 30), 0)


def test_care_rules_where_it_is_due_before_the_answer():
    clocks = clocks_of(Demand.ASSISTENTIAL, local(date(2026, 11, 25)), SAO_PAULO, Care.LABORATORY)
    assert clocks[0].rule == "protocol.care.laboratorio"
    assert clocks[0].due == local(date(2026, 12, 1), 0)  # 26, 27, 30


def test_holidays_of_the_seat_count_and_no_others():
    opened = local(date(2026, 7, 6))  # 9 July is a holiday of São Paulo
    assert term(Demand.ASSISTENTIAL, opened, "protocol.answer.assistencial") == midnight_after(2026, 7, 14)
    rio = Seat("RJ", "America/Sao_Paulo")
    assert term(Demand.ASSISTENTIAL, opened, "protocol.answer.assistencial", rio) == midnight_after(2026, 7, 13)
    city = Seat("RJ", "America/Sao_Paulo", frozenset({date(2026, 7, 8)}))
    assert term(Demand.ASSISTENTIAL, opened, "protocol.answer.assistencial", city) == midnight_after(2026, 7, 14)


def test_only_days_of_a_law_are_holidays():
    """Zammad #390: a feed of holidays brought St. Martin's. 11 November is a working day here."""
    assert SAO_PAULO.counts(date(2026, 11, 11))


def test_a_day_ends_when_it_ends():
    """Zammad #3180: a calendar of whole days closed for a minute at midnight. The last second still counts."""
    [clock, *_] = clocks_of(Demand.ASSISTENTIAL, local(date(2026, 11, 25)), SAO_PAULO)
    assert clock.due.astimezone(ZoneInfo(SAO_PAULO.zone)).time().isoformat() == "00:00:00"


@pytest.mark.parametrize("hour", [0, 3, 9, 12, 18, 23])
@pytest.mark.parametrize("demand", [d for d in Demand if d is not Demand.URGENT])
def test_nothing_is_late_when_it_is_opened(demand, hour):
    """GLPI #15429: with any calendar but 24/7 a ticket escalated at its creation."""
    for day in (date(2026, 11, 25), date(2026, 11, 28), date(2026, 12, 25)):
        opened = local(day, hour)
        for clock in clocks_of(demand, opened, SAO_PAULO):
            warnings = [at for _, at in warnings_of(clock, SAO_PAULO)]
            assert opened < warnings[0] < warnings[1] < warnings[2] == clock.due


def test_weekends_bring_no_warning():
    """Zammad #4432: warnings at weekends. Half of five days from a Thursday evening is on a working day."""
    clock = next(c for c in clocks_of(Demand.ASSISTENTIAL, local(date(2026, 11, 26), 18), SAO_PAULO) if c.working)
    for _, at in warnings_of(clock, SAO_PAULO)[:2]:
        assert SAO_PAULO.counts(at.astimezone(ZoneInfo(SAO_PAULO.zone)).date())


DAYS_OF = {
    Demand.ASSISTENTIAL: 5, Demand.ASSISTENTIAL_COMPLEX: 10, Demand.NON_ASSISTENTIAL: 7, Demand.OMBUDSMAN: 7,
    Demand.NIP_ASSISTENTIAL: 5, Demand.NIP_NON_ASSISTENTIAL: 10,
}  # fmt: skip


@pytest.mark.parametrize(("demand", "days"), DAYS_OF.items())
def test_a_term_holds_its_number_of_business_days_whatever_day_it_begins_on(demand, days):
    """osTicket #6739: terms were wrong unless Monday and Thursday were set. Every day of three years, counted anew."""
    seat = Seat("BA", "America/Bahia", frozenset({date(2026, 12, 8), date(2027, 12, 8)}))
    for offset in range(3 * 365):
        opened = local(date(2026, 1, 1) + timedelta(days=offset), offset % 24, offset % 60, seat=seat)
        begun = opened.astimezone(ZoneInfo(seat.zone)).date()
        last = term(demand, opened, f"{ANSWER}.{demand}", seat).date() - timedelta(days=1)
        within = [begun + timedelta(days=n + 1) for n in range((last - begun).days)]
        assert sum(seat.counts(one) for one in within) == days
        assert seat.counts(last)


def test_a_week_of_several_stretches_is_one_term():
    """Chatwoot #14009: one period a day at most. Here a week is cut twice: Wednesday is a holiday, then the weekend."""
    city = Seat("RJ", "America/Sao_Paulo", frozenset({date(2026, 7, 8)}))
    opened = local(date(2026, 7, 6), 12)  # Monday noon: half a day, Tuesday, Thursday, Friday, Monday, Tuesday
    clock = next(c for c in clocks_of(Demand.ASSISTENTIAL, opened, city) if c.working)
    assert clock.due == local(date(2026, 7, 15), 0)
    assert dict(warnings_of(clock, city)) == {
        50: local(date(2026, 7, 10), 6),  # 0.5 + 1 + 1 + 0.25 of 5.5 days
        80: local(date(2026, 7, 13), 21, 36),
        100: clock.due,
    }


def test_another_class_runs_from_the_opening_and_never_hides_an_earlier_term():
    """Zammad #5177: the term of an update took the place of the first response's."""
    opened_at = local(date(2026, 11, 25))
    fresh = opened("1" * 20, Medium.PHONE, Originator.PERSON, opened_at)
    for hours in (0, 30, 200):
        now = opened_at + timedelta(hours=hours)
        once = classify(fresh, Demand.ASSISTENTIAL, None, SAO_PAULO, now)
        again = classify(once, Demand.NON_ASSISTENTIAL, None, SAO_PAULO, now)
        assert once.due == again.due == local(date(2026, 12, 3), 0)
        assert {clock.opened for clock in again.clocks} == {opened_at}


def test_half_of_a_working_term_is_half_of_its_working_time():
    # Opened on a Friday at noon: half a day, then Monday to Friday, 5.5 days in all.
    opened = local(date(2026, 11, 27), 12)
    clock = next(c for c in clocks_of(Demand.ASSISTENTIAL, opened, SAO_PAULO) if c.working)
    assert clock.due == local(date(2026, 12, 5), 0)
    assert dict(warnings_of(clock, SAO_PAULO)) == {
        50: local(date(2026, 12, 2), 6),  # 0.5 + 2 + 0.25 = 2.75 days
        80: local(date(2026, 12, 3), 21, 36),  # 4.4 days
        100: clock.due,
    }


def test_the_seats_clock_decides_which_day_it_is():
    opened = datetime(2026, 11, 26, 3, 30, tzinfo=UTC)  # half past midnight in São Paulo, the evening before in Acre
    assert term(Demand.ASSISTENTIAL, opened, f"{ANSWER}.assistencial") == midnight_after(2026, 12, 3)
    assert term(Demand.ASSISTENTIAL, opened, f"{ANSWER}.assistencial", RIO_BRANCO) == midnight_after(2026, 12, 2)


def test_before_the_norm_there_is_no_term_to_tell():
    with pytest.raises(Halted, match="no norm"):
        clocks_of(Demand.NON_ASSISTENTIAL, local(date(2025, 6, 30)), SAO_PAULO)


def test_every_class_and_kind_of_care_has_its_row():
    ids = {row.id for row in NORMS}
    assert {f"protocol.answer.{demand}" for demand in Demand} <= ids
    assert {f"protocol.care.{care}" for care in Care} <= ids


@SEEDED
@given(
    st.datetimes(datetime(2025, 8, 1), datetime(2027, 12, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    st.sampled_from([d for d in Demand if d is not Demand.URGENT]),
    st.sampled_from([SAO_PAULO, RIO_BRANCO, Seat("PE", "America/Noronha")]),
)
def test_clocks_are_in_order_and_run_forward(opened, demand, seat):
    clocks = clocks_of(demand, opened, seat)
    assert [c.due for c in clocks] == sorted(c.due for c in clocks)
    for clock in clocks:
        shares = [at for _, at in warnings_of(clock, seat)]
        assert opened < shares[0] <= shares[1] <= shares[2] == clock.due


@SEEDED
@given(st.datetimes(datetime(2025, 8, 1), datetime(2027, 12, 1), timezones=st.just(UTC)), st.integers(0, 72))  # noqa: DTZ001
def test_who_asks_later_is_answered_no_earlier(opened, hours):
    later = opened + timedelta(hours=hours)
    for one, other in zip(
        sorted(clocks_of(Demand.NON_ASSISTENTIAL, opened, SAO_PAULO), key=lambda c: c.rule),
        sorted(clocks_of(Demand.NON_ASSISTENTIAL, later, SAO_PAULO), key=lambda c: c.rule),
        strict=True,
    ):
        assert one.due <= other.due
