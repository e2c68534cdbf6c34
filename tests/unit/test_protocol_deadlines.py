"""Terms by class, and the bugs of other systems' clocks as cases of ours."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emdia.compliance.norms import NORMS
from emdia.errors import Halted
from emdia.protocols.deadlines import Care, Demand, Seat, clocks_of, warnings_of

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
        # Carnival (08 and 09/02/2027) counts: the term ends early rather than late.
        (Demand.ASSISTENTIAL, date(2027, 2, 5), (2027, 2, 12)),
        # Opened on a Saturday: Monday is the first day.
        (Demand.ASSISTENTIAL, date(2026, 11, 28), (2026, 12, 4)),
    ],
)
def test_business_days(demand, opened, last_day):
    assert term(demand, local(opened), f"{ANSWER}.{demand}") == midnight_after(*last_day)


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
