"""From inbox rows to state: once, in order, whole, and with few requests."""

import json
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emdia.errors import Halted
from emdia.facts import Fact, LogClass
from emdia.messages.outreach import Outreach, OutreachKind, OutreachStatus, outreach_id
from emdia.portfolio.case import Case, Invoice, InvoiceStatus, StopRecord
from emdia.portfolio.contract import Beneficiary, Channel, Contract
from emdia.portfolio.inbox import InboxEvent, InboxStatus, Waiting
from emdia.ports import Act, Put
from emdia.state import OPERATOR_SUBJECT, Subject, case_ref, inbox_ref
from tests.fakes import erp
from tests.fakes.faults import read_timeout, throttling
from tests.fakes.house import ANS, ERP_QUEUE, JOURNAL, LEDGER, House
from tests.fakes.opening import disclosed
from tests.functions.intake import Intake


@pytest.fixture
def intake():
    return Intake(House())


def hours(intake, n):
    return intake.house.clock.now() - timedelta(days=2) + timedelta(hours=n)


def row(intake, event):
    ref = inbox_ref(erp.CLIENT, intake.house.pseudonyms.of(ANS, "event", event["id"]))
    state = intake.house.ledger().get([ref])[ref]
    assert isinstance(state, InboxEvent)
    return state


def run(intake, *events):
    assert intake.post(*events)["status"] == 202
    assert intake.apply() == []


def parties(intake):
    """Persons with a retention clock, and when it strikes."""
    rows = [row for part in intake.house.dynamodb.tables[LEDGER].items.values() for row in part.values()]
    clocks = [row for row in rows if row["sk"]["S"].startswith("PARTY#")]
    assert {row["agenda_pk"]["S"].partition("#")[0] for row in clocks} <= {"retention"}
    return {row["pk"]["S"].rpartition("#")[2]: row["agenda_at"]["S"][:7] for row in clocks}


def test_whoever_a_contract_names_gets_a_retention_clock_once_and_keeps_it(intake):
    def person(cpf):
        return intake.house.pseudonyms.of(ANS, "person", cpf.replace(".", "").replace("-", ""))

    holder, spouse = person(erp.CPF), person(erp.SPOUSE_CPF)
    run(intake, erp.contract(hours(intake, 1)))
    assert parties(intake) == {holder: "2032-01"}
    covered = [{"name": "Ana", "cpf": erp.SPOUSE_CPF, "birth_on": "1990-01-01"}]
    run(intake, erp.contract(hours(intake, 2), beneficiaries=covered))
    assert parties(intake) == {holder: "2032-01", spouse: "2032-01"}
    # Taken off the contract, and back: what is known of them must still end, and nothing stands in the way.
    run(intake, erp.contract(hours(intake, 3)))
    run(intake, erp.contract(hours(intake, 4), beneficiaries=covered))
    assert set(parties(intake)) == {holder, spouse}
    # An older word names nobody new.
    run(intake, erp.contract(hours(intake, 0), holder={"name": "Rui", "cpf": "11144477735", "birth_on": "1980-01-01"}))
    assert set(parties(intake)) == {holder, spouse}


def test_events_become_state_and_their_bodies_are_dropped(intake):
    events = [erp.contract(hours(intake, 1)), erp.invoice(hours(intake, 2)), erp.paid(hours(intake, 3))]
    run(intake, *events)
    kinds = [type(state) for state in intake.record()]
    assert sorted(kinds, key=str) == sorted([Case, Contract, Beneficiary, Invoice], key=str)
    assert intake.one("INVOICE").status is InvoiceStatus.PAID
    for event in events:
        kept = row(intake, event)
        assert (kept.status, kept.body, kept.due) == (InboxStatus.APPLIED, "", None)
        assert kept.last != ""
    assert len(intake.facts("invoice.settled")) == 1


