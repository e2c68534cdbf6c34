import json
from copy import deepcopy
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from emdia.aws.agenda import Cursor
from emdia.aws.documents import S3Documents
from emdia.aws.items import SHARDS, bucket_of
from emdia.aws.remains import DynamoRemains
from emdia.clock import parse_instant
from emdia.errors import Rejected
from emdia.facts import Fact, LogClass
from emdia.messages.line import Line
from emdia.messages.outreach import Outreach
from emdia.messages.print_job import LetterObject, PrintJob, object_ref
from emdia.money import Centavos
from emdia.payments.charge import Charge, ChargeName, ChargeStatus, terms_of, txid_of
from emdia.payments.payment import Payment, PaymentStatus
from emdia.payments.settlement import Entry
from emdia.people.disposal import KeptKey, Party, first_look
from emdia.people.erasure import LegalHold, hold_ref
from emdia.portfolio.case import Invoice, Stop, StopKind
from emdia.portfolio.contract import AsOf, Beneficiary, Channel
from emdia.portfolio.document import Kept
from emdia.portfolio.received import Flag, MoneyFlag
from emdia.ports import Act, Forget, KeyClass, Put
from emdia.protocols.protocol import Interaction, Protocol
from emdia.state import (
    AgendaKind,
    Subject,
    attendance_subject,
    contract_ref,
    kept_key_ref,
    lines_of,
    person_ref,
    protocol_ref,
)
from emdia.workflows import dispose_contract, disposing
from functions.attend_protocol.handler import handle as attend
from functions.dispose_records.handler import handle
from functions.receive_reply.handler import handle as hear
from functions.seal_audit.handler import handle as seal
from functions.watch_log.handler import handle as watch
from tests.fakes.house import ANS, DOCUMENTS, JOURNAL, KEYS, LEDGER
from tests.flows.road import phone
from tests.functions.copied import copied
from tests.functions.sqs import batch
from tests.functions.test_seal_audit import sizes

NOON = datetime(2026, 11, 25, 15, 0, tzinfo=UTC)
WORDS = "Quero a segunda via do boleto da Rua das Acácias."
GRANTED = "A segunda via foi enviada hoje por e-mail, com vencimento em 10/12/2026."


class Archive:
    """An operator with attendances and contracts that grow old."""

    def __init__(self, road):
        self.road = road

    def ask(self, action, number="", **more):
        answer = attend({"action": action, "operator": ANS, "actor": "ana", "number": number, **more}, None)
        assert "result" in answer, answer
        return answer["result"]

    def attendance(self, key, contract="", recording="", demand="nao_assistencial", lines=1):
        opening = {"key": key, "medium": "telefone", "originator": "beneficiario"}
        number = self.ask("open", **opening)["number"]
        if contract:
            self.ask("identify", number, contract=contract)
        for n in range(lines):
            said = {"id": f"{n}", "medium": "telefone", "speaker": "beneficiario", "words": WORDS}
            self.ask("say", number, **said, recording=recording)
        self.ask("class", number, demand=demand)
        self.ask("answer", number, outcome="atendido", text=GRANTED)
        copied(self.road)
        return number

    def known(self, n, number):
        """Contract `number` of the ERP, paid, with its person; as `apply_erp_event` would have stored it."""
        road = self.road
        case = road.contract(n)
        road.settle(case)
        self.party(case.contract, case.holder_key)
        key = road.pseudonyms.of(ANS, "contract", number)
        held = road.ledger().get([contract_ref(case.contract)])[contract_ref(case.contract)]
        alias = replace(held, key=key, v=0, last="")
        put(road, alias, "contract.recorded")
        self.party(key, case.holder_key)
        return key

    def party(self, contract, person):
        put(self.road, first_look(contract, person, self.road.clock.now()), "contract.recorded")

    def clocks(self):
        """Retention clocks: when each strikes, and whose it is."""
        rows = [row for row in self.road.rows(LEDGER) if row.get("agenda_pk", {}).get("S", "").startswith("retention")]
        return sorted((row["agenda_at"]["S"][:24], row["pk"]["S"], row["sk"]["S"]) for row in rows)

    def run(self):
        """One night, in a worker that remembers nothing. The nights before it closed all that was empty."""
        cursors = self.road.dynamodb.tables[JOURNAL].items
        for shard in range(SHARDS[AgendaKind.RETENTION]):
            cursors.pop(f"AGENDA#retention#{shard}", None)
            for struck, _, _ in self.clocks()[:1]:
                row = Cursor(bucket_of(min(parse_instant(struck), self.road.clock.now()))).item()
                pk = {"pk": {"S": f"AGENDA#retention#{shard}"}, "sk": {"S": "C"}}
                absent = {"ConditionExpression": "attribute_not_exists(pk)"}
                self.road.dynamodb.put_item(TableName=JOURNAL, Item={**pk, **row}, **absent)
        self.road.show_clock()
        self.road.restart()
        handle({}, None)

    def pass_by(self, days):
        """All nights of some days."""
        until(self, self.road.clock.now() + timedelta(days=days))

    def held(self, ref):
        return self.road.ledger().get([ref]).get(ref)

    def rows(self, partition):
        return [row for row in self.road.rows(LEDGER) if row["pk"]["S"] == f"{ANS}#{partition}"]

    def classes(self, subject):
        return self.road.keyring.classes_of(ANS, subject)

    def told(self, kind):
        return [row for row in self.road.rows(JOURNAL) if row.get("kind", {}).get("S") == kind]


