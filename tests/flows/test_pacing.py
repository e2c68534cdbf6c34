"""Nine o'clock: what is due flows at the set pace, the most at risk first; what does not fit is deferred."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from emdia.messages.outreach import OutreachStatus, Target
from emdia.money import Centavos
from emdia.portfolio.contract import Channel
from emdia.workflows.send_message import GROUP
from infra.stages import OUTREACH, RATES, STAGES, told
from tests.bench.requests import EMAIL_ONLY, MIX, portfolio
from tests.fakes.faults import client_error
from tests.fakes.house import ANS, SMS_QUEUE, STEPS_QUEUE
from tests.flows.nine_o_clock import NineOClock
from tests.flows.road import Road

SAO_PAULO = ZoneInfo("America/Sao_Paulo")
PACE = 12  # texts that the provider takes in a quarter of an hour


def burst(count):
    road = Road()
    cases = []
    for n in range(1, count + 1):
        case = road.contract(n, channels=(Channel.SMS,))
        invoices = tuple(replace(one, amount=Centavos(1_000 * n)) for one in case.invoices)
        road.commit_case(replace(road.case(case), invoices=invoices), "invoice.recorded")
        cases.append(case)
    return road, cases


def paced(road, pace=PACE):
    """A provider that takes so many a tick and throttles the rest."""
    taken = [0]

    def refuse(_phone):
        taken[0] += 1
        if taken[0] > pace:
            raise client_error("ThrottlingException", "SendTextMessage")

    road.sms.refuse = refuse
    return taken


def test_the_most_at_risk_are_queued_first():
    road, cases = burst(40)
    road.climb()
    amounts = [
        road.case(next(c for c in cases if c.contract == contract)).weight
        for body in road.sqs.take(STEPS_QUEUE, 10_000)
        for contract, _ in body["cases"]
    ]
    # Eight shards, each in order of value: whoever comes first in one is among the heaviest of all.
    assert sorted(amounts) == [1_000 * n for n in range(1, 41)]
    assert amounts != sorted(amounts)
    assert sum(amounts[:20]) > sum(amounts[20:]) * 0.9


def test_a_burst_flows_at_the_provider_s_pace_and_what_does_not_fit_waits_for_the_next_window():
    road, cases = burst(60)
    taken = paced(road)
    sent = []
    for _ in range(4 * 4):  # four hours of the nine there are
        road.climb()
        road.sweep()
        road.take()
        taken[0] = 0
        road.send()
        sent.append(len(road.sms.phones))
        road.clock.move(minutes=15)
    assert all(after - before <= PACE for before, after in zip([0, *sent], sent, strict=False))
    assert sent[-1] == 60
    assert len({text.ref for text in road.sms.phones}) == len({text.to for text in road.sms.phones}) == 60
    assert all(road.outreach(case).status is OutreachStatus.ACCEPTED for case in cases)
    assert road.meter.total("SenderBroken") == 0


def test_what_fits_before_the_window_closes_is_the_most_at_risk_and_the_rest_goes_the_next_day_once():
    """As 50,000 due at nine where the set rates take three quarters of them by six: two of a hundred a quarter."""
    road, cases = burst(100)
    worth = {case.contract: road.case(case).weight for case in cases}
    taken = paced(road, 2)

    def quarter():
        road.climb()
        road.sweep()
        road.take()
        taken[0] = 0
        road.send()
        road.clock.move(minutes=15)

    for _ in range(9 * 4):  # from nine to six
        quarter()
    sent = [worth[Target.decode(text.ref).contract] for text in road.sms.phones]
    assert len(sent) == 72
    best = sum(sorted(worth.values(), reverse=True)[:72])
    # Two shards, each in order of value, a page of each in turn: 92 %. By chance it would be 70 to 75 %.
    assert sum(sent) >= 0.9 * best
    assert min(sent[:36]) > 25_000  # nobody of the lightest quarter goes in the first half of the day
    left = [case for case in cases if road.outreach(case).status is OutreachStatus.QUEUED]
    assert len(left) == 28
    for _ in range(20 * 4):
        quarter()
    assert len(road.sms.phones) == len({text.to for text in road.sms.phones}) == 100
    assert {road.outreach(case).status for case in left} == {OutreachStatus.ACCEPTED}
    assert min(road.outreach(case).claimed_at for case in left).astimezone(SAO_PAULO).strftime("%d %H") == "26 09"


# What providers take a second of an account that has asked for nothing more.
GRANTED = {Channel.EMAIL: 14, Channel.SMS: 10, Channel.WHATSAPP: 80}


def nine_o_clock(count, stage, granted=GRANTED, mix=MIX):
    road = portfolio(count, count, mix)
    nine = NineOClock(road, stage, granted)
    nine.run(road.clock.now() + timedelta(hours=9))
    assert len(road.arrived()) == len({one.ref for one in road.arrived()}) == count
    assert len(set(Counter(Target.decode(one.ref).contract for one in road.arrived()).values())) == 1
    assert nine.sent_back == [], "no worker ran out of time"
    return nine


def test_what_is_due_at_nine_flows_at_the_pace_that_each_provider_has_granted():
    """By the deployed rates; fifty thousand at these are out by half past nine, and the window is open until six."""
    nine = nine_o_clock(1_000, STAGES["prod"])
    for channel, provider in nine.providers.items():
        messages = provider.taken.total()
        assert provider.throttled <= messages * 0.05, channel
        assert provider.seconds_of(0.9) <= 1.3 * 0.9 * messages / GRANTED[channel] + 5, channel
        assert 50_000 * messages / 1_000 / (GRANTED[channel] / 1.3) <= 30 * 60, channel


def test_without_the_pauses_most_mails_would_be_claimed_in_vain():
    paced, hasty = (
        nine_o_clock(400, stage, mix=EMAIL_ONLY).providers[Channel.EMAIL]
        for stage in (STAGES["prod"], replace(STAGES["prod"], simulated_clock=True))
    )
    assert hasty.throttled >= 400
    assert paced.throttled <= 20
    assert hasty.seconds_of(0.9) > 20 * paced.seconds_of(0.9)


def test_a_pace_that_was_granted_is_used():
    stage = told(STAGES["prod"], {"pace": {"email": 100}})
    mails = nine_o_clock(1_000, stage, GRANTED | {Channel.EMAIL: 100}, EMAIL_ONLY).providers[Channel.EMAIL]
    assert mails.throttled <= 50
    assert mails.seconds_of(0.9) <= 13


@pytest.mark.parametrize("name", ["email", "sms", "whatsapp"])
@pytest.mark.parametrize("granted", [None, 2, 3, 14, 80, 500, 10_000])
def test_at_any_pace_a_batch_fits_the_time_of_its_function(name, granted):
    stage = told(STAGES["prod"], {"pace": {name: granted}}) if granted else STAGES["prod"]
    rate = stage.rates[name]
    assert OUTREACH == GROUP
    share = dict(one.split("=") for one in stage.worker_pace.split())[name]
    # All but the last message's pause, which ends with the time there is: the last group still needs twenty seconds.
    assert (rate.batch - 1) * GROUP / float(share) <= rate.timeout - 20 - 10
    assert 2 <= rate.concurrency <= 1000
    assert rate.per_second == (granted or RATES[name].per_second)


@pytest.mark.parametrize(
    "pace", [{}, [], "14", {"letter": 5}, {"email": 1}, {"email": "14"}, {"email": True}, {"email": 10_001}]
)
def test_a_pace_that_is_none_stops_the_synthesis(pace):
    with pytest.raises(ValueError, match="pace is messages a second"):
        told(STAGES["prod"], {"pace": pace})


def test_on_the_laptop_nobody_waits():
    assert STAGES["local"].worker_pace == ""


def test_after_the_window_nothing_leaves_and_nothing_is_lost():
    road, cases = burst(30)
    road.climb()
    road.take()
    road.clock.move(hours=9)  # 18:00 in São Paulo
    road.send()
    assert road.sms.phones == []
    waiting = [road.outreach(case) for case in cases]
    assert {one.status for one in waiting} == {OutreachStatus.QUEUED}
    assert {one.due.astimezone().date() > road.clock.now().astimezone().date() for one in waiting} == {True}
    assert road.facts()["outreach.deferred"] == 30
    assert road.sqs.waiting(SMS_QUEUE) == 0
    assert ANS
