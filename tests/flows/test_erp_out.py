"""What the ERP is told, over in-memory clients: numbered without a gap, in order, at least once, signed."""

import json
from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest
from standardwebhooks import Webhook

from emdia.errors import LostRace, Rejected, TryLater
from emdia.facts import KINDS, Fact
from emdia.ports import TIMED_OUT, Act, Posted, Put
from emdia.state import endpoint_ref, out_event_ref
from emdia.workflows import deliver_facts, relay_facts
from emdia.workflows.notice_acts import parked
from infra.stages import RATES
from tests.fakes.house import ANS, ERP_OUT_QUEUE
from tests.flows.told import DOWN, SECRET, URL, Told

HANGS = Posted(ok=False, status=0, reason=TIMED_OUT)


@pytest.fixture
def house():
    return Told()


def test_the_erp_reads_each_step_in_order_with_its_own_numbers(house):
    house.live(2)
    house.relay()
    house.deliver()
    told = house.erp.told()
    assert set(told) == {"CT-1", "CT-2"}
    for events in told.values():
        assert [event["sequence"] for event in events] == list(range(1, len(events) + 1))
        assert [event["type"] for event in events] == ["outreach.queued", "outreach.accepted", "outreach.delivered"]
        assert events[0]["data"]["rule"] == "ladder.step-due"
        assert events[0]["data"]["channel"] == "email"
        assert len(events[0]["data"]["invoices"]) == 1


def test_a_call_carries_the_three_headers_and_any_library_verifies_it(house):
    house.live(1)
    house.relay()
    house.deliver()
    headers, event = house.erp.heard[0]
    assert headers["webhook-id"] == event["id"]
    body = json.dumps(event, ensure_ascii=False, separators=(",", ":"))
    signed = Webhook(SECRET).sign(headers["webhook-id"], house.clock.now(), body)
    assert headers["webhook-signature"] == signed


def test_no_word_of_a_person_is_told(house):
    house.live(2)
    house.relay()
    house.deliver()
    said = json.dumps([event for _, event in house.erp.heard], ensure_ascii=False)
    assert "Pessoa" not in said
    assert "@" not in said
    assert "52998224725" not in said
    stored = repr([row for row in house.dynamodb.stored("emdia-test-ledger") if "OUT#" in row["pk"]["S"]])
    assert "CT-1" not in stored


def test_what_a_person_must_complete_is_told_in_its_contract_s_own_sequence(house):
    house.live(1)
    (case,) = house.lived
    gap = parked(case.contract, Rejected("words-barred", "/text"), None, house.clock.now())
    assert house.ledger().commit([gap]).landed
    house.relay()
    house.deliver()
    (events,) = house.erp.told().values()
    assert [event["sequence"] for event in events] == list(range(1, len(events) + 1))
    assert {event["data"]["contract"] for event in events} == {"CT-1"}
    assert [event["data"] for event in events if event["type"] == "notice.parked"] == [
        {"contract": "CT-1", "rule": "words-barred", "pointer": "/text"}
    ]


def test_rows_that_come_again_get_no_second_number(house):
    house.live(2)
    rows = house.new_rows()
    for _ in range(3):
        relay_facts.relay_facts(rows, house.relay_deps())
    house.deliver()
    assert Counter(headers["webhook-id"] for headers, _ in house.erp.heard).most_common(1)[0][1] == 1


def test_a_failing_event_holds_its_contract_and_no_other(house):
    house.live(2)
    house.relay()
    house.erp.answers = [DOWN]
    house.deliver()
    told = house.erp.told()
    assert len(told) == 1
    house.clock.move(seconds=6)
    house.outbox.send([{"ans": ANS, "contracts": [house.lived[0].contract, house.lived[1].contract]}])
    house.deliver()
    told = house.erp.told()
    assert all([event["sequence"] for event in events] == [1, 2, 3] for events in told.values())
    assert len(told) == 2


def test_before_its_time_a_failed_event_is_not_tried_again(house):
    house.live(1)
    house.relay()
    house.erp.answers = [DOWN, DOWN]
    house.deliver()
    house.outbox.send([{"ans": ANS, "contracts": [house.lived[0].contract]}])
    house.deliver()
    assert house.head(house.lived[0].contract).failures == 1


