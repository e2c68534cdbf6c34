"""States as items: everything comes back, the hot item stays small, what is not ours halts."""

from dataclasses import fields, replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emdia.audit.opened import OpenedLog
from emdia.aws.item_types import TYPES, type_of
from emdia.aws.items import SHARDS, bucket_of, decode, encode, sealed_under, sealing_of, shard_of, size_of
from emdia.aws.keyring import DataKey
from emdia.aws.plain import reader, writer
from emdia.compliance import approval
from emdia.compliance.approval import InForce, Matter, Pinned, Standing, Yes
from emdia.compliance.charges import Clause
from emdia.compliance.delay import OperatorDelay
from emdia.compliance.frequency import Contacted
from emdia.compliance.notice import Consequence, EvidenceKind, Means
from emdia.compliance.notice_record import NoticeGap, NoticeRecord, Shown, Try
from emdia.errors import Halted, Rejected
from emdia.facts import LogClass
from emdia.ladder.step_note import StepNote
from emdia.messages.bot.converse import Waiting as Asks
from emdia.messages.line import Line
from emdia.messages.outreach import Outreach, OutreachStatus
from emdia.messages.page import Page, PagesRevoked
from emdia.messages.person import PersonLog
from emdia.messages.print_job import LetterObject, ParkedTracking, Posting, PrintJob, PrintRun
from emdia.messages.registry import Registry, TemplateStanding
from emdia.messages.talk import KeptReply, Owed, Talk
from emdia.money import Centavos
from emdia.payments.charge import Charge, ChargeName, ChargeStatus, Terms
from emdia.payments.payment import Payment, PaymentStatus
from emdia.payments.settlement import Entry
from emdia.people.disposal import DisposalRun, Disposed, Held, KeptKey, Party
from emdia.people.erasure import Approval, Erasure, ErasureStatus, LegalHold
from emdia.people.offices import Office
from emdia.portfolio.case import Case, OpenInvoice, ParkedCase, Reach, Stop, StopKind, StopRecord
from emdia.portfolio.contract import Beneficiary, Channel, Contract, Endpoint, Operator
from emdia.portfolio.document import Kept
from emdia.portfolio.imports import Import, ImportStatus
from emdia.portfolio.inbox import InboxEvent, InboxStatus, Parked, Waiting
from emdia.portfolio.municipal import MunicipalHolidays
from emdia.portfolio.outbound import OutEvent, OutHead, OutMark
from emdia.portfolio.received import Flag, MoneyFlag
from emdia.ports import KeyClass
from emdia.protocols.answers import Outcome
from emdia.protocols.deadlines import Care, Clock, Demand
from emdia.protocols.number import NumbersOfDay
from emdia.protocols.protocol import (
    Asked,
    ContractProtocol,
    Interaction,
    Medium,
    Originator,
    Protocol,
    Reminder,
    Speaker,
    Status,
    WaitingProtocol,
)
from emdia.protocols.ratings import PaymentRating, RatingsOfDay
from emdia.protocols.tracking import Challenge, Rating
from emdia.state import AgendaKind, Subject
from tests.fakes.house import ANS, START, SeededRandomness
from tests.fakes.people import AS_OF, PERSONAL, case, contract, holder, invoice

NUMBER = f"{ANS}20261125000042"
KEY = DataKey.of("k1", b"1" * 32)
RANDOM = SeededRandomness(7)

