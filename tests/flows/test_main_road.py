"""From due cases to mailboxes: exactly one mail each, whatever is repeated, lost or late."""

from collections import Counter
from dataclasses import replace

import pytest

from emdia.errors import Halted, Rejected, TryLater
from emdia.facts import Fact, LogClass
from emdia.messages.delivery import DeliveryKind
from emdia.messages.outreach import OutreachStatus
from emdia.portfolio.case import Reach, Stop, StopKind
from emdia.portfolio.contract import AsOf, Channel
from emdia.ports import Act, KeyClass, Put
from emdia.state import Subject, contract_ref, person_ref
from emdia.workflows import mailing
from tests.fakes.faults import closed, read_timeout, throttling, unavailable, unreachable
from tests.fakes.house import EMAIL_QUEUE, KEYS, LEDGER, STEPS_QUEUE
from tests.flows.road import Road, lawful


@pytest.fixture
def road():
    return Road()


def test_everybody_due_gets_one_mail(road):
    cases = road.portfolio(60)
    road.walk()
    assert set(road.mails_per_person().values()) == {1}
    assert len(road.mails_per_person()) == 60
    assert {road.outreach(c).status for c in cases} == {OutreachStatus.ACCEPTED}
    assert (
        road.facts()["outreach.queued"] == road.facts()["outreach.claimed"] == road.facts()["outreach.accepted"] == 60
    )
    lawful(road)


def test_a_second_run_at_once_makes_no_outreach(road):
    road.portfolio(30)
    road.climb()
    assert road.climb() == 0
    road.take()
    before = road.facts()
    # Even when the index hands everything out again: the cases are not due any more.
    road.clock.move(minutes=31)
    road.walk()
    assert road.facts()["outreach.queued"] == before["outreach.queued"] == 30
    lawful(road)


def test_messages_of_a_queue_may_come_twice_and_mixed(road):
    road.portfolio(30)
    road.climb()
    road.sqs.queues[STEPS_QUEUE] *= 2
    road.take()
    road.sqs.queues[EMAIL_QUEUE] = road.sqs.queues[EMAIL_QUEUE][::-1] * 3
    road.send()
    assert Counter(road.mails_per_person().values()) == {1: 30}


def test_two_contracts_of_one_person_make_one_mail_a_day(road):
    first, second = road.contract(1, person=9), road.contract(2, person=9)
    road.walk()
    assert len(road.ses.mailbox) == 1
    waiting = next(c for c in (first, second) if road.outreach(c).status is OutreachStatus.QUEUED)
    assert road.outreach(waiting).rule == "frequency.day"
    assert road.facts()["outreach.deferred"] == 1
    road.clock.move(days=1)
    road.sweep()
    road.send()
    assert len(road.ses.mailbox) == 2


def test_money_between_queue_and_claim_stops_the_mail(road):
    paid, open_ = road.contract(1), road.contract(2)
    road.climb()
    road.take()
    road.settle(paid)
    road.send()
    assert [m.ref for m in road.ses.mailbox] == [m.ref for m in road.ses.mailbox if open_.contract in m.ref]
    assert (road.outreach(paid).status, road.outreach(paid).rule) == (OutreachStatus.CANCELLED, "stop.settled")


def test_money_in_the_moment_of_the_claim_wins(road):
    paid = road.contract(1)
    road.climb()
    road.take()

    def settle_first():
        road.dynamodb.before_write = None
        road.settle(paid)

    road.dynamodb.before_write = settle_first
    road.send()
    assert road.ses.mailbox == []
    assert road.outreach(paid).status is OutreachStatus.CANCELLED


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"stops": (Stop(StopKind.DISPUTE, "s"),)}, "stop.dispute"),
        ({"stops": (Stop(StopKind.HOLD, "s"),)}, "stop.hold"),
        ({"stops": (Stop(StopKind.PROTECTIVE, "s"),)}, "stop.protective"),
    ],
)
def test_a_stop_placed_after_the_decision_holds(road, change, rule):
    case = road.contract(1)
    road.climb()
    road.take()
    stored = road.case(case)
    road.commit_case(replace(stored, **change), "stop.placed")
    road.send()
    assert road.ses.mailbox == []
    assert road.outreach(case).rule == rule


def test_no_address_or_an_opt_out_is_refused_step_by_step(road):
    case = road.contract(1, reach=((Channel.EMAIL, Reach.OPTED_OUT),))
    road.walk()
    assert road.ses.mailbox == []
    assert road.facts()["step.refused"] == 1
    assert road.case(case).invoices[0].step == "D+7"
    assert road.case(case).due is not None  # the next step is asked again


