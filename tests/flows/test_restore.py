"""The ledger is restored to an earlier moment: nobody is written to twice, and nobody who asked to be left alone."""

import copy
from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest

from emdia.aws.agenda import DynamoAgenda
from emdia.aws.ledger import DynamoLedgers
from emdia.aws.openings import KeyedOpenings
from emdia.aws.past_facts import DynamoPastFacts
from emdia.messages.outreach import OutreachStatus
from emdia.portfolio.case import Reach
from emdia.portfolio.contract import Channel
from emdia.protocols.protocol import Medium, Originator, Status
from emdia.state import QUEUE_SHARDS, contract_ref, person_ref, protocol_ref, queue_partition
from emdia.workflows.number_desk import NumberDesk
from emdia.workflows.open_protocol import Deps as Opening
from emdia.workflows.open_protocol import Opening as AskedFor
from emdia.workflows.open_protocol import issue
from emdia.workflows.recall_outreach import Deps, recall_outreach
from emdia.workflows.receive_opt_out import Deps as OptOut
from emdia.workflows.receive_opt_out import Evidence, receive_opt_out
from tests.fakes.faults import throttling
from tests.fakes.house import ANS, JOURNAL, LEDGER
from tests.flows.road import Road, lawful

RESTORED = "emdia-test-ledger-drill"


@pytest.fixture
def road():
    return Road()


def remember(road):
    """A point in time of the ledger: what point-in-time recovery would bring back."""
    road.dynamodb.settle()
    return copy.deepcopy(road.dynamodb.tables[LEDGER]), road.clock.now()


def restore(road, point):
    """The restored table under a name of its own, and functions that are told of it; journal and keys stay."""
    road.dynamodb.tables[RESTORED] = point[0]
    given = (road.clock, road.randomness, road.naps.append)
    road.ledgers = DynamoLedgers(road.dynamodb, RESTORED, JOURNAL, road.keyring, *given)
    road.agenda = DynamoAgenda(road.dynamodb, RESTORED, JOURNAL, road.naps.append)


def recalled(road, point):
    past, openings = DynamoPastFacts(road.dynamodb, JOURNAL), KeyedOpenings(road.keyring)
    deps = Deps(road.ledgers, past, openings, road.pseudonyms, road.clock, road.meter)
    return recall_outreach(ANS, point[1], "maria", deps)


def opt_out(road, case):
    token = road.pseudonyms.seal_token(ANS, f"{case.contract}|{Channel.EMAIL}|{case.holder_key}")
    deps = OptOut(road.ledgers, road.pseudonyms, road.clock, road.meter)
    receive_opt_out(token, Evidence("pagina", "Não quero mais receber estes e-mails."), deps)


def days(road, count):
    for _ in range(count):
        road.clock.move(hours=8)
        road.sweep()
        road.walk()


def test_without_the_recall_people_would_be_written_to_again(road):
    """The danger itself: else the tests below would prove nothing."""
    road.portfolio(5)
    point = remember(road)
    road.walk()
    restore(road, point)
    days(road, 6)
    assert max(road.mails_per_person().values()) == 2


def test_nobody_is_written_to_twice_for_a_step(road):
    cases = road.portfolio(20)
    road.climb()
    road.take()
    point = remember(road)  # queued, not sent
    road.clock.move(minutes=2)
    later = [road.contract(n) for n in range(21, 26)]
    road.walk()
    assert len(road.ses.mailbox) == 25
    road.clock.move(hours=1)
    restore(road, point)
    for case in later:  # the ERP says again what it said since
        road.contract(int(case.contract, 16) - 1_000_000)
    done = recalled(road, point)
    assert (done.outreach, done.unheld) == (25, 0)
    assert {road.outreach(case).status for case in cases} == {OutreachStatus.UNKNOWN}
    days(road, 6)
    assert Counter(road.mails_per_person().values()) == {1: 25}
    lawful(road)


def test_the_next_step_comes_when_its_day_comes(road):
    case = road.contract(1, due_on="2026-11-23")  # D0 today, D+3 tomorrow
    point = remember(road)
    road.walk()
    restore(road, point)
    recalled(road, point)
    assert road.case(case).invoices[0].step == "D0"
    days(road, 6)
    assert len(road.ses.mailbox) == 2
    assert road.case(case).invoices[0].step == "D+3"


def test_recalling_twice_changes_nothing(road):
    road.portfolio(3)
    point = remember(road)
    road.walk()
    restore(road, point)
    assert recalled(road, point).outreach == 3
    before = copy.deepcopy(road.dynamodb.stored(RESTORED))
    road.clock.move(minutes=1)
    assert recalled(road, point).outreach == 0
    assert road.dynamodb.stored(RESTORED) == before


