"""The operator's table of municipal holidays, and what the ladder makes of it."""

from datetime import date

import pytest

from emdia.errors import Rejected
from emdia.ladder.decide import Send, Wait, decide
from emdia.ladder.last_look import Defer, Go, last_look
from emdia.portfolio.municipal import MunicipalHolidays, holiday_refs, holidays_of, parse_holidays
from tests.unit.cases import case, invoice, local, outreach

SANTOS, SAO_PAULO = "3548500", "3550308"
TABLE = f"""ibge;day;name
{SAO_PAULO};2027-01-25;Aniversário da cidade
{SANTOS};2026-09-08;Nossa Senhora do Monte Serrat

{SANTOS};2026-01-26;Aniversário da cidade
"""


def test_a_table_is_read_municipality_by_municipality():
    assert parse_holidays(TABLE) == (
        MunicipalHolidays(
            ibge=SANTOS,
            days=(
                (date(2026, 1, 26), "Aniversário da cidade"),
                (date(2026, 9, 8), "Nossa Senhora do Monte Serrat"),
            ),
        ),
        MunicipalHolidays(ibge=SAO_PAULO, days=((date(2027, 1, 25), "Aniversário da cidade"),)),
    )


def test_what_a_spreadsheet_adds_is_no_matter():
    plain = parse_holidays(TABLE)
    assert parse_holidays("\ufeff" + TABLE.replace("\n", "\r\n")) == plain
    assert parse_holidays(TABLE.removeprefix("ibge;day;name\n").replace(";", " ; ")) == plain


@pytest.mark.parametrize(
    ("table", "code", "pointer"),
    [
        ("", "holidays-empty", ""),
        ("ibge;day;name\n", "holidays-empty", ""),
        (f"{SANTOS};2026-01-26", "holiday-row-invalid", "/1"),
        (f"{SANTOS};2026-01-26;", "holiday-row-invalid", "/1"),
        (f"{SANTOS},2026-01-26,Aniversário", "holiday-row-invalid", "/1"),
        (f"{SANTOS};2026-01-26;a\n{SANTOS};2026-01-26;b", "holiday-row-invalid", "/2"),
        ("\n".join(f"{SANTOS};{date(2026, 1, 1 + n % 28)}-x;d" for n in range(2)), "date-invalid", "/1"),
        (f"{SANTOS};26/01/2026;Aniversário", "date-invalid", "/1"),
        ("3548501;2026-01-26;Aniversário", "ibge-invalid", "/1"),
    ],
)
def test_a_table_that_cannot_be_meant_is_refused_with_its_line(table, code, pointer):
    with pytest.raises(Rejected) as caught:
        parse_holidays(table)
    assert (caught.value.code, caught.value.pointer) == (code, pointer)


def test_more_days_than_any_city_has_are_refused():
    rows = [f"{SANTOS};{date.fromordinal(738_000 + n)};dia" for n in range(101)]
    assert len(parse_holidays("\n".join(rows[:100]))[0].days) == 100
    with pytest.raises(Rejected) as caught:
        parse_holidays("\n".join(rows))
    assert caught.value.pointer == "/101"


def test_what_was_not_told_is_no_holiday():
    (santos, _) = parse_holidays(TABLE)
    states = {santos.ref: santos}
    assert holidays_of(SANTOS, states) == (date(2026, 1, 26), date(2026, 9, 8))
    assert holidays_of(SAO_PAULO, states) == ()
    assert holidays_of("", states) == ()
    assert holiday_refs([SANTOS, "", SANTOS]) == [santos.ref]


def test_on_a_municipal_holiday_nobody_is_written_to():
    now, days = local("2026-09-08 10:00"), (date(2026, 9, 8),)
    overdue = case(invoice("2026-09-01"), ibge=SANTOS)
    assert isinstance(decide(overdue, None, None, now), Send)
    opens = local("2026-09-09 09:00")
    assert decide(overdue, None, None, now, days) == Wait(opens, "window.municipal-holiday")
    queued = outreach(local("2026-09-07 09:00"), step="D+7")
    assert isinstance(last_look(queued, overdue, None, now), Go)
    assert last_look(queued, overdue, None, now, days) == Defer(opens, "window.municipal-holiday")
