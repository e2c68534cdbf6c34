from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emdia.compliance import windows
from emdia.compliance.rules import RULES
from emdia.errors import Rejected
from emdia.ladder.decide import Halt, Send, Wait, decide, next_due
from emdia.ladder.ladder import DEFAULT, Ladder, Step
from emdia.ladder.last_look import Cancel, Defer, Go, Refuse, Skip, last_look
from emdia.messages.outreach import OPEN, OutreachStatus
from emdia.portfolio.case import Reach, Stop, StopKind
from emdia.portfolio.contract import Channel, ContractKind
from tests.unit.cases import case, contacted, invoice, local, outreach

# Monday 2026-11-23 to Friday 27 hold no holiday; Friday 20 November does.


@pytest.mark.parametrize(
    ("now", "due_on", "step", "superseded"),
    [
        ("2026-11-23 09:00", "2026-11-26", "D-3", ()),
        ("2026-11-25 09:00", "2026-11-26", "D-1", ("D-3",)),
        ("2026-11-26 09:00", "2026-11-26", "D0", ("D-3", "D-1")),
        ("2026-11-27 17:59", "2026-11-24", "D+3", ("D-3", "D-1", "D0")),
        ("2026-12-09 09:00", "2026-11-24", "D+15", ("D-3", "D-1", "D0", "D+3", "D+7")),
        ("2027-03-10 09:00", "2026-11-24", "D+30", ("D-3", "D-1", "D0", "D+3", "D+7", "D+15")),
        # Due on a Saturday, payable on Monday: Monday is D0, not D+2.
        ("2026-11-23 09:00", "2026-11-21", "D0", ("D-3", "D-1")),
    ],
)
def test_the_furthest_step_due_is_taken_and_the_passed_ones_are_named(now, due_on, step, superseded):
    decision = decide(case(invoice(due_on)), None, None, local(now))
    assert isinstance(decision, Send)
    assert (decision.step, decision.superseded) == (step, superseded)
    assert decision.advanced == {"f1": step}
    assert decision.template == next(s.template for s in DEFAULT.steps if s.name == step)


def test_several_open_invoices_make_one_message_led_by_the_furthest():
    open_case = case(invoice("2026-10-20", "f1"), invoice("2026-11-19", "f2", step="D+3"), invoice("2026-12-20", "f3"))
    decision = decide(open_case, None, None, local("2026-11-25 10:00"))
    assert isinstance(decision, Send)
    assert decision.step == "D+30"
    assert decision.invoices == ("f1", "f2")  # f2 is overdue and so told of, f3 is far away
    assert decision.advanced == {"f1": "D+30"}  # f2's next step is its own matter


@pytest.mark.parametrize(
    ("now", "until", "rule"),
    [
        ("2026-11-25 08:59", "2026-11-25 09:00", "window.weekday-hours"),
        ("2026-11-25 18:00", "2026-11-26 09:00", "window.weekday-hours"),
        ("2026-11-27 18:00", "2026-11-30 09:00", "window.weekday-hours"),
        ("2026-11-20 10:00", "2026-11-23 09:00", "window.holiday"),
        ("2026-11-21 10:00", "2026-11-23 09:00", "window.weekend"),
    ],
)
def test_a_closed_window_waits_for_the_next_open_instant(now, until, rule):
    assert decide(case(invoice("2026-11-12"), uf="RJ"), None, None, local(now)) == Wait(local(until), rule)


@pytest.mark.parametrize(
    ("zone", "uf", "opens"),
    [
        ("America/Noronha", "PE", "2026-11-25 11:00"),
        ("America/Sao_Paulo", "SP", "2026-11-25 12:00"),
        ("America/Manaus", "AM", "2026-11-25 13:00"),
        ("America/Rio_Branco", "AC", "2026-11-25 14:00"),
    ],
)
def test_the_window_opens_by_the_clock_of_the_registered_municipality(zone, uf, opens):
    opens_at = datetime.fromisoformat(opens).replace(tzinfo=UTC)
    there = case(invoice("2026-11-12"), zone=zone, uf=uf)
    early = decide(there, None, None, opens_at - timedelta(minutes=1))
    assert early == Wait(opens_at, "window.weekday-hours")
    assert isinstance(decide(there, None, None, opens_at), Send)


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"kind": ContractKind.EMPRESARIAL}, "scope.company-paid"),
        ({"stops": (Stop(StopKind.HOLD, "s1"),)}, "stop.hold"),
        ({"stops": (Stop(StopKind.PROTECTIVE, "s1"),)}, "stop.protective"),
        ({"stops": (Stop(StopKind.DISPUTE, "s1"),)}, "stop.dispute"),
        ({"stops": (Stop(StopKind.DISPUTE, "s1", invoices=("f1",)),)}, "stop.dispute"),
        ({"stops": (Stop(StopKind.HOLD, "s1", invoices=("f1",)),)}, "stop.hold"),
        ({"invoices": ()}, "stop.settled"),
        ({"reach": ((Channel.EMAIL, Reach.OPTED_OUT),)}, "consent.opted-out"),
        ({"reach": ((Channel.EMAIL, Reach.DEAD),)}, "contact.dead-point"),
        ({"reach": ()}, "contact.no-point"),
    ],
)
def test_who_must_not_be_written_to_is_not(changes, rule):
    decision = decide(replace(case(invoice("2026-11-12")), **changes), None, None, local("2026-11-25 10:00"))
    assert isinstance(decision, Halt)
    assert decision.rule == rule


