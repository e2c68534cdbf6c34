"""`emdia payments` in the words of a terminal."""

import argparse
from datetime import date

import pytest

from emdia.cli import failures, payments
from emdia.portfolio.received import Flag
from emdia.portfolio.takings import Takings


def run(*arguments, answer=None, counted=None):
    asked_of = []

    def ask(stage, function, request):
        asked_of.append((stage, function, dict(request)))
        return answer

    parser = argparse.ArgumentParser()
    parser.set_defaults(stage="dev")
    payments.add_parser(parser, ask, lambda *asked: asked_of.append(asked) or counted)
    asked = parser.parse_args(arguments)
    return asked.run(asked), asked_of


def test_the_list_has_its_sum_and_says_why():
    one = {"payment": "a" * 32, "reason": "double", "amount": 51_117, "on": "2026-11-25"}
    said, asked = run("unallocated", "--operator", "123456", answer={"unallocated": [one], "total": 51_117})
    assert "pagou em dobro" in said
    assert said.endswith("Soma: R$\u00a0511,17")
    assert asked == [("dev", "attend_payment", {"action": "unallocated", "operator": "123456"})]


def test_nothing_waits():
    said, _ = run("unallocated", "--operator", "123456", answer={"unallocated": [], "total": 0})
    assert said == "Nenhum dinheiro à espera de uma pessoa."


def test_one_payment_is_shown_with_the_numbers_that_lead_on():
    told = {
        "payment": "p",
        "reason": "over",
        "amount": 100,
        "contract": "CT-1",
        "invoice": "F-1",
        "end_to_end_id": "E1",
    }
    said, _ = run("show", "--operator", "123456", "p", answer=told)
    assert said.splitlines() == ["R$\u00a01,00: pagou a mais", "contrato: CT-1", "fatura: F-1", "id no banco: E1"]


def test_assigning_names_contract_and_invoice():
    arguments = ("assign", "--operator", "123456", "p", "--contract", "CT-1", "--invoice", "F-1")
    said, asked = run(*arguments, answer={"status": "entered"})
    assert said == "Pagamento lançado."
    assert asked[0][2] == {
        "action": "assign",
        "operator": "123456",
        "payment": "p",
        "contract": "CT-1",
        "invoice": "F-1",
    }
    assert run("replay", "--operator", "123456", "p", answer={"status": "parked"})[0] == "O pagamento continua parado."


def test_links_are_closed_by_contract():
    said, asked = run("revoke", "--operator", "123456", "CT-1", answer={"status": "revoked"})
    assert said.startswith("Os links já enviados deste contrato não abrem mais.")
    assert asked[0][2] == {"action": "revoke", "operator": "123456", "contract": "CT-1"}


TAKEN = Takings(
    received=110_117, juros=117, multa=1_000, principal=50_000, unallocated=59_000, by_pix=60_117, by_erp=50_000,
    returned=500, parked=8_000,
)  # fmt: skip


def test_what_came_in_is_told_part_by_part_and_that_it_balances():
    said, asked = run("summary", "--operator", "123456", "--from", "2026-11-01", "--to", "2026-11-30", counted=TAKEN)
    lines = [" ".join(line.split()) for line in said.splitlines()]
    assert lines[0] == "Recuperado R$ 511,17"
    assert "Recebido R$ 1.101,17" in lines
    assert "A mais, de quem pagou R$ 590,00" in lines
    assert lines[-1] == "Os livros fecham."
    assert asked == [("dev", "123456", date(2026, 11, 1), date(2026, 11, 30))]


def test_books_that_do_not_balance_are_an_error_with_the_figures():
    with pytest.raises(payments.BooksAstrayError, match="Os livros não fecham: R\\$\u00a00,01 sem explicação") as error:
        run("summary", "--operator", "1", "--from", "2026-11-01", "--to", "2026-11-30", counted=Takings(astray=1))
    assert failures.told(error.value, "dev") == (str(error.value), failures.REFUSED)


def test_every_reason_has_its_words():
    assert set(payments._REASONS) == set(Flag)
