import json
from base64 import b64encode, urlsafe_b64encode
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256

import pytest

from emdia.aws.items import sealed_under
from emdia.aws.journal import entry_of
from emdia.errors import Rejected
from emdia.facts import Fact, LogClass, Value
from emdia.people.disposal import first_look
from emdia.ports import Act, KeyClass, Put
from emdia.state import Subject, attendance_subject, contract_ref, person_ref
from emdia.workflows.proved_call import digest_of
from functions.attend_protocol.handler import handle as attend
from functions.dispose_records.handler import handle as dispose
from functions.erase_person.handler import handle
from functions.receive_erp_event.handler import handle as receive
from functions.seal_audit.handler import handle as seal
from tests.fakes import erp
from tests.fakes.faults import closed, read_timeout
from tests.fakes.house import ANS, JOURNAL, KEYS, LEDGER
from tests.fakes.opening import unpad
from tests.functions.copied import copied
from tests.functions.test_seal_audit import sizes

CPF, OTHER = "52998224725", "11144477735"
ROLE = "arn:aws:sts::111122223333:assumed-role"
CLERK, DPO, LEGAL = (
    f"{ROLE}/Staff/rui",
    f"{ROLE}/AWSReservedSSO_emdia-local-dpo_0a1b/ana",
    f"{ROLE}/emdia-local-legal/leo",
)
CLASSES = [KeyClass.CADASTRO, LogClass.CONTATO, LogClass.OPERACAO]
RECORDING_OVER = datetime(2027, 2, 25, 5, 30, tzinfo=UTC)  # ninety days after the call
RECORD_OVER = datetime(2028, 11, 27, 5, 30, tzinfo=UTC)  # two years after the day of the answer
OVER = 6 * 366  # days after which every class that the house has of a person may go
PERSONAL = ("Maria Quitéria", CPF, "1961-04-30", "maria@caixa.example", "CT-1", "FAT-1", "Rua das Acácias")


class Desk:
    def __init__(self, road):
        self.road = road

    def ask(self, actor, action, **more):
        request = {"action": action, "operator": ANS, **more}
        proof = self.road.sts.question(actor, digest_of(request))
        self.road.show_clock()
        return handle({**request, "proof": proof, "language": "pt-BR"}, None)

    def done(self, actor, action, **more):
        answer = self.ask(actor, action, **more)
        assert "result" in answer, answer
        return answer["result"]

    def refused(self, actor, action, **more):
        return self.ask(actor, action, **more)["problem"]["code"]


@pytest.fixture
def desk(road):
    return Desk(road)


@pytest.fixture
def person(road):
    """Somebody written to about a fee, who has paid since; a fact speaks of them and of another person."""
    ledger = road.ledger()
    subject = Subject(road.pseudonyms.of(ANS, "person", CPF))
    other = Subject(road.pseudonyms.of(ANS, "person", OTHER))
    ledger.ensure_keys([(one, key) for one in (subject, other) for key in (*CLASSES, LogClass.ACESSO)])
    case = road.contract(1, person=int(subject.id, 16))
    contract = ledger.get([contract_ref(case.contract)])[contract_ref(case.contract)]
    named = replace(
        contract,
        holder=replace(contract.holder, name=PERSONAL[0], cpf=CPF),
        address=replace(contract.address, street=PERSONAL[6]),
        contact_points=tuple(replace(point, value=PERSONAL[3]) for point in contract.contact_points),
    )
    both = (Value("titular", PERSONAL[0], subject), Value("dependente", "João Outro", other))
    assert ledger.commit([Act("named", (Put(named),), (Fact("contract.recorded", named.ref, both),))]).landed
    road.walk()
    assert len(road.ses.mailbox) == 1
    road.settle(case)
    assert person_ref(subject.id) in ledger.get([person_ref(subject.id)])
    return subject


SAID = ("Sou eu, da Travessa das Palmeiras.", "Perdi o cartão azul na feira.")


