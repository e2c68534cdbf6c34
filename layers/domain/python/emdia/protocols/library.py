"""Answers in plain language that staff begin with: approved as a whole, filled in, edited where needed. Pure.

A blank stands in braces: `{motivo}`. What is still blank when an answer is given refuses it: nobody is told "{valor}".
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Final

from emdia.errors import Halted, Rejected
from emdia.messages.readability import index
from emdia.protocols.answers import NEEDS_BASIS, Answer, Outcome, check

LIBRARY: Final = "respostas"  # as what is approved it is called
NEWEST: Final = 1
EASY: Final = 50.0  # Flesch as Martins et al. fitted it to Portuguese (1996): from here on a text is easy to read
VALUE_MAX: Final = 500  # characters of what fills a blank
_FOLDER: Final = Path(__file__).parent
_BLANK: Final = re.compile(r"\{([a-z_]+)\}")


@dataclass(frozen=True, slots=True)
class Model:
    """One answer to begin with. `basis`: the clause or norm it rests on, "" where none is needed."""

    id: str
    subject: str
    outcome: Outcome
    text: str
    basis: str

    @property
    def blanks(self) -> tuple[str, ...]:
        """What is to be filled in, in order."""
        return blanks(f"{self.text}\n{self.basis}")


@dataclass(frozen=True, slots=True)
class Library:
    """One version. `digest`: hex SHA-256 of the file, which is what is approved."""

    version: str
    digest: str
    models: Mapping[str, Model]


@cache
def library(number: int = NEWEST) -> Library:
    """The answers in one version. Raises Halted for a file that is none."""
    data = (_FOLDER / f"{LIBRARY}.{number}.toml").read_bytes()
    try:
        told = tomllib.loads(data.decode())
        models = {
            name: Model(name, one["subject"], Outcome(one["outcome"]), one["text"].strip(), one["basis"])
            for name, one in told.items()
        }
    except (KeyError, ValueError, TypeError) as wrong:
        raise Halted(f"answers {number}: {type(wrong).__name__}") from None
    return Library(str(number), sha256(data).hexdigest(), models)


def blanks(text: str) -> tuple[str, ...]:
    """Names of the blanks of `text`, each once.

    >>> blanks("Pague {valor} até {data}: {valor}.")
    ('valor', 'data')
    """
    return tuple(dict.fromkeys(_BLANK.findall(text)))


def filled(text: str, values: Mapping[str, str]) -> str:
    """`text` with the blanks that `values` names; the others stay. What a value holds is never a blank itself."""
    return _BLANK.sub(lambda found: values.get(found[1], found[0]), text)


def must_be_whole(answer: Answer) -> None:
    """Raises Rejected `answer-blank` for an answer in which something is still to be filled in."""
    for pointer, text in (("/text", answer.text), ("/basis", answer.basis)):
        if left := blanks(text):
            raise Rejected("answer-blank", pointer, blank=left[0])


def faults(one: Library) -> list[str]:
    """Answers that may not be approved, each with why: no answer in the sense of RN 623, or hard to read."""
    found = []
    for model in one.models.values():
        sample = dict.fromkeys(model.blanks, "exemplo de valor")
        answer = Answer(model.outcome, filled(model.text, sample), filled(model.basis, sample))
        try:
            check(answer)
        except Rejected as wrong:
            found.append(f"{model.id}: {wrong.code}")
        ease = index(answer.text)
        if ease is not None and ease < EASY:
            found.append(f"{model.id}: readability {ease:.0f}")
        if model.outcome in NEEDS_BASIS and "clausula" not in model.blanks:
            found.append(f"{model.id}: no clause")
    return found
