"""Answers that begin with an approved text, filled in and edited; the library is approved like every text."""

import re
import tomllib

import pytest

from emdia.compliance.approval import Matter
from emdia.errors import Rejected
from emdia.messages.texts import ROOT
from emdia.protocols.answers import Outcome
from emdia.protocols.library import LIBRARY, Library, Model, faults, library
from emdia.workflows.approvals import things
from tests.fakes.approvals import everything
from tests.flows.attendances import Attendances

WHY = {"motivo": "o rol da ANS não o traz", "procedimento": "a vacina", "clausula": "Cláusula 12, item 3, do contrato"}


@pytest.fixture
def desk():
    return Attendances()


def ready(desk):
    number = desk.opened("1", "CT-1")
    desk.do("claim", number)
    return number


def last(desk, number):
    return desk.do("show", number)["interactions"][-1]


def test_what_is_on_offer_has_the_operator_and_the_number_filled_in(desk):
    number = ready(desk)
    told = desk.do("drafts", number)
    (denied,) = [one for one in told["drafts"] if one["model"] == "cobertura_negada"]
    assert f"{number[:6]} {number[6:14]} {number[14:]}" in denied["text"]
    assert denied["blanks"] == ["procedimento", "motivo", "clausula"]
    assert denied["outcome"] == "negado"


def test_an_approved_text_filled_in_is_the_answer(desk):
    number = ready(desk)
    desk.do("answer", number, model="cobertura_negada", values=WHY)
    said = last(desk, number)
    assert (said["model"], said["edited"]) == ("cobertura_negada@1", False)
    assert "o rol da ANS não o traz" in said["words"]
    assert said["basis"].startswith("Cláusula 12")
    assert "{" not in said["words"] + said["basis"]


def test_what_staff_change_counts_as_edited(desk):
    number = ready(desk)
    words = "Não podemos autorizar a vacina por este plano; a rede pública a aplica sem custo em qualquer posto."
    desk.do("answer", number, model="cobertura_negada", values=WHY, text=words)
    said = last(desk, number)
    assert (said["model"], said["edited"], said["words"]) == ("cobertura_negada@1", True, words)
    assert said["basis"].startswith("Cláusula 12")


@pytest.mark.parametrize(
    ("more", "code", "pointer"),
    [
        ({"model": "cobertura_negada", "values": {**WHY, "motivo": "{valor}"}}, "answer-blank", "/values"),
        ({"model": "cobertura_negada", "values": {"motivo": "um só"}}, "answer-blank", "/text"),
        ({"model": "cobertura_negada", "values": {**WHY, "senha": "1"}}, "action-invalid", "/values"),
        ({"model": "cobertura_negada", "values": {**WHY, "motivo": " "}}, "action-invalid", "/values"),
        ({"model": "cobertura_negada", "values": {**WHY, "motivo": "x" * 501}}, "action-invalid", "/values"),
        ({"model": "cobertura_negada", "values": ["x"]}, "action-invalid", "/values"),
        ({"model": "nenhum"}, "answer-model-unknown", "/model"),
        ({"outcome": "informado", "text": "O valor do boleto é de {valor} reais."}, "answer-blank", "/text"),
        (
            {"model": "cobertura_negada", "values": WHY, "text": "Seu pedido está em análise."},
            "answer-not-conclusive",
            "/text",
        ),
        ({"text": "Sem dizer o que foi decidido, nada se encerra."}, "action-invalid", "/outcome"),
    ],
)
def test_what_is_no_answer_closes_nothing(desk, more, code, pointer):
    number = ready(desk)
    with pytest.raises(Rejected) as refused:
        desk.do("answer", number, **more)
    assert (refused.value.code, refused.value.pointer) == (code, pointer)
    assert desk.do("show", number)["status"] == "aberto"


def test_without_an_approved_library_nobody_begins_with_it(desk):
    number = ready(desk)
    held = desk.ledger().get([everything().ref])[everything().ref]
    fewer = tuple(one for one in held.pinned if one.id != LIBRARY)
    desk.put(type(held)(pinned=fewer, v=held.v, last=held.last), "approval.retired")
    for action in ({"action": "drafts"}, {"action": "answer", "model": "cobertura_negada", "values": WHY}):
        with pytest.raises(Rejected, match="answer-models-not-approved"):
            desk.do(number=number, **action)


def test_a_file_that_changed_since_is_not_approved(desk, monkeypatch):
    number = ready(desk)
    changed = Library("1", "0" * 64, library().models)
    monkeypatch.setattr("emdia.workflows.draft_answer.library", lambda _: changed)
    with pytest.raises(Rejected, match="answer-models-not-approved"):
        desk.do("drafts", number)


def test_the_library_is_conclusive_easy_to_read_and_threatens_nobody():
    assert faults(library()) == []
    subjects = {one.subject.partition(":")[0] for one in library().models.values()}
    assert {"Cobertura", "Carência", "Coparticipação", "Cancelamento", "Mensalidade", "Pagamento"} <= subjects
    (thing,) = [one for one in things(Matter.WORDS, 2026) if one.id == LIBRARY]
    assert "13 textos" in thing.check()


def test_what_may_not_be_approved_is_named():
    long = (
        "Consideradas as disposições contratuais, regulamentares e legislativas aplicáveis à solicitação apresentada, "
        * 3
    )
    models = (
        Model("pending", "x", Outcome.INFORMED, "Seu pedido está em análise pela nossa equipe.", ""),
        Model("bare", "x", Outcome.DENIED, "O desconto pedido não pode ser dado por antecipação.", "Norma " * 5),
        Model("hard", "x", Outcome.INFORMED, long + "deferimos integralmente.", ""),
    )
    found = faults(Library("9", "d", {one.id: one for one in models}))
    assert [one.partition(" ")[0] for one in found] == ["pending:", "bare:", "hard:"]


@pytest.mark.parametrize("code", ["threat", "shame", "untrue"])
def test_no_text_of_the_library_has_a_word_that_messages_may_not_have(code):
    rules = tomllib.loads((ROOT.parent / "lint_rules.toml").read_text(encoding="utf-8"))
    (words,) = [rule["words"] for rule in rules["forbidden"] if rule["code"] == code]
    for model in library().models.values():
        assert not [word for word in words if re.search(word, model.text.lower())], model.id
