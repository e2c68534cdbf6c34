"""The alphabet of one SMS: what is not in it would turn 160 characters into 70, or one message into three.

Source: 3GPP TS 23.038 section 6.2.1, less its seven letters with accents: half a word in accents reads worse than none.
"""

import re
import unicodedata
from typing import Final

LENGTH: Final = 160
# The members of the basic table that Portuguese uses. Those of the extension table count twice, and are not here.
_ALPHABET: Final = re.compile(r"""[A-Za-z0-9 @$_!"#%&'()*+,\-./:;<=>?]*""")


def plain(text: str) -> str:
    r"""`text` on one line, without accents and typographic signs.

    >>> plain("Não há  R$\u00a010,00 – “pague”")
    'Nao ha R$ 10,00 - "pague"'
    """
    for sign, spelt in {"–": "-", "—": "-", "“": '"', "”": '"', "’": "'", "º": "o", "ª": "a", "…": "..."}.items():
        text = text.replace(sign, spelt)
    bare = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return " ".join(bare.split())


def fits(text: str) -> bool:
    """Whether `text` is one SMS of the basic alphabet."""
    return len(text) <= LENGTH and _ALPHABET.fullmatch(text) is not None