def test_who_opted_out_about_one_contract_is_not_written_to_about_another():
    now = local("2026-11-25 10:00")
    person = contacted().hears(Channel.EMAIL, False, now)
    decision = decide(case(invoice("2026-11-12")), person, None, now)
    assert decision == Halt("consent.opted-out", {"f1": "D+7"})
    assert look(case(invoice("2026-11-18")), person=person) == Refuse("consent.opted-out")
    again = person.hears(Channel.EMAIL, True, now + timedelta(days=1))
    assert isinstance(decide(case(invoice("2026-11-12")), again, None, now), Send)


def test_of_two_words_in_one_moment_the_no_stands():
    now = local("2026-11-25 10:00")
    for first, second in ((True, False), (False, True)):
        assert contacted().hears(Channel.EMAIL, first, now).hears(Channel.EMAIL, second, now).opted_out(Channel.EMAIL)
    late = contacted().hears(Channel.EMAIL, False, now)
    assert late.hears(Channel.EMAIL, True, now - timedelta(days=1)) == late


def test_a_dispute_of_one_invoice_leaves_the_others():
    both = case(
        invoice("2026-11-12", "f1"), invoice("2026-11-12", "f2"), stops=(Stop(StopKind.DISPUTE, "s1", ("f1",)),)
    )
    decision = decide(both, None, None, local("2026-11-25 10:00"))
    assert isinstance(decision, Send)
    assert decision.invoices == ("f2",)


def test_a_hold_ends_by_itself_at_its_moment():
    until = local("2026-11-25 10:00")
    held = case(invoice("2026-11-12"), stops=(Stop(StopKind.HOLD, "s1", until=until),))
    assert isinstance(decide(held, None, None, until - timedelta(seconds=1)), Halt)
    assert isinstance(decide(held, None, None, until), Send)
    assert next_due(held, local("2026-11-24 10:00")) == until


def test_one_a_day_and_three_in_seven_days():
    overdue = case(invoice("2026-11-12"), uf="RJ")
    now = local("2026-11-27 10:00")
    today = decide(overdue, contacted(local("2026-11-27 09:00")), None, now)
    assert today == Wait(local("2026-11-30 09:00"), "frequency.day")
    week = contacted(local("2026-11-23 09:30"), local("2026-11-24 09:00"), local("2026-11-26 09:00"))
    assert decide(overdue, week, None, now) == Wait(local("2026-11-30 09:30"), "frequency.week")


@pytest.mark.parametrize("status", sorted(OPEN))
def test_an_outreach_on_its_way_is_never_doubled(status):
    now = local("2026-11-25 10:00")
    decision = decide(case(invoice("2026-11-12")), None, outreach(now - timedelta(days=2), status), now)
    assert decision == Wait(now + timedelta(hours=2), "ladder.outreach-open")


def test_a_cancelled_outreach_still_fills_its_day():
    now = local("2026-11-25 10:00")
    cancelled = outreach(local("2026-11-25 09:00"), OutreachStatus.CANCELLED)
    assert decide(case(invoice("2026-11-12")), None, cancelled, now) == Wait(local("2026-11-26 09:00"), "frequency.day")


def test_a_taken_step_is_not_due_again():
    taken = case(invoice("2026-11-24", step="D0"))
    assert decide(taken, None, None, local("2026-11-25 10:00")) == Wait(local("2026-11-27 09:00"), "ladder.no-step-due")
    done = case(invoice("2026-10-01", step="D+30"))
    assert decide(done, None, None, local("2026-11-25 10:00")) == Halt("ladder.complete", {})


def test_an_unknown_ladder_version_is_refused():
    with pytest.raises(Rejected, match="ladder-unknown"):
        decide(case(invoice("2026-11-12"), ladder="nobody's"), None, None, local("2026-11-25 10:00"))


# Last look: the same questions in the moment before the provider is called.


def look(the_case, now="2026-11-25 10:00", person=None, **changes):
    queued = outreach(local("2026-11-25 09:00"), **({"step": "D+7"} | changes))
    return last_look(queued, the_case, person, local(now))


