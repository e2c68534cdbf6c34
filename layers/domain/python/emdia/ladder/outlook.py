"""A simulation in figures: messages by day, hour and channel, their cost, who was not written to and by which rule.

Money is in millionths of a real: a message costs less than a centavo.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from emdia.compliance.rules import LADDER_STEP_DUE
from emdia.errors import Rejected
from emdia.ladder.ladder import Ladder
from emdia.ladder.simulate import BRASILIA, Simulated
from emdia.ladder.situation import today_in
from emdia.portfolio.case import Case
from emdia.portfolio.contract import Channel

MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Outlook:
    """`sent` by (day, hour, channel) of Brasília, `steps` by step's name, `rules` how often each held somebody back."""

    sent: Mapping[tuple[date, int, Channel], int]
    steps: Mapping[str, int]
    rules: Mapping[str, int]
    cost: int  # millionths of a real

    @property
    def messages(self) -> int:
        """All of them."""
        return sum(self.sent.values())


def outlook(simulated: Simulated, prices: Mapping[Channel, int]) -> Outlook:
    """The figures of one simulation, at `prices` in millionths of a real a message.

    Raises Rejected `price-unknown` for a channel that was used and has no price.
    """
    sent: Counter[tuple[date, int, Channel]] = Counter()
    steps: Counter[str] = Counter()
    for contact in simulated.contacts:
        # Brasília has no summer time, and stands three hours behind UTC.
        sent[today_in(contact.at, BRASILIA), (contact.at.hour - 3) % 24, contact.channel] += 1
        steps[contact.step] += 1
    rules: Counter[str] = Counter()
    for counted in (simulated.decided, simulated.set_aside):
        for (_, rule), times in counted.items():
            if rule != LADDER_STEP_DUE:
                rules[rule] += times
    per_channel: Counter[Channel] = Counter()
    for (_, _, channel), times in sent.items():
        per_channel[channel] += times
    if per_channel.keys() - prices.keys():
        raise Rejected("price-unknown", "/prices")
    cost = sum(prices[channel] * times for channel, times in per_channel.items())
    return Outlook(dict(sorted(sent.items())), _by_name(steps), _by_name(rules), cost)


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a comparison. `what` is a channel, a step, a rule, `messages` or `cost`."""

    group: str
    what: str
    before: int
    after: int

    @property
    def change(self) -> int:
        """More (or less) than before."""
        return self.after - self.before


def difference(before: Outlook, after: Outlook) -> tuple[Row, ...]:
    """What changes from one version to another over the same portfolio and days; equal lines too."""
    groups = [
        ("total", {"messages": before.messages, "cost": before.cost}, {"messages": after.messages, "cost": after.cost}),
        ("step", before.steps, after.steps),
        ("hour", _hours(before), _hours(after)),
        ("rule", _by_name(before.rules), _by_name(after.rules)),
    ]
    return tuple(
        Row(group, what, old.get(what, 0), new.get(what, 0))
        for group, old, new in groups
        for what in dict.fromkeys([*old, *new])
    )


def _hours(one: Outlook) -> Mapping[str, int]:
    hours: Counter[str] = Counter()
    for (_, hour, _), times in one.sent.items():
        hours[f"{hour:02d}h"] += times
    return _by_name(hours)


def _by_name(counted: Mapping[str, int]) -> Mapping[str, int]:
    return dict(sorted(counted.items()))


def repinned(cases: Iterable[Case], held: Ladder, other: Ladder) -> Iterator[Case]:
    """`cases` of version `held`, as if pinned to `other`: where they stand by day, nothing taken twice.

    Their clocks are dropped, for they are those of the other version.
    """
    days = {"": None, **{step.name: step.day for step in held.steps}}
    stand = {
        name: other.steps[place].name if day is not None and (place := other.furthest(day)) >= 0 else ""
        for name, day in days.items()
    }
    for case in cases:
        invoices = tuple(replace(invoice, step=stand[invoice.step]) for invoice in case.invoices)
        yield replace(case, ladder=other.version, invoices=invoices, due=None)


def table(one: Outlook) -> str:
    """Days as lines, with hours and channels, in Portuguese; then steps, rules and cost."""
    channels = sorted({channel for _, _, channel in one.sent})
    lines = [_line("DIA", *(channel.upper() for channel in channels), "POR HORA")]
    for day in sorted({day for day, _, _ in one.sent}):
        hours: Counter[int] = Counter()
        total: Counter[Channel] = Counter()
        for (on, hour, channel), times in one.sent.items():
            if on == day:
                hours[hour] += times
                total[channel] += times
        spread = " ".join(f"{hour}h:{times}" for hour, times in sorted(hours.items()))
        lines.append(_line(f"{day:%d/%m/%Y}", *(str(total[channel]) for channel in channels), spread))
    lines += ["", *(_line(step, str(times)) for step, times in one.steps.items())]
    lines += ["", *(_line(rule, str(times)) for rule, times in one.rules.items())]
    return "\n".join([*lines, "", f"Mensagens: {one.messages}. Custo: {reais(one.cost)}."])


def diff_table(rows: Sequence[Row], before: str, after: str) -> str:
    """The comparison in Portuguese, versions named at the head."""
    names = {"messages": "mensagens", "cost": "custo"}
    lines = [_line("", before, after, "DIFERENÇA")]
    for row in rows:
        show = reais if row.what == "cost" else str
        change = ("+" if row.change > 0 else "") + show(row.change)
        lines.append(_line(names.get(row.what, row.what), show(row.before), show(row.after), change))
    return "\n".join(lines)


def _line(first: str, *cells: str) -> str:
    return (f"{first:<26}" + "".join(f"{cell:>16}" for cell in cells)).rstrip()


def reais(micros: int) -> str:
    """Four places, rounded down towards zero, as money of less than a centavo is shown."""
    whole, rest = divmod(abs(micros), MILLION)
    return f"{'-' if micros < 0 else ''}R$ {whole:,}".replace(",", ".") + f",{rest // 100:04d}"
