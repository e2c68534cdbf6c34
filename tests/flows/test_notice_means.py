"""The notice by every means: in the contract's order, one after the other in time, each with the proof it needs."""

import json
from dataclasses import replace
from datetime import date, timedelta

import pytest

from emdia.cli.staff import put_holidays
from emdia.compliance.notice import Means
from emdia.compliance.notice_record import NOTICE_GAPS
from emdia.compliance.standing import NoticeStatus
from emdia.facts import Fact
from emdia.ladder.situation import unreachable
from emdia.messages.delivery import DeliveryKind
from emdia.messages.notice_short import WHATSAPP_NAME
from emdia.messages.outreach import OutreachStatus
from emdia.messages.print_job import PrintJob, jobs_of, run_of
from emdia.messages.registry import Registry, TemplateStanding
from emdia.portfolio.contract import Address, Channel, ContactPoint
from emdia.ports import Act, Put
from emdia.state import PARKED_CASES, Subject, contract_ref, operator_ref, registry_ref
from emdia.workflows.show_debt import Deps, show_debt
from emdia.workflows.track_letters import Desk, read_told, track
from tests.fakes.faults import read_timeout, unavailable
from tests.fakes.house import ANS
from tests.flows.road import REGISTRY, value_of
from tests.flows.talks import TalkRoad
from tests.flows.test_notices import change

EVERY = (Channel.EMAIL, Channel.SMS, Channel.WHATSAPP)


def road_at(day="2026-10-15", **operator):
    road = TalkRoad()
    equip(road, day, **operator)
    return road


def equip(road, day="2026-10-15", **operator):
    """The operator has every sender and its template; the clock stands at `day`."""
    road.at(day)
    ledger = road.ledger()
    states = ledger.get([operator_ref(), registry_ref()])
    profile = replace(states[operator_ref()], **({"letters": True} | operator))
    standing = TemplateStanding(WHATSAPP_NAME, "APPROVED", "UTILITY", road.clock.now())
    registry = replace(states[registry_ref()], templates=(*REGISTRY.templates, standing))
    act = Act("means", (Put(profile), Put(registry)), (Fact("operator.recorded", operator_ref()),))
    assert ledger.commit([act]).landed


def owing(road, *channels, n=1, **changes):
    case = road.owing(n, "2026-09-10", "2026-10-10", **changes)
    if channels:
        change_points(road, case, n, channels)
    return case


def change_points(road, case, n, channels):
    points = tuple(ContactPoint(f"{one[0]}1", one, value_of(one, n), 0) for one in channels)
    change(road, case, contact_points=points)


def tried(road, case):
    return [one.means for one in road.notice(case).tries]


def answer(road, text, channel=Channel.SMS, n=1):
    return road.says(n, text, channel)


def jobs(road, day=None):
    found = road.ledger().record(jobs_of(day or run_of(road.clock.now())))
    return [one for one in found if isinstance(one, PrintJob)]


def told(road, event, job, **more):
    row = {"event": event, "reference": job.reference, "at": road.clock.now().isoformat()} | more
    desk = Desk(road.ledger(), road.documents, road.meter, road.clock.now())
    return [track(one, desk) for one in read_told([row], road.clock.now())]


def days(road, count):
    for _ in range(count):
        road.clock.move(days=1)
        road.sweep()
        road.night()


def test_means_follow_each_other_in_time_and_the_letter_goes_with_its_ar():
    road = road_at()
    case = owing(road, *EVERY)
    road.night()
    assert tried(road, case) == [Means.EMAIL]
    days(road, 8)
    assert tried(road, case) == [Means.EMAIL, Means.WHATSAPP, Means.SMS, Means.LETTER]
    (job,) = jobs(road, run_of(road.notice(case).tries[-1].sent_at))
    assert job.registered
    sheet = road.documents.open(ANS, _holder(job), job.file)
    assert sheet.startswith(b"%PDF")
    assert road.stands(case) is NoticeStatus.SENT
    road.clock.move(days=1)
    assert told(road, "posted", job, object="BR123456789BR") == ["applied"]
    assert told(road, "delivered", job, object="BR123456789BR", signer="Porteiro João") == ["applied"]
    assert told(road, "delivered", job, object="BR123456789BR", signer="Porteiro João") == ["repeated"]
    assert road.stands(case) is NoticeStatus.PROVED
    assert road.facts()["notice.shown"] == 1
    assert "Porteiro" not in repr([road.rows(table) for table in road.dynamodb.tables])


def _holder(job):
    return Subject(job.holder_key)