def put(road, state, kind):
    act = Act(f"{kind}:{state.ref.partition}:{state.ref.sort}:{state.v}", (Put(state),), (Fact(kind, state.ref),))
    assert road.ledger().commit([act]).landed


@pytest.fixture
def archive(seated):
    seated.clock.at = NOON
    seated.show_clock()
    return Archive(seated)


def hold(road, person, *, active=True):
    held = road.ledger().get([hold_ref(person)]).get(hold_ref(person))
    v, last = (held.v, held.last) if held else (0, "")
    one = LegalHold(person=person, active=active, reason="processo 1", actor="leo", at=road.clock.now(), v=v, last=last)
    put(road, one, "legal_hold.placed" if active else "legal_hold.lifted")


def until(archive, when):
    """Every night until `when` at which a clock has struck, and that one."""
    dealt = set()
    while due := [one for one in archive.clocks() if one not in dealt and parse_instant(one[0]) <= when]:
        dealt.add(due[0])
        archive.road.clock.at = max(archive.road.clock.at, parse_instant(due[0][0]))
        archive.run()
    archive.road.clock.at = when
    archive.run()


def test_nothing_goes_before_its_time(archive):
    number = archive.attendance("a", recording="ura/1")
    until(archive, datetime(2027, 2, 24, 2, 59, tzinfo=UTC))
    assert not archive.told("recording.disposed")
    until(archive, datetime(2027, 2, 24, 5, 30, tzinfo=UTC))
    assert len(archive.told("recording.disposed")) == 1
    until(archive, datetime(2028, 11, 26, 2, 59, tzinfo=UTC))
    assert archive.held(protocol_ref(number)) is not None
    until(archive, datetime(2028, 11, 26, 5, 30, tzinfo=UTC))
    assert archive.held(protocol_ref(number)) is None


def test_a_recording_s_reference_goes_after_ninety_days_and_its_words_stay(archive):
    number = archive.attendance("a", recording="ura/1")
    until(archive, datetime(2027, 2, 24, 5, 30, tzinfo=UTC))
    lines = [one for one in archive.road.ledger().listed(f"PR#{number}", 0) if isinstance(one, Interaction)]
    assert {one.words for one in lines} == {WORDS, GRANTED}
    assert not any(one.recording for one in lines)
    stored = archive.held(protocol_ref(number))
    assert isinstance(stored, Protocol)
    assert stored.recorded_at is None
    archive.run()
    assert len(archive.told("recording.disposed")) == 1


