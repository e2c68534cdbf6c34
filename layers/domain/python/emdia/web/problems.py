"""What a program is told when it is refused: RFC 9457 problem documents with stable codes, in pt-BR and en.

A code never changes its meaning; texts may be improved at any time. Nothing of what was sent is repeated
in a problem: it may be personal data, and answers end in other people's logs.
"""

import re

from emdia.errors import Rejected
from emdia.web.problem_texts import PROBLEMS

CONTENT_TYPE = "application/problem+json"
LANGUAGES = ("pt-BR", "en")  # the first is spoken when nothing better is asked for
_QUALITY = re.compile(r"q=(0(\.[0-9]{0,3})?|1(\.0{0,3})?)")


def language(accept: str) -> str:
    """The language to answer in, by an `Accept-Language` header; pt-BR when nothing else is wanted more."""
    best, best_quality = LANGUAGES[0], 0.0
    for part in accept[:500].split(","):
        tag, _, parameter = part.strip().partition(";")
        match = _QUALITY.fullmatch(parameter.strip())
        quality = float(match[1]) if match else (0.0 if parameter else 1.0)
        known = {"pt": "pt-BR", "en": "en"}.get(tag.strip().lower().split("-")[0])
        if known is not None and quality > best_quality:
            best, best_quality = known, quality
    return best


def status_of(code: str) -> int:
    """HTTP status of a code."""
    return PROBLEMS[code].status if code in PROBLEMS else 400


class _Params(dict[str, str | int]):
    """Parameters of a text; one that was not kept with a stored reason shows as an ellipsis."""

    def __missing__(self, name: str) -> str:
        return "…"


def title(refused: Rejected, lang: str) -> str:
    """The sentence of a refusal in `lang`; its bare code when the table does not know it."""
    text = PROBLEMS.get(refused.code)
    if text is None:
        return refused.code
    return (text.en if lang == "en" else text.pt).format_map(_Params(refused.params))


def problem(refused: Rejected, lang: str) -> dict[str, object]:
    """The problem document of `refused`.

    `pointer` (RFC 6901) is present when a field is to blame, `now` (our clock) when the caller's clock is.
    """
    document: dict[str, object] = {
        "type": f"urn:emdia:problem:{refused.code}",
        "title": title(refused, lang),
        "status": status_of(refused.code),
        "code": refused.code,
    }
    if refused.pointer:
        document["pointer"] = refused.pointer
    if "now" in refused.params:
        document["now"] = refused.params["now"]
    return document