def test_case_15_after_sair_reminders_stop_there_the_notice_goes_and_the_page_shows_the_debt():
    """`consent.opted-out`: SAIR by WhatsApp on day 20 of 10/09/2026; the notice leaves by e-mail by day 49."""
    road = road_at("2026-09-30")
    case = road.owing(1, "2026-09-10", channels=(Channel.WHATSAPP, Channel.EMAIL))
    road.walk()
    (reminder,) = road.social.phones
    assert road.says(1, "SAIR", Channel.WHATSAPP)
    before = len(road.social.phones)
    road.at("2026-10-15")
    road.walk()
    road.night()
    (told,) = road.notice(case).tries
    assert told.means is Means.EMAIL
    assert told.sent_at.date() <= date(2026, 10, 29)
    assert len(road.social.phones) == before  # neither reminder nor notice by the channel that was stopped
    assert unreachable(road.case(case), None, Channel.WHATSAPP) == "consent.opted-out"
    assert road.stands(case) is NoticeStatus.SENT
    (token,) = [
        parameter["text"]
        for component in reminder.message["template"]["components"]
        if component["type"] == "button"
        for parameter in component["parameters"]
    ]
    page = show_debt(token, Deps(road.ledgers, road.banks, road.clock, road.meter)).view
    assert [item.owed.principal for item in page.items] == [road.case(case).invoices[0].amount]


@pytest.mark.parametrize(
    ("due", "last", "told_late"),
    [("2026-05-21", "2026-07-08", ""), ("2026-05-20", "2026-07-07", "3550308;2026-07-08;Padroeira")],
)
def test_when_day_49_is_a_holiday_where_the_person_lives_all_is_done_the_day_before(due, last, told_late):
    road = road_at((date.fromisoformat(last) - timedelta(days=1)).isoformat())
    case = road.owing(1, due, means=("email", "whatsapp", "sms"))
    change_points(road, case, 1, EVERY)
    road.night()
    assert tried(road, case) == [Means.EMAIL]
    if told_late:
        put_holidays(ANS, told_late, road.ledgers, "maria.silva", road.clock.now())
    road.at(last)
    for _ in range(3):
        road.night()
        road.sweep()
        road.serve()
    assert tried(road, case) == [Means.EMAIL, Means.WHATSAPP, Means.SMS]
    assert {one.sent_at.date().isoformat() for one in road.notice(case).tries[1:]} == {last}
    assert road.stands(case) is NoticeStatus.UNPROVED


def test_the_contract_s_own_means_come_first_and_a_letter_only_where_it_lists_one():
    road = road_at()
    case = owing(road, *EVERY, means=("sms",))
    road.night()
    days(road, 10)
    assert tried(road, case) == [Means.SMS, Means.EMAIL, Means.WHATSAPP]
    assert not road.verdict(case).may


def test_only_the_person_s_answer_from_the_number_written_to_proves_a_short_message():
    road = road_at()
    case = owing(road, Channel.SMS, means=("sms",))
    road.night()
    (text,) = road.sms.phones
    assert "notificacao por falta de pagamento" in text.text
    assert "CIENTE" in text.text
    assert "Pessoa" not in text.text
    road.hear([road.event(text.ref, DeliveryKind.DELIVERED)])
    assert road.stands(case) is NoticeStatus.SENT
    answer(road, "não recebi nada")
    assert road.stands(case) is NoticeStatus.SENT
    answer(road, "Ciente")
    answer(road, "ciente!")
    assert road.stands(case) is NoticeStatus.PROVED
    (shown,) = road.notice(case).tries[0].shown
    kept = json.loads(road.documents.open(ANS, _holder(road.notice(case)), shown.file))
    assert "Ciente" in kept.values()


def test_another_number_proves_nothing():
    road = road_at()
    case = owing(road, Channel.SMS, means=("sms",))
    other = owing(road, Channel.SMS, n=2, means=("sms",))
    road.night()
    answer(road, "CIENTE", n=2)
    assert road.stands(case) is NoticeStatus.SENT
    assert road.stands(other) is NoticeStatus.PROVED


def test_a_whatsapp_notice_leaves_by_an_approved_template_alone():
    road = road_at()
    case = owing(road, Channel.WHATSAPP)
    road.night()
    (chat,) = road.social.phones
    assert chat.message["template"]["name"] == WHATSAPP_NAME
    answer(road, "Estou ciente", Channel.WHATSAPP)
    assert road.stands(case) is NoticeStatus.PROVED


def test_a_template_that_meta_bars_leaves_the_notice_to_the_next_means():
    road = road_at()
    ledger = road.ledger()
    held = ledger.get([registry_ref()])[registry_ref()]
    assert isinstance(held, Registry)
    paused = replace(held, templates=REGISTRY.templates)
    assert ledger.commit([Act("paused", (Put(paused),), (Fact("template.standing", paused.ref),))]).landed
    case = owing(road, Channel.WHATSAPP, Channel.SMS)
    road.night()
    assert tried(road, case) == [Means.SMS]
    assert not road.ledger().record(NOTICE_GAPS)


