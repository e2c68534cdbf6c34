"""Why somebody was or was not written to: asked by staff, and by an ERP with its signature."""

import json
from dataclasses import replace
from datetime import timedelta
from itertools import count

import pytest

from emdia.compliance.notice import Consequence
from emdia.compliance.notice_record import NoticeRecord
from emdia.errors import Rejected
from emdia.facts import Fact
from emdia.portfolio.document import Kept
from emdia.ports import Act, Put
from emdia.state import OPERATOR_SUBJECT
from emdia.web.problems import title
from functions.explain_case.handler import handle
from tests.fakes import erp
from tests.fakes.faults import closed, read_timeout, throttling
from tests.fakes.house import ANS, JOURNAL
from tests.fakes.opening import disclosed
from tests.functions.intake import Intake


@pytest.fixture
def intake(road):
    """One contract, five days late, written to this morning."""
    intake = Intake(road)
    told = json.dumps({"operator": ANS, "secrets": [erp.SECRET]})
    road.secretsmanager.values[f"emdia/local/erp/{erp.CLIENT}"] = told
    now = road.clock.now()
    intake.post(erp.contract(now), erp.invoice(now))
    intake.apply()
    road.walk()
    assert len(road.ses.mailbox) == 1
    road.clock.move(hours=1)
    road.show_clock()
    return intake


def ask(**more):
    request = {"operator": ANS, "contract": "CT-1", "actor": "ana", "language": "pt-BR"} | more
    return handle({name: value for name, value in request.items() if value is not None}, None)


def post(road, body, **how):
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    answer = handle(erp.call(road, None, body=raw, **how), None)
    return answer["statusCode"], json.loads(answer["body"])


@pytest.mark.usefixtures("intake")
def test_staff_read_what_was_done_what_holds_and_what_may_come():
    told = ask()["result"]
    assert [(one["rule"], one["at"]) for one in told["done"]] == [("ladder.step-due", "2026-11-25T12:00:00.000Z")]
    assert "degrau D0: enviado" in told["done"][0]["text"]
    assert [one["rule"] for one in told["stands"]] == ["ladder.no-step-due"]
    assert told["ahead"][0]["at"] == "2026-11-26T12:00:00.000Z"
    assert told["channels"][0]["rule"] == "frequency.day"
    assert "No máximo um contato por dia" in told["text"]
    assert "Norma: CDC arts. 42, 71 (leitura cautelosa). [frequency.day]" in told["text"]
    # Nothing that names the person is read, so nothing can be told.
    assert not {"Josefa", "529.982", "josefa@"} & set(json.dumps(told, ensure_ascii=False).split())


def test_a_step_that_was_not_taken_is_told_years_later(road, intake):
    said = {"contract": "CT-1", "channel": "email", "at": road.clock.now().isoformat(), "how": "portal"}
    intake.post(erp.event("opt_out.recorded", road.clock.now(), said))
    intake.apply()
    road.clock.move(days=1)
    road.walk()
    road.clock.move(days=900)
    road.show_clock()
    _, refused, *_ = ask()["result"]["done"]
    assert refused["at"] == "2026-11-26T13:00:00.000Z"
    assert (refused["text"], refused["rule"]) == ("Sem contato; degrau D+3 encerrado.", "consent.opted-out")
    assert refused["why"] == "A pessoa pediu para não receber mensagens por este canal."
    # Of a day: what had been done by then, and nothing of what came after.
    told = ask(at="2026-11-25")["result"]
    assert [one["rule"] for one in told["done"]] == ["ladder.step-due"]
    assert told["stands"] == []


@pytest.mark.usefixtures("intake")
def test_a_parked_case_says_why_in_words(road):
    (case,) = road.ledger().record(road.pseudonyms.of(ANS, "contract", "CT-1"), "CASE")
    road.commit_case(replace(case, parked="ladder-unknown"), "case.parked")
    (line,) = ask()["result"]["stands"]
    why = title(Rejected("ladder-unknown"), "pt-BR").removesuffix(".")
    assert why != "ladder-unknown"
    assert line["text"] == f"O caso espera por uma pessoa da operadora: {why}. A régua nada envia."
    assert line["rule"] == "data.missing"