def test_last_look_goes_with_what_is_still_open():
    the_case = case(invoice("2026-11-18", "f1", "D+7"), invoice("2026-11-18", "f2", "D+7"))
    assert look(the_case, invoices=("f1", "f2", "paid")) == Go(("f1", "f2"), "atraso")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"invoices": ()}, Cancel("stop.settled")),
        ({"holder_key": "another"}, Cancel("stop.holder-changed")),
        ({"stops": (Stop(StopKind.DISPUTE, "s", ("f1",)),)}, Cancel("stop.dispute")),
        ({"stops": (Stop(StopKind.HOLD, "s", ("f1",)),)}, Cancel("stop.hold")),
        ({"stops": (Stop(StopKind.PROTECTIVE, "s"),)}, Cancel("stop.protective")),
        ({"kind": ContractKind.EMPRESARIAL}, Cancel("scope.company-paid")),
        ({"reach": ((Channel.EMAIL, Reach.OPTED_OUT),)}, Refuse("consent.opted-out")),
        ({"reach": ((Channel.EMAIL, Reach.DEAD),)}, Refuse("contact.dead-point")),
        ({"reach": ()}, Refuse("contact.no-point")),
    ],
)
def test_last_look_sees_money_and_stops(changes, expected):
    assert look(replace(case(invoice("2026-11-18")), **changes)) == expected


def test_last_look_defers_to_the_next_open_instant():
    the_case = case(invoice("2026-11-18"))
    assert look(the_case, "2026-11-25 18:00") == Defer(local("2026-11-26 09:00"), "window.weekday-hours")
    busy = contacted(local("2026-11-25 09:30"))
    assert look(the_case, person=busy) == Defer(local("2026-11-26 09:00"), "frequency.day")


def test_words_that_are_no_longer_true_are_not_sent():
    # Decided as a reminder before the due date, held back until the day itself.
    assert look(case(invoice("2026-11-26")), "2026-11-26 09:00", step="D-1") == Cancel("ladder.superseded")
    # The due date was moved away meanwhile.
    assert look(case(invoice("2026-12-20")), step="D-3") == Cancel("ladder.no-step-due")
    # The furthest invoice was paid: the words are those of the one that is left.
    left = case(invoice("2026-11-28", "f2", "D-3"))
    assert look(left, "2026-11-27 09:00", invoices=("f1", "f2")) == Go(("f2",), "lembrete")


def test_a_due_date_step_taken_late_leaves_with_the_words_of_an_overdue_fee():
    # First load on Thursday of a fee due on Tuesday: the furthest step is D0, and the fee is two days late.
    assert look(case(invoice("2026-11-24")), "2026-11-26 10:00", step="D0") == Go(("f1",), "atraso")
    assert look(case(invoice("2026-11-26")), "2026-11-26 10:00", step="D0") == Go(("f1",), "vencimento")


def test_a_reminder_that_names_an_overdue_invoice_is_sent():
    # f1 had its D+3 before; today f2 takes its D-3, and the message names both.
    both = case(invoice("2026-11-19", "f1", "D+3"), invoice("2026-11-27", "f2", "D-3"))
    sent = {"step": "D-3", "invoices": ("f1", "f2"), "advanced": ("f2",)}
    assert look(both, "2026-11-25 10:00", **sent) == Go(("f1", "f2"), "atraso")
    # f2 was paid: what is left of the message was said before.
    assert look(case(invoice("2026-11-19", "f1", "D+3")), "2026-11-25 10:00", **sent) == Cancel("stop.settled")
    # Held back until f1 has come to D+7: that step will name both.
    assert look(both, "2026-11-26 10:00", **sent) == Cancel("ladder.superseded")


def test_a_last_step_does_not_carry_a_younger_invoice_over_its_own_next_step():
    # f1 took D+30 and f2 its D0 together; held back until f2 has come to D+3, which is still to be taken.
    both = case(invoice("2026-10-22", "f1", "D+30"), invoice("2026-11-23", "f2", "D0"))
    sent = {"step": "D+30", "invoices": ("f1", "f2"), "advanced": ("f1", "f2")}
    assert look(both, "2026-11-25 10:00", **sent) == Go(("f1", "f2"), "atraso")
    assert look(both, "2026-11-26 10:00", **sent) == Cancel("ladder.superseded")


@pytest.mark.parametrize("status", sorted(set(OutreachStatus) - {OutreachStatus.QUEUED}))
def test_only_a_queued_outreach_is_ours_to_claim(status):
    assert look(case(invoice("2026-11-18")), status=status) == Skip()


def test_a_ladder_that_does_not_rise_is_refused():
    with pytest.raises(ValueError, match="order"):
        Ladder("bad", (Step("D0", 0, "vencimento"), Step("D-1", -1, "lembrete")))
    with pytest.raises(ValueError, match="distinct"):
        Ladder("bad", (Step("D0", 0, "vencimento"), Step("D0", 1, "lembrete")))