@pytest.fixture
def attended(seated, person):
    """The person has called: first nobody knew who it was, then they said it; and a notice of theirs is kept."""
    road, ledger = seated, seated.ledger()
    case = next(one for _, page in road.scan.cases() for one in page if one.holder_key == person.id)
    contract = ledger.get([contract_ref(case.contract)])[contract_ref(case.contract)]
    key = road.pseudonyms.of(ANS, "contract", "CT-1")  # as the call centre names it
    same = (Put(replace(contract, key=key, v=0, last="")), Put(replace(case, contract=key, v=0, last="")))
    assert ledger.commit([Act("same", same, (Fact("contract.recorded", contract_ref(key)),))]).landed
    road.show_clock()

    def call(action, **more):
        answer = attend({"action": action, "operator": ANS, "actor": "ana", **more}, None)
        assert "result" in answer, answer
        return answer["result"]

    number = call("open", key="call", medium="telefone", originator="beneficiario")["number"]
    told = {"medium": "telefone", "speaker": "beneficiario"}
    call("say", number=number, id="1", words=SAID[0], recording="ura/feira", **told)
    call("identify", number=number, contract="CT-1")
    call("say", number=number, id="2", words=SAID[1], **told)
    call("class", number=number, demand="nao_assistencial")
    road.documents.keep(ANS, person, LogClass.CONTATO, NOTICE)

    def answer():
        call("answer", number=number, outcome="atendido", text="O cartão novo foi enviado hoje.")
        copied(road)

    return number, answer


NOTICE = "Notificação para quem mora na Alameda dos Jacarandás".encode()


def erase(desk, **more):
    asked = desk.done(CLERK, "request", cpf=CPF, **more)["erasure"]
    desk.done(DPO, "approve", erasure=asked)
    return asked, desk.done(LEGAL, "approve", erasure=asked)


def everything(road):
    """All bytes that the house has stored anywhere, every version of every object among them."""
    rows = [value for table in road.dynamodb.tables for row in road.rows(table) for value in row.values()]
    yield from (str(one).encode() if not isinstance(one, bytes) else one for row in rows for one in row.values())
    yield from (version.body or b"" for versions in road.s3.versions.values() for version in versions)


def spellings(text):
    raw = text.encode()
    digest = sha256(raw)
    yield from (raw, raw.hex().encode(), digest.digest(), digest.hexdigest().encode())
    yield from (b64encode(digest.digest()).rstrip(b"="), urlsafe_b64encode(digest.digest()).rstrip(b"="))
    for lead in range(3):  # wherever in a longer text it stands
        yield b64encode(b"\0" * lead + raw)[4 if lead else 0 : -4]


def opened(road, subject):
    """How many sealed values of `subject`, in rows and in the log, their keys open."""
    keys = road.keyring.keys(ANS, [(subject, key) for key in (*KeyClass, *LogClass)])
    by_kid = {key.kid: key for key in keys.values()}
    items = [row for row in road.rows(LEDGER) if (sealed_under(row) or ("", ""))[0] == subject]
    openings = [json.loads(row["op"]["S"])["op"] for row in road.rows(JOURNAL) if "op" in row]
    return len([row for row in items if row["xk"]["S"] in by_kid]) + len(
        [one for opening in openings for one in opening if one["kid"] in by_kid]
    )