FULL_CASE = case(
    due=START,
    parked="fault",
    last_outreach="f" * 32,
    stops=(Stop(StopKind.DISPUTE, "d" * 32, ("a" * 32,), START), Stop(StopKind.PROTECTIVE, "e" * 32)),
)
STATES = [
    Challenge(contract="c1", code="ab" * 32, at=START, day=START.date(), sent=1),
    Rating(number=NUMBER, score=5, at=START),
    PaymentRating(contract="c1", outreach="o1", score=5, nps=0, at=START),
    RatingsOfDay(day=START.date(), scores=2, score_sum=7, pleased=1, nps=1, nps_net=-1),
    Line(key="ab" * 16, holder_key="p1", contract="c1"),
    KeptReply(key="n1", id="r1", at=START, number="12345620261125000042", owed=Owed.DUE),
    Talk(key="n1", channel=Channel.SMS, number="12345620261125000042", until=START, waiting=Asks.CHOICE, heard=2),
    Page(key="ab" * 32, contract="c1", outreach="o1", holder_key="p1", until=START),
    PagesRevoked(contract="c1", at=START),
    Registry(templates=(TemplateStanding("lembrete_v1", "PAUSED", "UTILITY", START),)),
    FULL_CASE,
    case(
        ibge="3548500",
        phone_clocks=((Channel.SMS, ("America/Rio_Branco",)),),
        invoices=(
            OpenInvoice("a", "2026-08", date(2026, 8, 10), Centavos(1), caused=OperatorDelay(date(2026, 8, 10))),
            OpenInvoice("b", "2026-09", START.date(), Centavos(1), caused=OperatorDelay(START.date(), START.date())),
            OpenInvoice("c", "2026-09", START.date(), Centavos(2), entries=(Entry("e", START.date(), Centavos(1)),)),
        ),
    ),
    case(),
    contract(clause=Clause(200, 100), dead_points=("p1",), means_of_notice=("carta",), beneficiaries=("b1",)),
    Beneficiary(contract="c", key="b", name="José", cpf="1", birth_on=date(1990, 2, 28), as_of=AS_OF),
    invoice(paid_at=START, paid_amount=Centavos(1), closed_as_of=AS_OF),
    StopRecord(
        contract="c", id="s", holder_key="h", kind=StopKind.PROTECTIVE, active=True, until=START, note="uti",
        as_of=AS_OF,
    ),
    StopRecord(contract="c", id="s", holder_key="h", kind=StopKind.HOLD, active=False, as_of=AS_OF),
    Outreach(
        contract="c", id="o", holder_key="h", channel=Channel.EMAIL, step="D0", template="t", ladder="l",
        invoices=("i1", "i2"),
        advanced=("i1", "i2"), status=OutreachStatus.CLAIMED, created_at=START, rule="r", claimed_at=START, due=START,
        words=Pinned(Matter.WORDS, "atraso/email", "1", "ab"),
    ),
    StepNote(
        contract="c", holder_key="h", at=START, rule="stop.hold", edition="1", steps=("D0", "D+3"),
        until=START + timedelta(microseconds=1),
    ),
    PersonLog(key="p", contacted=(Contacted(START, "o1", "email"), Contacted(START + timedelta(microseconds=1), "o2"))),
    InboxEvent(
        client="erp", id="e", event_id="E-1", kind="invoice.issued", status=InboxStatus.PARKED, digest="d",
        received_at=START, key_month="2026-11", body="{}", reason="cpf-invalid", pointer="/cpf", due=START,
    ),
    Waiting(contract="c", events=(("erp", "e1"), ("erp", "e2"))),
    Parked(client="erp", event="e1"),
    Import(
        id="i", client="erp", status=ImportStatus.REFUSED, began_at=START, size=9, sheet=1, row=2, offset=3, accepted=4,
        refused=5, reason="quote-open", parts=("faturas-0-0",),
    ),
    ParkedCase(contract="c", reason="crash:KeyError", parked_at=START),
    MunicipalHolidays(ibge="3548500", days=((date(2026, 1, 26), "Aniversário da cidade"),)),
    Erasure(
        id="e", person="p", classes=("contato", "operacao"), asked_by="a", asked_at=START,
        approvals=(Approval(Office.DPO, "d", START),), status=ErasureStatus.DONE, done_at=START, attendances=(NUMBER,),
    ),
    NoticeRecord(
        contract="c", id="n", holder_key="h", fees=("f1", "f2"), consequence=Consequence.RESCIND, words=Kept("d", "ab"),
        issued_on=START.date(), drafted_at=START, pay_by=START.date(), last_sending=START.date(), failures=1, due=START,
        tries=(Try(Means.EMAIL, "o", "e", True, START, (Shown(EvidenceKind.READ_CONFIRMED, START, Kept("e", "c")),)),),
    ),
    PrintJob(
        day=START.date(), outreach="o", contract="c", holder_key="h", file=Kept("d", "ab"), registered=True,
        made_at=START, posting=Posting.POSTED, object="BR123456789BR",
    ),
    PrintRun(day=START.date(), letters=2, manifest=Kept("d", "ab"), closed_at=START),
    LetterObject(object="BR123456789BR", reference="261015" + "AB" * 8),
    ParkedTracking(id="t", since=START, told="{}"),
    NoticeGap(contract="c", reason="cnpj-missing", pointer="/cnpj", since=START),
    InForce(pinned=(Pinned(Matter.WORDS, "atraso/email", "1", "ab"),)),
    approval.Approval(
        matter=Matter.LADDER, id="regua", version="padrao-1", digest="ab", author="a", at=START, evidence="verify",
        yes=(Yes(Office.LEGAL, "l", START), Yes(Office.ETHICS, "e", START)), standing=Standing.ACTIVE,
    ),
    LegalHold(person="p", active=True, reason="r", actor="a", at=START),
    OpenedLog(log=LogClass.ACESSO, year=2026, shard=2, key="arn", public="ab" * 32, closed_at=START),
    Operator(
        ans=ANS, name="n", cnpj="c", address="a", mail_from="m", phone="p", site="s", how_to_pay="h", seat="3304557",
    ),
    Endpoint(url="https://erp.example/x", paused="gone"),
    OutHead(contract="c", given=3, sent=1, failures=2, failing_since=START, due=START),
    OutEvent(contract="c", sequence=1, id="i", type="t", at=START, data="{}"),
    OutMark(contract="c", fact="f", sequence=1),
    NumbersOfDay(day=date(2026, 11, 25), leased=300, closed=True),
    Asked(key="k", number=NUMBER),
    Protocol(
        number=NUMBER, opened_at=START, medium=Medium.CHAT, originator=Originator.PERSON, status=Status.CLOSED,
        contract="c", holder_key="h", demand=Demand.ASSISTENTIAL, care=Care.DENTIST,
        clocks=(Clock("protocol.sac.answer", START, START + timedelta(days=7), working=False),),
        warnings=(Reminder(START, 50, "protocol.sac.answer"),), staff="ana", human_asked_at=START, human_at=START,
        answered_at=START, outcome=Outcome.DENIED, late=True, complaint=True, stage=1, said=3,
        asked="k", recorded_at=START, stays_until=START,
    ),
    Interaction(
        number=NUMBER, id="m1", sequence=1, at=START, medium=Medium.PHONE, speaker=Speaker.STAFF, under="h",
        internal=True, words="w", author="a", recording="r", basis="b",
    ),
    ContractProtocol(contract="c", number=NUMBER, opened_at=START),
    WaitingProtocol(number=NUMBER, due="2026-12-03T03:00:00.000Z"),
    Charge(contract="c", invoice="i", number=1, txid="t", terms=Terms(Centavos(1), START.date(), 90),
           status=ChargeStatus.ASKED, quoted_on=START.date()),
    OutHead(contract="c", given=2, sent=1, failures=1, failing_since=START, due=START),
    OutEvent(contract="c", sequence=1, id="e", type="invoice.settled", at=START, data="{}"),
    OutMark(contract="c", fact="f", sequence=1),
    Endpoint(url="https://erp.example/avisos", paused="not-reached"),
    ChargeName(txid="t", contract="c", invoice="i", quoted_on=START.date()),
    Payment(id="p", end_to_end_id="E1", txid="t", amount=Centavos(1), at=START, status=PaymentStatus.PARKED),
    Party(person="p", contract="0" * 32, due=START),
    KeptKey(owner="p", subject=f"atendimento:{NUMBER}", since=START, stays_until=START),
    DisposalRun(id="r", at=START, done=(Disposed("key", 2),), held=(Held("contract", "c", "legal-hold"),)),
    MoneyFlag(entry="e", contract="c", invoice="i", reason=Flag.OVER, amount=Centavos(1), on=START.date()),
]  # fmt: skip