def test_nothing_personal_is_stored_in_clear(intake):
    run(intake, erp.contract(hours(intake, 1)), erp.invoice(hours(intake, 2)))
    note = erp.event("hospitalisation.started", hours(intake, 3), {"contract": "CT-1", "stay": "S", "note": "UTI"})
    run(intake, note)
    for table in (LEDGER, JOURNAL):
        text = "".join(repr(item) for item in intake.house.dynamodb.stored(table))
        for personal in ("Josefa", "52998224725", "Acácias", "josefa@", "CT-1", "F-1", "1961-04-30", "UTI", "hospital"):
            assert personal not in text, f"{personal} in {table}"
    for fact in intake.facts("erp.event.accepted"):
        assert "hospitalisation.started" not in disclosed(intake.house, ANS, fact, OPERATOR_SUBJECT).values()
    assert isinstance(intake.one("HEALTH"), StopRecord)
    assert intake.one("HEALTH").note == "UTI"


def test_a_message_again_changes_nothing(intake):
    events = [erp.contract(hours(intake, 1)), erp.invoice(hours(intake, 2))]
    intake.post(*events)
    messages = intake.house.sqs.take(ERP_QUEUE)
    assert intake.apply(messages) == []
    before = intake.house.dynamodb.stored(LEDGER), intake.house.dynamodb.stored(JOURNAL)
    assert intake.apply(messages * 2) == []
    assert (intake.house.dynamodb.stored(LEDGER), intake.house.dynamodb.stored(JOURNAL)) == before


def test_what_waits_is_applied_with_what_it_waits_for(intake):
    money, bill = erp.paid(hours(intake, 3)), erp.invoice(hours(intake, 2))
    run(intake, money)
    run(intake, bill)
    assert row(intake, money).status is InboxStatus.WAITING
    assert isinstance(intake.one("WAIT"), Waiting)
    assert len(intake.facts("erp.event.waiting")) == 2
    run(intake, erp.contract(hours(intake, 1)))
    assert row(intake, money).status is row(intake, bill).status is InboxStatus.APPLIED
    assert row(intake, money).body == ""
    assert intake.one("INVOICE").status is InvoiceStatus.PAID
    assert intake.record(prefix="WAIT") == []


def test_more_than_fits_one_transaction_is_applied_all_the_same(intake):
    people = [{"name": f"N{n}", "cpf": cpf(n), "birth_on": "1990-01-01"} for n in range(30)]
    bills = [erp.invoice(hours(intake, 2), f"F-{n}", due_on=f"2026-12-{n % 28 + 1:02d}") for n in range(60)]
    for start in range(0, 60, 20):
        run(intake, *bills[start : start + 20])
    assert len(intake.one("WAIT").events) == 60
    run(intake, erp.contract(hours(intake, 1), beneficiaries=people))
    assert len(intake.one("CASE").invoices) == 60
    assert {row(intake, bill).status for bill in bills} == {InboxStatus.APPLIED}
    assert intake.record(prefix="WAIT") == []
    assert len(intake.record(prefix="BENEFICIARY")) == 30


def cpf(n):
    digits = [int(d) for d in f"{100_200_300 + n * 7:09d}"]
    for _ in range(2):
        total = sum(d * w for d, w in zip(digits, range(len(digits) + 1, 1, -1), strict=True))
        digits.append(0 if total % 11 < 2 else 11 - total % 11)
    return "".join(map(str, digits))


def test_an_older_state_is_told_superseded(intake):
    run(intake, erp.contract(hours(intake, 5)))
    older = erp.contract(hours(intake, 1), kind="adesao")
    run(intake, older)
    assert row(intake, older).status is InboxStatus.SUPERSEDED
    assert intake.one("CONTRACT").kind == "individual"
    assert len(intake.facts("erp.event.superseded")) == 1


def test_an_event_that_waited_too_long_is_parked_for_a_person(intake):
    money = erp.paid(hours(intake, 3))
    run(intake, money)
    for _ in range(15):
        intake.house.clock.move(hours=12)
        assert intake.apply([{"ans": ANS, "client": erp.CLIENT, "events": [row(intake, money).id]}]) == []
    kept = row(intake, money)
    assert (kept.status, kept.reason) == (InboxStatus.PARKED, "contract-never-came")
    (parked,) = intake.desk("list")["result"]["parked"]
    assert (parked["type"], parked["reason"]) == ("invoice.paid", "contract-never-came")
    again = intake.post(money | {"id": money["id"]})
    assert again["json"]["refused"][0]["problem"]["code"] == "contract-never-came"


