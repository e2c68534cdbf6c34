"""The numbered hard cases of the law: where each claim of them is tested, and the claims that stand nowhere else.

A number keeps its meaning for ever. Numbers that are missing were never given. What a case says of boleto factors and
of scores belongs to rooms of their own and is claimed there.
"""

import ast
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

from emdia.compliance.charges import Clause, charges
from emdia.compliance.delay import OperatorDelay
from emdia.compliance.rules import RULES
from emdia.ladder.decide import Halt, decide
from emdia.ladder.situation import live_invoices, unreachable
from emdia.messages.person import PersonLog
from emdia.money import Centavos
from emdia.portfolio.case import Reach
from emdia.portfolio.contract import Channel, ContractKind
from tests.unit.cases import case, invoice, local

TESTS = Path(__file__).parents[1]


@dataclass(frozen=True)
class Hard:
    """A case: its title, the days it turns on, and by rule the tests that hold it ("" for what is no rule)."""

    title: str
    days: tuple[str, ...]
    tests: tuple[tuple[str, str], ...]  # (rule, file::test)


_N = "unit/test_notice_cases.py::"
_H = "unit/test_hard_cases.py::"
_C = "unit/test_charges.py::"
CASES = {
    1: Hard(
        "Non-consecutive",
        ("2026-03-10", "2026-06-10", "2026-06-22", "2026-07-03"),
        (
            ("notice.two-fees", f"{_N}test_case_1_non_consecutive"),
            ("notice.ten-days", f"{_N}test_case_1_non_consecutive"),
        ),
    ),
    3: Hard(
        "Two invoices, young debt",
        ("2026-09-05", "2026-10-05", "2026-10-07", "2026-10-18", "2026-11-05"),
        (("notice.sixty-days", f"{_N}test_case_3_two_invoices_young_debt"),),
    ),
    4: Hard("Paid late days", (), (("notice.two-fees", f"{_N}test_case_4_paid_late_days"),)),
    5: Hard(
        "WhatsApp, two blue ticks, no reply",
        (),
        (("notice.proof", f"{_N}test_case_5_whatsapp_two_blue_ticks_no_reply"),),
    ),
    6: Hard(
        "AR signed by the doorman", (), (("notice.registered-point", f"{_N}test_case_6_ar_signed_by_the_doorman"),)
    ),
    8: Hard("Pays one of two", (), (("notice.part-paid", f"{_N}test_case_8_pays_one_of_two"),)),
    10: Hard(
        "Operator's fault",
        ("2026-08-10", "2026-09-10"),
        (
            ("notice.operator-fault", f"{_N}test_case_10_operators_fault"),
            ("charges.operator-delay", f"{_H}test_case_10_no_charges_for_the_operators_fault"),
            ("stop.operator-delay", f"{_H}test_case_10_no_reminder_of_what_cannot_be_paid"),
        ),
    ),
    12: Hard(
        "Deal then default",
        (),
        (
            ("notice.deal", f"{_N}test_case_12_deal_then_default"),
            ("notice.later-payment", f"{_N}test_case_12_deal_then_default"),
        ),
    ),
    14: Hard(
        "Company-paid collective 70 days late",
        (),
        (
            ("scope.company-paid", f"{_N}test_case_14_company_paid_collective"),
            ("scope.company-paid", f"{_H}test_case_14_nobody_of_a_company_paid_contract_is_written_to"),
        ),
    ),
    15: Hard(
        "Opt-out",
        (),
        (
            ("", f"{_N}test_case_15_opt_out"),
            ("consent.opted-out", f"{_H}test_case_15_reminders_stop_the_notice_and_the_debt_do_not"),
            (
                "consent.opted-out",
                (
                    "flows/test_notice_means.py::"
                    "test_case_15_after_sair_reminders_stop_there_the_notice_goes_and_the_page_shows_the_debt"
                ),
            ),
        ),
    ),
    18: Hard(
        "Charges",
        ("2026-10-15", "2026-11-16", "2026-10-10", "2026-10-13"),
        (
            ("", f"{_C}test_hard_case_18_charges"),
            (
                "charges.effective-due-date",
                f"{_C}test_hard_case_18_due_on_a_saturday_before_a_holiday",
            ),
            ("charges.multa-cap", f"{_C}test_hard_case_18_ten_per_cent_is_refused"),
            ("", "contracts/test_bank.py::test_hard_case_18_a_charge_asks_two_per_cent_and_one_a_month"),
            ("", f"{_N}test_case_18_charges_are_the_exact_debt"),
        ),
    ),
    20: Hard(
        "Score and health data",
        (),
        (
            ("stop.protective", f"{_N}test_case_20_the_verdict_knows_no_health"),
            ("", "unit/test_identity.py::test_good_values_get_their_one_spelling"),
        ),
    ),
}