def keys_for(state):
    sealing = sealing_of(state)
    return {} if sealing is None else {sealing.under: KEY}


def stored(state, now=START):
    return encode(ANS, state, keys_for(state), now, RANDOM) | {"last": {"S": "ab" * 32}}


@pytest.mark.parametrize("state", STATES, ids=lambda s: f"{type(s).__name__}")
def test_every_state_comes_back_as_it_was(state):
    back = decode(stored(state), keys_for(state))
    assert back == replace(state, v=1, last="ab" * 32)
    assert type(back) is type(state)


def test_there_is_a_state_of_every_kind_here():
    assert {type(state) for state in STATES} == {type_of(sort) for sort in TYPES}


@given(
    st.lists(
        st.builds(
            OpenInvoice,
            id=st.text(),
            reference=st.text(),
            due_on=st.dates(),
            amount=st.integers(),
            step=st.text(),
        ),
        max_size=4,
    ).map(tuple),
    st.none() | st.datetimes(min_value=datetime(1990, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001  the zone is given
    st.none() | st.integers(0, 10_000),
    st.lists(st.tuples(st.sampled_from(Channel), st.sampled_from(Reach)), max_size=4).map(tuple),
)
def test_any_case_comes_back(invoices, due, multa, reach):
    state = case(invoices=invoices, due=due, multa_bp=multa, reach=reach)
    assert replace(decode(stored(state), {}), v=0, last="") == state


def test_the_hot_item_with_three_open_invoices_fits_two_kilobytes():
    invoices = tuple(
        OpenInvoice(f"{n:032x}", "2026-11", date(2026, 11, 20), Centavos(123_456), "D+15") for n in range(3)
    )
    reach = tuple((channel, Reach.OPTED_OUT) for channel in Channel)
    item = stored(replace(FULL_CASE, invoices=invoices, reach=reach, parked=""))
    assert size_of(item) <= 2048


def test_the_size_is_never_under_dynamodb_s_count():
    for state in STATES:
        item = stored(state)
        exact = sum(
            len(name) + len(value if isinstance(value, bytes) else value.encode())
            for name, kind in item.items()
            for value in kind.values()
        )
        assert exact <= size_of(item)


@pytest.mark.parametrize("state", [s for s in STATES if sealing_of(s)], ids=lambda s: type(s).__name__)
def test_sealed_members_are_not_in_clear(state):
    item = stored(state)
    sealing = sealing_of(state)
    clear = item["d"]["S"]
    for member in fields(state):
        if member.name not in sealing.clear | {"v", "last"}:
            assert f'"{member.name}"' not in clear
    assert [text for text in PERSONAL if text in repr(item)] == []
    if "xs" in item:
        assert sealed_under(item) == sealing.under


def test_what_is_clear_names_existing_members():
    for state in STATES:
        sealing = sealing_of(state)
        if sealing is not None:
            assert sealing.clear <= {member.name for member in fields(state)}


def test_a_stay_is_sealed_as_health_and_a_stop_is_not():
    stay, hold = (s for s in STATES if isinstance(s, StopRecord))
    assert sealing_of(stay).under == (Subject("h"), KeyClass.SAUDE)
    assert sealing_of(hold).under == (Subject("h"), KeyClass.CADASTRO)


def test_neither_a_stay_s_moment_nor_an_event_s_kind_is_in_clear():
    stay = next(s for s in STATES if isinstance(s, StopRecord) and s.kind is StopKind.PROTECTIVE)
    assert "as_of" not in sealing_of(stay).clear
    event = next(s for s in STATES if isinstance(s, InboxEvent))
    assert "kind" not in sealing_of(event).clear


def test_a_new_member_of_a_contract_is_sealed_by_default():
    assert "cnpj" not in sealing_of(contract()).clear
    assert sealing_of(contract()).clear == {"key", "holder_key", "as_of", "points_as_of"}


def test_without_its_key_a_state_is_neither_written_nor_read():
    with pytest.raises(Rejected, match="subject-forgotten"):
        encode(ANS, contract(), {}, START, RANDOM)
    with pytest.raises(Rejected, match="subject-forgotten"):
        decode(stored(contract()), {})


def test_an_item_does_not_open_elsewhere():
    item = stored(contract())
    moved = {**item, "pk": {"S": f"{ANS}#C#{1:032x}"}}
    with pytest.raises(Halted):
        decode(moved, keys_for(contract()))
    other = {(holder(), KeyClass.CADASTRO): DataKey.of("k2", b"1" * 32)}
    with pytest.raises(Halted):
        decode(item, other)


@pytest.mark.parametrize(
    "spoil",
    [
        {"sk": {"S": "UNHEARD#1"}},
        {"d": {"S": "no json"}},
        {"d": {"S": '{"contract":"c","of_the_next_release":1}'}},
        {"d": {"S": '{"kind":"no such kind"}'}},
        {"v": {"N": "x"}},
    ],
)
def test_what_this_release_does_not_know_halts_without_quoting_it(spoil):
    with pytest.raises(Halted) as halted:
        decode({**stored(case()), **spoil}, {})
    assert "no such kind" not in str(halted.value)
    assert halted.value.__suppress_context__


def test_an_agenda_entry_is_the_item_s_earliest_clock_in_a_bucket_not_yet_past():
    item = stored(case(due=START), now=START - timedelta(days=1))
    assert item["agenda_pk"]["S"] == f"ladder#2026-11-23#{shard_of(AgendaKind.LADDER, case().ref.partition)}"
    assert item["agenda_at"]["S"].startswith("2026-11-23T15:00:00.000Z#")
    heavier = stored(case(due=START, invoices=(OpenInvoice("a", "2026-11", START.date(), Centavos(5)),)))
    assert heavier["agenda_at"]["S"] < stored(case(due=START, invoices=()))["agenda_at"]["S"]
    assert item["person"]["S"] == holder().id
    late = stored(case(due=START), now=START + timedelta(days=2, minutes=59))
    assert late["agenda_pk"]["S"].startswith("ladder#2026-11-25#")
    assert late["agenda_at"] == item["agenda_at"]


@pytest.mark.parametrize("state", [case(), case(due=START, parked="x")], ids=["nothing due", "parked"])
def test_nothing_due_has_no_entry(state):
    assert not {"agenda_pk", "agenda_at", "person"} & set(stored(state))


def test_shards_are_all_used():
    for kind, count in SHARDS.items():
        used = {shard_of(kind, case(n).ref.partition) for n in range(400)}
        assert used == set(range(count))


def test_the_bucket_is_the_day_in_utc():
    assert bucket_of(datetime.fromisoformat("2026-11-23T23:59:59-03:00")) == "2026-11-24"


@pytest.mark.parametrize("kind", [float, dict, set[str], bytes])
def test_a_type_that_cannot_be_stored_is_refused_where_it_is_written(kind):
    with pytest.raises((TypeError, ValueError)):
        writer(kind)


def test_a_contract_is_read_by_its_types():
    back = reader(Contract)(writer(Contract)(contract()))
    assert back == contract()


def test_a_case_omits_what_equals_its_default():
    assert "parked" not in stored(case())["d"]["S"]
    assert decode(stored(case()), {}).parked == Case.__dataclass_fields__["parked"].default
