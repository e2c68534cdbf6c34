"""Until when attendances, recordings, contracts and keys are kept, to the day, and what stands against their end."""

from datetime import UTC, datetime, timedelta

import pytest

from emdia.errors import Halted
from emdia.facts import LogClass
from emdia.people.disposal import (
    ATTENDED,
    CASE_OPEN,
    RUNNING,
    STOPPED,
    WAITING,
    KeptKey,
    contract_until,
    disputed,
    first_look,
    matter,
    spread,
)
from emdia.people.ports import Row
from emdia.portfolio.case import HOLDER_IS_MINOR, Stop, StopKind
from emdia.protocols.deadlines import Demand
from emdia.protocols.keeping import is_complaint, record_until, recording_until, rule_of
from emdia.protocols.protocol import Protocol, Reminder, Status
from emdia.state import AgendaKind, Ref
from tests.fakes.people import case

NUMBER = "12345620261125000042"


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("answered", "complaint", "until"),
    [
        # The day is Brasília's: half past two in UTC on 1 January is still 31 December there.
        ("2027-01-01T02:30", False, "2029-01-01T03:00"),
        ("2027-01-01T03:30", False, "2029-01-02T03:00"),
        ("2026-11-25T12:00", False, "2028-11-26T03:00"),
        ("2026-11-25T12:00", True, "2031-11-26T03:00"),
        # Of 29 February the 1 March, where the year has none: a day more, never one less.
        ("2028-02-29T12:00", False, "2030-03-02T03:00"),
        ("2028-02-29T12:00", True, "2033-03-02T03:00"),
        ("2026-12-31T23:59", True, "2032-01-01T03:00"),
    ],
)
def test_a_record_is_kept_to_the_end_of_its_last_local_day(answered, complaint, until):
    assert record_until(at(answered), complaint) == at(until)


def test_a_recording_is_kept_ninety_whole_days():
    assert recording_until(at("2026-11-25T12:00")) == at("2027-02-24T03:00")
    assert recording_until(at("2026-12-01T02:59")) == at("2027-03-01T03:00")


def test_a_complaint_is_what_somebody_made_one_the_ombudsman_s_or_a_nip():
    assert is_complaint(told=True, demand=None)
    assert [one for one in Demand if is_complaint(told=False, demand=one)] == [
        Demand.OMBUDSMAN,
        Demand.NIP_ASSISTENTIAL,
        Demand.NIP_NON_ASSISTENTIAL,
    ]
    assert (rule_of(True), rule_of(False)) == ("protocol.complaint.years", "protocol.record.years")


def attendance(**more):
    opened = at("2026-11-20T12:00")
    given = {"status": Status.CLOSED, "answered_at": at("2026-11-25T12:00"), **more}
    return Protocol(number=NUMBER, opened_at=opened, **given)


def test_the_clock_of_an_attendance_is_its_warnings_then_its_recordings_then_its_record():
    warned = attendance(status=Status.OPEN, answered_at=None, warnings=(Reminder(at("2026-11-22T12:00"), 50, "r"),))
    assert warned.agenda == (AgendaKind.CLOCK, at("2026-11-22T12:00"))
    assert attendance(status=Status.OPEN, answered_at=None).agenda is None
    assert Protocol(number=NUMBER, opened_at=at("2026-11-20T12:00"), status=Status.NOT_ISSUED).agenda is None
    assert attendance().agenda == (AgendaKind.RETENTION, at("2028-11-26T03:00"))
    called = attendance(recorded_at=at("2026-11-20T12:00"))
    assert called.agenda == (AgendaKind.RETENTION, at("2027-02-19T03:00"))
    # Answered a year after the call: the recording was evidence until then.
    late = attendance(recorded_at=at("2026-11-20T12:00"), answered_at=at("2027-11-25T12:00"))
    assert late.agenda == (AgendaKind.RETENTION, at("2027-11-25T12:00"))
    # A complaint keeps the recording as long as the record.
    kept = attendance(recorded_at=at("2026-11-20T12:00"), complaint=True)
    assert kept.agenda == (AgendaKind.RETENTION, at("2031-11-26T03:00"))
    held = attendance(stays_until=at("2029-01-01T00:00"))
    assert held.agenda == (AgendaKind.RETENTION, at("2029-01-01T00:00"))


