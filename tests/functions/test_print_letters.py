"""Letters leave in runs of a day; what became of them comes back by the printer's file or a signed call."""

import base64
import csv
import io
import json
from hashlib import sha256

import pytest

from emdia.cli import letters
from emdia.compliance.standing import NoticeStatus
from emdia.errors import Rejected
from functions.confirm_notice.handler import handle as confirm
from functions.print_letters.handler import handle
from tests.fakes import erp
from tests.fakes.faults import closed
from tests.fakes.house import ANS, JOURNAL
from tests.flows import test_notice_means as means

DAY = "2026-10-15"


@pytest.fixture
def case(road):
    """A notice on paper, and the day after it."""
    means.equip(road)
    case = means.owing(road, means.Channel.LETTER, means=("letter",))
    road.night()
    road.clock.move(days=1)
    road.show_clock()
    told = json.dumps({"operator": ANS, "secrets": [erp.SECRET]})
    road.secretsmanager.values[f"emdia/local/erp/{erp.CLIENT}"] = told
    return case


def ask(action, **more):
    return handle({"action": action, "operator": ANS, "actor": "ana", "language": "en"} | more, None)


def asked(stage, function, request):
    assert (stage, function) == ("dev", "print_letters")
    answer = handle({**request, "actor": "ana"}, None)
    if "problem" in answer:
        raise Rejected(answer["problem"]["code"])
    return answer["result"]


def cli(*arguments):
    import argparse

    parser = argparse.ArgumentParser()
    parser.set_defaults(stage="dev")
    letters.add_parser(parser, asked)
    told = parser.parse_args(arguments)
    return told.run(told)


def post(road, events, **how):
    answer = handle(erp.call(road, None, body=json.dumps({"events": events}).encode(), **how), None)
    return answer["statusCode"], json.loads(answer["body"])


def reference():
    (one,) = ask("jobs", day=DAY)["result"]["letters"]
    return one["reference"]


@pytest.mark.usefixtures("case")
def test_a_run_closes_once_its_day_is_over_and_is_the_same_for_ever(road, tmp_path):
    road.clock.move(days=-1)
    road.show_clock()
    assert ask("close", day=DAY)["problem"]["code"] == "print-run-open"
    assert ask("letters", day=DAY)["problem"]["code"] == "print-run-open"
    road.clock.move(days=1)
    road.show_clock()
    assert "1 carta(s), aberto" in cli("jobs", "--operator", ANS, "--day", DAY)
    for name in ("a", "b"):
        road.clock.move(minutes=1)
        road.show_clock()
        assert "1 carta(s)" in cli("fetch", "--operator", ANS, "--day", DAY, "--out", str(tmp_path / name))
    (row,) = csv.DictReader(io.StringIO((tmp_path / "a/manifesto.csv").read_text()), delimiter=";")
    sheet = (tmp_path / "a" / row["arquivo"]).read_bytes()
    assert sha256(sheet).hexdigest() == row["sha256"]
    assert sheet.startswith(b"%PDF")
    assert row["servico"] == "registrada-ar"
    assert (tmp_path / "b/manifesto.csv").read_bytes() == (tmp_path / "a/manifesto.csv").read_bytes()
    assert road.facts()["print_run.closed"] == 1
    assert road.facts()["letters.viewed"] == 2
    assert "fechado" in cli("jobs", "--operator", ANS, "--day", DAY)
    assert ask("close", day="2026-10-14")["problem"]["code"] == "print-run-empty"


@pytest.mark.usefixtures("case")
def test_no_sheet_is_shown_before_a_fact_says_to_whom(road):
    ask("close", day=DAY)
    road.faults.fail("PutItem", error=closed)
    assert ask("letters", day=DAY)["problem"]["code"] == "try-later"
    assert base64.b64decode(ask("letters", day=DAY)["result"]["sheets"][0]["body"]).startswith(b"%PDF")


def test_the_printer_s_file_proves_the_notice_and_telling_it_again_changes_nothing(road, case, tmp_path):
    file = tmp_path / "retorno.csv"
    file.write_text(
        "referencia;evento;quando;objeto;motivo;recebedor\n"
        f"{reference()};postada;2026-10-15T18:00:00-03:00;BR123456789BR;;\n"
        ";entregue;2026-10-16T09:00:00-03:00;BR123456789BR;;Maria Vizinha\n",
        encoding="utf-8",
    )
    assert cli("status", "--operator", ANS, str(file)) == (
        "2 registrado(s), 0 já conhecido(s), 0 de carta desconhecida."
    )
    assert cli("status", "--operator", ANS, str(file)).startswith("0 registrado(s), 2 já")
    assert road.stands(case) is NoticeStatus.PROVED
    (shown,) = road.notice(case).tries[0].shown
    assert shown.kind == "ar"
    file.write_text("referencia;evento\n1;2\n", encoding="utf-8")
    with pytest.raises(Rejected, match="letter-file-invalid"):
        cli("status", "--operator", ANS, str(file))