def test_a_complaint_keeps_record_and_recording_for_five_years(archive):
    number = archive.attendance("a", recording="ura/1")
    archive.ask("reanalyse", number)
    archive.ask("answer", number, outcome="atendido", text=GRANTED)
    copied(archive.road)
    nip = archive.attendance("b", demand="nip_nao_assistencial", recording="ura/2")
    for year in (2027, 2028, 2029, 2030):
        until(archive, datetime(year, 12, 31, 5, 30, tzinfo=UTC))
    assert not archive.told("recording.disposed")
    assert archive.held(protocol_ref(number)) is not None
    until(archive, datetime(2031, 11, 26, 5, 30, tzinfo=UTC))
    assert [archive.held(protocol_ref(one)) for one in (number, nip)] == [None, None]


def test_what_is_not_answered_is_kept_for_ever(archive):
    opening = {"key": "a", "medium": "telefone", "originator": "beneficiario"}
    number = archive.ask("open", **opening)["number"]
    archive.ask("say", number, id="1", medium="telefone", speaker="beneficiario", words=WORDS, recording="ura/1")
    until(archive, datetime(2040, 1, 1, 5, 30, tzinfo=UTC))
    assert archive.held(protocol_ref(number)) is not None


def test_an_attendance_goes_whole_with_all_that_leads_to_it(archive):
    archive.known(1, "CT-1")
    number = archive.attendance("a", contract="CT-1", lines=3)
    lost = archive.attendance("b")
    until(archive, datetime(2028, 11, 26, 5, 30, tzinfo=UTC))
    for one in (number, lost):
        assert archive.rows(f"PR#{one}") == []
        assert archive.road.ledger().get([protocol_ref(one)]) == {}
    left = repr(archive.road.rows(LEDGER))
    assert number not in left
    assert "ATTENDANCE#" not in left
    assert "ASKED" not in left
    # The key of the words outlives them: facts in the log are sealed under it, until their class may go.
    assert archive.classes(attendance_subject(lost).id) == (LogClass.ATENDIMENTO,)
    until(archive, datetime(2032, 1, 29, 5, 30, tzinfo=UTC))
    assert archive.classes(attendance_subject(lost).id) == ()
    assert archive.held(kept_key_ref(attendance_subject(lost).id, attendance_subject(lost).id)) is None
    assert len(archive.told("protocol.disposed")) == 2
    assert len(archive.told("key.disposed")) == 1


def test_a_long_attendance_goes_part_by_part_and_its_clock_last(archive):
    number = archive.attendance("a", lines=150)
    until(archive, datetime(2028, 11, 26, 5, 30, tzinfo=UTC))
    assert archive.rows(f"PR#{number}") == []
    assert len(archive.told("protocol.disposed")) == 3


def test_a_hold_and_a_dispute_keep_an_attendance_and_it_says_why(archive):
    contract = archive.known(1, "CT-1")
    number = archive.attendance("a", contract="CT-1")
    holder = archive.held(protocol_ref(number)).holder_key
    hold(archive.road, holder)
    until(archive, datetime(2028, 11, 26, 5, 30, tzinfo=UTC))
    assert archive.held(protocol_ref(number)) is not None
    archive.pass_by(1)
    assert len(archive.told("disposal.held")) == 1  # looked at again in thirty days, not every night
    hold(archive.road, holder, active=False)
    case = archive.road.contract(9)
    put(
        archive.road,
        replace(case, contract=contract, invoices=(), stops=(Stop(StopKind.DISPUTE, "d"),), v=0, last=""),
        "invoice.recorded",
    )
    archive.pass_by(31)
    reasons = [one.reason for one in runs(archive)[-1].held if one.kind == "attendance"]
    assert reasons == ["dispute-active"]
    assert "processo" not in repr(archive.road.rows(LEDGER)) + repr(archive.road.rows(JOURNAL))


def runs(archive):
    return sorted(archive.road.ledger().record("people.disposals"), key=lambda run: run.at)