def test_a_person_is_forgotten_everywhere_and_nobody_else(road, desk, person):
    other = Subject(road.pseudonyms.of(ANS, "person", OTHER))
    seal({"sweep": "unsealed"}, None)
    assert opened(road, person) > 5
    before = opened(road, other)
    held = {row["kid"]["S"] for row in road.rows(KEYS) if row["pk"]["S"].endswith(person.id)}
    road.clock.move(days=OVER)
    _, result = erase(desk)
    assert result["status"] == "done"
    road.restart()
    assert road.keyring.classes_of(ANS, person.id) == ()
    assert not held & {row["kid"]["S"] for row in road.rows(KEYS) if "kid" in row}
    assert (opened(road, person), opened(road, other)) == (0, before)
    assert person_ref(person.id) not in road.ledger().get([person_ref(person.id)])
    seal({"sweep": "unsealed"}, None)
    stored = list(everything(road))
    for value in PERSONAL:
        for spelled in spellings(value):
            assert len(spelled) < 4 or not [one for one in stored if spelled in one], value
    # What the other person's key opens of the fact that spoke of both is in its leaf, and the logs still hold.
    (row,) = [row for row in road.rows(JOURNAL) if row.get("command", {}).get("S") == "named"]
    key = road.keyring.keys(ANS, [(other, LogClass.OPERACAO)])[other, LogClass.OPERACAO]
    (sealed,) = [one for one in json.loads(row["op"]["S"])["op"] if one["kid"] == key.kid]
    fact = json.loads(row["leaf"]["B"])
    disclosure = key.open(unpad(sealed["ct"]), f"{fact['id']}|{key.kid}".encode()).decode()
    assert json.loads(unpad(disclosure))[1:] == ["dependente", "João Outro"]
    assert sha256(disclosure.encode()).digest() in map(unpad, fact["_sd"])
    assert sum(sizes(road).values()) == len([row for row in road.rows(JOURNAL) if row["sk"]["S"] == "E"])
    facts = road.facts()
    assert (facts["erasure.requested"], facts["erasure.approved"], facts["person.forgotten"]) == (1, 2, 1)
    assert all(entry_of(row) for row in road.rows(JOURNAL) if row["sk"]["S"] == "E")


def test_the_search_itself_finds_what_is_there(road, person):
    road.dynamodb.tables[LEDGER].items["leak"] = {"X": {"a": {"S": b64encode(b"x" + PERSONAL[0].encode()).decode()}}}
    assert [one for spelled in spellings(PERSONAL[0]) for one in everything(road) if spelled in one]
    assert person


def disposed(road, night):
    """The nights before it closed all that was empty."""
    cursors = road.dynamodb.tables[JOURNAL].items
    for pk in [pk for pk in cursors if pk.startswith("AGENDA#")]:
        del cursors[pk]
    road.clock.at = night
    road.show_clock()
    dispose({}, None)


def test_the_attendances_and_documents_of_a_person_go_with_them(road, desk, person, attended):
    number, answer = attended
    answer()
    own = attendance_subject(number)
    other = Subject(road.pseudonyms.of(ANS, "person", OTHER))
    seal({"sweep": "unsealed"}, None)
    before = opened(road, other)
    assert opened(road, own) > 1
    road.clock.move(days=OVER)
    road.show_clock()
    asked, result = erase(desk)
    assert "atendimento" in result["classes"]
    road.restart()
    assert (opened(road, person), opened(road, own), opened(road, other)) == (0, 0, before)
    assert road.keyring.classes_of(ANS, own.id) == ()
    seal({"sweep": "unsealed"}, None)
    stored = list(everything(road))
    for value in (*SAID, "ura/feira", "Jacarandás"):
        for spelled in spellings(value):
            assert len(spelled) < 4 or not [one for one in stored if spelled in one], value
    kept = road.documents.keep(ANS, other, LogClass.ACESSO, b"x")
    assert road.documents.open(ANS, other, kept) == b"x"
    with pytest.raises(Rejected, match="subject-forgotten"):
        road.ledger().listed(f"PR#{number}", 0)
    assert number in desk.done(CLERK, "certificate", erasure=asked)["certificate"]
    seal({"sweep": "unsealed"}, None)
    assert sum(sizes(road).values()) == len([row for row in road.rows(JOURNAL) if row["sk"]["S"] == "E"])


