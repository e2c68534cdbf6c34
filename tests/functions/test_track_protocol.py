"""The page where a person follows their attendances, through its door as wired and deployed."""

import base64
import re
from dataclasses import replace
from urllib.parse import urlencode

import pytest

from emdia.facts import Fact
from emdia.portfolio.contract import Channel
from emdia.ports import Act, Put
from emdia.protocols.authenticity import read_mark
from emdia.state import contract_ref, operator_ref
from functions.attend_protocol.handler import handle as attend
from functions.track_protocol.handler import handle
from tests.fakes.house import ANS, JOURNAL, LEDGER
from tests.flows.road import phone

DENIED = "O desconto pedido não pode ser dado, porque o contrato não prevê desconto por antecipação."
CLAUSE = "Cláusula 9ª, item 2: os valores são os da tabela anexa."


def post(**fields):
    return send(urlencode(fields))


def send(body):
    event = {"httpMethod": "POST", "headers": {}, "body": body, "isBase64Encoded": False}
    return handle(event, None)


def desk(action, **more):
    answer = attend({"action": action, "operator": ANS, "actor": "ana.souza", **more}, None)
    assert "result" in answer, answer
    return answer["result"]


def contract_of(road, name, n):
    """A contract that the ERP calls `name`, with the person and points of the road's n-th."""
    ledger, key = road.ledger(), road.pseudonyms.of(ANS, "contract", name)
    ref = contract_ref(road.contract(n).contract)
    copy = replace(ledger.get([ref])[ref], key=key, v=0, last="")
    assert ledger.commit([Act(name, (Put(copy),), (Fact("contract.recorded", copy.ref),))]).landed
    return copy


@pytest.fixture
def number(road):
    """One attendance of CT-1, denied."""
    road.at("2026-11-25")
    ledger = road.ledger()
    operator = replace(ledger.get([operator_ref()])[operator_ref()], seat="3550308")
    assert ledger.commit([Act("seat", (Put(operator),), (Fact("operator.recorded", operator_ref()),))]).landed
    contract_of(road, "CT-1", 1)
    return attended()


def attended(contract="CT-1", key="1"):
    number = desk("open", key=key, medium="telefone", originator="beneficiario")["number"]
    desk("identify", number=number, contract=contract)
    desk("class", number=number, demand="nao_assistencial")
    said = {"medium": "telefone", "speaker": "beneficiario", "words": "Quero <b>desconto</b> 😀 مرحبا"}
    desk("say", number=number, id="m1", **said)
    note = {"medium": "telefone", "speaker": "atendente", "words": "cliente difícil", "internal": True}
    desk("say", number=number, id="m2", **note)
    desk("answer", number=number, outcome="negado", text=DENIED, basis=CLAUSE)
    return number


def code(road):
    return re.search(r": (\d{6})", road.ses.mailbox[-1].text)[1]


def enter(road, number):
    post(numero=number)
    answer = post(numero=number, codigo=code(road))
    assert answer["statusCode"] == 200, answer["body"]
    return re.search(r'name="sessao" value="([^"]+)"', answer["body"])[1]


def test_the_code_goes_to_the_register_and_opens_once(road, number):
    post(numero=number)
    (mail,) = road.ses.mailbox
    assert mail.to == contract_of(road, "CT-9", 1).contact_points[0].value
    assert "List-Unsubscribe" not in mail.headers
    spelled = f"{number[:6]}.{number[6:14]}-{number[14:]}"
    assert post(numero=spelled, codigo=code(road))["statusCode"] == 200
    assert post(numero=number, codigo=code(road))["statusCode"] == 422


def test_the_list_and_the_words_without_what_staff_noted(road, number):
    session = enter(road, number)
    listed = post(sessao=session)["body"]
    assert "1 atendimento com" in listed
    page = post(sessao=session, protocolo=number)["body"]
    for shown in (DENIED, CLAUSE, "Quero &lt;b&gt;desconto&lt;/b&gt; 😀 مرحبا", "0800 701 9656"):
        assert shown in page
    for hidden in ("cliente difícil", "ana.souza"):
        assert hidden not in re.sub("<style>.*?</style>", "", page, flags=re.DOTALL)
    assert "protocol.viewed" in repr(road.dynamodb.stored(JOURNAL))