def written_to_and_paid(archive):
    """A contract whose one fee was written about and paid; nobody reported what became of the mail: it is closed."""
    road = archive.road
    case = road.contract(1)
    archive.party(case.contract, case.holder_key)
    road.walk()
    road.settle(case)
    road.clock.move(hours=30)
    road.sweep()
    return case


def test_a_contract_goes_with_its_persons_keys_when_all_of_it_is_over(archive, capsys):
    road, case = archive.road, written_to_and_paid(archive)
    person = case.holder_key
    assert archive.classes(person)
    years = newest_year(archive, case.contract)
    until(archive, datetime(years + 5, 12, 31, 5, 30, tzinfo=UTC))
    assert archive.classes(person)
    until(archive, datetime(years + 6, 1, 29, 5, 30, tzinfo=UTC))
    assert archive.rows(f"C#{case.contract}") == []
    assert archive.rows(f"P#{person}") == []
    assert archive.classes(person) == ()
    (run,) = [one for one in runs(archive) if one.done]
    assert {one.kind: one.count for one in run.done} == {"contract": 1}
    facts = road.facts()
    assert (facts["contract.disposed"], facts["party.disposed"]) == (1, 1)
    road.show_clock()
    watch({"watch": "state"}, None)
    assert "StateTampered" not in capsys.readouterr().out


def paid_by_pix_and_written_to_on_paper(archive):
    """A contract with money in two charges, and a letter that has its number at the post."""
    road, case = archive.road, written_to_and_paid(archive)
    (held,) = [one for one in road.ledger().record(case.contract) if isinstance(one, Invoice)]
    entries = (Entry("e1", NOON.date(), Centavos(100)), Entry("told-by-nobody", NOON.date(), Centavos(5)))
    put(road, replace(held, entries=entries), "invoice.settled")
    payment = Payment(
        id="e1", end_to_end_id="E1", txid="t", amount=Centavos(100), at=NOON, status=PaymentStatus.ENTERED,
        contract=case.contract, invoice=held.id, holder_key=case.holder_key,
    )  # fmt: skip
    txids = [txid_of(ANS, held.id, number) for number in (1, 2)]
    terms = terms_of(Centavos(100), NOON.date(), NOON.date(), None)
    charge = Charge(
        contract=case.contract, invoice=held.id, number=2, txid=txids[1], terms=terms, status=ChargeStatus.REPLACED,
        quoted_on=NOON.date(),
    )  # fmt: skip
    (mail,) = [one for one in road.ledger().record(case.contract) if isinstance(one, Outreach)]
    midnight = datetime(2026, 11, 26, 2, 59, 55, tzinfo=UTC)
    letter = replace(mail, v=0, last="", id="ab" * 16, channel=Channel.LETTER, claimed_at=midnight)
    job = PrintJob(
        day=date(2026, 11, 26), outreach=letter.id, contract=case.contract, holder_key=case.holder_key,
        file=Kept("contato/x", "00"), registered=True, made_at=midnight, object="BR123456789BR",
    )  # fmt: skip
    names = [ChargeName(txid=txid, contract=case.contract, invoice=held.id) for txid in txids]
    for one in (payment, charge, letter, job, LetterObject(object=job.object, reference=job.reference), *names):
        put(road, one, "contract.recorded")
    return case, {payment.ref, job.ref, object_ref(job.object), *(one.ref for one in names)}


def test_what_lies_elsewhere_for_a_contract_goes_with_it(archive):
    road = archive.road
    case, elsewhere = paid_by_pix_and_written_to_on_paper(archive)
    assert set(road.ledger().get(elsewhere)) == elsewhere
    until(archive, datetime(2032, 1, 29, 5, 30, tzinfo=UTC))
    assert road.ledger().get(elsewhere) == {}
    left = [row for row in road.rows(LEDGER) if case.contract in repr(row) or case.holder_key in repr(row)]
    # Pages and the like go by themselves (test_expiry).
    assert [row["sk"]["S"] for row in left if "ttl" not in row] == []