def test_a_contract_that_is_not_there_yet_is_told_and_recalled_when_it_is(road):
    point = remember(road)
    case = road.contract(1)
    road.walk()
    restore(road, point)
    assert (recalled(road, point).outreach, recalled(road, point).unheld) == (0, 1)
    road.contract(1)
    done = recalled(road, point)
    assert (done.outreach, done.unheld) == (1, 0)
    days(road, 3)
    assert len(road.ses.mailbox) == 1
    assert road.case(case).invoices[0].step == "D+7"


def test_what_the_provider_did_not_take_is_sent(road):
    road.contract(1)
    point = remember(road)
    road.faults.fail("SendBulkEmail", error=throttling)
    road.walk()
    assert road.ses.mailbox == []
    restore(road, point)
    assert recalled(road, point).outreach == 0
    days(road, 1)
    assert len(road.ses.mailbox) == 1


def test_an_opt_out_by_link_is_not_forgotten(road):
    case, other = road.contract(1), road.contract(2)
    point = remember(road)
    opt_out(road, case)
    restore(road, point)
    assert road.case(case).reach_of(Channel.EMAIL) is Reach.OPEN
    done = recalled(road, point)
    assert done.opt_outs == 1
    assert road.case(case).reach_of(Channel.EMAIL) is Reach.OPTED_OUT
    contract = road.ledger().get([contract_ref(case.contract)])[contract_ref(case.contract)]
    assert contract.consents[-1].text == "Não quero mais receber estes e-mails."
    assert road.ledger().get([person_ref(case.holder_key)])[person_ref(case.holder_key)].opted_out(Channel.EMAIL)
    days(road, 2)
    assert set(road.mails_per_person()) == {f"pessoa{int(other.holder_key, 16)}@caixa.example"}
    assert recalled(road, point).opt_outs == 0


def test_a_command_of_the_former_life_is_not_taken_for_done(road):
    """An ERP sends its payment again: the journal knows the command, the restored ledger does not have it."""
    case = road.contract(1)
    point = remember(road)
    road.settle(case)
    facts = road.facts()["invoice.settled"]
    restore(road, point)
    road.settle(road.case(case))
    assert road.case(case).invoices == ()
    assert road.facts()["invoice.settled"] == facts + 1
    road.walk()
    assert road.ses.mailbox == []


def test_the_agenda_finds_what_fell_due_while_it_was_lost(road):
    """Buckets that the former life had closed are looked at again."""
    case = road.contract(1)
    point = remember(road)
    road.settle(case)
    days(road, 12)  # the cursors are days ahead now
    assert road.ses.mailbox == []
    restore(road, point)
    assert recalled(road, point).outreach == 0
    days(road, 3)
    assert len(road.ses.mailbox) == 1


def test_who_restored_what_is_a_fact_and_what_people_must_do_again_is_told(road):
    point = remember(road)
    case = road.contract(1)
    road.commit_case(replace(case, v=1, due=road.clock.now() + timedelta(days=1)), "case.released")
    restore(road, point)
    done = recalled(road, point)
    assert done.by_hand["case.released"] == 1
    assert road.facts()["ledger.restored"] == 1


def desk(road):
    return NumberDesk(road.clock, road.randomness, road.meter)


def number(road, hands, key):
    deps = Opening(road.ledgers, road.pseudonyms, road.clock, road.randomness, road.meter, hands)
    asked = AskedFor("central", key, Medium.PHONE, Originator.PERSON)
    return issue(asked, road.ledger(), deps).number


def test_no_protocol_number_is_given_twice_and_nobody_who_got_one_is_forgotten(road):
    hands = desk(road)
    before = number(road, hands, "before")
    point = remember(road)
    since = [number(road, desk(road), f"since {n}") for n in range(3)]
    restore(road, point)
    assert recalled(road, point).attendances == 3
    assert recalled(road, point).attendances == 0
    held = road.ledger().get([protocol_ref(one) for one in (before, *since)])
    assert {one.status for one in held.values()} == {Status.OPEN}
    assert len(held) == 4
    waiting = [one for shard in range(QUEUE_SHARDS) for one in road.ledger().listed(queue_partition(shard), 0)]
    assert {one.number for one in waiting} == {before, *since}
    after = {number(road, desk(road), f"after {n}") for n in range(3)}
    assert not after & {before, *since}