def test_nothing_is_shown_when_the_view_cannot_be_written_down(road, number):
    session = enter(road, number)
    road.faults.fail("PutItem")
    answer = post(sessao=session, protocolo=number)
    assert answer["statusCode"] == 503
    assert DENIED not in answer["body"]


def same(answer, number):
    return answer["statusCode"], answer["headers"], answer["body"].replace(number, "N")


def test_a_wrong_number_and_one_of_nobody_look_alike(road, number):
    """Absent, of nobody known, of an operator that is none: the same page, no mail, no fact."""
    unknown = desk("open", key="2", medium="telefone", originator="beneficiario")["number"]
    facts = len(road.dynamodb.stored(JOURNAL))
    others = [f"{number[:-6]}000099", unknown, f"999999{number[6:]}"]
    answers = {repr(same(post(numero=one), one)) for one in others}
    assert (len(road.ses.mailbox), len(road.dynamodb.stored(JOURNAL))) == (0, facts)
    answers.add(repr(same(post(numero=number), number)))
    assert len(answers) == 1
    wrong = {repr(same(post(numero=one, codigo="000000"), one)) for one in (*others, number)}
    assert len(wrong) == 1


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("12", "tem 20 algarismos; este tem 2"),
        ("41275920261125O00042", "só tem algarismos"),
        ("9" * 20, "são o dia do atendimento"),
        (f"{ANS}20261125000000", "não podem ser todos zero"),
        ("", "só tem algarismos"),
    ],
)
@pytest.mark.usefixtures("number")
def test_a_mistyped_number_is_told_why(typed, said):
    answer = post(numero=typed)
    assert answer["statusCode"] == 422
    assert said in answer["body"]


def test_five_wrong_codes_and_the_right_one_opens_nothing(road, number):
    post(numero=number)
    right = code(road)
    for n in range(5):
        assert post(numero=number, codigo=f"{(int(right) + n + 1) % 10**6:06d}")["statusCode"] == 422
    assert post(numero=number, codigo=right)["statusCode"] == 422


def test_a_code_ends_after_ten_minutes(road, number):
    post(numero=number)
    road.clock.move(minutes=10)
    road.show_clock()
    assert post(numero=number, codigo=code(road))["statusCode"] == 422


def test_who_tries_numbers_in_sequence_fills_no_mailbox(road, number):
    other = attended(key="2")
    for _ in range(3):
        post(numero=number)
        post(numero=other)
    assert len(road.ses.mailbox) == 1
    for _ in range(10):
        road.clock.move(minutes=2)
        road.show_clock()
        post(numero=other)
    assert len(road.ses.mailbox) == 5


def test_a_session_opens_its_own_contract_only_and_ends(road, number):
    contract_of(road, "CT-2", 2)
    other = attended("CT-2", "2")
    session = enter(road, number)
    assert post(sessao=session, protocolo=other)["statusCode"] == 404
    assert post(sessao=session + "A", protocolo=number)["statusCode"] == 403
    token = road.pseudonyms.seal_token(ANS, f"{'a' * 32}|email|{'b' * 32}")
    assert post(sessao=token)["statusCode"] == 403
    road.clock.move(minutes=31)
    road.show_clock()
    answer = post(sessao=session, protocolo=number)
    assert answer["statusCode"] == 403
    assert "sua visita terminou" in answer["body"]


def test_the_copy_is_a_file_with_a_mark_anybody_can_check(road, number):
    answer = post(sessao=enter(road, number), protocolo=number, acao="baixar")
    assert answer["headers"]["Content-Type"] == "application/pdf"
    assert answer["isBase64Encoded"] is True
    assert base64.b64decode(answer["body"]).startswith(b"%PDF")


def test_the_copy_comes_by_mail(road, number):
    session = enter(road, number)
    page = post(sessao=session, protocolo=number, acao="enviar")["body"]
    assert "Enviamos a cópia" in page
    text = road.ses.mailbox[-1].text
    for told in (DENIED, f"Fundamento: {CLAUSE}", "Peça a reanálise à ouvidoria"):
        assert told in text
    mark = re.search(r"EMDIA1/\S+", text)[0]
    from emdia.aws.seals import KeyedSeals

    vouched = read_mark(mark, KeyedSeals(road.keyring).public_key(ANS))
    assert vouched.number == number


