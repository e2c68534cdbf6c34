import re

import pytest

from emdia.compliance.standing import NoticeStatus
from functions.confirm_notice.handler import handle


@pytest.fixture
def case(road):
    road.at("2026-10-15")
    case = road.owing(1, "2026-09-10", "2026-10-10")
    road.night()
    return case


def visit(road, method="GET", body=None, token=""):
    token = token or re.search(r"/n/(\S+)", road.ses.mailbox[-1].text)[1]
    event = {"httpMethod": method, "pathParameters": {"token": token}, "headers": {}, "body": body}
    return handle(event | {"isBase64Encoded": False}, None)


def test_opening_the_link_shows_nothing_of_the_person_and_confirms_nothing(road, case):
    answer = visit(road)
    assert answer["statusCode"] == 200
    for hidden in ("Pessoa", "529", "500,00", "setembro"):
        assert hidden not in answer["body"]
    assert "Declaro que recebi e li a notificação" in answer["body"]
    assert answer["headers"]["Cache-Control"] == "no-store"
    assert road.stands(case) is NoticeStatus.SENT


def test_the_holder_s_cpf_and_the_button_prove_it(road, case):
    answer = visit(road, "POST", "cpf=529.982.247-25")
    assert answer["statusCode"] == 200
    assert "15/10/2026 às 10:00" in answer["body"]
    assert "até 26/10/2026" in answer["body"]
    assert road.stands(case) is NoticeStatus.PROVED
    assert road.facts()["notice.shown"] == 1


@pytest.mark.parametrize("body", ["cpf=111.444.777-35", "cpf=", "", None, "nome=Ana", "cpf=%F3%FF"])
def test_anything_else_is_asked_again(road, case, body):
    answer = visit(road, "POST", body)
    assert answer["statusCode"] == 422
    assert "não é o do titular" in answer["body"]
    assert road.stands(case) is NoticeStatus.SENT


@pytest.mark.parametrize("token", ["nonsense", "a.b"])
@pytest.mark.usefixtures("case")
def test_a_link_that_is_not_ours_leads_nowhere(road, token):
    assert visit(road, token=token)["statusCode"] == 404


@pytest.mark.usefixtures("case")
def test_the_link_of_an_opt_out_confirms_nothing(road):
    token = road.ses.mailbox[-1].headers["List-Unsubscribe"].strip("<>").rpartition("/")[2]
    assert visit(road, "POST", "cpf=529.982.247-25", token)["statusCode"] == 404


def test_a_former_holder_s_link_confirms_nothing(road, case):
    from dataclasses import replace

    from emdia.facts import Fact
    from emdia.ports import Act, KeyClass, Put
    from emdia.state import Subject, contract_ref

    ledger, ref = road.ledger(), contract_ref(case.contract)
    ledger.ensure_keys([(Subject("e" * 32), KeyClass.CADASTRO)])
    other = replace(ledger.get([ref])[ref], holder_key="e" * 32)
    assert ledger.commit([Act("new", (Put(other),), (Fact("contract.recorded", ref),))]).landed
    assert visit(road, "POST", "cpf=529.982.247-25")["statusCode"] == 404


@pytest.mark.usefixtures("case")
def test_without_the_store_the_person_is_asked_to_try_again(road):
    road.faults.fail("BatchGetItem")
    assert visit(road)["statusCode"] == 503