def test_the_window_that_closes_before_the_mail_leaves_defers_it(road):
    case = road.contract(1)
    road.climb()
    road.take()
    road.clock.move(hours=9)  # 18:00
    road.send()
    assert road.ses.mailbox == []
    assert road.outreach(case).rule == "window.weekday-hours"
    road.clock.move(hours=15)  # next day, 09:00
    road.sweep()
    road.send()
    assert len(road.ses.mailbox) == 1


def test_an_operator_without_a_profile_spends_nothing(road):
    road.portfolio(2)
    profile = road.dynamodb.tables[LEDGER].items["123456#OPERATOR"].pop("PROFILE")
    road.climb()
    road.take()
    with pytest.raises(Halted, match="operator add"):
        road.send()
    road.sqs.take(EMAIL_QUEUE, 100)  # dead letters, and an alarm
    road.dynamodb.tables[LEDGER].items["123456#OPERATOR"]["PROFILE"] = profile
    road.clock.move(minutes=31)
    road.sweep()
    road.send()
    assert len(road.ses.mailbox) == 2


def test_a_message_that_lacks_data_leaves_its_case_to_a_person(road, monkeypatch):
    case = road.contract(1)
    monkeypatch.setattr(mailing, "render", refusing)
    road.walk()
    assert road.ses.mailbox == []
    assert (road.outreach(case).status, road.outreach(case).rule) == (OutreachStatus.REFUSED, "data.missing")
    assert road.case(case).parked == "template-undefined"
    assert road.facts()["case.parked"] == 1


def refusing(*_):
    raise Rejected("template-undefined")


# The provider misbehaves.


@pytest.mark.parametrize("error", [read_timeout, closed, unavailable])
@pytest.mark.parametrize("landed", [True, False])
def test_what_may_have_landed_is_never_sent_again(road, error, landed):
    cases = road.portfolio(3)
    road.faults.fail("SendBulkEmail", landed=landed, error=error)
    road.walk()
    for _ in range(8):  # nothing but a delivery event or the horizon may touch them
        road.clock.move(hours=2)
        road.sweep()
        road.walk()
    assert len(road.ses.mailbox) == (3 if landed else 0)
    assert {road.outreach(c).status for c in cases} == {OutreachStatus.CLAIMED}
    if landed:
        assert not road.hear_of_all()
        assert {road.outreach(c).status for c in cases} == {OutreachStatus.DELIVERED}
    else:
        road.clock.move(hours=9)
        road.sweep()
        assert {road.outreach(c).status for c in cases} == {OutreachStatus.UNKNOWN}
        assert road.facts()["outreach.unknown"] == 3
    lawful(road)


@pytest.mark.parametrize("error", [throttling, unreachable])
def test_what_proved_not_taken_is_released_and_sent_later(road, error):
    cases = road.portfolio(3)
    road.faults.fail("SendBulkEmail", error=error)
    road.walk()
    assert {road.outreach(c).status for c in cases} == {OutreachStatus.QUEUED}
    assert road.facts()["outreach.released"] == 3
    road.clock.move(minutes=15)
    road.sweep()
    road.send()
    assert set(road.mails_per_person().values()) == {1}
    assert len(road.mails_per_person()) == 3


def test_each_entry_of_a_bulk_call_has_its_own_fate(road):
    cases = road.portfolio(4)
    statuses = {
        "pessoa1@caixa.example": "SUCCESS",
        "pessoa2@caixa.example": "MESSAGE_REJECTED",
        "pessoa3@caixa.example": "ACCOUNT_THROTTLED",
        "pessoa4@caixa.example": "FAILED",
    }
    road.ses.status_of = statuses.__getitem__
    road.walk()
    expected = [OutreachStatus.ACCEPTED, OutreachStatus.REJECTED, OutreachStatus.QUEUED, OutreachStatus.CLAIMED]
    assert [road.outreach(c).status for c in cases] == expected


def test_a_claim_that_waited_ten_seconds_is_released_uncalled(road):
    case = road.contract(1)
    road.climb()
    road.take()
    road.dynamodb.before_write = lambda: setattr(road, "ticks", road.ticks + 11)
    road.send()
    assert road.ses.mailbox == []
    assert road.outreach(case).status is OutreachStatus.QUEUED


def test_too_little_time_left_claims_nothing(road):
    case = road.contract(1)
    road.climb()
    road.take()
    road.send(seconds_left=19)
    assert road.outreach(case).status is OutreachStatus.QUEUED
    assert road.facts()["outreach.claimed"] == 0


