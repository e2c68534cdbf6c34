"""What may close an attendance: a conclusive answer, and a denial that can be checked. Pure.

Source: RN ANS 623/2024 (an answer says yes or no with its reason; "em análise" and its kin are none) and its art. 14
(a denial is always in writing, in plain language, with the clause or the norm it rests on). Rules
`attendance.conclusive` and `attendance.denial` of docs/law.md.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from emdia.errors import Rejected

SHORTEST = 20  # characters: "ok", "resolvido", "vide sistema" explain nothing
# Words for a matter that is still going on. Whoever reads one of them has not been answered, whatever stands around it.
_PENDING = re.compile(
    r"\b(?:em|sob|na|para)\s+(?:fase\s+de\s+)?"
    r"(?:analise|reanalise|processamento|auditoria|tramitacao|andamento|avaliacao|verificacao|validacao|estudo|apuracao)\b"
    r"|\baguard(?:e|ar|amos|ando|a)\b|\bno aguardo\b"
    r"|\b(?:retornaremos|responderemos|entraremos em contato|daremos (?:um )?retorno)\b"
    r"|\bsera (?:respondid|analisad|avaliad|verificad)[oa]\b"
    r"|\b(?:encaminhad[oa]|repassad[oa]|direcionad[oa]) (?:a|ao|para)\b"
    r"|\bpendente\b|\bsem previsao\b|\bprazo de (?:analise|resposta)\b"
)


class Outcome(StrEnum):
    """What became of what was asked."""

    GRANTED = "atendido"
    PARTLY = "atendido_em_parte"
    DENIED = "negado"
    INFORMED = "informado"  # a question was answered
    WITHDRAWN = "desistencia"  # the person no longer asks
    NOT_OURS = "fora_da_operadora"  # somebody else must answer, and the text says who


NEEDS_BASIS = frozenset({Outcome.DENIED, Outcome.PARTLY})


@dataclass(frozen=True, slots=True)
class Answer:
    """What is told to the person. `basis`: the clause or the norm, word for word where one denies."""

    outcome: Outcome
    text: str
    basis: str = ""


def check(answer: Answer) -> None:
    """Raises Rejected when `answer` may not close an attendance.

    `answer-too-short`, `answer-not-conclusive` (with the words that say so), `answer-basis-missing`.
    """
    if len(answer.text.strip()) < SHORTEST:
        raise Rejected("answer-too-short", "/text", least=SHORTEST)
    said = next(pending_words(answer.text), None)
    if said is not None:
        raise Rejected("answer-not-conclusive", "/text", words=said)
    if answer.outcome in NEEDS_BASIS and len(answer.basis.strip()) < SHORTEST:
        raise Rejected("answer-basis-missing", "/basis", least=SHORTEST)


def pending_words(text: str) -> Iterator[str]:
    """The phrases of `text` that say a matter is still open, as they are recognised: lower case, without accents.

    >>> list(pending_words("Seu pedido está EM ANÁLISE."))
    ['em analise']
    """
    return (found.group() for found in _PENDING.finditer(plain(text)))


def plain(text: str) -> str:
    """Lower case, without accents, one space between words."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return " ".join("".join(c for c in decomposed if not unicodedata.combining(c)).split())
