"""An explanation as a document for programs and as a page for people. In Portuguese."""

from collections.abc import Mapping, Sequence
from datetime import datetime, time, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

from emdia.clock import instant
from emdia.compliance.rules import RULES
from emdia.ladder.explain import Explanation, Line
from emdia.ladder.explain_channels import moment

_HEADS = ("O que foi feito", "O que vale", "O que pode vir", "Por canal: só horário, frequência e escolha da pessoa")
# The four legal hours of Brazil, by what they are behind UTC: Decreto 2.784/1913 art. 2 (Lei 12.876/2013).
_HOURS = {-2: "de Fernando de Noronha", -3: "de Brasília", -4: "do Amazonas", -5: "do Acre"}


def document(told: Explanation) -> Mapping[str, object]:
    """`day`, `zone`, the lines of `done`, `stands`, `ahead` and `channels`, and the whole as `text`. Instants UTC."""
    parts = {"done": told.done, "stands": told.stands, "ahead": told.ahead, "channels": told.channels}
    lines = {name: [_plain(line) for line in part] for name, part in parts.items()}
    return {"day": told.asked.isoformat(), "zone": told.zone, **lines, "text": page(told)}


def _plain(line: Line) -> Mapping[str, str]:
    told = {"text": line.text, "rule": line.rule, "why": RULES.get(line.rule, ""), "norm": line.norm}
    return {"at": "" if line.at is None else instant(line.at)} | told


def page(told: Explanation) -> str:
    """The answers as lines of a terminal; lines in a row by one rule share its sentence, its norm and its id."""
    blocks = [f"Dia {told.asked:%d/%m/%Y}, hora legal {_hour(told)}. O que pode vir vale se nada mudar até lá."]
    parts: Sequence[Sequence[Line]] = (told.done, told.stands, told.ahead, told.channels)
    for head, lines in zip(_HEADS, parts, strict=True):
        if lines:
            rows = [_block(rule, list(some), told.zone) for rule, some in groupby(lines, key=lambda line: line.rule)]
            blocks.append("\n".join([head, *rows]))
    return "\n\n".join(blocks)


def _hour(told: Explanation) -> str:
    noon = datetime.combine(told.asked, time(12), ZoneInfo(told.zone)).utcoffset() or timedelta()
    return _HOURS.get(noon // timedelta(hours=1), f"de {told.zone}")


def _block(rule: str, lines: Sequence[Line], zone: str) -> str:
    said = [f"  {'' if one.at is None else moment(one.at, zone) + '  '}{one.text}" for one in lines]
    if rule:
        norm = f" Norma: {lines[0].norm}." if lines[0].norm else ""
        said.append(f"      {RULES.get(rule, rule)}{norm} [{rule}]")
    return "\n".join(said)
