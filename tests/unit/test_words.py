"""What a message says is true on the day it leaves."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emdia.calendar import effective_due_date
from emdia.errors import Halted
from emdia.messages.spelling import dialled, first_name, mask_cnpj, spell_phone
from emdia.messages.words import Moment, compose, standing
from emdia.money import format_brl
from emdia.portfolio.case import PaymentCodes
from tests.browser.samples import OPERATOR, contract, invoice, view

NOVEMBER = date(2026, 11, 10)  # a Tuesday
SATURDAY = date(2026, 10, 10)  # and Monday 12 is a holiday


@pytest.mark.parametrize(
    ("due", "on", "moment", "says"),
    [
        (NOVEMBER, date(2026, 11, 7), Moment.BEFORE, "vence daqui a 3 dias, em 10/11/2026"),
        (NOVEMBER, date(2026, 11, 9), Moment.BEFORE, "vence amanhã, 10/11/2026"),
        (NOVEMBER, date(2026, 11, 10), Moment.TODAY, "vence hoje, 10/11/2026"),
        (NOVEMBER, date(2026, 11, 11), Moment.LATE, "venceu em 10/11/2026 e está há 1 dia em atraso"),
        (NOVEMBER, date(2026, 11, 23), Moment.LATE, "venceu em 10/11/2026 e está há 13 dias em atraso"),
        (
            SATURDAY,
            date(2026, 10, 9),
            Moment.BEFORE,
            "vence amanhã, 10/10/2026, sábado, sem expediente bancário, e pode ser paga sem acréscimo até 13/10/2026",
        ),
        (
            SATURDAY,
            date(2026, 10, 13),
            Moment.GRACE,
            "venceu em 10/10/2026, sábado, sem expediente bancário, e pode ser paga sem acréscimo até 13/10/2026",
        ),
        (
            SATURDAY,
            date(2026, 10, 14),
            Moment.LATE,
            (
                "venceu em 10/10/2026 (sábado, sem expediente bancário: prazo sem acréscimo até 13/10/2026)"
                " e está há 1 dia em atraso"
            ),
        ),
        (
            date(2026, 11, 22),
            date(2026, 11, 30),
            Moment.LATE,
            (
                "venceu em 22/11/2026 (domingo, sem expediente bancário: prazo sem acréscimo até 23/11/2026)"
                " e está há 7 dias em atraso"
            ),
        ),
        (
            date(2026, 12, 25),
            date(2026, 12, 22),
            Moment.BEFORE,
            (
                "vence daqui a 3 dias, em 25/12/2026, dia sem expediente bancário, "
                "e pode ser paga sem acréscimo até 28/12/2026"
            ),
        ),
    ],
)
def test_standing_says_what_is_true_that_day(due, on, moment, says):
    assert standing(due, on) == (moment, says)


@given(due=st.dates(date(2025, 1, 1), date(2030, 1, 1)), days=st.integers(-40, 400))
def test_tomorrow_today_and_delay_are_said_only_when_true(due, days):
    on = due + timedelta(days=days)
    moment, says = standing(due, on)
    assert ("amanhã" in says) == (due - on == timedelta(days=1))
    assert ("hoje" in says) == (due == on)
    assert ("em atraso" in says) == (on > effective_due_date(due)) == (moment is Moment.LATE)


def test_days_late_in_words_are_the_days_charged():
    (item,) = view(invoice("2026-10", SATURDAY), on=date(2026, 11, 16)).items
    assert f"há {item.owed.days} dias" in item.when
    assert item.owed.days == 34  # from the 13th


def test_values_are_itemised_to_the_centavo():
    (item,) = view(invoice("2026-10", date(2026, 10, 15), 1200), on=date(2026, 11, 16)).items
    amounts = (item.owed.principal, item.owed.multa, item.owed.juros, item.owed.total)
    assert amounts == (120_000, 2_400, 1_280, 123_680)


def test_invoices_come_by_due_date_and_the_total_is_their_sum():
    later, sooner = invoice("2026-11", NOVEMBER), invoice("2026-09", date(2026, 9, 10))
    made = view(later, sooner, on=date(2026, 11, 23))
    assert [item.reference for item in made.items] == ["setembro/2026", "novembro/2026"]
    assert made.total == sum(item.owed.total for item in made.items)


def test_without_a_clause_nothing_is_added():
    (item,) = view(invoice("2026-10", SATURDAY), on=date(2026, 11, 23), multa_bp=None, juros_bp=None).items
    assert (item.owed.multa, item.owed.juros, item.owed.total) == (0, 0, 89_990)


def test_a_message_about_nothing_open_is_never_made():
    made = view(invoice("2026-11", NOVEMBER), on=NOVEMBER)
    assert made.one
    with pytest.raises(Halted):
        view(on=NOVEMBER)


def test_an_invoice_that_is_not_open_cannot_be_kept():
    from tests.unit.cases import case

    with pytest.raises(Halted):
        compose(
            case(invoice("2026-11", NOVEMBER)), contract(), [], OPERATOR, NOVEMBER, "https://u", ["other"], resting=()
        )


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("MARIA DAS DORES", "Maria"),
        ("josé", "José"),
        ("ÂNGELA D'ÁVILA", "Ângela"),
        ("JEAN-CLAUDE LIMA", "Jean-Claude"),
        ("McArthur Souza", "McArthur"),
        ("  Ana  ", "Ana"),
        ("", ""),
        ("   ", ""),
    ],
)
def test_only_the_first_name_is_said(name, said):
    assert first_name(name) == said


def test_cnpj_is_masked_with_letters_too():
    assert mask_cnpj("11222333000181") == "11.222.333/0001-81"
    assert mask_cnpj("12ABC34501DE35") == "12.ABC.345/01DE-35"


def test_six_figures_are_written_as_in_brazil():
    (item,) = view(invoice("2026-11", NOVEMBER, 123_456.78), on=NOVEMBER, codes=PaymentCodes()).items
    assert format_brl(item.owed.total) == "R$\u00a0123.456,78"


@pytest.mark.parametrize(
    ("due", "on", "until"),
    [
        (date(2026, 11, 28), date(2026, 11, 25), "30/11/2026"),  # a Saturday
        (NOVEMBER, NOVEMBER, "10/11/2026"),
        (NOVEMBER, date(2026, 11, 23), "23/11/2026"),
    ],
)
def test_a_total_is_said_to_hold_as_long_as_it_does(due, on, until):
    assert view(invoice("2026-11", due), on=on).until == until


def test_a_total_of_several_holds_until_the_first_of_them_grows():
    due = {"2026-11": date(2026, 11, 28), "2026-12": date(2026, 12, 10)}
    assert view(*(invoice(month, day) for month, day in due.items()), on=date(2026, 11, 25)).until == "30/11/2026"
    late = invoice("2026-10", SATURDAY)
    assert view(late, invoice("2026-12", due["2026-12"]), on=date(2026, 11, 25)).until == "25/11/2026"


@pytest.mark.parametrize(
    ("told", "said", "dial"),
    [
        ("+551130030000", "(11) 3003-0000", "+551130030000"),
        ("+5568999991234", "(68) 99999-1234", "+5568999991234"),
        ("(11) 3003-0000", "(11) 3003-0000", "+551130030000"),
        ("011 3003 0000", "(11) 3003-0000", "+551130030000"),
        ("0800 555 0199", "0800 555 0199", "08005550199"),
        ("+558005550199", "0800 555 0199", "08005550199"),
        ("0800 55 0199", "0800 55 0199", "0800550199"),
        ("40041234", "4004-1234", "40041234"),
        ("3003-0000", "3003-0000", "30030000"),
        ("0800 555 0199 (dias úteis)", "0800 555 0199 (dias úteis)", ""),
        ("+1 212 555 0100", "+1 212 555 0100", ""),
        ("", "", ""),
    ],
)
def test_telephones_are_written_as_people_write_them(told, said, dial):
    assert (spell_phone(told), dialled(told)) == (said, dial)
