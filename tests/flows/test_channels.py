"""Every channel by the same road: the person's order, one proven failure opens another, silence opens none."""

from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import chain

import pytest

from emdia.cli.channels import register
from emdia.facts import Fact
from emdia.messages.delivery import DeliveryKind
from emdia.messages.outreach import OutreachStatus, Target
from emdia.messages.registry import Registry, TemplateStanding
from emdia.messages.reply import TemplateTold
from emdia.portfolio.case import Reach
from emdia.portfolio.contract import Channel, Contract
from emdia.ports import Act, Put
from emdia.state import contract_ref, operator_ref, person_ref, registry_ref
from emdia.workflows.hear_templates import hear_templates
from tests.fakes.faults import client_error, closed, read_timeout, throttling, unavailable, unreachable
from tests.fakes.house import WHATSAPP_QUEUE
from tests.flows.road import MORNING, OPERATOR, REGISTRY, Road, phone

WHATSAPP, SMS, EMAIL = Channel.WHATSAPP, Channel.SMS, Channel.EMAIL


def day(road: Road, hours: int = 8) -> None:
    """Quarters of an hour of one day; nothing is told by the providers."""
    for _ in range(hours * 4):
        road.climb()
        road.sweep()
        road.take()
        road.send()
        road.clock.move(minutes=15)


def refs(road: Road) -> list[str]:
    return [one.ref for one in road.arrived()]


def landed(road: Road) -> Counter[str]:
    return Counter({"email": len(road.ses.mailbox), "sms": len(road.sms.phones), "whatsapp": len(road.social.phones)})


def store(road: Road, *states, kind="operator.recorded", about=None):
    ref = about or states[0].ref
    assert road.ledger().commit([Act(f"test:{states}", tuple(map(Put, states)), (Fact(kind, ref),))]).landed


def refusing(code, status=400, **more):
    def refuse(_phone):
        raise client_error(code, "Send", status, **more)

    return refuse


@pytest.mark.parametrize("order", [(WHATSAPP, SMS, EMAIL), (SMS, EMAIL), (EMAIL, WHATSAPP), (SMS,)])
def test_the_person_s_own_order_chooses_the_channel(order):
    road = Road()
    case = road.contract(1, channels=order)
    road.walk()
    assert landed(road) == Counter({str(order[0]): 1})
    assert road.outreach(case).channel is order[0]


def test_sms_is_one_gsm_message_with_operator_cnpj_total_and_a_link_and_dies_with_the_window():
    road = Road()
    road.contract(1, channels=(SMS,))
    road.walk()
    (text,) = road.sms.phones
    assert (text.sender, text.to) == (OPERATOR.sms_from, phone(1))
    assert OPERATOR.cnpj in text.text
    assert "R$" in text.text
    assert "https://avisos.example/p/" in text.text
    closes = MORNING.replace(hour=21)  # 18:00 in São Paulo
    assert road.clock.now() + timedelta(seconds=text.seconds) < closes


def test_whatsapp_is_a_template_of_the_registry_with_our_reference():
    road = Road()
    case = road.contract(1, channels=(WHATSAPP,))
    road.walk()
    (chat,) = road.social.phones
    assert Target.decode(chat.ref) == Target("123456", case.contract, road.outreach(case).id)
    assert chat.message["template"]["name"] in {one.name for one in REGISTRY.templates}
    assert chat.sender == OPERATOR.whatsapp_from


def test_whatsapp_needs_an_opt_in_for_the_very_number():
    road = Road()
    case = road.contract(1, channels=(WHATSAPP, EMAIL))
    ref = contract_ref(case.contract)
    contract = road.ledger().get([ref], [])[ref]
    assert isinstance(contract, Contract)
    moved = tuple(replace(p, value=phone(99)) if p.channel is WHATSAPP else p for p in contract.contact_points)
    from emdia.portfolio.case import reaches

    changed = replace(contract, contact_points=moved)
    assert dict(reaches(contract))[WHATSAPP] is Reach.OPEN
    assert dict(reaches(changed))[WHATSAPP] is Reach.NO_OPT_IN
    store(road, changed, replace(road.case(case), reach=reaches(changed)), kind="contact_points.recorded")
    road.walk()
    assert landed(road) == Counter({"email": 1})


