"""A report on attendances as tables that people read: rows of periods, an expression for every measure. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from emdia.protocols.copy import DEMANDS, MEDIA
from emdia.protocols.deadlines import Demand
from emdia.protocols.definitions import DEFINITIONS, PARAMETERS
from emdia.protocols.measures import By, Tally, starts, together
from emdia.protocols.number import BRASILIA
from emdia.protocols.protocol import Medium

TOTAL: Final = "Total"
_DAY: Final = timedelta(days=1)
_COUNTS: Final = ("opened", "answered", "open", "not_issued")
_COMPLAINTS: Final = ("ombudsman", "nip")
_TERMS: Final = (("kept", "No prazo"), ("late", "Fora do prazo"), ("running", "Correndo"))


@dataclass(frozen=True, slots=True)
class Cell:
    """One number: of which period, which measure (its id), which class or channel ("" for all)."""

    period: str
    measure: str
    cut: str
    value: float


@dataclass(frozen=True, slots=True)
class Asked:
    """What is reported on: days of Brasília, both included. `lives`: the operator's mean, 0 where nobody told it."""

    ans: str
    first: date
    last: date
    by: By
    lives: int = 0


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table with its heads; numbers stay numbers, None is a cell that nothing can be said of."""

    title: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str | float | None, ...], ...]


def cells(asked: Asked, tallies: Mapping[date, Tally]) -> list[Cell]:
    """Every measure of every period, the whole last. A measure without anything to divide by has no cell."""
    found: list[Cell] = []
    for start in _starts(asked):
        name = period_name(asked, start)
        tally = tallies.get(start, Tally())
        found += _cells(name, tally, _igr([tally], asked) if asked.by is By.MONTH else None)
    whole = [tallies[start] for start in _starts(asked) if start in tallies]
    months = [tallies.get(start, Tally()) for start in _starts(asked)] if asked.by is By.MONTH else []
    return found + _cells(TOTAL, together(whole), _igr(months, asked))


def _starts(asked: Asked) -> list[date]:
    days = (asked.first + n * _DAY for n in range((asked.last - asked.first).days + 1))
    return sorted({starts(day, asked.by, asked.first) for day in days})


def period_name(asked: Asked, start: date) -> str:
    """How a period that begins on `start` is called: its day, its week's days, its month."""
    if asked.by is By.DAY:
        return f"{start:%d/%m/%Y}"
    if asked.by is By.MONTH and starts(start, By.MONTH, date.min) == start:
        return f"{start:%m/%Y}"
    following = [one for one in _starts(asked) if one > start]
    end = following[0] - _DAY if following else asked.last
    return f"{start:%d/%m/%Y} a {end:%d/%m/%Y}"


def _igr(months: Sequence[Tally], asked: Asked) -> float | None:
    """Mean of the months' complaints to ANS by mean of lives, times the scale."""
    if not asked.lives or not months:
        return None
    return sum(one.counts["nip"] for one in months) / len(months) / asked.lives * PARAMETERS["igr"]


def _cells(period: str, tally: Tally, igr: float | None) -> list[Cell]:
    counts = tally.counts
    values: dict[str, float | None] = {name: counts[name] for name in _COUNTS}
    values |= {name: tally.mean(name) for name in ("tma", "working", "answering", "waiting")}
    values |= {
        "waiting_kept": tally.ratio("waiting_kept", "waiting"),
        "fcr": tally.ratio("fcr", "known"),
        "resolved": tally.ratio("resolved", "settled"),
        "in_time": _in_time(tally),
    }
    values |= {name: counts[name] for name in _COMPLAINTS}
    values |= {
        "igr": igr,
        "csat": tally.ratio("csat_pleased", "csat"),
        "csat_mean": tally.mean("csat"),
        "nps": tally.ratio("nps_net", "nps"),
        "paid_csat": tally.ratio("paid_csat_pleased", "paid_csat"),
        "paid_csat_mean": tally.mean("paid_csat"),
        "paid_nps": tally.ratio("paid_nps_net", "paid_nps"),
    }
    found = [Cell(period, name, "", round(value, 4)) for name, value in values.items() if value is not None]
    found += [Cell(period, "by_channel", one, n) for one in Medium if (n := tally.channels[one])]
    for demand in Demand:
        terms = tally.terms.get(demand)
        if terms:
            found += [Cell(period, f"in_time.{kind}", demand, terms[kind]) for kind, _ in _TERMS]
    return found


def _in_time(tally: Tally) -> float | None:
    kept, late = tally.terms_of("kept"), tally.terms_of("late")
    return kept * 100 / (kept + late) if kept + late else None


def sheets(asked: Asked, told: Sequence[Cell], made_at: datetime) -> tuple[Sheet, ...]:
    """The tables of a report, made of its cells at `made_at` (UTC)."""
    periods = list(dict.fromkeys(one.period for one in told))
    at = {(one.period, one.measure, one.cut): one.value for one in told}
    plain = [one for one in DEFINITIONS if one.id != "by_channel"]
    span = f"{asked.first:%d/%m/%Y} a {asked.last:%d/%m/%Y}"
    head = Sheet(
        "Sobre",
        ("", ""),
        (
            ("Operadora, registro na ANS", asked.ans),
            ("Período de abertura", span),
            ("Feito em", f"{made_at.astimezone(ZoneInfo(BRASILIA)):%d/%m/%Y às %H:%M} (Brasília)"),
            ("Média de vidas informada", asked.lives or "não informada: sem IGR"),
        ),
    )
    main = Sheet(
        "Indicadores",
        ("Período", *(f"{one.label} ({one.unit})" for one in plain)),
        tuple((period, *(at.get((period, one.id, "")) for one in plain)) for period in periods),
    )
    terms = Sheet(
        "Prazos por classe", ("Período", "Classe", *(label for _, label in _TERMS)), tuple(_terms(periods, at))
    )
    channels = Sheet(
        "Canais",
        ("Período", "Canal", "Abertos"),
        tuple(
            (period, MEDIA[one], at[period, "by_channel", one])
            for period in periods for one in Medium if (period, "by_channel", one) in at
        ),
    )  # fmt: skip
    return head, main, terms, channels, _definitions()


def _terms(periods: Iterable[str], at: Mapping[tuple[str, str, str], float]) -> Iterable[tuple[str | float, ...]]:
    for period in periods:
        for demand in Demand:
            if (period, "in_time.kept", demand) in at:
                yield period, DEMANDS[demand], *(at[period, f"in_time.{kind}", demand] for kind, _ in _TERMS)


def _definitions() -> Sheet:
    rows = tuple(
        (one.label, one.unit, one.formula, one.source, "" if one.confirmed else "leitura nossa, não confirmada")
        for one in DEFINITIONS
    )
    return Sheet("Definições", ("Indicador", "Unidade", "Como se calcula", "Fonte", "Situação"), rows)