def test_a_complaint_goes_to_the_ombudsman_once(road, number):
    session = enter(road, number)
    assert post(sessao=session, protocolo=number, acao="reclamar", texto=" ")["statusCode"] == 200
    assert desk("show", number=number)["status"] == "encerrado"
    page = post(sessao=session, protocolo=number, acao="reclamar", texto="Não concordo: paguei adiantado.")["body"]
    assert "está com a ouvidoria" in page
    told = desk("show", number=number)
    assert (told["status"], told["demand"]) == ("aberto", "ouvidoria")
    assert told["interactions"][-1]["words"] == "Não concordo: paguei adiantado."
    again = post(sessao=session, protocolo=number, acao="reclamar", texto="De novo.")["body"]
    assert "ainda não foi respondido" in again


@pytest.mark.parametrize("score", ["0", "6", "", "٣", "cinco"])
def test_a_rating_is_one_to_five(road, number, score):
    page = post(sessao=enter(road, number), protocolo=number, acao="avaliar", nota=score)["body"]
    assert 'role="alert"' in page
    assert "RATING" not in repr(road.dynamodb.stored(LEDGER))


def test_a_rating_is_said_once(road, number):
    session = enter(road, number)
    assert "Como foi o atendimento?" in post(sessao=session, protocolo=number)["body"]
    page = post(sessao=session, protocolo=number, acao="avaliar", nota="4")["body"]
    assert "Obrigado pela avaliação" in page
    assert "Como foi o atendimento?" not in page
    post(sessao=session, protocolo=number, acao="avaliar", nota="1")
    ratings = [row for row in road.dynamodb.stored(LEDGER) if row["sk"]["S"] == "RATING"]
    assert ['"score":4' in row["d"]["S"] for row in ratings] == [True]


@pytest.mark.parametrize("nps", ["11", "-1", "dez"])
def test_recommending_is_zero_to_ten(road, number, nps):
    page = post(sessao=enter(road, number), protocolo=number, acao="avaliar", nota="5", recomenda=nps)["body"]
    assert 'role="alert"' in page
    assert "RATING" not in repr(road.dynamodb.stored(LEDGER))


@pytest.mark.parametrize(("said", "kept"), [("0", '"nps":0'), ("", '"csat":5')])
def test_a_rating_stands_with_the_attendance_for_reports_and_recommending_is_never_a_condition(
    road, number, said, kept
):
    post(sessao=enter(road, number), protocolo=number, acao="avaliar", nota="5", recomenda=said)
    (row,) = [
        one for one in road.dynamodb.stored(LEDGER) if one["pk"]["S"].endswith(number) and one["sk"]["S"] == "PROTOCOL"
    ]
    assert kept in row["d"]["S"]
    assert ('"nps"' in row["d"]["S"]) is bool(said)


@pytest.mark.parametrize(
    "body", ["", "x", "sessao=&protocolo=1", "numero=%FF", "a=1&" * 3000, "sessao=" + "a" * 70_000]
)
@pytest.mark.usefixtures("number")
def test_what_no_page_of_ours_sends_crashes_nothing(body):
    assert send(body)["statusCode"] in (200, 403, 413, 422)


def test_no_code_and_no_word_stands_in_a_table_in_clear(road, number):
    session = enter(road, number)
    post(sessao=session, protocolo=number, acao="reclamar", texto="Palavras secretas")
    stored = repr([road.dynamodb.stored(table) for table in (LEDGER, JOURNAL)])
    assert code(road) not in stored
    assert "secretas" not in stored


@pytest.mark.usefixtures("road")
def test_a_page_without_anything_of_anybody():
    answer = handle({"httpMethod": "GET", "headers": {}, "body": None}, None)
    assert answer["statusCode"] == 200
    assert "20 algarismos" in answer["body"]


def asking(page):
    return re.search(r'name="pedido" value="([0-9a-f]{16})"', page)[1]