def test_it_goes_before_what_leads_to_it(archive, monkeypatch):
    """Whoever dies half way leaves nothing that nobody finds again."""
    case, elsewhere = paid_by_pix_and_written_to_on_paper(archive)
    monkeypatch.setattr(disposing, "TOGETHER", 1)
    monkeypatch.setattr(dispose_contract, "TOGETHER", 1)
    archive.road.clock.at = datetime(2032, 1, 29, 5, 30, tzinfo=UTC)
    leaders = ("INVOICE#", "CHARGE#", "OUTREACH#" + "ab" * 16)
    commits, commit = [], archive.road.dynamodb.transact_write_items

    def watched(**request):
        stood = {f"{row['pk']['S']}|{row['sk']['S']}" for row in archive.road.rows(LEDGER)}
        commits.append(stood)
        return commit(**request)

    archive.road.dynamodb.transact_write_items = watched
    archive.run()
    names = {f"{ANS}#{ref.partition}|{ref.sort}" for ref in elsewhere}
    leading = {one for one in commits[0] if case.contract in one and one.partition("|")[2].startswith(leaders)}
    assert len(leading) >= len(leaders)
    assert archive.rows(f"C#{case.contract}") == []
    for stood in commits:
        assert leading <= stood or not names & stood


def newest_year(archive, contract):
    remains = DynamoRemains(archive.road.dynamodb, LEDGER, archive.road.keyring)
    return max(row.newest for row in remains.rows(ANS, f"C#{contract}") if row.newest).year


def test_a_number_that_was_written_to_is_nobody_s_when_its_contract_is_gone(archive):
    """Numbers are given to others: what they write is no word of the former holder's."""
    road = archive.road
    case = road.contract(1, channels=(Channel.SMS,))
    archive.party(case.contract, case.holder_key)
    road.walk()
    road.settle(case)
    road.clock.move(hours=30)
    road.sweep()
    number = road.pseudonyms.of(ANS, "phone", phone(1))
    assert [row["sk"]["S"] for row in archive.rows(f"C#{lines_of(number)}")] == [f"LINE#{case.holder_key}"]
    until(archive, datetime(2032, 1, 29, 5, 30, tzinfo=UTC))
    assert archive.rows(f"C#{case.contract}") == archive.rows(f"C#{lines_of(number)}") == []
    # Another line of that contract, of a number the register had forgotten before.
    put(road, Line(key=number, holder_key=case.holder_key, contract=case.contract), "outreach.accepted")
    said = json.loads((Path(__file__).parents[1] / "events/sms/reply.json").read_text()) | {
        "originationNumber": phone(1)
    }
    road.show_clock()
    assert hear(batch([json.dumps(said)]), None) == {"batchItemFailures": []}
    (opened,) = [row for row in road.rows(LEDGER) if row["sk"]["S"] == "PROTOCOL"]
    assert case.contract not in opened["d"]["S"]
    assert archive.classes(case.holder_key) == ()


def test_a_person_of_two_contracts_keeps_their_keys_until_the_last_is_over(archive):
    road = archive.road
    first = road.contract(1)
    road.settle(first)
    archive.party(first.contract, first.holder_key)
    road.clock.move(days=800)
    second = road.contract(2, person=1)
    road.settle(second)
    archive.party(second.contract, second.holder_key)
    until(archive, datetime(2032, 1, 29, 5, 30, tzinfo=UTC))
    assert archive.rows(f"C#{first.contract}") == []
    assert archive.classes(first.holder_key)
    until(archive, datetime(2035, 1, 29, 5, 30, tzinfo=UTC))
    assert archive.rows(f"C#{second.contract}") == []
    assert archive.classes(first.holder_key) == ()


