"""The script as data: what words mean, what is offered, what is answered. Approved in versions like any text.

A phrase is words that must occur in a message in their order, within a few words of each other; those joined by `_`
follow each other directly. A message means an intent when one of its phrases occurs and none of those under `not` does.
Words are written in lower case without accents; a word of five letters and more is recognised with one slip of the
keyboard too.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path

from emdia.errors import Halted

_FOLDER = Path(__file__).parent
NEWEST = 1
BOT = "robo"  # as what is approved it is called
SLIP = 5  # letters from which a word is recognised with one slip of the keyboard


Words = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Phrase:
    """`runs` in their order, each of words that follow each other directly; `words`: all of them."""

    runs: tuple[Words, ...]
    words: frozenset[str]


@dataclass(frozen=True, slots=True)
class Intent:
    """What a message may mean."""

    name: str
    phrases: tuple[Phrase, ...]
    never: tuple[Phrase, ...]


@dataclass(frozen=True, slots=True)
class Script:
    """One version of the bot. `digest`: hex SHA-256 of the file, which is what legal approves."""

    version: str
    digest: str
    abbreviations: Mapping[str, str]
    intents: tuple[Intent, ...]
    menu: Mapping[str, str]  # option -> intent
    affirmative: frozenset[str]
    polite: frozenset[str]  # intents that ask for nothing
    protective: frozenset[str]  # intents that stop something: always honoured, whatever else was said
    people: frozenset[str]  # intents a person answers
    replies: Mapping[str, str]
    sms: Mapping[str, str]  # the same answers as each fits one SMS beside the number
    vocabulary: frozenset[str]
    near: Mapping[str, tuple[str, ...]]  # a word with at most one letter left out -> the words it may come from


def shortened(word: str) -> frozenset[str]:
    """`word` with one letter left out, in every way: two words that differ by one slip share one of these."""
    return frozenset(word[:i] + word[i + 1 :] for i in range(len(word)))


@cache
def script(number: int = NEWEST) -> Script:
    """The script in one version. Raises Halted when it names an intent or an answer that it does not have."""
    data = (_FOLDER / f"roteiro.{number}.json").read_bytes()
    told = json.loads(data)
    intents = tuple(
        Intent(name, _phrases(one["phrases"]), _phrases(one.get("not", ()))) for name, one in told["intents"].items()
    )
    names = {intent.name for intent in intents}
    named = {*told["menu"].values(), *told["polite"], *told["protective"], *told["people"]}
    if not named <= names or not names <= set(told["replies"]) or told["sms"].keys() != told["replies"].keys():
        raise Halted(f"script {told['version']} names what it does not have")
    words = {word for intent in intents for phrase in (*intent.phrases, *intent.never) for word in phrase.words}
    return Script(
        version=told["version"],
        digest=sha256(data).hexdigest(),
        abbreviations=told["abbreviations"],
        intents=intents,
        menu=told["menu"],
        affirmative=frozenset(told["affirmative"]),
        polite=frozenset(told["polite"]),
        protective=frozenset(told["protective"]),
        people=frozenset(told["people"]),
        replies=told["replies"],
        sms=told["sms"],
        vocabulary=frozenset(words),
        near=_near(words),
    )


def _near(words: Iterable[str]) -> Mapping[str, tuple[str, ...]]:
    near: dict[str, list[str]] = defaultdict(list)
    for word in sorted(words):
        if len(word) >= SLIP:
            for short in (word, *sorted(shortened(word))):
                near[short].append(word)
    return {short: tuple(found) for short, found in near.items()}


def _phrases(told: Iterable[str]) -> tuple[Phrase, ...]:
    runs = (tuple(tuple(run.split("_")) for run in phrase.split()) for phrase in told)
    return tuple(Phrase(one, frozenset(word for run in one for word in run)) for one in runs)
