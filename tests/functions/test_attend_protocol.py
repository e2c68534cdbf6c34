import pytest

from functions.attend_protocol.handler import handle
from tests.fakes.house import ANS


def ask(action, **more):
    return handle({"action": action, "operator": ANS, "actor": "ana", "language": "pt-BR", **more}, None)


CALL = {"key": "call-1", "medium": "telefone", "originator": "beneficiario"}


@pytest.mark.usefixtures("road")
def test_numbers_of_one_worker_follow_each_other_and_a_repeat_gets_its_own():
    first, second = (ask("open", **{**CALL, "key": key})["result"]["number"] for key in ("a", "b"))
    assert int(second) == int(first) + 1
    assert ask("open", **{**CALL, "key": "a"})["result"] == {
        "number": first,
        "spoken": f"{first[:6]} {first[6:14]} {first[14:]}",
        "opened_at": "2026-11-25T12:00:00.000Z",
        "again": True,
    }


@pytest.mark.usefixtures("seated")
def test_an_attendance_through_the_door():
    number = ask("open", **CALL)["result"]["number"]
    assert ask("class", number=number, demand="nao_assistencial")["result"]["due"] == "2026-12-03T03:00:00.000Z"
    told = ask("answer", number=number, outcome="informado", text="Seu pedido está em análise.")["problem"]
    assert (told["code"], told["status"], told["pointer"]) == ("answer-not-conclusive", 422, "/text")
    assert "em analise" in told["title"]
    (place,) = ask("queue")["result"]["waiting"]
    assert (place["number"], place["due"]) == (number, "2026-12-03T03:00:00.000Z")


@pytest.mark.usefixtures("road")
def test_without_a_seat_no_term_is_guessed():
    number = ask("open", **CALL)["result"]["number"]
    assert ask("class", number=number, demand="assistencial")["problem"]["code"] == "operator-seat-missing"


@pytest.mark.parametrize(
    ("request_", "code", "pointer"),
    [
        ({"action": "burn"}, "action-invalid", "/action"),
        ({"action": "open", "key": "k", "medium": "fax", "originator": "beneficiario"}, "action-invalid", "/medium"),
        ({"action": "open", "medium": "chat", "originator": "beneficiario"}, "action-invalid", "/key"),
        ({"action": "open", "key": "\ud83d", "medium": "chat", "originator": "beneficiario"}, "action-invalid", "/key"),
        ({"action": "show", "number": "12"}, "protocol-number-length", "/number"),
        ({"action": "show", "number": "9" * 20}, "protocol-number-date", "/number"),
        ({"action": "show"}, "action-invalid", "/number"),
        ({"action": "queue", "operator": "１２３４５６"}, "ans-invalid", "/operator"),
    ],
)
@pytest.mark.usefixtures("road")
def test_what_cannot_be_carried_out_is_refused_by_its_field(request_, code, pointer):
    problem = ask(**request_) if "operator" not in request_ else handle({"actor": "ana", **request_}, None)
    assert (problem["problem"]["code"], problem["problem"]["pointer"]) == (code, pointer)