def test_whoever_was_covered_goes_too_and_last_of_all_a_hold_that_was_lifted(archive):
    road = archive.road
    case = road.contract(1)
    road.settle(case)
    covered = Subject("c" * 32)
    road.ledger().ensure_keys([(covered, KeyClass.CADASTRO)])
    row = Beneficiary(
        contract=case.contract, key=covered.id, name="João", cpf="11144477735", birth_on=date(2010, 1, 1),
        as_of=AsOf(9, road.clock.now()),
    )  # fmt: skip
    put(road, row, "contract.recorded")
    for person in (case.holder_key, covered.id):
        archive.party(case.contract, person)
    hold(road, covered.id)
    until(archive, datetime(2032, 1, 29, 5, 30, tzinfo=UTC))
    assert archive.classes(covered.id) == (KeyClass.CADASTRO,)
    assert archive.rows(f"C#{case.contract}")
    hold(road, covered.id, active=False)
    archive.pass_by(31)
    archive.pass_by(1)
    assert archive.rows(f"C#{case.contract}") == []
    assert [archive.classes(person) for person in (case.holder_key, covered.id)] == [(), ()]
    assert archive.rows(f"P#{covered.id}") == []


def paid(archive, n=1):
    case = archive.road.contract(n)
    archive.road.settle(case)
    archive.party(case.contract, case.holder_key)
    return case


def test_an_open_debt_a_stop_and_money_keep_a_contract(archive, capsys):
    road = archive.road
    open_case = road.contract(1)
    archive.party(open_case.contract, open_case.holder_key)
    flagged = paid(archive, 2)
    flag = MoneyFlag(entry="e", contract=flagged.contract, invoice="i", reason=Flag.OVER, amount=1, on=date(2026, 1, 1))
    put(road, flag, "payment.flagged")
    stopped = paid(archive, 3)
    road.commit_case(replace(road.case(stopped), stops=(Stop(StopKind.DEAL, "d"),)), "invoice.recorded")
    until(archive, datetime(2032, 1, 29, 5, 30, tzinfo=UTC))
    held = {one.name: one.reason for run in runs(archive) for one in run.held}
    assert held == {
        open_case.contract: "case-open",
        flagged.contract: "money-flagged",
        stopped.contract: "stop-active",
    }
    assert archive.told("contract.disposed") == []
    assert capsys.readouterr().out.count('"DisposalHeld":1') == 3


def test_a_contract_that_lived_on_is_looked_at_again_after_its_newest_year(archive):
    road = archive.road
    case = paid(archive)
    road.clock.move(days=400)
    held = road.ledger().get([contract_ref(case.contract)])[contract_ref(case.contract)]
    put(road, replace(held, as_of=AsOf(9, road.clock.now())), "contract.recorded")
    until(archive, datetime(2032, 1, 29, 5, 30, tzinfo=UTC))
    assert archive.rows(f"C#{case.contract}")
    (row,) = [one for one in archive.rows(f"P#{case.holder_key}") if one["sk"]["S"].startswith("PARTY#")]
    assert json.loads(row["d"]["S"])["due"][:7] == "2033-01"
    assert runs(archive) == []  # nothing went, nothing was held past its time


def test_what_comes_in_that_very_moment_wins(archive):
    road = archive.road
    case = paid(archive)

    def comes_to_life():
        road.commit_case(replace(road.case(case), stops=(Stop(StopKind.LAWYER, "l"),)), "stop.placed")

    road.clock.at = datetime(2032, 1, 29, 5, 30, tzinfo=UTC)
    road.dynamodb.before_write = comes_to_life
    archive.run()
    assert archive.rows(f"C#{case.contract}")
    assert archive.classes(case.holder_key)
    archive.pass_by(1)
    assert archive.told("contract.disposed") == []