def test_what_may_have_landed_is_told_again(house):
    house.live(1)
    house.relay()
    house.erp.answers = [HANGS]
    house.deliver()
    house.clock.move(seconds=10)
    house.outbox.send([{"ans": ANS, "contracts": [house.lived[0].contract]}])
    house.deliver()
    ids = [headers["webhook-id"] for headers, _ in house.erp.heard]
    assert ids[0] == ids[1]
    assert [event["sequence"] for event in house.erp.told()["CT-1"]] == [1, 2, 3]


def invocation(house, most=10):
    """One batch of the queue, as Lambda hands it over; the seconds that it took."""
    began, deps = house.ticks, house.deliver_deps()
    run = deliver_facts.Run(deps.stopwatch())
    for message in house.sqs.take(ERP_OUT_QUEUE, most):
        deliver_facts.deliver_facts(message, deps, run)
    return house.ticks - began


def costing(house, seconds):
    def wait():
        house.ticks += seconds

    house.erp.takes = wait


def test_an_endpoint_that_hangs_costs_one_call_a_batch_and_every_contract_is_told_in_the_end(house):
    house.live(30)
    house.relay()
    house.sqs.take(ERP_OUT_QUEUE, 100)
    house.outbox.send([{"ans": ANS, "contracts": [case.contract]} for case in house.lived])
    house.erp.answers = [HANGS] * 3
    costing(house, 10)
    for _ in range(3):
        assert invocation(house) <= RATES["erp-out"].timeout
    assert house.erp.calls == 3
    assert house.sqs.waiting(ERP_OUT_QUEUE) == 0, "nothing goes round in circles while it hangs"
    costing(house, 0)
    house.clock.move(minutes=16)
    house.sweep()
    house.deliver()
    told = house.erp.told()
    assert len(told) == 30
    assert all([event["sequence"] for event in events] == [1, 2, 3] for events in told.values())


def test_what_a_slow_endpoint_took_is_written_down_before_the_worker_s_time_is_over(house):
    """A call of nine seconds is a success; twenty of them are three times what a function may run."""
    house.live(10)
    house.relay()
    costing(house, 9)
    rounds = 0
    while house.sqs.waiting(ERP_OUT_QUEUE):
        assert invocation(house) <= RATES["erp-out"].timeout
        rounds += 1
    assert rounds == 6
    assert len(house.erp.heard) == 30, "nothing is told twice"
    assert all([event["sequence"] for event in events] == [1, 2, 3] for events in house.erp.told().values())


def test_after_three_days_the_endpoint_is_paused_and_nothing_is_dropped(house):
    house.live(1)
    house.relay()
    contract = house.lived[0].contract
    house.erp.answers = [DOWN] * 20
    for _ in range(14):
        house.outbox.send([{"ans": ANS, "contracts": [contract]}])
        house.deliver()
        head = house.head(contract)
        house.clock.at = max(head.due or house.clock.at, house.clock.at)
    endpoint = house.ledger().get([endpoint_ref()])[endpoint_ref()]
    assert endpoint.paused == "failing:http-503"
    assert house.meter.total("EndpointPaused") == 1
    assert (head.sent, head.given) == (0, 3)
    # Somebody mends it: everything comes, in order.
    house.erp.answers = []
    fact = Fact("endpoint.recorded", endpoint_ref())
    assert house.ledger().commit([Act("resume", (Put(replace(endpoint, paused="")),), (fact,))]).landed
    house.clock.at = house.head(contract).due + timedelta(seconds=1)
    house.outbox.send([{"ans": ANS, "contracts": [contract]}])
    house.deliver()
    assert [event["sequence"] for event in house.erp.told()["CT-1"]] == [1, 2, 3]


def test_an_address_that_is_gone_is_paused_at_once(house):
    house.live(1)
    house.relay()
    house.erp.answers = [Posted(ok=False, status=410, reason="http-410", gone=True)]
    house.deliver()
    assert house.ledger().get([endpoint_ref()])[endpoint_ref()].paused == "gone"


def test_the_sweep_finds_what_a_lost_message_forgot(house):
    house.live(1)
    house.relay()
    house.sqs.take(ERP_OUT_QUEUE, 100)
    house.clock.move(minutes=16)
    assert house.sweep() >= 1
    house.deliver()
    assert len(house.erp.told()["CT-1"]) == 3