def test_an_attendance_that_is_open_or_kept_keeps_its_person(road, desk, person, attended):
    number, answer = attended
    problem = desk.ask(CLERK, "request", cpf=CPF)["problem"]
    assert (problem["code"], number in problem["title"]) == ("erasure-attendance-open", True)
    answer()
    problem = desk.ask(CLERK, "request", cpf=CPF, classes=["atendimento"])["problem"]
    assert problem["code"] == "erasure-attendance-kept"
    assert f"{number} deve ser guardado até 2028-11-" in problem["title"]
    road.clock.move(days=3 * 366)
    road.show_clock()
    # Its record's two years are over; the log's facts about it have five.
    assert desk.refused(CLERK, "request", cpf=CPF, classes=["atendimento"]) == "erasure-retention"
    assert road.facts()["erasure.refused"] == 3
    assert road.keyring.classes_of(ANS, person.id)


def test_the_key_of_an_attendance_that_is_gone_is_still_forgotten_with_its_person(road, desk, person, attended):
    number, answer = attended
    answer()
    for night in (RECORDING_OVER, RECORD_OVER):
        disposed(road, night)
    assert not [row for row in road.rows(LEDGER) if row["pk"]["S"] == f"{ANS}#PR#{number}"]
    assert road.keyring.classes_of(ANS, attendance_subject(number).id) == (LogClass.ATENDIMENTO,)
    road.clock.move(days=OVER)
    road.show_clock()
    erase(desk)
    assert road.keyring.classes_of(ANS, attendance_subject(number).id) == ()
    assert opened(road, person) == 0


def test_a_clock_of_years_to_come_postpones_no_erasure(road, desk, person):
    contract = road.scan.cases().__next__()[1][0].contract
    road.clock.move(days=OVER)
    party = first_look(contract, person.id, road.clock.now())
    assert road.ledger().commit([Act("party", (Put(party),), (Fact("contract.recorded", party.ref),))]).landed
    assert erase(desk)[1]["status"] == "done"


def test_what_went_by_itself_is_listed(road, desk, person, attended):
    number, answer = attended
    answer()
    assert desk.done(CLERK, "disposals") == {"disposals": []}
    for night in (RECORDING_OVER, RECORD_OVER):
        disposed(road, night)
    runs = desk.done(CLERK, "disposals")["disposals"]
    assert [(run["done"], run["held"]) for run in runs] == [({"attendance": 1}, []), ({"recording": 1}, [])]
    assert number
    assert person


def test_the_certificate_says_what_may_still_exist_and_until_when(road, desk, person):
    road.clock.move(days=OVER)
    asked, _ = erase(desk)
    text = desk.done(CLERK, "certificate", erasure=asked)["certificate"]
    assert "recuperação pontual de 7 dias" in text
    assert f"{road.clock.now():%Y}" in text
    assert all(name in text for name in ("rui", "ana", "leo", "Operadora Exemplo", asked))
    assert CPF not in text
    assert PERSONAL[0] not in text
    assert person.id not in text
    last = text.rsplit("folha ", 1)[1]
    leaves = [row["leaf"]["B"] for row in road.rows(JOURNAL) if row.get("kind", {}).get("S") == "person.forgotten"]
    assert [sha256(b"\x00" + leaf).hexdigest() for leaf in leaves] == [last]
    assert road.facts()["erasure.viewed"] == 1


def test_a_certificate_is_shown_to_nobody_unseen(road, desk, person):
    road.clock.move(days=OVER)
    asked, _ = erase(desk)
    assert person
    road.faults.fail("PutItem", error=closed)
    assert desk.refused(CLERK, "certificate", erasure=asked) == "try-later"