def test_an_operator_without_senders_serves_by_what_it_has():
    road = road_at(sms_from="", whatsapp_from="", letters=False)
    case = owing(road, *EVERY)
    road.night()
    days(road, 6)
    assert tried(road, case) == [Means.EMAIL]
    assert road.facts()["notice.exhausted"] == 1


def test_an_address_that_no_window_takes_waits_for_a_person():
    road = road_at()
    long = Address("Rua " + "A" * 90, "1", "", "Centro", "São Paulo", "SP", "01000000", "3550308")
    case = owing(road, Channel.LETTER, means=("letter",), address=long)
    road.night()
    (gap,) = road.ledger().record(NOTICE_GAPS)
    assert (gap.contract, gap.reason, gap.pointer) == (case.contract, "address-too-long", "/address")
    assert not jobs(road)


def test_a_letter_that_comes_back_opens_the_next_means_at_once():
    road = road_at()
    case = owing(road, Channel.SMS, means=("letter", "sms"))
    road.night()
    days(road, 2)
    assert tried(road, case) == [Means.SMS, Means.LETTER]
    (job,) = jobs(road, run_of(road.notice(case).tries[-1].sent_at))
    road.clock.move(days=2)
    assert told(road, "returned", job, reason="mudou-se") == ["applied"]
    assert road.arrears(case).notices[0].attempts[-1].failed
    road.sweep()
    road.serve()
    assert road.facts()["notice.exhausted"] == 1


def test_the_notice_goes_on_after_a_means_of_which_nothing_is_known():
    road = road_at()
    case = owing(road, Channel.EMAIL, Channel.SMS)
    road.faults.fail("SendBulkEmail", landed=True, error=read_timeout)
    road.night()
    days(road, 4)
    assert tried(road, case) == [Means.EMAIL, Means.SMS]
    assert len(road.ses.mailbox) == len(road.sms.phones) == 1


@pytest.mark.parametrize("landed", [False, True])
def test_a_letter_is_printed_once_whatever_the_store_does(landed):
    road = road_at()
    case = owing(road, Channel.LETTER, means=("letter",))
    road.sweep()
    road.faults.fail("PutObject", call=2, landed=landed, error=unavailable)  # the first keeps the words
    for _ in range(4):
        road.night()
        road.clock.move(minutes=40)
        road.sweep()
        road.serve()
    assert road.faults.struck
    assert len(jobs(road)) == 1
    assert len(road.arrears(case).notices[0].attempts) == 1


def test_the_ladder_s_last_step_goes_on_paper_for_who_has_nothing_else():
    road = road_at()
    case = road.contract(5, "2026-09-15", channels=(Channel.LETTER,))
    other = road.contract(6, "2026-09-15", channels=(Channel.EMAIL, Channel.LETTER))
    road.walk()
    (job,) = jobs(road)
    assert (job.contract, job.registered) == (case.contract, False)
    assert road.outreach(case).status is OutreachStatus.ACCEPTED
    assert road.outreach(other).channel is Channel.EMAIL
    road.clock.move(days=3)
    assert told(road, "returned", job, reason="ausente") == ["applied"]
    assert road.outreach(case).status is OutreachStatus.FAILED


def test_a_ladder_s_letter_whose_address_no_window_takes_waits_for_a_person_and_holds_up_nobody_else():
    road = road_at()
    case = road.contract(5, "2026-09-15", channels=(Channel.LETTER,))
    others = [road.contract(n, "2026-09-15", channels=(Channel.LETTER,)) for n in (6, 7)]
    held = road.ledger().get([contract_ref(case.contract)])[contract_ref(case.contract)]
    long = replace(held, address=replace(held.address, street="Rua " + "A" * 90))
    act = Act("moved", (Put(long),), (Fact("contract.recorded", held.ref),))
    assert road.ledger().commit([act]).landed
    road.walk()
    assert {job.contract for job in jobs(road)} == {other.contract for other in others}
    assert road.outreach(case).status is OutreachStatus.REFUSED
    assert road.case(case).parked == "address-too-long"
    (parked,) = road.ledger().record(PARKED_CASES)
    assert parked.contract == case.contract


def test_an_operator_that_posts_no_letters_makes_none():
    road = road_at(letters=False)
    road.contract(5, "2026-09-15", channels=(Channel.LETTER,))
    road.walk()
    assert not jobs(road)