def test_queued_outreach_is_cancelled_in_the_same_act(intake):
    run(intake, erp.contract(hours(intake, 1)), erp.invoice(hours(intake, 2)))
    case, invoice = intake.one("CASE"), intake.one("INVOICE")

    shelf = with_outreach(case, invoice)
    puts = [Put(state) for state in shelf]
    fact = Fact("outreach.queued", case.ref)
    intake.house.ledger().ensure_keys([(Subject("operator"), LogClass.CONTATO)])
    assert not intake.house.ledger().commit([Act("given", tuple(puts), (fact,))]).lost
    run(intake, erp.paid(hours(intake, 3)))
    outreach = intake.one("OUTREACH")
    assert (outreach.status, outreach.rule) == (OutreachStatus.CANCELLED, "stop.settled")
    (cancelled,) = intake.facts("outreach.cancelled")
    (settled,) = intake.facts("invoice.settled")
    assert cancelled["command"] == settled["command"]


def with_outreach(case, invoice):
    made = outreach_id(ANS, case.contract, OutreachKind.LADDER, invoice.due_on)
    outreach = Outreach(
        contract=case.contract,
        id=made,
        holder_key=case.holder_key,
        channel=Channel.EMAIL,
        step="D0",
        template="vencimento",
        ladder=case.ladder,
        invoices=(invoice.id,),
        advanced=(invoice.id,),
        status=OutreachStatus.QUEUED,
        created_at=invoice.as_of.occurred_at,
        rule="ladder.step-due",
    )
    return [replace(case, last_outreach=made), outreach]


def test_the_race_of_an_event_and_what_it_waits_for_is_never_lost_by_both(intake):
    """A payment is found to wait while, in the same moment, its contract and invoice arrive."""
    money = erp.paid(hours(intake, 3))
    intake.post(money)
    late = intake.house.sqs.take(ERP_QUEUE)
    intake.post(erp.contract(hours(intake, 1)), erp.invoice(hours(intake, 2)))
    early = intake.house.sqs.take(ERP_QUEUE)
    between(intake, lambda: intake.apply(early))
    again = intake.apply(late)
    if again:
        assert intake.apply(again) == []
    assert intake.one("INVOICE").status is InvoiceStatus.PAID
    assert row(intake, money).status is InboxStatus.APPLIED


def test_the_same_race_the_other_way_round(intake):
    intake.post(erp.contract(hours(intake, 1)), erp.invoice(hours(intake, 2)))
    late = intake.house.sqs.take(ERP_QUEUE)
    money = erp.paid(hours(intake, 3))
    intake.post(money)
    early = intake.house.sqs.take(ERP_QUEUE)
    between(intake, lambda: intake.apply(early))
    again = intake.apply(late)
    if again:
        assert intake.apply(again) == []
    assert intake.one("INVOICE").status is InvoiceStatus.PAID
    assert row(intake, money).status is InboxStatus.APPLIED


@pytest.mark.parametrize("reading", [1, 2])
def test_a_case_read_before_its_invoice_arrived_is_not_left_open_by_the_payment(intake, monkeypatch, reading):
    """Items are not read in one moment: the case without the invoice, then the invoice that came meanwhile."""
    run(intake, erp.contract(hours(intake, 1)))
    intake.post(erp.invoice(hours(intake, 2)))
    early = intake.house.sqs.take(ERP_QUEUE)
    intake.post(erp.paid(hours(intake, 3)))
    late = intake.house.sqs.take(ERP_QUEUE)
    read, calls = intake.house.dynamodb.batch_get_item, []

    def racing(**request):
        calls.append(request)
        if len(calls) == reading:
            monkeypatch.setattr(intake.house.dynamodb, "batch_get_item", read)
            assert intake.apply(early) == []
        return read(**request)

    monkeypatch.setattr(intake.house.dynamodb, "batch_get_item", racing)
    again = intake.apply(late)
    if again:
        assert intake.apply(again) == []
    assert intake.one("INVOICE").status is InvoiceStatus.PAID
    assert intake.one("CASE").invoices == ()


def between(intake, act):
    """Somebody else acts between our reading and our writing."""

    def once():
        intake.house.dynamodb.before_write = None
        act()

    intake.house.dynamodb.before_write = once


