import base64
import json

import pypdfium2
import pytest

from functions.judge_contract.handler import handle
from tests.fakes import erp
from tests.flows.test_notices import confirm
from tests.functions.intake import Intake


@pytest.fixture
def notified(road):
    """A contract as an ERP tells it, notified, proved, and old enough."""
    road.at("2026-10-15")
    now = road.clock.now()
    fees = [erp.invoice(now, f"F-{day}", reference=day[:7], due_on=day) for day in ("2026-09-10", "2026-10-09")]
    intake = Intake(road)
    assert intake.post(erp.contract(now, means_of_notice=["email"]), *fees)["status"] == 202
    assert intake.apply() == []
    road.night()
    confirm(road)
    road.at("2026-11-10")
    return road


def ask(action, **more):
    told = {"action": action, "operator": "123456", "actor": "ana", "language": "pt-BR", "contract": "CT-1"}
    return handle(told | more, None)


@pytest.mark.usefixtures("notified")
def test_the_notices_of_a_contract_and_what_proves_them():
    told = ask("show")["result"]
    (one,) = told["notices"]
    assert (told["contract"], one["status"], one["fees"]) == ("CT-1", "proved", ["F-2026-09-10", "F-2026-10-09"])
    (tried,) = one["tries"]
    (shown,) = tried["evidence"]
    assert shown["kind"] == "reply"
    kept = ask("evidence", file=shown["file"])["result"]
    assert json.loads(base64.b64decode(kept["body"]))["declaracao"].startswith("Declaro")


@pytest.mark.usefixtures("notified")
def test_a_verdict_names_every_element_with_its_evidence():
    told = ask("verdict", consequence="rescind")["result"]
    assert told["may"]
    assert told["norms"]
    assert all(one["met"] and one["says"] and not one["why_not"] for one in told["elements"])
    assert not ask("verdict", consequence="suspend")["result"]["may"]


@pytest.mark.usefixtures("notified")
def test_a_dossier_holds_words_paper_and_proof():
    files = {
        one["name"]: base64.b64decode(one["body"]) for one in ask("dossier", consequence="rescind")["result"]["files"]
    }
    assert set(files) == {"notificacao-1.json", "notificacao-1.pdf", "notificacao-1-prova-1-reply.json"}
    text = pypdfium2.PdfDocument(files["notificacao-1.pdf"])[0].get_textpage().get_text_range()
    for said in ("Josefa Araújo", "11010-000 Santos/SP", "setembro/2026", "Notificação por falta de pagamento"):
        assert said in text


def test_nothing_is_carried_out(notified):
    before = notified.facts()
    ask("verdict", consequence="rescind")
    ask("dossier", consequence="rescind")
    after = notified.facts()
    assert after - before == {"verdict.viewed": 2}


@pytest.mark.parametrize("action", ["show", "verdict", "dossier", "evidence"])
def test_who_looks_is_seen_first_or_sees_nothing(notified, action):
    notified.faults.fail("PutItem")
    answer = ask(action, consequence="rescind", file="x")
    assert answer["problem"]["status"] == 503


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"action": "rescind"}, "action-invalid"),
        ({"action": "verdict", "consequence": "kill"}, "action-invalid"),
        ({"action": "verdict"}, "action-invalid"),
        ({"action": "show", "contract": "CT-2"}, "contract-unknown"),
        ({"action": "show", "operator": "12"}, "ans-invalid"),
        ({"action": "show", "operator": "999999"}, "operator-unknown"),
        ({"action": "evidence", "file": "contato/0"}, "document-unknown"),
    ],
)
@pytest.mark.usefixtures("notified")
def test_what_cannot_be_answered_is_refused(more, code):
    assert ask(**({"action": "show"} | more))["problem"]["code"] == code


def test_what_lacks_a_datum_is_listed_without_anything_of_the_person(road):
    road.at("2026-10-15")
    case = road.owing(1, "2026-09-10", means=())
    road.night()
    (one,) = ask("list")["result"]["parked"]
    assert (one["case"], one["reason"], one["pointer"]) == (case.contract, "notice-means-unknown", "/means_of_notice")
    assert set(one) == {"case", "reason", "pointer", "since"}