MOMENTS = st.datetimes(
    datetime(2026, 1, 1),  # noqa: DTZ001  Hypothesis wants naive bounds
    datetime(2028, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)
ZONES = st.sampled_from(
    [("America/Sao_Paulo", "SP"), ("America/Noronha", "PE"), ("America/Rio_Branco", "AC"), ("America/Cuiaba", "MT")]
)
DAYS = st.dates(date(2026, 1, 1), date(2027, 12, 31))
STEPS = st.sampled_from(["", *(s.name for s in DEFAULT.steps)])


@st.composite
def cases(draw):
    zone, uf = draw(ZONES)
    count = draw(st.integers(0, 4))
    invoices = [replace(invoice("2026-01-01", f"f{n}", draw(STEPS)), due_on=draw(DAYS)) for n in range(count)]
    stops = draw(
        st.lists(
            st.builds(
                Stop,
                st.sampled_from(StopKind),
                st.just("s"),
                st.sampled_from([(), ("f0",), ("f1", "f2")]),
                st.none() | MOMENTS,
            ),
            max_size=2,
        )
    )
    reach = draw(st.sampled_from(Reach))
    kind = draw(st.sampled_from(ContractKind))
    return case(*invoices, zone=zone, uf=uf, stops=tuple(stops), reach=((Channel.EMAIL, reach),), kind=kind)


@given(cases(), MOMENTS, st.lists(MOMENTS, max_size=5), MOMENTS, st.sampled_from(OutreachStatus))
def test_no_decision_to_write_breaks_window_cap_stop_or_consent(the_case, now, moments, created, status):
    last = outreach(min(created, now), status)
    decision = decide(the_case, contacted(*moments), last, now)
    assert decision.rule in RULES
    if isinstance(decision, Wait):
        assert decision.until > now
    if not isinstance(decision, Send):
        return
    assert windows.is_open(now, the_case.zone, decision.channel, the_case.uf).ok
    assert sum(now - timedelta(days=7) < at <= now for at in moments) < 3
    assert status not in OPEN
    assert the_case.kind is not ContractKind.EMPRESARIAL
    assert the_case.reach_of(decision.channel) is Reach.OPEN
    active = [s for s in the_case.stops if s.until is None or s.until > now]
    assert not any(not s.invoices for s in active)
    assert not {i for s in active for i in s.invoices} & set(decision.invoices)
    assert set(decision.advanced) <= set(decision.invoices)


@given(cases(), MOMENTS)
def test_next_due_is_open_and_taking_every_step_ends(the_case, now):
    due = next_due(the_case, now)
    rounds = 0
    while due is not None:
        assert due >= now
        assert windows.is_open(due, the_case.zone, Channel.EMAIL, the_case.uf).ok
        decision = decide(the_case, None, None, due)
        if isinstance(decision, Send | Halt) and decision.advanced:
            the_case = replace(
                the_case,
                invoices=tuple(replace(i, step=decision.advanced.get(i.id, i.step)) for i in the_case.invoices),
            )
        else:
            assert isinstance(decision, Wait | Halt), "due, but nothing to do and nothing to wait for"
        now, due = due, next_due(the_case, due + timedelta(minutes=1))
        rounds += 1
        assert rounds < 60, "the ladder never ends"


def test_a_message_to_a_phone_of_another_zone_waits_for_both_clocks():
    """Registered in São Paulo, number of Acre: 09:30 there is 07:30 where the phone may be."""
    people = case(
        invoice("2026-11-18"),
        reach=((Channel.EMAIL, Reach.OPEN), (Channel.SMS, Reach.OPEN)),
        phone_clocks=((Channel.SMS, ("America/Rio_Branco",)),),
    )
    now = "2026-11-25 09:30"
    assert look(people, now, channel=Channel.SMS) == Defer(local("2026-11-25 11:00"), "window.phone-clock")
    assert look(people, now, channel=Channel.EMAIL) == Go(("f1",), "atraso")


def test_the_ladder_counts_from_the_due_date_as_the_state_moves_it():
    """Due on 9 July, a holiday in São Paulo alone: Friday 10 July is D0 there, D+1 elsewhere."""
    now = local("2026-07-10 10:00")
    here = decide(case(invoice("2026-07-09")), None, None, now)
    there = decide(case(invoice("2026-07-09"), uf="RJ"), None, None, now)
    assert isinstance(here, Send)
    assert isinstance(there, Send)
    assert (here.template, there.superseded) == ("vencimento", ("D-3", "D-1"))
    assert decide(case(invoice("2026-07-09", step="D0")), None, None, now) == Wait(
        local("2026-07-13 09:00"), "ladder.no-step-due"
    )