def test_a_contract_that_keeps_changing_goes_back_to_the_queue_alone(intake):
    run(intake, erp.contract(hours(intake, 1), "CT-1"), erp.contract(hours(intake, 1), "CT-2"))
    intake.post(erp.invoice(hours(intake, 2), of="CT-1"))
    intake.post(erp.invoice(hours(intake, 2), of="CT-2"))
    messages = intake.house.sqs.take(ERP_QUEUE)
    ref = case_ref(intake.contract("CT-1"))
    count = iter(range(100))

    def bump():
        intake.house.dynamodb.before_write = None
        case = intake.house.ledger().get([ref])[ref]
        command = f"bump:{next(count)}"
        intake.house.ledger().commit([Act(command, (Put(case),), (Fact("case.repaired", ref),))])
        intake.house.dynamodb.before_write = bump

    intake.house.dynamodb.before_write = bump
    again = intake.apply(messages)
    intake.house.dynamodb.before_write = None
    assert again == [m for m in messages if intake.contract("CT-1") in m["contracts"]]
    assert len(intake.one("CASE", "CT-2").invoices) == 1
    assert intake.apply(again) == []
    assert len(intake.one("CASE", "CT-1").invoices) == 1


@pytest.mark.parametrize("landed", [False, True])
@pytest.mark.parametrize("operation", ["BatchGetItem", "TransactWriteItems", "PutItem", "GetItem"])
@pytest.mark.parametrize("nth", [1, 2, 3])
def test_one_lost_request_never_loses_or_doubles(intake, operation, landed, nth):
    intake.post(erp.contract(hours(intake, 1)), erp.invoice(hours(intake, 2)), erp.paid(hours(intake, 3)))
    messages = intake.house.sqs.take(ERP_QUEUE)
    intake.house.restart()
    intake.house.faults.fail(operation, call=nth, landed=landed, error=read_timeout)
    again = intake.apply(messages)
    intake.house.faults.planned.clear()
    assert intake.apply(again) == []
    assert intake.one("INVOICE").status is InvoiceStatus.PAID
    assert intake.one("CASE").invoices == ()
    assert len(intake.facts("invoice.settled")) == len(intake.facts("invoice.recorded")) == 1
    assert len(intake.facts("contract.recorded")) == 1


def test_a_store_out_of_reach_brings_every_message_again(intake):
    intake.post(*[erp.contract(hours(intake, 1), f"CT-{n}") for n in range(60)])
    messages = intake.house.sqs.take(ERP_QUEUE)
    intake.house.faults.fail("BatchGetItem", error=throttling)
    assert intake.apply(messages) == messages


def test_a_key_without_a_row_stops_everything(intake):
    with pytest.raises(Halted):
        intake.apply([{"ans": ANS, "client": erp.CLIENT, "events": ["0" * 32]}])


def test_a_forgotten_holder_parks_the_event_and_the_others_go_on(intake):
    run(intake, erp.contract(hours(intake, 1), "CT-1"), erp.invoice(hours(intake, 2), of="CT-1"))
    forgotten = intake.one("CASE").holder_key
    other = {"name": "Rui", "cpf": erp.SPOUSE_CPF, "birth_on": "1960-01-01"}
    run(intake, erp.contract(hours(intake, 1), "CT-2", holder=other, beneficiaries=[]))
    keys = intake.house.dynamodb.tables["emdia-test-keys"].items
    for partition in [p for p in keys if p.endswith(f"#S#{forgotten}")]:
        del keys[partition]
    intake.house.restart()
    lost, kept = erp.paid(hours(intake, 3), of="CT-1"), erp.invoice(hours(intake, 3), of="CT-2")
    run(intake, lost, kept)
    assert (row(intake, lost).status, row(intake, lost).reason) == (InboxStatus.PARKED, "subject-forgotten")
    assert row(intake, kept).status is InboxStatus.APPLIED


