"""How easily a text reads: the Flesch index as adapted to Brazilian Portuguese.

Source: Martins, Ghiraldelo, Nunes & Oliveira Jr., "Readability formulas applied to textbooks in Brazilian Portuguese"
(ICMC-USP, 1996): 248.835 - 1.015 words a sentence - 84.6 syllables a word. Of 75 and more very easy, from 50 easy,
from 25 hard, below very hard.
"""

import re
from typing import Final

_VOWELS: Final = "aeiouáàâãéêíóôõúü"
_GLIDES: Final = "iu"  # without an accent they close the syllable of the vowel before them
_NASAL: Final = {"ão", "ãe", "õe", "ãi"}
_WORD: Final = re.compile(r"[a-záàâãéêíóôõúüç]+", re.IGNORECASE)
# What is no prose: addresses of pages, figures, codes.
_NOT_PROSE: Final = re.compile(r"https?://\S+|\S*\d\S*|\*")
MINIMUM_WORDS: Final = 30  # below that the index says nothing


def syllables(word: str) -> int:
    """Syllables of a Portuguese word, by its vowels.

    >>> [syllables(word) for word in ("pagamento", "não", "dia", "saúde", "quem", "mensalidade", "leis")]
    [4, 1, 2, 3, 1, 5, 1]
    """
    count, before = 0, ""
    for letter in re.sub(r"([qg])u(?=[eiéêí])", r"\1", word.lower()):
        joins = before in _VOWELS and before and (letter in _GLIDES or before + letter in _NASAL)
        if letter in _VOWELS and not joins:
            count += 1
        before = letter if letter in _VOWELS and not joins else ""
    return max(count, 1)


def index(text: str) -> float | None:
    """The index of the sentences of `text`; None when it is too short to say. A line without an end is no sentence."""
    sentences = [
        words
        for sentence in re.split(r"(?<=[.!?:])\s+|\n+", text)
        if re.search(r"[.!?]$", sentence.strip()) and len(words := _WORD.findall(_NOT_PROSE.sub(" ", sentence))) > 2
    ]
    words = [word for sentence in sentences for word in sentence]
    if len(words) < MINIMUM_WORDS:
        return None
    return 248.835 - 1.015 * len(words) / len(sentences) - 84.6 * sum(map(syllables, words)) / len(words)
