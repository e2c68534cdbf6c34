"""When people may be written to, by their own wall: hours and days of rest, by hand and not as the product has them."""

from datetime import datetime

from emdia.calendar import carnival_and_corpus_christi, is_eve, is_national_holiday, state_holidays

OPENS, CLOSES, EVE_CLOSES = 9, 18, 12  # hours on the person's wall
SATURDAY_STATES, SATURDAY_OPENS, SATURDAY_CLOSES = frozenset({"SP", "AL", "MG"}), 10, 13


def window_open(local: datetime, uf: str) -> bool:
    """Whether a message may reach somebody of the state `uf` whose clock shows `local`."""
    day = local.date()
    if is_national_holiday(day) or day in carnival_and_corpus_christi(day.year) | state_holidays(day.year, uf):
        return False
    opens, closes = OPENS, EVE_CLOSES if is_eve(day) else CLOSES
    if day.weekday() == 5 and uf in SATURDAY_STATES:
        opens, closes = SATURDAY_OPENS, min(closes, SATURDAY_CLOSES)
    elif day.weekday() >= 5:
        return False
    return opens <= local.hour < closes
