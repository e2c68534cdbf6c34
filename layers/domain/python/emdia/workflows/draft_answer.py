"""Answers that begin with an approved text: what is on offer, filled in, and what staff made of it."""

from collections.abc import Mapping
from dataclasses import dataclass

from emdia.compliance.approval import Matter, in_force
from emdia.errors import Rejected
from emdia.messages.spelling import spell_phone
from emdia.portfolio.contract import Operator
from emdia.ports import Ledger
from emdia.protocols.answers import Answer, Outcome
from emdia.protocols.copy import spoken
from emdia.protocols.library import LIBRARY, VALUE_MAX, Library, Model, blanks, filled, library, must_be_whole
from emdia.protocols.protocol import Protocol
from emdia.state import in_force_ref, operator_ref
from emdia.workflows.staff_request import Request, one_of, text_of

WORDS_MAX = 10_000  # characters of an answer
_NAME_MAX = 128


@dataclass(frozen=True, slots=True)
class Given:
    """An answer as it was given, and which approved text it began with ("carencia_em_curso@1", "" for none)."""

    answer: Answer
    model: str = ""
    edited: bool = False


def drafts(protocol: Protocol, ledger: Ledger) -> Mapping[str, object]:
    """Every approved text, with what is known of the operator and the attendance filled in."""
    texts, known = _approved(protocol, ledger)
    return {
        "version": texts.version,
        "drafts": [
            {
                "model": one.id,
                "subject": one.subject,
                "outcome": one.outcome,
                "text": filled(one.text, known),
                "basis": filled(one.basis, known),
                "blanks": [name for name in one.blanks if name not in known],
            }
            for one in texts.models.values()
        ],
    }


def given(request: Request, protocol: Protocol, ledger: Ledger) -> Given:
    """The answer that a request gives.

    Without `model` its `outcome`, `text` and `basis`. With one: that text with its blanks filled by `values`, unless
    the request brings words of its own, which count as edited. Raises Rejected `action-invalid`,
    `answer-model-unknown`, `answer-models-not-approved`, `answer-blank`.
    """
    name = text_of(request, "model", _NAME_MAX, "")
    if not name:
        answer = Answer(
            one_of(Outcome, request, "outcome"),
            text_of(request, "text", WORDS_MAX),
            text_of(request, "basis", WORDS_MAX, ""),
        )
        must_be_whole(answer)
        return Given(answer)
    texts, known = _approved(protocol, ledger)
    model = texts.models.get(name)
    if model is None:
        raise Rejected("answer-model-unknown", "/model")
    values = {**known, **_values(request, model)}
    proposed = Answer(model.outcome, filled(model.text, values), filled(model.basis, values))
    answer = Answer(
        one_of(Outcome, request, "outcome") if request.get("outcome") else proposed.outcome,
        text_of(request, "text", WORDS_MAX, "") or proposed.text,
        text_of(request, "basis", WORDS_MAX, "") or proposed.basis,
    )
    must_be_whole(answer)
    return Given(answer, f"{model.id}@{texts.version}", edited=answer != proposed)


def _approved(protocol: Protocol, ledger: Ledger) -> tuple[Library, Mapping[str, str]]:
    """The texts in force and what fills their blanks by itself. Raises Rejected `answer-models-not-approved`."""
    states = ledger.get([in_force_ref(), operator_ref()])
    operator = states.get(operator_ref())
    pin = in_force(states).version(Matter.WORDS, LIBRARY)
    if pin is None or not isinstance(operator, Operator):
        raise Rejected("answer-models-not-approved")
    texts = library(int(pin.version))
    if texts.digest != pin.digest:
        raise Rejected("answer-models-not-approved")
    known = {
        "operadora": operator.short_name or operator.name,
        "telefone": spell_phone(operator.phone),
        "protocolo": spoken(protocol.number),
    }
    return texts, known


def _values(request: Request, model: Model) -> Mapping[str, str]:
    told = request.get("values", {})
    if not isinstance(told, dict):
        raise Rejected("action-invalid", "/values")
    for name, value in told.items():
        if name not in model.blanks or not isinstance(value, str) or not value.strip() or len(value) > VALUE_MAX:
            raise Rejected("action-invalid", "/values")
        if blanks(value):
            raise Rejected("answer-blank", "/values", blank=blanks(value)[0])
    return told