def test_a_change_too_large_for_one_write_is_parked_and_the_others_go_on(intake):
    run(intake, erp.contract(hours(intake, 1)), erp.contract(hours(intake, 1), "CT-2"))
    for start in range(0, 120, 20):
        run(intake, *[erp.invoice(hours(intake, 2), f"F-{n}") for n in range(start, start + 20)])
    other = {"name": "Rui", "cpf": erp.SPOUSE_CPF, "birth_on": "1960-01-01"}
    huge = erp.contract(hours(intake, 3), holder=other, beneficiaries=[])
    neighbour = erp.invoice(hours(intake, 3), of="CT-2")
    run(intake, huge, neighbour)
    assert (row(intake, huge).status, row(intake, huge).reason) == (InboxStatus.PARKED, "contract-too-large")
    assert row(intake, neighbour).status is InboxStatus.APPLIED


def test_a_new_holder_of_many_invoices_takes_them_over_beside_other_events(intake):
    run(intake, erp.contract(hours(intake, 1)))
    for start in range(0, 60, 20):
        run(intake, *[erp.invoice(hours(intake, 2), f"F-{n}") for n in range(start, start + 20)])
    other = {"name": "Rui", "cpf": erp.SPOUSE_CPF, "birth_on": "1960-01-01"}
    more = [erp.invoice(hours(intake, 3), f"G-{n}") for n in range(19)]
    run(intake, erp.contract(hours(intake, 4), holder=other, beneficiaries=[]), *more)
    case = intake.one("CASE")
    assert len(case.invoices) == 79
    assert {invoice.holder_key for invoice in intake.record(prefix="INVOICE")} == {case.holder_key}


def test_an_altered_item_of_one_contract_holds_up_no_other(intake):
    run(intake, erp.contract(hours(intake, 1)), erp.contract(hours(intake, 1), "CT-2"))
    items = intake.house.dynamodb.tables[LEDGER].items
    ours = next(part for part in items if part.endswith(f"#C#{intake.contract()}"))
    items[ours]["CONTRACT"]["d"] = {"S": "{}"}
    whole = erp.contract(hours(intake, 3)), erp.invoice(hours(intake, 3), of="CT-2")
    intake.post(*whole)
    messages = intake.house.sqs.take(ERP_QUEUE)
    with pytest.raises(Halted):
        intake.apply(messages)
    assert row(intake, whole[1]).status is InboxStatus.APPLIED
    assert row(intake, whole[0]).status is InboxStatus.ACCEPTED


def test_twenty_five_events_of_twenty_five_contracts_cost_few_requests(intake):
    numbers = [f"CT-{n}" for n in range(25)]
    run(intake, *[erp.contract(hours(intake, 1), number) for number in numbers])
    run(intake, *[erp.invoice(hours(intake, 2), of=number) for number in numbers])
    intake.post(*[erp.paid(hours(intake, 3), of=number) for number in numbers])
    messages = intake.house.sqs.take(ERP_QUEUE)
    before = intake.house.faults.total
    assert intake.apply(messages) == []
    assert intake.house.faults.total - before <= 4


def test_queue_functions_do_not_import_pydantic():
    program = (
        "import sys; sys.path[:0] = ['.', 'layers/domain/python'];"
        "import functions.apply_erp_event.handler, emdia.workflows.apply_erp_event;"
        "print('pydantic' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(order=st.permutations(range(6)), cut=st.integers(1, 5))
def test_any_order_through_the_store_ends_in_the_same_state(order, cut):
    def story(intake):
        return [
            erp.contract(hours(intake, 1)),
            erp.contract(hours(intake, 6), kind="adesao"),
            erp.invoice(hours(intake, 2)),
            erp.invoice(hours(intake, 4), kind="invoice.updated", amount_centavos=99),
            erp.paid(hours(intake, 3)),
            erp.event("hold.placed", hours(intake, 5), {"contract": "CT-1", "hold": "H"}),
        ]

    def essence(intake):
        return json.dumps(
            sorted(
                str({n: getattr(state, n) for n in state.__dataclass_fields__ if n not in ("v", "last")})
                for state in intake.record()
            )
        )

    straight, crooked = Intake(House()), Intake(House())
    run(straight, *story(straight))
    events = story(crooked)
    run(crooked, *[events[n] for n in order[:cut]])
    run(crooked, *[events[n] for n in order[cut:]])
    assert essence(crooked) == essence(straight)
