"""From the words of a message to what they may mean, by a script. Pure; no model, nothing learnt."""

import re
from collections.abc import Iterable, Sequence

from emdia.messages.bot.script import SLIP, Script, shortened
from emdia.protocols.answers import plain

_WORD = re.compile(r"[0-9]+[aªº°]?|[a-zñ]+\.?")
_REPEATED = re.compile(r"([a-z])\1{2,}")  # "oiiii", "naoooo"
_OPTION = re.compile(r"(?:opcao|op|numero|n)?\s*([0-9])\s*[.)]?")
WINDOW = 7  # words within which the words of a phrase must lie: a long message says several things
LONGEST = 600  # characters; what is longer is for a person to read


def words_of(text: str, script: Script) -> tuple[str, ...]:
    """The words of a message as the script writes them: lower case, no accents, short forms and slips mended."""
    words = (_REPEATED.sub(r"\1", word.rstrip(".")) for word in _WORD.findall(plain(text)))
    return tuple(_mended(script.abbreviations.get(word, word), script) for word in words)


def meanings(text: str, script: Script) -> tuple[str, ...]:
    """The intents a message may have, in the script's order; an option of the menu has exactly its own."""
    option = _OPTION.fullmatch(plain(text).strip(" !.,"))
    if option is not None:
        return (script.menu[option[1]],) if option[1] in script.menu else ()
    words = words_of(text, script)
    said = frozenset(words)

    def occurs(phrases: Iterable[tuple[str, ...]]) -> bool:
        return any(said.issuperset(phrase) and _occurs(phrase, words) for phrase in phrases)

    return tuple(i.name for i in script.intents if occurs(i.phrases) and not occurs(i.never))


def affirms(text: str, script: Script) -> bool:
    """Whether a message is a plain yes: short, affirmative, nothing denied."""
    words = words_of(text, script)
    return 0 < len(words) <= 6 and "nao" not in words and bool(script.affirmative & set(words))


def _occurs(phrase: Sequence[str], words: Sequence[str]) -> bool:
    """Whether the words of `phrase` occur in their order within a few words."""
    starts = [i for i, word in enumerate(words) if word == phrase[0]]
    return any(_follows(phrase[1:], words[start + 1 : start + WINDOW]) for start in starts)


def _follows(rest: Sequence[str], words: Sequence[str]) -> bool:
    place = iter(words)
    return all(word in place for word in rest)


def _mended(word: str, script: Script) -> str:
    if word in script.vocabulary or len(word) < SLIP:
        return word
    guesses = {guess for short in (word, *shortened(word)) for guess in script.near.get(short, ())}
    near = [guess for guess in guesses if _one_slip(word, guess)]
    return near[0] if len(near) == 1 else word


def _one_slip(one: str, other: str) -> bool:
    """Whether one letter too many, too few, wrong, or two in the wrong order lie between two different words."""
    start = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    left, right = one[start:], other[start:]
    if len(left) != len(right):
        short, long = sorted((left, right), key=len)
        return len(long) - len(short) == 1 and long[1:] == short
    return left[1:] == right[1:] or (left[1:2] + left[:1] == right[:2] and left[2:] == right[2:])
