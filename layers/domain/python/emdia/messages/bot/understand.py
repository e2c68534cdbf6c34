"""From the words of a message to what they may mean, by a script. Pure; no model, nothing learnt."""

import re
from collections.abc import Iterable

from emdia.messages.bot.script import SLIP, Phrase, Script, Words, shortened
from emdia.protocols.answers import plain

_WORD = re.compile(r"[0-9]+[aªº°]?|[a-zñ]+\.?")
_REPEATED = re.compile(r"([a-z])\1{2,}")  # "oiiii", "naoooo"
_OPTION = re.compile(r"(?:quero\s+)?(?:[ao]\s+)?(?:opcao|op|numero|n)?\s*([0-9])\s*[.)]?")
_KEYCAP = {0xFE0F: None, 0x20E3: None}  # a digit as telephones offer it in a square: two marks follow it
WINDOW = 7  # words within which the words of a phrase must lie: a long message says several things
LONGEST = 600  # characters; what is longer is for a person to read
CLEAR = 8  # words in which somebody who means "I know of it" says so; whoever writes more is asked
_YES = 6  # words of a plain yes


def words_of(text: str, script: Script) -> tuple[str, ...]:
    """The words of a message as the script writes them: lower case, no accents, short forms and slips mended."""
    words = (_REPEATED.sub(r"\1", word.rstrip(".")) for word in _WORD.findall(plain(text)))
    return tuple(_mended(script.abbreviations.get(word, word), script) for word in words)


def meanings(text: str, script: Script) -> tuple[str, ...]:
    """The intents a message may have, in the script's order; an option of the menu has exactly its own."""
    option = _OPTION.fullmatch(plain(text).translate(_KEYCAP).strip(" !.,"))
    if option is not None:
        return (script.menu[option[1]],) if option[1] in script.menu else ()
    words = words_of(text, script)
    said = frozenset(words)

    def occurs(phrases: Iterable[Phrase]) -> bool:
        return any(said >= phrase.words and _occurs(phrase.runs, words) for phrase in phrases)

    return tuple(i.name for i in script.intents if occurs(i.phrases) and not occurs(i.never))


def plainly(text: str, script: Script, most: int) -> bool:
    """Whether a message says something of its own: no question, and no more than `most` words."""
    return "?" not in text and 0 < len(words_of(text, script)) <= most


def affirms(text: str, script: Script) -> bool:
    """Whether a message is a plain yes: short, affirmative, nothing asked and nothing denied."""
    words = words_of(text, script)
    return plainly(text, script, _YES) and "nao" not in words and bool(script.affirmative & set(words))


def _occurs(runs: tuple[Words, ...], words: Words) -> bool:
    """Whether the runs of a phrase occur in their order within a few words, each run unbroken."""
    first = runs[0]
    starts = [i for i in range(len(words)) if words[i : i + len(first)] == first]
    return any(_follow(runs[1:], words[start + len(first) : start + WINDOW]) for start in starts)


def _follow(runs: tuple[Words, ...], words: Words) -> bool:
    for run in runs:
        at = next((i for i in range(len(words)) if words[i : i + len(run)] == run), None)
        if at is None:
            return False
        words = words[at + len(run) :]
    return True


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