def test_a_send_that_cannot_be_recorded_is_not_repeated(road):
    case = road.contract(1)
    road.climb()
    road.take()
    # claim is the first transaction of send, the record the second; both tries of it fail
    road.faults.fail("TransactWriteItems", call=2)
    road.faults.fail("TransactWriteItems", call=3)
    road.send()
    assert len(road.ses.mailbox) == 1
    assert road.outreach(case).status is OutreachStatus.CLAIMED
    assert not road.hear_of_all()
    assert road.outreach(case).status is OutreachStatus.DELIVERED


def test_a_sender_that_is_not_verified_costs_nobody_their_step(road):
    road.portfolio(3)
    road.ses.status_of = lambda _: "MAIL_FROM_DOMAIN_NOT_VERIFIED"
    road.walk()
    assert road.meter.total("SenderBroken") == 3
    road.ses.status_of = lambda _: "SUCCESS"
    road.clock.move(minutes=15)
    road.sweep()
    road.send()
    assert len(road.ses.mailbox) == 3


# One person was forgotten: their keys are gone. Everybody else's day goes on.


def forget(road, case):
    keys = road.dynamodb.tables[KEYS].items
    for partition in [one for one in keys if one.endswith(f"#S#{case.holder_key}")]:
        del keys[partition]
    road.restart()


def test_a_forgotten_person_stops_no_other_from_being_decided_and_written_to(road):
    cases = road.portfolio(12)
    forget(road, cases[4])
    road.walk()
    assert len(road.ses.mailbox) == 11
    assert road.case(cases[4]).parked == "subject-forgotten"


def test_a_person_forgotten_between_decision_and_claim_is_let_go(road):
    cases = road.portfolio(12)
    road.climb()
    road.take()
    forget(road, cases[4])
    road.gather()
    road.send()
    assert len(road.ses.mailbox) == 11
    assert road.outreach(cases[4]).status is OutreachStatus.CANCELLED


def test_a_forgotten_person_stops_no_sweep_and_no_delivery(road):
    cases = road.portfolio(6)
    road.walk()
    forget(road, cases[2])
    assert not road.hear_of_all(DeliveryKind.COMPLAINED)
    assert sum(road.case(c).reach_of(Channel.EMAIL) is Reach.OPTED_OUT for c in cases) == 5
    road.clock.move(hours=25)
    road.sweep()
    assert road.outreach(cases[2]).status is OutreachStatus.UNKNOWN
    assert road.sweep() == 0


# Delivery events.


def test_a_bounce_of_the_old_address_spares_the_new_one(road):
    case = road.contract(1)
    road.walk()
    ledger, ref = road.ledger(), contract_ref(case.contract)
    keys = [(Subject(case.holder_key), KeyClass.CADASTRO)]
    contract = ledger.get([ref], keys)[ref]
    road.clock.move(minutes=5)
    told = replace(contract, points_as_of=AsOf(2, road.clock.now()))
    assert ledger.commit([Act("points", (Put(told),), (Fact("contact_points.recorded", ref),))]).landed
    assert not road.hear_of_all(DeliveryKind.FAILED, permanent=True)
    assert road.outreach(case).status is OutreachStatus.FAILED
    assert road.case(case).reach_of(Channel.EMAIL) is Reach.OPEN


def test_a_complaint_of_the_former_holder_is_theirs_alone(road):
    case = road.contract(1)
    road.walk()
    ledger, ref = road.ledger(), contract_ref(case.contract)
    contract = ledger.get([ref], [(Subject(case.holder_key), KeyClass.CADASTRO)])[ref]
    heir = "e" * 32
    ledger.ensure_keys([(Subject(heir), one) for one in (KeyClass.CADASTRO, LogClass.CONTATO, LogClass.OPERACAO)])
    told = replace(contract, holder_key=heir)
    assert ledger.commit([Act("heir", (Put(told),), (Fact("contract.recorded", ref),))]).landed
    assert not road.hear_of_all(DeliveryKind.COMPLAINED)
    assert road.case(case).reach_of(Channel.EMAIL) is Reach.OPEN
    assert ledger.get([person_ref(case.holder_key)])[person_ref(case.holder_key)].opted_out(Channel.EMAIL)


def test_events_come_late_doubled_and_out_of_order(road):
    case = road.contract(1)
    road.walk()
    ref = road.ses.mailbox[0].ref
    opened, delivered = road.event(ref, DeliveryKind.READ), road.event(ref, DeliveryKind.DELIVERED)
    assert not road.hear([opened])
    assert not road.hear([delivered, delivered, opened])
    assert road.outreach(case).status is OutreachStatus.READ
    assert road.facts()["outreach.read"] == 1
    assert road.facts()["outreach.delivered"] == 0