def test_one_alone_erases_nothing(road, desk, person):
    road.clock.move(days=OVER)
    asked = desk.done(DPO, "request", cpf=CPF)["erasure"]
    assert desk.refused(CLERK, "approve", erasure=asked) == "erasure-approver-invalid"
    assert desk.refused(f"{ROLE}/emdia-prod-dpo/eva", "approve", erasure=asked) == "erasure-approver-invalid"
    assert desk.refused(DPO, "approve", erasure=asked) == "erasure-own"
    other_dpo = f"{ROLE}/emdia-local-dpo/eva"
    assert desk.done(other_dpo, "approve", erasure=asked)["status"] == "requested"
    # Neither the same office twice, nor the same human in another role.
    assert desk.refused(f"{ROLE}/emdia-local-dpo/bia", "approve", erasure=asked) == "erasure-approved"
    assert desk.refused(f"{ROLE}/emdia-local-legal/eva", "approve", erasure=asked) == "erasure-own"
    assert desk.refused(f"{ROLE}/emdia-local-legal/ana", "approve", erasure=asked) == "erasure-own"
    assert desk.refused(CLERK, "certificate", erasure=asked) == "erasure-not-done"
    assert road.keyring.classes_of(ANS, person.id)
    assert desk.done(LEGAL, "approve", erasure=asked)["status"] == "done"
    assert desk.refused(LEGAL, "approve", erasure=asked) == "erasure-approved"


def test_what_must_be_kept_is_kept_and_the_reason_told(road, desk, person):
    assert desk.refused(CLERK, "request", cpf=CPF) == "erasure-retention"
    problem = desk.ask(CLERK, "request", cpf=CPF, classes=["contato"])["problem"]
    assert "contato" in problem["title"]
    assert "2031-12-31" in problem["title"]
    assert road.facts()["erasure.refused"] == 2
    assert road.keyring.classes_of(ANS, person.id)
    assert desk.refused(CLERK, "request", cpf=OTHER, classes=["acordo"]) == "erasure-nothing-held"
    assert desk.refused(CLERK, "request", cpf="12345678900") == "cpf-invalid"


def test_one_class_may_go_and_the_others_stay(road, desk, person):
    road.clock.move(days=OVER)
    _, result = erase(desk, classes=["contato"])
    assert result["classes"] == ["contato"]
    assert road.keyring.classes_of(ANS, person.id) == ("acesso", "cadastro", "operacao")


def test_an_open_invoice_and_an_unsettled_event_keep_a_person(road, desk, person):
    road.clock.move(days=OVER)
    case = road.contract(2, person=int(person.id, 16))
    assert desk.refused(CLERK, "request", cpf=CPF) == "erasure-case-open"
    road.settle(case)
    # An event that was refused and waits for a person, with the CPF in what was sent.
    told = json.dumps({"operator": ANS, "secrets": [erp.SECRET]})
    road.secretsmanager.values[f"emdia/local/erp/{erp.CLIENT}"] = told
    wrong = erp.contract(road.clock.now(), "CT-9", address={})
    assert receive(erp.call(road, [wrong]), None)["statusCode"] == 422
    problem = desk.ask(CLERK, "request", cpf=CPF)["problem"]
    assert problem["code"] == "erasure-events-unsettled"
    assert erp.CLIENT in problem["title"]


def test_a_legal_hold_stands_against_erasure_until_it_is_lifted(road, desk, person):
    road.clock.move(days=OVER)
    asked = desk.done(CLERK, "request", cpf=CPF)["erasure"]
    desk.done(DPO, "approve", erasure=asked)
    assert desk.refused(DPO, "hold", cpf=CPF, reason="processo 1") == "erasure-approver-invalid"
    desk.done(LEGAL, "hold", cpf=CPF, reason="processo 1")
    assert desk.refused(LEGAL, "approve", erasure=asked) == "erasure-legal-hold"
    assert desk.refused(CLERK, "request", cpf=CPF) == "erasure-legal-hold"
    assert "processo" not in repr(road.rows(LEDGER)) + repr(road.rows(JOURNAL))
    desk.done(LEGAL, "lift", cpf=CPF, reason="processo encerrado")
    assert desk.done(LEGAL, "approve", erasure=asked)["status"] == "done"
    facts = road.facts()
    assert (facts["legal_hold.placed"], facts["legal_hold.lifted"], facts["erasure.refused"]) == (1, 1, 2)
    assert person