@pytest.mark.parametrize("standing", ["REJECTED", "PAUSED", "DISABLED", "PENDING", "", "MARKETING"])
def test_a_template_that_meta_does_not_let_out_is_not_sent_and_another_channel_serves_the_same_day(standing):
    road = Road()
    held = road.ledger().get([registry_ref()])[registry_ref()]
    assert isinstance(held, Registry)
    status, category = ("APPROVED", standing) if standing == "MARKETING" else (standing, "UTILITY")
    worse = tuple(TemplateStanding(one.name, status, category, one.at) for one in held.templates) if standing else ()
    store(road, replace(held, templates=worse), kind="template.standing")
    case = road.contract(1, channels=(WHATSAPP, EMAIL))
    day(road)
    assert landed(road) == Counter({"email": 1})
    assert road.outreach(case).tried == (WHATSAPP,)


def test_a_template_that_meta_rejects_mid_run_carries_nothing_from_that_moment_and_sms_serves_the_rest_once():
    road = Road()
    register(OPERATOR, road.owners)
    cases = [road.contract(n, channels=(WHATSAPP, SMS)) for n in range(1, 41)]
    road.climb()
    road.take()
    bodies = road.sqs.take(WHATSAPP_QUEUE, 10_000)
    half = len(bodies) // 2
    assert half
    for body in bodies[:half]:
        road.chats.send([body])
    road.send()
    before = landed(road)["whatsapp"]
    assert 0 < before < 40
    told = TemplateTold((OPERATOR.whatsapp_from,), "atraso_v1", "REJECTED", "", road.clock.now())
    assert hear_templates([told, told], road.ledgers, road.owners) == set()
    for body in bodies[half:]:
        road.chats.send([body])
    day(road, hours=4)
    assert landed(road) == Counter({"whatsapp": before, "sms": 40 - before, "email": 0})
    assert len({Target.decode(one.ref).contract for one in road.arrived()}) == 40
    assert {road.outreach(case).tried for case in cases} == {(), (WHATSAPP,)}
    assert road.facts()["template.standing"] == 1  # told twice, written down once


def test_the_ladder_is_whole_without_whatsapp_and_sms():
    road = Road()
    held = road.ledger().get([operator_ref()])[operator_ref()]
    store(road, replace(held, whatsapp_from="", sms_from=""))
    road.contract(1, channels=(WHATSAPP, SMS, EMAIL))
    road.walk()
    assert landed(road) == Counter({"email": 1})


@pytest.mark.parametrize("reason", [{"code": "131026"}, {"code": "131049"}])
def test_a_message_that_failed_is_served_by_the_next_channel_the_same_day_in_the_same_slot(reason):
    road = Road()
    case = road.contract(1, channels=(WHATSAPP, SMS, EMAIL))
    road.walk()
    (chat,) = road.social.phones
    permanent = reason["code"] == "131026"
    road.hear([road.event(chat.ref, DeliveryKind.FAILED, permanent=permanent, reason=reason["code"])])
    day(road, hours=1)
    assert landed(road) == Counter({"whatsapp": 1, "sms": 1})
    assert len(set(refs(road))) == 2
    assert road.outreach(case).status is OutreachStatus.ACCEPTED
    # The number that takes nothing is learned, and shown in the case; another failure is not held against it.
    assert (road.case(case).reach_of(WHATSAPP) is Reach.DEAD) == permanent
    day(road, hours=6)
    assert landed(road) == Counter({"whatsapp": 1, "sms": 1})
    assert road.facts()["outreach.queued"] == 2