def test_delivered_and_read_in_one_batch_are_two_facts(road):
    case = road.contract(1)
    road.walk()
    ref = road.ses.mailbox[0].ref
    delivered = road.event(ref, DeliveryKind.DELIVERED)
    road.clock.move(seconds=5)
    assert not road.hear([road.event(ref, DeliveryKind.READ), delivered])
    assert road.outreach(case).status is OutreachStatus.READ
    assert road.facts()["outreach.delivered"] == road.facts()["outreach.read"] == 1


def test_a_permanent_bounce_kills_the_address_and_the_ladder_learns_it(road):
    case = road.contract(1)
    road.walk()
    assert not road.hear_of_all(DeliveryKind.FAILED, permanent=True)
    assert road.outreach(case).status is OutreachStatus.FAILED
    assert road.case(case).reach_of(Channel.EMAIL) is Reach.DEAD
    assert road.facts()["contact_point.dead"] == 1


def test_a_complaint_is_an_opt_out(road):
    case = road.contract(1)
    road.walk()
    assert not road.hear_of_all(DeliveryKind.COMPLAINED)
    assert road.case(case).reach_of(Channel.EMAIL) is Reach.OPTED_OUT
    assert road.facts()["channel.opted_out"] == 1
    assert not road.hear_of_all(DeliveryKind.COMPLAINED)
    assert road.facts()["channel.opted_out"] == 1


def test_complaints_about_two_contracts_of_one_person_meet_on_one_row(road):
    first, second = road.contract(1, person=9), road.contract(2, person=9)
    road.walk()
    road.clock.move(days=1)
    road.sweep()
    road.send()
    complaints = [road.event(mail.ref, DeliveryKind.COMPLAINED) for mail in road.ses.mailbox]
    assert len(complaints) == 2
    left = road.hear(complaints)
    assert len(left) == 1  # the second was decided before the first was known: it comes again
    assert not road.hear(list(left))
    for case in (first, second):
        assert road.case(case).reach_of(Channel.EMAIL) is Reach.OPTED_OUT


def test_an_event_of_an_unknown_outreach_comes_again(road):
    road.contract(1)
    road.walk()
    stranger = road.event(road.ses.mailbox[0].ref.replace("123456-", "123456-f"), DeliveryKind.DELIVERED)
    assert road.hear([stranger]) == {stranger}


# What gets lost.


def test_a_lost_queue_message_is_found_by_the_sweep(road):
    cases = road.portfolio(5)
    road.climb()
    road.take()
    road.sqs.take(EMAIL_QUEUE, 100)  # gone
    road.clock.move(minutes=30)
    assert road.sweep() == 5
    assert road.sweep() == 0
    road.send()
    assert len(road.ses.mailbox) == 5
    assert {road.outreach(c).status for c in cases} == {OutreachStatus.ACCEPTED}


def test_a_case_without_its_agenda_entry_is_repaired_nightly(road):
    case = road.contract(1)
    road.commit_case(replace(road.case(case), due=None), "invoice.recorded")
    assert road.climb() == 0
    assert road.sweep_cases() == 1
    assert road.facts()["case.repaired"] == 1
    assert road.sweep_cases() == 0
    road.walk()
    assert len(road.ses.mailbox) == 1


def test_a_case_that_cannot_be_decided_is_parked_with_its_reason(road):
    bad, good = road.contract(1), road.contract(2)
    road.commit_case(replace(road.case(bad), ladder="nobody's"), "invoice.recorded")
    road.walk()
    assert road.case(bad).parked == "ladder-unknown"
    assert len(road.ses.mailbox) == 1
    assert road.outreach(good).status is OutreachStatus.ACCEPTED
    assert road.climb() == 0


def test_a_case_that_crashes_three_times_is_parked_and_spares_its_chunk(road, monkeypatch):
    bad, good = road.contract(1), road.contract(2)
    from emdia.workflows import take_step

    honest = take_step.decide

    def crash(case, *more):
        if case.contract == bad.contract:
            raise ZeroDivisionError
        return honest(case, *more)

    monkeypatch.setattr(take_step, "decide", crash)
    body = {"ans": "123456", "cases": [[c.contract, c.holder_key] for c in (bad, good)]}
    deps = take_step.Deps(road.ledgers, {Channel.EMAIL: road.email}, road.clock, road.meter)
    for attempt in (1, 2):
        with pytest.raises(ZeroDivisionError):
            take_step.take_step(body, deps, attempt)
    take_step.take_step(body, deps, 3)
    assert road.case(bad).parked == "crash:ZeroDivisionError"
    assert road.meter.total("CaseParked") == 1
    road.send()
    assert len(road.ses.mailbox) == 1


def test_a_page_that_could_not_be_queued_is_climbed_again(road):
    road.portfolio(5)
    road.faults.fail("SendMessageBatch")
    with pytest.raises(TryLater):
        road.climb()
    assert road.climb() == 5