def test_a_restored_ledger_brings_nobody_back(archive, capsys):
    """Items come back, keys do not: nothing opens, the clocks strike again, and all of it goes again."""
    road = archive.road
    case = paid(archive)
    number = archive.attendance("a")
    before = deepcopy(road.dynamodb.tables[LEDGER])
    until(archive, datetime(2032, 1, 29, 5, 30, tzinfo=UTC))
    archive.pass_by(1)
    assert archive.classes(case.holder_key) == archive.classes(attendance_subject(number).id) == ()
    road.dynamodb.tables[LEDGER] = before
    road.restart()
    with pytest.raises(Rejected, match="subject-forgotten"):
        road.ledger().get([contract_ref(case.contract)])
    # A restored table has a name of its own, by which its facts are new ones (aws/era.py): here they are taken away.
    for pk in [pk for pk in road.dynamodb.tables[JOURNAL].items if "#EVT#" in pk]:
        del road.dynamodb.tables[JOURNAL].items[pk]
    road.clock.at = NOON
    until(archive, datetime(2032, 2, 2, 5, 30, tzinfo=UTC))
    assert archive.rows(f"C#{case.contract}") == archive.rows(f"PR#{number}") == []
    assert "DisposalStuck" not in capsys.readouterr().out


def test_who_was_forgotten_before_goes_without_a_key_to_destroy(archive):
    """Nothing of theirs opens: neither the recording's reference nor any item, and all of it goes at its time."""
    road = archive.road
    archive.known(1, "CT-1")
    number = archive.attendance("a", contract="CT-1", recording="ura/1")
    person = archive.held(protocol_ref(number)).holder_key
    forgotten = [Forget(Subject(person), one) for one in archive.classes(person)]
    ref = person_ref(person)
    assert road.ledger().commit([Act("forget", tuple(forgotten), (Fact("person.forgotten", ref),))]).landed
    until(archive, datetime(2027, 2, 24, 5, 30, tzinfo=UTC))
    assert archive.held(protocol_ref(number)).recorded_at is None
    until(archive, datetime(2032, 1, 29, 5, 30, tzinfo=UTC))
    assert archive.rows(f"PR#{number}") == archive.rows(f"P#{person}") == []
    assert [row["pk"]["S"] for row in road.rows(LEDGER) if row["sk"]["S"] in ("CASE", "CONTRACT")] == []
    assert road.facts()["party.disposed"] == 2


def test_a_hold_keeps_the_key_of_an_attendance_that_is_gone(archive):
    archive.known(1, "CT-1")
    opening = {"key": "a", "medium": "telefone", "originator": "beneficiario"}
    number = archive.ask("open", **opening)["number"]
    archive.ask("say", number, id="1", medium="telefone", speaker="beneficiario", words=WORDS)
    archive.ask("identify", number, contract="CT-1")
    archive.ask("class", number, demand="nao_assistencial")
    archive.ask("answer", number, outcome="atendido", text=GRANTED)
    copied(archive.road)
    person, own = archive.held(protocol_ref(number)).holder_key, attendance_subject(number)
    until(archive, datetime(2028, 11, 26, 5, 30, tzinfo=UTC))
    assert archive.held(kept_key_ref(person, own.id)) is not None
    hold(archive.road, person)
    until(archive, datetime(2032, 1, 29, 5, 30, tzinfo=UTC))
    assert archive.classes(own.id) == (LogClass.ATENDIMENTO,)
    assert ("key", "legal-hold") in [(one.kind, one.reason) for run in runs(archive) for one in run.held]
    hold(archive.road, person, active=False)
    archive.pass_by(31)
    assert archive.classes(own.id) == ()


def test_documents_of_a_person_whose_keys_went_open_to_nobody(archive):
    road = archive.road
    case = paid(archive)
    person = Subject(case.holder_key)
    kept = road.documents.keep(ANS, person, LogClass.CONTATO, b"O aviso de Pessoa")
    assert road.documents.open(ANS, person, kept) == b"O aviso de Pessoa"
    until(archive, datetime(2032, 1, 29, 5, 30, tzinfo=UTC))
    fresh = S3Documents(road.s3, DOCUMENTS, road.keyring, road.clock, road.randomness)
    with pytest.raises(Rejected, match="subject-forgotten"):
        fresh.open(ANS, person, kept)