def test_every_channel_fails_and_the_step_closes():
    road = Road()
    case = road.contract(1, channels=(WHATSAPP, SMS, EMAIL))
    road.walk()
    told: set[str] = set()
    for _ in range(5 * 4):
        for one in road.arrived():
            if one.ref not in told:
                told.add(one.ref)
                road.hear([road.event(one.ref, DeliveryKind.FAILED, permanent=True)])
        day(road, hours=1)
    assert landed(road) == Counter({"whatsapp": 1, "sms": 1, "email": 1})
    assert road.outreach(case).status is OutreachStatus.FAILED
    assert not road.outreach(case).wants_fallback
    assert road.facts()["fallback.refused"] == 1
    assert road.meter.total("CaseParked") == 0


def test_a_failure_that_is_told_after_the_step_s_patience_or_the_next_day_opens_nothing():
    road = Road()
    case = road.contract(1, channels=(WHATSAPP, EMAIL))
    road.walk()
    road.clock.move(hours=7)
    (chat,) = road.social.phones
    road.hear([road.event(chat.ref, DeliveryKind.FAILED)])
    day(road, hours=1)
    assert landed(road) == Counter({"whatsapp": 1})
    assert not road.outreach(case).wants_fallback
    assert road.facts()["fallback.refused"] == 1


@pytest.mark.parametrize(
    "befalls", ["paid", "stopped", "another holder", "window"], ids=lambda befalls: befalls.replace(" ", "-")
)
def test_no_fallback_where_the_reason_to_write_is_gone(befalls):
    road = Road()
    case = road.contract(1, channels=(WHATSAPP, EMAIL))
    if befalls == "window":
        road.clock.at = datetime.fromisoformat("2026-11-25T20:55:00+00:00")
        store(road, replace(road.case(case), due=road.clock.now()), kind="invoice.recorded")
    road.walk()
    (chat,) = road.social.phones
    road.hear([road.event(chat.ref, DeliveryKind.FAILED)])
    if befalls == "paid":
        road.settle(case)
    elif befalls == "another holder":
        store(road, replace(road.case(case), holder_key="f" * 32), kind="contract.recorded")
    elif befalls == "stopped":
        from emdia.portfolio.case import Stop, StopKind

        store(road, replace(road.case(case), stops=(Stop(StopKind.HOLD, "h1"),)), kind="stop.placed")
    road.clock.move(minutes=15)
    day(road, hours=2)
    assert landed(road) == Counter({"whatsapp": 1})
    assert not road.outreach(case).wants_fallback


def test_silence_proves_nothing_whatever_the_channel():
    road = Road()
    cases = [road.contract(n, channels=order) for n, order in enumerate(((WHATSAPP, EMAIL), (SMS, EMAIL)), 1)]
    road.faults.fail("SendWhatsAppMessage", landed=True, error=read_timeout)
    road.faults.fail("SendTextMessage", landed=True, error=read_timeout)
    road.walk()
    assert landed(road) == Counter({"whatsapp": 1, "sms": 1})
    day(road, hours=26)
    assert landed(road) == Counter({"whatsapp": 1, "sms": 1})
    assert [road.outreach(case).status for case in cases] == [OutreachStatus.UNKNOWN] * 2


ONE_BY_ONE = [(SMS, "SendTextMessage"), (WHATSAPP, "SendWhatsAppMessage"), (EMAIL, "SendBulkEmail")]


@pytest.mark.parametrize(("channel", "operation"), ONE_BY_ONE)
@pytest.mark.parametrize(
    ("error", "took"),
    [
        (throttling, False),
        (unreachable, False),
        (closed, True),
        (read_timeout, True),
        (unavailable, True),
        (closed, False),
        (unavailable, False),
    ],
)
def test_a_provider_s_fault_costs_nobody_a_second_message(channel, operation, error, took):
    """Whatever the provider does with the call, and with its reports: at most one message on the phone."""
    road = Road()
    case = road.contract(1, channels=(channel,))
    road.faults.fail(operation, landed=took, error=error)
    road.walk()
    for _ in range(30):
        for one in road.arrived():  # late and doubled, and read before it was delivered
            road.hear([road.event(one.ref, kind) for kind in (DeliveryKind.READ, DeliveryKind.DELIVERED)] * 2)
        day(road, hours=1)
    proved = error in (throttling, unreachable)
    assert landed(road).total() == (1 if proved or took else 0)
    assert road.outreach(case).status is (OutreachStatus.READ if road.arrived() else OutreachStatus.UNKNOWN)


