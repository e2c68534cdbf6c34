"""One or two simulations as a stand-alone SVG that any browser opens, for who approves ladders. In Portuguese.

Messages by day, by hour and by channel, cost, and how often each rule held somebody back, versions side by side.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from html import escape

from emdia.compliance.rules import RULES
from emdia.ladder.explain_channels import SPOKEN
from emdia.ladder.outlook import Outlook, reais

_COLOURS = ("#1f4e79", "#c55a11")
_WIDTH, _LEFT, _RIGHT, _CHART, _ROW = 960, 64, 24, 180, 34
_MOST_DAYS = 62  # beyond, days are gathered into weeks: bars thinner than a hair say nothing
_SENTENCE = 108  # characters of a rule's sentence that fit on a line

Shown = Sequence[tuple[str, Outlook]]


def picture(versions: Shown, title: str) -> str:
    """The SVG of one or two (name, figures) under `title`."""
    parts: list[str] = []
    top = 40
    parts.append(_text(_LEFT, top, title, 22, bold=True))
    for n, (name, told) in enumerate(versions):
        top += 28
        parts.append(f'<rect x="{_LEFT}" y="{top - 12}" width="14" height="14" fill="{_COLOURS[n]}"/>')
        channels = ", ".join(f"{channel} {times:,}".replace(",", ".") for channel, times in _channels(told).items())
        said = f"{name}: {_count(told.messages)} mensagens ({channels or 'nenhuma'}), custo {reais(told.cost)}"
        parts.append(_text(_LEFT + 22, top, said, 15))
    top += 40
    for head, group in (("Mensagens por dia", _by_day), ("Mensagens por hora de Brasília", _by_hour)):
        parts.append(_text(_LEFT, top, head, 16, bold=True))
        parts += _bars([group(told) for _, told in versions], top + 14)
        top += _CHART + 74
    parts.append(_text(_LEFT, top, "Quem não foi contatado, por regra (vezes)", 16, bold=True))
    for rule in dict.fromkeys(rule for _, told in versions for rule in told.rules):
        top += _ROW + 14 * (len(versions) - 1)
        parts += _held(rule, [told.rules.get(rule, 0) for _, told in versions], _most(versions), top)
    height = top + 60
    parts.append(
        _text(_LEFT, height - 16, "Simulação: nada foi gravado nem enviado. As regras estão em docs/law.md.", 12)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" width="{_WIDTH}" height="{height}" '
        f'font-family="Segoe UI, Helvetica, Arial, sans-serif" role="img" lang="pt-BR"><title>{escape(title)}</title>'
        f'<rect width="100%" height="100%" fill="#ffffff"/>{"".join(parts)}</svg>\n'
    )


def _channels(told: Outlook) -> Mapping[str, int]:
    channels: Counter[str] = Counter()
    for (_, _, channel), times in told.sent.items():
        channels[SPOKEN[channel]] += times
    return dict(sorted(channels.items()))


def _by_day(told: Outlook) -> Mapping[str, int]:
    """Every day between the first and the last, empty ones too; weeks when there are too many."""
    days: Counter[date] = Counter()
    for (day, _, _), times in told.sent.items():
        days[day] += times
    if not days:
        return {}
    first, last = min(days), max(days)
    every = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    if len(every) <= _MOST_DAYS:
        return {f"{day:%Y-%m-%d}": days[day] for day in every}
    weeks: Counter[str] = Counter()
    for day in every:
        weeks[f"{day - timedelta(days=day.weekday()):%Y-%m-%d}"] += days[day]
    return weeks


def _by_hour(told: Outlook) -> Mapping[str, int]:
    hours = Counter[str]({f"{hour:02d}h": 0 for hour in range(7, 21)})
    for (_, hour, _), times in told.sent.items():
        hours[f"{hour:02d}h"] += times
    return dict(sorted(hours.items()))


def _bars(groups: Sequence[Mapping[str, int]], top: int) -> Iterator[str]:
    """Bars of each group beside those of the other, on one scale, with a line at the top of it."""
    names = sorted({name for group in groups for name in group})
    tallest = max((times for group in groups for times in group.values()), default=0) or 1
    base, wide = top + _CHART, _WIDTH - _LEFT - _RIGHT
    for share in (0.5, 1.0):
        y = base - share * (_CHART - 12)
        yield f'<line x1="{_LEFT}" x2="{_LEFT + wide}" y1="{y:.1f}" y2="{y:.1f}" stroke="#d9d9d9"/>'
        yield _text(_LEFT - 8, y + 4, _count(round(share * tallest)), 11, anchor="end")
    slot = wide / max(len(names), 1)
    bar = max(0.6, slot * 0.8 / len(groups))
    step = -(-len(names) // 16)
    for place, name in enumerate(names):
        for n, group in enumerate(groups):
            tall = group.get(name, 0) / tallest * (_CHART - 12)
            x = _LEFT + place * slot + slot * 0.1 + n * bar
            yield (
                f'<rect x="{x:.1f}" y="{base - tall:.1f}" width="{bar:.1f}" height="{tall:.1f}" fill="{_COLOURS[n]}">'
                f"<title>{_label(name)}: {_count(group.get(name, 0))}</title></rect>"
            )
        if place % step == 0:
            yield _text(_LEFT + (place + 0.5) * slot, base + 16, _label(name), 11, anchor="middle")
    yield f'<line x1="{_LEFT}" x2="{_LEFT + wide}" y1="{base}" y2="{base}" stroke="#404040"/>'


def _held(rule: str, times: Sequence[int], most: int, top: int) -> Iterator[str]:
    sentence = RULES.get(rule, rule)
    said = sentence if len(sentence) <= _SENTENCE else f"{sentence[: _SENTENCE - 1]}…"
    yield _text(_LEFT, top - 14 * (len(times) - 1) - 4, f"{said} [{rule}]", 12)
    for n, value in enumerate(times):
        y = top - 14 * (len(times) - 1 - n)
        long = value / most * 560
        yield f'<rect x="{_LEFT}" y="{y}" width="{max(long, 0.5):.1f}" height="10" fill="{_COLOURS[n]}"/>'
        yield _text(_LEFT + long + 6, y + 9, _count(value), 11)


def _most(versions: Shown) -> int:
    return max((times for _, told in versions for times in told.rules.values()), default=0) or 1


def _label(name: str) -> str:
    return f"{name[8:]}/{name[5:7]}" if len(name) == 10 else name


def _count(value: int) -> str:
    return f"{value:,}".replace(",", ".")


def _text(x: float, y: float, said: str, size: int, *, bold: bool = False, anchor: str = "start") -> str:
    weight = ' font-weight="600"' if bold else ""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" text-anchor="{anchor}" fill="#202020"{weight}>'
        f"{escape(said)}</text>"
    )
