"""An explanation as a document for programs and as a page for people. In Portuguese."""

from collections.abc import Mapping, Sequence

from emdia.clock import instant
from emdia.compliance.rules import RULES
from emdia.ladder.explain import Explanation, Line, moment

_HEADS = ("O que foi feito", "O que vale", "O que pode vir", "Por canal")


def document(told: Explanation) -> Mapping[str, object]:
    """`day`, `zone`, the lines of `done`, `stands`, `ahead` and `channels`, and the whole as `text`. Instants UTC."""
    parts = {"done": told.done, "stands": told.stands, "ahead": told.ahead, "channels": told.channels}
    lines = {name: [_plain(line) for line in part] for name, part in parts.items()}
    return {"day": told.asked.isoformat(), "zone": told.zone, **lines, "text": page(told)}


def _plain(line: Line) -> Mapping[str, str]:
    told = {"text": line.text, "rule": line.rule, "why": RULES.get(line.rule, ""), "norm": line.norm}
    return {"at": "" if line.at is None else instant(line.at)} | told


def page(told: Explanation) -> str:
    """The answers as lines of a terminal: each with the rule's sentence, its norm and its id."""
    blocks = [f"Dia {told.asked:%d/%m/%Y}, no horário de {told.zone}. O que pode vir vale se nada mudar até lá."]
    parts: Sequence[Sequence[Line]] = (told.done, told.stands, told.ahead, told.channels)
    for head, lines in zip(_HEADS, parts, strict=True):
        if lines:
            blocks.append("\n".join([head, *(_spoken(line, told.zone) for line in lines)]))
    return "\n\n".join(blocks)


def _spoken(line: Line, zone: str) -> str:
    when = "" if line.at is None else f"{moment(line.at, zone)}  "
    if not line.rule:
        return f"  {when}{line.text}"
    norm = f" {line.norm}." if line.norm else ""
    return f"  {when}{line.text}\n      {RULES.get(line.rule, line.rule)}{norm} [{line.rule}]"
