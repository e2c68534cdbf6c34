"""What only leads elsewhere goes by itself, at the date that stands in it: nobody misses it and nothing rings."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from emdia.aws.items import LEAST, encode
from emdia.aws.journal import KEPT
from emdia.aws.keyring import DataKey
from emdia.compliance.norms import norm
from emdia.messages.bot.converse import Waiting as Asks
from emdia.messages.print_job import ParkedTracking
from emdia.messages.talk import KeptReply, Talk
from emdia.money import Centavos
from emdia.payments.payment import Payment, PaymentStatus
from emdia.portfolio.contract import Channel
from emdia.portfolio.inbox import InboxEvent, InboxStatus
from emdia.ports import KeyClass
from emdia.state import Subject
from functions.receive_reply.handler import handle as hear
from functions.show_debt.handler import handle as show_debt
from functions.watch_log.handler import handle as watch
from tests.fakes import erp
from tests.fakes.house import ANS, JOURNAL, LEDGER, PUBLIC_URL, START, House, SeededRandomness
from tests.functions.intake import Intake
from tests.functions.sqs import again, batch
from tests.functions.test_receive_reply import sms

BY_ITSELF = {"PAGE", "TALK", "REPLY", "IN", "PAYMENT", "LETTEREVENT"}


def expire(house):
    """What DynamoDB deletes by itself, of both tables that it may."""
    now = house.clock.now().timestamp()
    gone = set()
    for table in (JOURNAL, LEDGER):
        for partition in house.dynamodb.tables[table].items.values():
            due = {sort for sort, row in partition.items() if "ttl" in row and int(row["ttl"]["N"]) <= now}
            for sort in due:
                del partition[sort]
            gone |= {sort.partition("#")[0] for sort in due if table == LEDGER}
    return gone


def pass_by(road, **time):
    road.clock.move(**time)
    road.show_clock()
    road.restart()
    return expire(road)


@pytest.fixture
def written(seated):
    """Somebody who got an SMS with a link and wrote back."""
    road = seated
    road.contract(1, channels=(Channel.SMS,))
    road.walk()
    road.show_clock()
    token = road.sms.phones[-1].text.split(f"{PUBLIC_URL}/p/")[1].split()[0]
    assert again(hear(batch([sms(1, "quanto devo?")]), None)) == []
    return road, token


def opened(token):
    event = {"httpMethod": "GET", "pathParameters": {"token": token}, "headers": {}, "body": None}
    answer = show_debt(event, None)
    return answer["statusCode"], answer["body"]


def rings(capsys):
    capsys.readouterr()
    watch({"watch": "state"}, None)
    return "StateTampered" in capsys.readouterr().out


def sorts(road):
    return {row["sk"]["S"].partition("#")[0] for row in road.rows(LEDGER) if "ttl" in row}


def test_nothing_but_what_leads_elsewhere_goes_by_itself(written):
    road, _ = written
    assert sorts(road) == {"PAGE", "TALK", "REPLY"}
    held = {row["sk"]["S"].partition("#")[0] for row in road.rows(LEDGER)} - BY_ITSELF
    road.clock.move(days=4000)
    expire(road)
    assert {row["sk"]["S"].partition("#")[0] for row in road.rows(LEDGER)} == held


def test_a_page_that_opens_nothing_any_more_goes_sixty_days_later(written, capsys):
    road, token = written
    unknown = opened(token[:-4] + "AAAA")
    assert opened(token)[0] == 200
    assert "PAGE" not in pass_by(road, days=31)
    over = opened(token)
    assert over == unknown
    assert over[0] != 200
    assert "PAGE" not in pass_by(road, days=58)
    assert opened(token) == over
    assert "PAGE" in pass_by(road, days=1, hours=1)
    assert opened(token) == unknown
    assert not rings(capsys)


def test_a_conversation_goes_after_ninety_days_and_begins_anew(written, capsys):
    road, _ = written
    assert again(hear(batch([sms(1, "quanto devo?", name="in-2")]), None)) == []
    old = numbers(road)
    assert len(old) == 2  # the bot settled the first
    assert pass_by(road, days=89) == set()
    assert pass_by(road, days=3) == {"TALK", "REPLY", "PAGE"}
    assert numbers(road) == old
    assert not rings(capsys)
    # Versions begin anew, and no turn of the new conversation is taken for one of the old.
    for nth in (3, 4):
        assert again(hear(batch([sms(1, "quanto devo?", name=f"in-{nth}")]), None)) == []
    assert len(numbers(road) - old) == 2
    assert {"TALK", "REPLY"} <= sorts(road)
    assert not rings(capsys)


def test_no_two_beginnings_of_a_number_share_a_turn():
    talk, first = Talk(key="k", channel=Channel.SMS), START
    for days in range(60):
        again_at = first + timedelta(days=days) + LEAST
        assert talk.turn(first + timedelta(days=days)) != talk.turn(again_at)
        began = replace(talk, began=first + timedelta(days=days), v=3)
        assert began.turn(again_at) != replace(talk, began=again_at, v=3).turn(again_at)


def numbers(road):
    return {row["pk"]["S"].rpartition("#")[2] for row in road.rows(LEDGER) if row["sk"]["S"] == "PROTOCOL"}


def test_what_went_while_its_fact_was_still_there_is_missed(written, capsys):
    """Why nothing goes sooner: the nightly look takes an item without its fact for tampering."""
    road, _ = written
    assert KEPT + timedelta(days=7) <= LEAST  # DynamoDB deletes late, the fact's row too
    for partition in road.dynamodb.tables[LEDGER].items.values():
        partition.pop("PAGE", None)
    assert rings(capsys)


EVENT = InboxEvent(
    client="erp", id="e1", event_id="E-1", kind="invoice.issued", status=InboxStatus.APPLIED, digest="d",
    received_at=START, key_month="2026-11",
)  # fmt: skip


@pytest.mark.parametrize("status", list(InboxStatus))
def test_an_event_goes_once_it_is_settled_and_never_before(status):
    settled = {InboxStatus.APPLIED, InboxStatus.SUPERSEDED, InboxStatus.DISCARDED}
    ends = START + timedelta(days=400)
    assert replace(EVENT, status=status).expires == (ends if status in settled else None)


def test_money_that_was_nobody_s_and_went_back_goes_after_five_years_and_no_other():
    parked = Payment(
        id="p", end_to_end_id="E", txid="", amount=Centavos(10), at=START, status=PaymentStatus.PARKED,
        returned=Centavos(10),
    )  # fmt: skip
    assert parked.expires == START + timedelta(days=1827)
    assert replace(parked, returned=Centavos(9)).expires is None
    assert replace(parked, status=PaymentStatus.ENTERED, contract="c").expires is None


def test_what_was_told_of_a_letter_that_nobody_sent_goes():
    assert ParkedTracking(id="t", since=START, told="{}").expires == START + timedelta(days=400)


def test_a_conversation_in_which_the_bot_waits_stays():
    talk = Talk(key="k", channel=Channel.SMS, until=START)
    assert talk.expires == START + timedelta(days=90)
    assert replace(talk, waiting=next(one for one in Asks if one is not Asks.NOTHING)).expires is None
    assert replace(talk, until=None).expires is None


def test_days_are_rows_of_the_norms():
    assert KeptReply(key="k", id="m", at=START, number="1").expires == START + timedelta(
        days=norm("retention.reply", START.date()).value
    )
    assert norm("retention.page", START.date()).unit == norm("retention.inbox", START.date()).unit == "days"


def test_what_is_settled_long_after_its_day_stays_as_long_as_its_fact_and_more():
    now = datetime(2029, 1, 1, tzinfo=UTC)
    keys = {(Subject("inbox:erp:2026-11"), KeyClass.ENTRADA): DataKey.of("k1", b"1" * 32)}
    item = encode(ANS, EVENT, keys, now, SeededRandomness(1))
    assert int(item["ttl"]["N"]) == int((now + LEAST).timestamp())
    assert "ttl" not in encode(ANS, replace(EVENT, status=InboxStatus.PARKED), keys, now, SeededRandomness(1))


def test_an_event_that_comes_again_after_its_row_went_changes_nothing():
    intake = Intake(House())
    at = intake.house.clock.now() - timedelta(days=1)
    events = [erp.contract(at), erp.invoice(at + timedelta(hours=1)), erp.paid(at + timedelta(hours=2))]
    assert intake.post(*events)["status"] == 202
    assert intake.apply() == []
    before = {state.ref: (type(state), replace(state, v=0, last="")) for state in intake.record()}
    intake.house.clock.move(days=401)
    intake.house.restart()
    assert expire(intake.house) == {"IN"}
    assert intake.post(*events)["status"] == 202
    assert intake.apply() == []
    assert {state.ref: (type(state), replace(state, v=0, last="")) for state in intake.record()} == before