def test_a_person_opens_an_attendance_and_its_number_comes_first(road, number):
    session = enter(road, number)
    page = post(sessao=session)["body"]
    form = {"sessao": session, "acao": "abrir", "texto": "Meu boleto veio errado.", "pedido": asking(page)}
    page = post(**form)["body"]
    told = re.search(r"número do seu atendimento: (\d{6} \d{8} \d{6})", page)[1].replace(" ", "")
    assert told != number
    shown = desk("show", number=told)
    assert (shown["medium"], shown["status"], shown["demand"]) == ("chat", "aberto", None)
    assert [(one["speaker"], one["words"]) for one in shown["interactions"]] == [
        ("beneficiario", "Meu boleto veio errado.")
    ]
    assert told in {one["number"] for one in desk("queue")["waiting"]}
    assert "Meu boleto veio errado." in page
    # A second click opens no second one; the list has both.
    assert told[-6:] in post(**form)["body"]
    assert len(desk("show", number=told)["interactions"]) == 1
    assert "2 atendimentos" in post(sessao=session)["body"]


def test_a_person_writes_in_an_attendance_that_waits(road, number):
    session = enter(road, number)
    visit = {"sessao": session, "protocolo": number}
    assert 'value="escrever"' not in post(**visit)["body"]
    post(**visit, acao="reclamar", texto="Não concordo.")
    page = post(**visit)["body"]
    form = {**visit, "acao": "escrever", "texto": "Segue o que faltou.", "pedido": asking(page)}
    assert "registrada neste protocolo" in post(**form)["body"]
    post(**form)
    words = [one["words"] for one in desk("show", number=number)["interactions"]]
    assert words.count("Segue o que faltou.") == 1


@pytest.mark.parametrize(("text", "asked"), [("", "0" * 16), ("x" * 4001, "0" * 16), ("oi", ""), ("oi", "outro")])
def test_what_cannot_be_opened_is_said_beside_the_words(road, number, text, asked):
    answer = post(sessao=enter(road, number), acao="abrir", texto=text, pedido=asked)
    assert answer["statusCode"] == 422
    assert 'role="alert"' in answer["body"]
    assert len([row for row in road.dynamodb.stored(LEDGER) if row["sk"]["S"].startswith("ATTENDANCE#")]) == 1


def test_a_closed_attendance_takes_no_words(road, number):
    visit = {"sessao": enter(road, number), "protocolo": number}
    page = post(**visit, acao="escrever", texto="E agora?", pedido="0" * 16)["body"]
    assert 'role="alert"' in page
    assert len(desk("show", number=number)["interactions"]) == 3


def test_twenty_unanswered_attendances_are_the_most(road, number, monkeypatch):
    monkeypatch.setattr("emdia.workflows.portal_talk.OPEN_MAX", 2)
    session = enter(road, number)
    for n in range(2):
        assert post(sessao=session, acao="abrir", texto="Oi", pedido=f"{n:016x}")["statusCode"] == 200
    answer = post(sessao=session, acao="abrir", texto="De novo", pedido=f"{9:016x}")
    assert answer["statusCode"] == 422
    assert "2 atendimentos sem resposta" in answer["body"]
    assert "De novo" in answer["body"]


def test_without_an_address_the_code_comes_by_sms_and_names_no_attendance(road, number):
    ledger = road.ledger()
    ref = contract_ref(road.pseudonyms.of(ANS, "contract", "CT-1"))
    held = ledger.get([ref])[ref]
    only = tuple(replace(one, channel=Channel.SMS, value=phone(1)) for one in held.contact_points[:1])
    put = Put(replace(held, contact_points=only))
    assert ledger.commit([Act("no mail", (put,), (Fact("contact_points.recorded", ref),))]).landed
    post(numero=number)
    (message,) = road.sms.phones
    assert number[-6:] not in message.text
    told = message.text[:6]
    assert "Seus atendimentos" in post(numero=number, codigo=told)["body"]
    # Nor does anybody learn whether there is a point: the page is the same with none.
    road.clock.move(minutes=2)
    road.show_clock()
    with_point = post(numero=number)["body"]
    none = replace(ledger.get([ref])[ref], contact_points=())
    assert ledger.commit([Act("none", (Put(none),), (Fact("contact_points.recorded", ref),))]).landed
    assert post(numero=number)["body"] == with_point
    assert len(road.sms.phones) == 2