@pytest.mark.parametrize(
    ("newest", "classes", "until"),
    [
        ("2026-01-01T00:00", (), "2031-12-31T23:59:59"),
        ("2026-12-31T23:59", ("cadastro", "saude"), "2031-12-31T23:59:59"),
        ("2027-01-01T00:00", ("contato",), "2032-12-31T23:59:59"),
        ("2026-05-01T00:00", ("contato", "acordo"), "2037-12-31T23:59:59"),
    ],
)
def test_a_contract_is_kept_to_the_end_of_the_year_by_its_longest_class(newest, classes, until):
    assert contract_until(at(newest), classes) == at(until)


def test_a_class_nobody_knows_keeps_everything():
    with pytest.raises(Halted):
        contract_until(at("2026-01-01T00:00"), ("unheard",))


def test_the_end_of_a_year_is_spread_over_four_weeks_and_always_the_same():
    end = at("2031-12-31T23:59")
    names = [f"{n:032x}" for n in range(2_000)]
    looks = [spread(end, name) for name in names]
    assert looks == [spread(end, name) for name in names]
    assert all(end < look <= end + timedelta(days=28, minutes=1) for look in looks)
    days = [sum(look.date() == (end + timedelta(days=n)).date() for look in looks) for n in range(1, 28)]
    assert max(days) < 4 * min(days)
    assert spread(end, f"atendimento:{NUMBER}") > end


def test_a_person_s_and_a_key_s_first_look_come_after_their_years():
    kind, due = first_look("0" * 32, "p", at("2026-11-25T12:00")).agenda
    assert kind is AgendaKind.RETENTION
    assert at("2032-01-01T00:00") < due < at("2032-01-29T12:00")
    kept = KeptKey(owner="p", subject=f"atendimento:{NUMBER}", since=at("2026-11-25T12:00"))
    assert at("2032-01-01T00:00") < kept.agenda[1] < at("2032-01-29T12:00")
    assert LogClass.ATENDIMENTO == "atendimento"


def row(sort, state=None, *, runs=False):
    return Row(Ref("C#c", sort), 1, "", state, None, (), runs)


NOW = at("2032-06-01T12:00")


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ([], ""),
        ([row("CASE", case(invoices=()))], ""),
        ([row("CASE", case())], CASE_OPEN),
        ([row("CASE", case(invoices=(), stops=(Stop(StopKind.DISPUTE, "d"),)))], STOPPED),
        ([row("CASE", case(invoices=(), stops=(Stop(StopKind.HOLD, "h", (), NOW + timedelta(days=1)),)))], STOPPED),
        ([row("CASE", case(invoices=(), stops=(Stop(StopKind.HOLD, "h", (), NOW),)))], ""),
        ([row("CASE", case(invoices=(), stops=(Stop(StopKind.MINOR, HOLDER_IS_MINOR),)))], ""),
        ([row("WAIT#i")], WAITING),
        ([row(f"ATTENDANCE#{NUMBER}")], ATTENDED),
        ([row("OUTREACH#o", runs=True)], RUNNING),
        ([row("OUTREACH#o"), row("INVOICE#i")], ""),
    ],
)
def test_what_is_no_closed_matter_stays_and_says_why(rows, reason):
    assert matter(rows, NOW) == reason


def test_a_dispute_keeps_the_attendance_that_may_be_its_evidence():
    assert disputed(case(stops=(Stop(StopKind.DISPUTE, "d"),)), NOW)
    assert not disputed(case(stops=(Stop(StopKind.HOLD, "h"),)), NOW)
    assert not disputed(None, NOW)