def test_a_signed_call_tells_the_same_and_an_unknown_letter_waits_for_a_person(road, case):
    at = road.clock.now().isoformat()
    early = {"event": "delivered", "object": "BR123456789BR", "at": at, "signer": "Maria Vizinha"}
    assert post(road, [early]) == (200, {"events": ["parked"]})
    assert post(road, [early]) == (200, {"events": ["parked"]})
    assert len(ask("jobs", day=DAY)["result"]["parked"]) == 1
    assert "Maria" not in json.dumps(road.rows(JOURNAL), default=str)
    posted = {"event": "posted", "reference": reference(), "object": "BR123456789BR", "at": at}
    assert post(road, [posted, early]) == (200, {"events": ["applied", "applied"]})
    assert ask("jobs", day=DAY)["result"]["parked"] == []
    assert road.facts()["letter.parked"] == 1
    assert road.stands(case) is NoticeStatus.PROVED
    other = early | {"object": "BR999999999BR", "reference": reference()}
    assert post(road, [other]) == (200, {"events": ["parked"]})


@pytest.mark.parametrize(
    ("wrong", "code", "pointer"),
    [
        ({"event": "lost"}, "letter-event-invalid", "/events/0/event"),
        ({"colour": "red"}, "letter-event-invalid", "/events/0"),
        ({"object": "12"}, "letter-object-invalid", "/events/0/object"),
        ({"reference": "", "object": "BR123456789BR"}, "letter-unnamed", "/events/0/reference"),
        ({"reference": "x"}, "letter-reference-invalid", "/events/0/reference"),
        ({"event": "delivered"}, "letter-signer-missing", "/events/0/signer"),
        ({"at": "ontem"}, "instant-invalid", "/events/0/at"),
        ({"at": "2099-01-01T00:00:00Z"}, "instant-in-future", "/events/0/at"),
    ],
)
@pytest.mark.usefixtures("case")
def test_one_bad_row_refuses_the_whole_call(road, wrong, code, pointer):
    good = {"event": "posted", "reference": reference(), "object": "BR123456789BR", "at": road.clock.now().isoformat()}
    status, problem = post(road, [good | wrong, good])
    assert (status, problem["code"], problem["pointer"]) == (422, code, pointer)
    assert ask("jobs", day=DAY)["result"]["letters"][0]["posting"] == "made"


@pytest.mark.usefixtures("case")
def test_nobody_else_s_signature_tells_of_letters(road):
    assert post(road, [], secret="whsec_" + base64.b64encode(b"x" * 24).decode())[0] == 401


def test_the_notice_behind_a_short_link_is_read_with_the_holder_s_cpf_and_proved_by_no_reading(road):
    means.equip(road)
    case = means.owing(road, means.Channel.SMS, means=("sms",))
    road.night()
    token = road.sms.phones[0].text.split("/n/")[1].split()[0]
    link = {"pathParameters": {"token": token}, "headers": {}, "isBase64Encoded": False}
    first = confirm(link | {"httpMethod": "GET", "body": None}, None)
    assert first["statusCode"] == 200
    assert "Pessoa" not in first["body"]
    assert confirm(link | {"httpMethod": "POST", "body": "cpf=111.444.777-35"}, None)["statusCode"] == 422
    read = confirm(link | {"httpMethod": "POST", "body": "cpf=529.982.247-25"}, None)
    for said in ("Pessoa Número 1", "setembro/2026", "poderá ser rescindido", "CIENTE"):
        assert said in read["body"], said
    assert "style=" not in read["body"].split("<main>")[1]
    assert road.facts()["notice.viewed"] == 1
    assert road.stands(case) is NoticeStatus.SENT
    road.clock.move(days=181)
    road.show_clock()
    assert confirm(link | {"httpMethod": "GET", "body": None}, None)["statusCode"] == 200
    assert confirm(link | {"httpMethod": "POST", "body": "cpf=529.982.247-25"}, None)["statusCode"] == 404