def source_of(test):
    file, _, name = test.partition("::")
    text = (TESTS / file).read_text(encoding="utf-8")
    found = [node for node in ast.parse(text).body if isinstance(node, ast.FunctionDef) and node.name == name]
    assert found, f"{test} is not there"
    return ast.get_source_segment(text, found[0])


@pytest.mark.parametrize("number", CASES)
def test_every_case_stands_as_a_test_with_its_days_and_its_rule(number):
    hard = CASES[number]
    held = [source_of(test) for _, test in hard.tests]
    assert held
    for (rule, test), source in zip(hard.tests, held, strict=True):
        assert not rule or (rule in RULES and f'"{rule}"' in source), f"{test} does not name {rule}"
    whole = " ".join(held)
    for day in hard.days:
        parts = date.fromisoformat(day)
        spelt = (day, f"date({parts.year}, {parts.month}, {parts.day})", "DUE" if day == "2026-10-15" else day)
        assert any(one in whole for one in spelt), f"case {number} nowhere turns on {day}"


def test_the_numbers_are_those_that_were_given():
    assert sorted(CASES) == [1, 3, 4, 5, 6, 8, 10, 12, 14, 15, 18, 20]
    assert len({hard.title for hard in CASES.values()}) == len(CASES)


def test_case_10_no_charges_for_the_operators_fault():
    """`charges.operator-delay`: the debit of August was never sent; paid on the first day on which it could be."""
    rule = "charges.operator-delay"
    fault = OperatorDelay(date(2026, 8, 10), date(2026, 9, 20))
    paid = date(2026, 9, 21)
    owed = charges(Centavos(50_000), date(2026, 8, 10), paid, Clause(200, 100), "SP", fault)
    assert (owed.multa, owed.juros, owed.days) == (0, 0, 0)
    # September, which could have been paid, is late all the same.
    assert charges(Centavos(50_000), date(2026, 9, 10), paid, Clause(200, 100), "SP").days == 11
    assert rule in RULES


def test_case_10_no_reminder_of_what_cannot_be_paid():
    fault = OperatorDelay(date(2026, 8, 10))
    august = invoice("2026-08-10", "f1")
    held = case(type(august)(august.id, august.reference, august.due_on, august.amount, "", fault))
    now = local("2026-08-25 10:00")
    assert live_invoices(held, now) == []
    assert decide(held, None, None, now) == Halt("stop.operator-delay", {})


def test_case_14_nobody_of_a_company_paid_contract_is_written_to():
    held = case(invoice("2026-03-10"), invoice("2026-04-10", "f2"), kind=ContractKind.EMPRESARIAL)
    assert decide(held, None, None, local("2026-05-19 10:00")) == Halt("scope.company-paid", {})
    alone = case(invoice("2026-05-04"), kind=ContractKind.EMPRESARIO_INDIVIDUAL)
    assert not isinstance(decide(alone, None, None, local("2026-05-19 10:00")), Halt)


def test_case_15_reminders_stop_the_notice_and_the_debt_do_not():
    """SAIR on day 20: no more reminders by this channel; the statutory notice may still use it, the debt is there."""
    due, today = "2026-03-10", local("2026-03-30 10:00")
    person = PersonLog(key="p1").hears(Channel.EMAIL, False, today)
    held = case(invoice(due), reach=((Channel.EMAIL, Reach.OPTED_OUT), (Channel.WHATSAPP, Reach.OPEN)))
    assert unreachable(held, person, Channel.EMAIL) == "consent.opted-out"
    assert unreachable(held, person, Channel.EMAIL, statutory=True) == ""
    assert unreachable(held, person, Channel.WHATSAPP) == ""
    alone = case(invoice(due), reach=((Channel.EMAIL, Reach.OPTED_OUT),))
    refused = decide(alone, person, None, today)
    assert isinstance(refused, Halt)
    assert refused.rule == "consent.opted-out"
    assert alone.invoices