def test_the_nightly_look_numbers_what_the_stream_lost(house):
    house.live(1)
    relay_facts.relay_unmarked(house.relay_deps())
    house.deliver()
    assert [event["sequence"] for event in house.erp.told()["CT-1"]] == [1, 2, 3]
    relay_facts.relay_unmarked(house.relay_deps())
    house.deliver()
    assert len(house.erp.heard) == 3


def test_of_a_forgotten_person_it_is_told_that_something_happened_and_no_more(house):
    house.live(1)
    house.relay()
    case = house.lived[0]
    house.dynamodb.tables["emdia-test-keys"].items.pop(f"{ANS}#S#{case.holder_key}")
    house.restart()
    house.deliver()
    events = house.erp.told()[""]
    assert [event["sequence"] for event in events] == [1, 2, 3]
    assert "invoices" not in events[0]["data"] or events[0]["data"]["invoices"] == []


def test_without_an_endpoint_nobody_is_told_and_nothing_is_numbered(house):
    endpoint = house.ledger().get([endpoint_ref()])[endpoint_ref()]
    key = f"{ANS}#OPERATOR"
    del house.dynamodb.tables["emdia-test-ledger"].items[key]["ENDPOINT"]
    assert endpoint.url == URL
    house.live(1)
    house.relay()
    assert not house.sqs.take(ERP_OUT_QUEUE)


def test_numbers_are_given_though_somebody_moves_the_head_in_between(house):
    """Who sends to the ERP writes the same head; the nightly look, giving up for it, would come again a day later."""
    house.live(1)
    (case,) = house.lived
    rows = house.new_rows()
    first = next(n for n, row in enumerate(rows) if KINDS[row["kind"]["S"]].to_erp)
    relay_facts.relay_facts(rows[: first + 1], house.relay_deps())
    message = {"ans": ANS, "contracts": [case.contract]}
    house.dynamodb.before_write = lambda: house.deliver_one(message)
    relay_facts.relay_facts(rows, house.relay_deps())
    assert house.dynamodb.before_write is None
    head = house.head(case.contract)
    assert head.sent
    assert head.given > head.sent
    given = house.ledger().get([out_event_ref(case.contract, n) for n in range(1, head.given + 2)])
    assert len(given) == head.given


def test_what_comes_while_others_are_told_delays_no_other_contract(house):
    """The message goes back to the queue with that contract alone: the queue would keep the failed one for minutes."""
    house.live(3)
    rows = house.new_rows()
    last = [row for row in rows if KINDS[row["kind"]["S"]].to_erp][-1]
    relay_facts.relay_facts([row for row in rows if row is not last], house.relay_deps())
    house.sqs.take(ERP_OUT_QUEUE, 100)

    def once():
        house.erp.takes = lambda: None
        relay_facts.relay_facts(rows, house.relay_deps())

    house.erp.takes = once
    house.deliver_one({"ans": ANS, "contracts": [case.contract for case in house.lived]})
    house.deliver()
    told = house.erp.told()
    assert all([event["sequence"] for event in events] == [1, 2, 3] for events in told.values())
    assert len(told) == 3
    assert len(house.erp.heard) == 9 + 2, "of the one contract what was on its way comes again"


@pytest.mark.parametrize("landed", [False, True])
def test_every_call_may_fail_and_each_event_comes_once_in_order(house, landed):
    """The k-th call is lost; rows and messages come again, as stream and queue bring them."""
    house.live(2)
    rows = house.new_rows()
    for k in range(1, 40):
        house.faults.fail("", call=k, landed=landed)
        for _ in range(3):
            try:
                relay_facts.relay_facts(rows, house.relay_deps())
                break
            except (TryLater, LostRace):
                house.restart()
        contracts = [case.contract for case in house.lived]
        for _ in range(3):
            try:
                house.deliver_one({"ans": ANS, "contracts": contracts})
            except (TryLater, LostRace):
                house.restart()
        house.faults.planned.clear()
    for events in house.erp.told().values():
        assert [event["sequence"] for event in events] == list(range(1, len(events) + 1))
    for case in house.lived:
        head = house.head(case.contract)
        assert head.sent == head.given
        events = house.ledger().get([out_event_ref(case.contract, n) for n in range(1, head.given + 1)])
        assert len(events) == head.given == 3
