"""Which days count. Three calendars, for three kinds of rule; all dates are local calendar days.

- national holidays (Lei 662/1949, Lei 6.802/1980, Lei 14.759/2023; Good Friday by custom, closed
  everywhere), those of each state (Lei 9.093/1995), and Carnival and Corpus Christi: days of rest on which
  nobody is contacted;
- business days, "dias úteis" of ANS deadlines: Monday to Friday but the national holidays. Carnival and
  Corpus Christi count as business days here, so that a deadline of ours falls early rather than late;
- banking days (Res. CMN 4.880/2020): Carnival Monday and Tuesday and Corpus Christi are out as well, so is
  the last one of the year, without public service, and where the person lives the holidays of state and
  municipality. Who cannot pay is not late.

Municipal holidays are a table of each operator's (`portfolio/municipal.py`). Here too is the one way from an
instant (aware, UTC) to a person's calendar day and back.
"""

from datetime import UTC, date, datetime, time, timedelta
from functools import cache, lru_cache
from zoneinfo import ZoneInfo

from emdia.errors import Halted

_DAY = timedelta(days=1)
_SATURDAY = 5


@cache
def national_holidays(year: int) -> frozenset[date]:
    """National holidays of `year`, Good Friday among them; 20 November since 2024."""
    return frozenset(_holidays_of(year, "public"))


@cache
def state_holidays(year: int, uf: str) -> frozenset[date]:
    """Holidays of `year` that state `uf` has beside the national ones. Raises Halted for an unknown state."""
    try:
        return frozenset(_holidays_of(year, "public", uf)) - national_holidays(year)
    except NotImplementedError:
        raise Halted(f"no calendar of state {uf}") from None


@cache
def carnival_and_corpus_christi(year: int) -> frozenset[date]:
    """Monday and Tuesday of Carnival, and Corpus Christi: no national holidays, but days off for most."""
    # In Portuguese, whatever the language of the machine: the names are the key to the optional days.
    names = _holidays_of(year, "optional").items()
    return frozenset(day for day, name in names if name in ("Carnaval", "Corpus Christi"))


@cache
def bank_holidays(year: int) -> frozenset[date]:
    """Days of `year`, beside weekends, on which banks do not clear or do not serve the public."""
    closed = national_holidays(year) | carnival_and_corpus_christi(year)
    last = date(year, 12, 31)
    while last.weekday() >= _SATURDAY or last in closed:
        last -= _DAY
    return closed | {last}


def is_national_holiday(day: date) -> bool:
    """Whether `day` is a national holiday or Good Friday."""
    return day in national_holidays(day.year)


def is_eve(day: date) -> bool:
    """Whether `day` is 24 or 31 December, when people are left in peace after the morning."""
    return day.month == 12 and day.day in (24, 31)


def is_business_day(day: date) -> bool:
    """Whether `day` counts as "dia útil" for a deadline towards ANS or a beneficiary."""
    return day.weekday() < _SATURDAY and not is_national_holiday(day)


def next_business_day(day: date) -> date:
    """The first business day strictly after `day`."""
    day += _DAY
    while not is_business_day(day):
        day += _DAY
    return day


def is_banking_day(day: date, uf: str = "", resting: tuple[date, ...] = ()) -> bool:
    """Whether a boleto can be paid at a bank's counter on `day`, in state `uf` when one is given.

    `resting` are the holidays of the person's municipality (portfolio/municipal.py).
    """
    closed = day in bank_holidays(day.year) or (uf != "" and day in state_holidays(day.year, uf)) or day in resting
    return day.weekday() < _SATURDAY and not closed


@lru_cache(maxsize=65_536)
def effective_due_date(due: date, uf: str = "", resting: tuple[date, ...] = ()) -> date:
    """The last day on which an invoice due on `due` is paid on time: `due`, or the next banking day.

    `uf` is the state where the person lives, `resting` the holidays of the municipality; without them only the whole
    country's days count.
    Source: Lei 7.089/1983 art. 1, Código Civil art. 132 §1 (docs/law.md, charges).
    """
    while not is_banking_day(due, uf, resting):
        due += _DAY
    return due


def local_day(instant: datetime, zone: str) -> date:
    """The calendar day at `instant` (aware) in IANA `zone`. Raises Halted for an instant without offset."""
    if instant.tzinfo is None:
        # astimezone would take the machine's zone for it and be hours wrong without a sound.
        raise Halted("an instant without offset reached a rule")
    return instant.astimezone(_zone(zone)).date()


def instant_of(day: date, minute: int, zone: str) -> datetime:
    """The instant (UTC) at which `minute` minutes of `day` have passed on the clocks of IANA `zone`."""
    hour, minute = divmod(minute, 60)
    return datetime.combine(day, time(hour, minute), _zone(zone)).astimezone(UTC)


@cache
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def _holidays_of(year: int, category: str, uf: str | None = None) -> dict[date, str]:
    """Dates and names of `year`. The library loads on first use: most cold starts never need it."""
    from holidays.countries.brazil import Brazil  # noqa: PLC0415

    return dict(Brazil(years=year, categories=(category,), subdiv=uf, language="pt_BR"))