@pytest.mark.usefixtures("intake")
def test_the_notice_that_stands_is_told_and_nobody_reads_its_words(road):
    (case,) = road.ledger().record(road.pseudonyms.of(ANS, "contract", "CT-1"), "CASE")
    now, day = road.clock.now(), road.clock.now().date()
    record = NoticeRecord(
        contract=case.contract, id="a" * 32, holder_key=case.holder_key, fees=(case.invoices[0].id,),
        consequence=Consequence.RESCIND, words=Kept("documents/words", "0" * 64), issued_on=day, drafted_at=now,
        pay_by=day + timedelta(days=12), last_sending=day + timedelta(days=14),
    )  # fmt: skip
    assert road.ledger().commit([Act("notice", (Put(record),), (Fact("notice.drafted", record.ref),))]).landed
    (line,) = [one for one in ask()["result"]["ahead"] if one["rule"] == "notice.ten-days"]
    assert f"de {day:%d/%m/%Y}: prazo para pagar ou contestar até {record.pay_by:%d/%m/%Y}." in line["text"]
    assert "notice.viewed" not in road.facts()


def test_what_a_former_holder_received_is_told_to_nobody_else(road, intake):
    road.clock.move(hours=1)
    road.show_clock()
    other = {"name": "Outra Pessoa", "cpf": erp.SPOUSE_CPF, "birth_on": "1970-01-01"}
    intake.post(erp.contract(road.clock.now(), holder=other, beneficiaries=[other]))
    intake.apply()
    assert ask()["result"]["done"] == []


def test_who_asks_is_seen_before_anything_is_told(road, intake):
    assert "result" in ask(at="2026-12-01")
    (row,) = intake.facts("case.viewed")
    told = disclosed(road, ANS, row, OPERATOR_SUBJECT)
    assert (told["ator"], told["tela"], told["dia"]) == ("ana", "explicação", "2026-12-01")
    for _ in range(3):
        road.faults.fail("PutItem")
    assert ask()["problem"]["status"] == 503
    commands = [row["command"]["S"] for row in road.dynamodb.stored(JOURNAL) if "command" in row]
    assert not [one for one in commands if "ana" in one.split(":")]


@pytest.mark.parametrize(
    ("error", "landed"), [(closed, False), (closed, True), (read_timeout, True), (throttling, False)]
)
def test_whatever_call_fails_the_answer_comes_or_is_told_to_be_asked_again(road, intake, error, landed):
    assert "result" in ask()  # the worker holds its keys
    for call in count(1):
        struck = len(road.faults.struck)
        road.faults.fail("", call=call, landed=landed, error=error)
        told = ask()
        if len(road.faults.struck) == struck:
            break  # an answer takes fewer calls
        assert "result" in told or told["problem"]["status"] == 503
        assert "result" in ask()
    assert call > 4
    assert len(intake.facts("case.viewed")) == 1  # one person, question and moment: told once, however often repeated


def test_an_erp_asks_with_its_signature(road, intake):
    status, told = post(road, {"contract": "CT-1", "at": "2026-12-05"})
    assert (status, told["day"]) == (200, "2026-12-05")
    (row,) = intake.facts("case.viewed")
    assert disclosed(road, ANS, row, OPERATOR_SUBJECT)["ator"] == f"erp:{erp.CLIENT}"
    assert post(road, {"contract": "CT-1"}, secret="whsec_" + "B" * 32)[1]["code"] == "signature-invalid"
    stale = post(road, {"contract": "CT-1"}, at=road.clock.now() - timedelta(minutes=6))
    assert (stale[0], stale[1]["code"]) == (401, "timestamp-stale")
    assert len(intake.facts("case.viewed")) == 1


@pytest.mark.parametrize(
    ("body", "code", "pointer"),
    [
        ({"contract": "CT-9"}, "contract-unknown", "/contract"),
        ({"contract": 7}, "action-invalid", "/contract"),
        ({"contract": "CT-1", "at": "01/12/2026"}, "date-invalid", "/at"),
        ({"contract": "CT-1", "at": 20261201}, "date-invalid", "/at"),
        ({"contract": "CT-1", "operator": ANS}, "action-invalid", ""),
        ([], "action-invalid", ""),
        (b'{"contract": "CT-1", "contract": "CT-2"}', "json-invalid", ""),
        (b'{"contract": "CT-\\ud83d"}', "json-invalid", ""),
        (b"\xff", "encoding-invalid", ""),
        (b" " * 5000, "body-too-large", ""),
    ],
)
def test_a_call_that_makes_no_sense_is_refused(road, intake, body, code, pointer):
    status, told = post(road, body)
    assert status >= 400
    assert (told["code"], told.get("pointer", "")) == (code, pointer)
    assert intake.facts("case.viewed") == []


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        ({"operator": "12"}, "ans-invalid"),
        ({"operator": "654321"}, "operator-unknown"),
        ({"contract": None}, "action-invalid"),
        ({"actor": ""}, "action-invalid"),
        ({"at": "2026-13-01"}, "date-invalid"),
        ({"at": "20261201"}, "date-invalid"),
    ],
)
@pytest.mark.usefixtures("intake")
def test_a_request_that_makes_no_sense_is_refused(request_, code):
    assert ask(**request_)["problem"]["code"] == code