@pytest.mark.parametrize(
    ("channel", "code", "status", "more"),
    [
        (SMS, "ValidationException", 400, {"Reason": "INVALID_PARAMETER"}),
        (SMS, "ConflictException", 400, {"Reason": "DESTINATION_PHONE_NUMBER_OPTED_OUT"}),
        (WHATSAPP, "InvalidParametersException", 400, {}),
    ],
)
def test_what_the_provider_refuses_for_good_goes_by_another_channel(channel, code, status, more):
    road = Road()
    case = road.contract(1, channels=(channel, EMAIL))
    (road.sms if channel is SMS else road.social).refuse = refusing(code, status, **more)
    day(road, hours=2)
    assert landed(road) == Counter({"email": 1})
    assert road.outreach(case).tried == (channel,)
    assert road.facts()["outreach.rejected"] == 1
    person = road.ledger().get([person_ref(case.holder_key)])[person_ref(case.holder_key)]
    # The provider's own opt-outs are the person's word, as if they had said it to us.
    assert person.opted_out(channel) == (more.get("Reason") == "DESTINATION_PHONE_NUMBER_OPTED_OUT")


@pytest.mark.parametrize(
    ("channel", "code", "status", "more"),
    [
        (SMS, "AccessDeniedException", 400, {"Reason": "ACCOUNT_DISABLED"}),
        (SMS, "ServiceQuotaExceededException", 400, {"Reason": "MONTHLY_SPEND_LIMIT_REACHED_FOR_TEXT"}),
        (SMS, "ConflictException", 400, {"Reason": "NO_ORIGINATION_IDENTITIES_FOUND"}),
        (WHATSAPP, "AccessDeniedException", 403, {}),
        (WHATSAPP, "ResourceNotFoundException", 404, {}),
        (WHATSAPP, "ThrottledRequestException", 429, {}),
    ],
)
def test_our_own_trouble_costs_nobody_their_step_and_leaves_once_it_is_mended(channel, code, status, more):
    road = Road()
    road.contract(1, channels=(channel, EMAIL))
    provider = road.sms if channel is SMS else road.social
    provider.refuse = refusing(code, status, **more)
    day(road, hours=2)
    assert landed(road).total() == 0
    assert (road.meter.total("SenderBroken") > 0) == (status != 429)
    provider.refuse = lambda _: None
    day(road, hours=1)
    assert landed(road) == Counter({str(channel): 1})


def test_two_contracts_of_one_person_share_the_caps_over_channels():
    road = Road()
    road.contract(1, channels=(WHATSAPP,))
    road.contract(2, person=1, channels=(EMAIL,))
    day(road, hours=8)
    assert landed(road).total() == 1


def test_a_group_of_short_messages_is_claimed_once_and_called_within_ten_seconds_each():
    road = Road()
    for n in range(1, 26):
        road.contract(n, channels=(SMS,))
    road.climb()
    road.take()
    road.gather()
    took = road.sms.refuse

    def slow(to):
        road.ticks += 1.0
        took(to)

    road.sms.refuse = slow
    road.send()
    # The eleventh call would have come too late: those that are left are released, and leave with the next tick.
    assert 9 <= len(road.sms.phones) <= 11
    assert road.facts()["outreach.released"] == 25 - len(road.sms.phones)
    road.ticks, road.sms.refuse = 0.0, took
    day(road, hours=1)
    assert len(road.sms.phones) == 25
    assert len(set(chain(refs(road)))) == 25