def test_the_log_verifies_after_everything_went_and_tells_it_without_names(archive):
    road = archive.road
    archive.known(1, "CT-1")
    archive.attendance("a", contract="CT-1")
    seal({"sweep": "unsealed"}, None)
    for year in range(2027, 2034):
        until(archive, datetime(year, 1, 29, 5, 30, tzinfo=UTC))
        until(archive, datetime(year, 12, 1, 5, 30, tzinfo=UTC))
    seal({"sweep": "unsealed"}, None)
    assert sum(sizes(road).values()) == len([row for row in road.rows(JOURNAL) if row["sk"]["S"] == "E"])
    facts = road.facts()
    assert facts["protocol.disposed"] == 1
    assert facts["party.disposed"] == 2
    assert [row for row in road.rows(KEYS) if "#S#" in row["pk"]["S"] and "#S#operator" not in row["pk"]["S"]] == []
    assert "Acácias" not in repr(road.rows(LEDGER))


def test_one_that_cannot_be_disposed_of_rings_and_stops_no_other(archive, capsys):
    road = archive.road
    good, bad = paid(archive, 1), paid(archive, 2)
    rows = road.dynamodb.tables[LEDGER].items[f"{ANS}#C#{bad.contract}"]
    rows["UNHEARD#1"] = {**rows["CASE"], "sk": {"S": "UNHEARD#1"}}
    until(archive, datetime(2032, 1, 29, 5, 30, tzinfo=UTC))
    assert archive.rows(f"C#{good.contract}") == []
    assert archive.rows(f"C#{bad.contract}")
    assert archive.classes(bad.holder_key)
    told = capsys.readouterr().out
    assert '"DisposalStuck":1' in told
    archive.pass_by(8)
    assert '"DisposalBehind":1' in capsys.readouterr().out


def test_a_young_key_is_never_disposed_of_whatever_the_items_say(archive):
    road = archive.road
    case = paid(archive)
    number = archive.attendance("a")
    subject = attendance_subject(number)
    # Somebody who can write to the ledger makes clocks that have struck, of a contract and a key that look old.
    until(archive, NOON + timedelta(days=40))
    old = KeptKey(owner=subject.id, subject=subject.id, since=datetime(2015, 1, 1, tzinfo=UTC))
    put(road, old, "protocol.disposed")
    forged = Party(person=case.holder_key, contract="f" * 32, due=road.clock.now())
    put(road, forged, "contract.recorded")
    party = archive.held(Party(person=case.holder_key, contract=case.contract, due=NOON).ref)
    for row in road.dynamodb.tables[LEDGER].items[f"{ANS}#C#{case.contract}"].values():
        row["d"]["S"] = row["d"]["S"].replace("2026", "2016")
    put(road, replace(party, due=road.clock.now()), "contract.recorded")
    archive.pass_by(1)
    assert archive.classes(case.holder_key)
    assert archive.classes(subject.id)
    assert archive.rows(f"C#{case.contract}")
    assert archive.told("contract.disposed") == archive.told("key.disposed") == archive.told("party.disposed") == []


def test_a_run_ends_in_time_and_the_next_goes_on(archive, monkeypatch):
    cases = [paid(archive, n) for n in range(1, 4)]
    monkeypatch.setattr("emdia.workflows.dispose_records.PATIENCE_SECONDS", -1.0)
    until(archive, datetime(2032, 1, 29, 5, 30, tzinfo=UTC))
    assert all(archive.rows(f"C#{case.contract}") for case in cases)
    monkeypatch.undo()
    archive.pass_by(1)
    assert not any(archive.rows(f"C#{case.contract}") for case in cases)


def test_what_is_told_names_nobody(archive):
    number = archive.attendance("a")
    until(archive, datetime(2028, 11, 26, 5, 30, tzinfo=UTC))
    (run,) = runs(archive)
    assert [(one.kind, one.count) for one in run.done] == [("attendance", 1)]
    told = repr(run) + repr([row["command"] for row in archive.told("protocol.disposed")])
    assert WORDS not in told
    assert number in told  # the number alone, in the command that disposed of it