def test_a_hold_placed_in_the_very_moment_wins(road, desk, person):
    road.clock.move(days=OVER)
    asked = desk.done(CLERK, "request", cpf=CPF)["erasure"]
    desk.done(DPO, "approve", erasure=asked)
    road.dynamodb.before_write = lambda: desk.done(LEGAL, "hold", cpf=CPF, reason="processo 2")
    assert desk.refused(LEGAL, "approve", erasure=asked) == "try-later"
    assert desk.refused(LEGAL, "approve", erasure=asked) == "erasure-legal-hold"
    assert road.keyring.classes_of(ANS, person.id)


@pytest.mark.parametrize("call", range(1, 5))
def test_an_erasure_whose_answer_is_lost_is_done_once(road, desk, person, call):
    road.clock.move(days=OVER)
    asked = desk.done(CLERK, "request", cpf=CPF)["erasure"]
    desk.done(DPO, "approve", erasure=asked)
    road.faults.fail("TransactWriteItems", call=min(call, 2), landed=True, error=read_timeout)
    if call > 2:
        road.faults.fail("", call=call, error=closed)
    answer = desk.ask(LEGAL, "approve", erasure=asked)
    if "problem" in answer:
        assert answer["problem"]["code"] == "try-later"
        again = desk.ask(LEGAL, "approve", erasure=asked)
        assert again.get("result", {}).get("status") == "done" or again["problem"]["code"] == "erasure-approved"
    assert road.keyring.classes_of(ANS, person.id) == ()
    assert road.facts()["person.forgotten"] == 1


def test_who_asks_is_told_by_aws_alone(road, person):
    request = {"action": "request", "operator": ANS, "cpf": CPF}
    proof = road.sts.question(DPO, digest_of(request))
    assert person
    for forged in (
        {**request, "proof": ""},
        {**request, "proof": proof, "cpf": OTHER},
        {**request, "proof": proof.replace("sts.sa-east-1.amazonaws.com", "sts.example")},
        {**request, "proof": proof.replace("Expires=60", "Expires=604800")},
        {**request, "proof": proof.replace("GetCallerIdentity", "GetSessionToken")},
        {**request, "proof": proof + "&Action=GetCallerIdentity"},
    ):
        assert handle(forged, None)["problem"]["code"] == "caller-unproved"
    road.faults.fail("GetCallerIdentity")
    assert handle({**request, "proof": proof}, None)["problem"]["code"] == "try-later"
    assert road.facts()["erasure.refused"] == 0


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"action": "burn"}, "action-invalid"),
        ({"action": "approve", "erasure": "0"}, "erasure-unknown"),
        ({"action": "request", "cpf": CPF, "classes": "contato"}, "action-invalid"),
        ({"action": "request", "cpf": CPF, "operator": "654321"}, "operator-unknown"),
        ({"action": "request", "cpf": CPF, "operator": "12"}, "ans-invalid"),
        ({"action": "hold", "cpf": CPF, "reason": "duas\nlinhas"}, "action-invalid"),
    ],
)
def test_a_request_that_makes_no_sense_is_refused(road, more, code):
    request = {"operator": ANS} | more
    proof = road.sts.question(LEGAL, digest_of(request))
    assert handle({**request, "proof": proof}, None)["problem"]["code"] == code


def test_requests_are_listed_without_names(desk, person, road):
    road.clock.move(days=OVER)
    asked, _ = erase(desk)
    (listed,) = desk.done(CLERK, "list")["erasures"]
    assert listed["erasure"] == asked
    assert listed["approved_by"] == ["dpo", "legal"]
    assert set(listed) == {"erasure", "status", "classes", "asked_at", "approved_by"}
    assert person
