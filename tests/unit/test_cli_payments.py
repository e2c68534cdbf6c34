"""`emdia payments` in the words of a terminal."""

import argparse

from emdia.cli import payments
from emdia.portfolio.received import Flag


def run(*arguments, answer):
    asked_of = []

    def ask(stage, function, request):
        asked_of.append((stage, function, dict(request)))
        return answer

    parser = argparse.ArgumentParser()
    parser.set_defaults(stage="dev")
    payments.add_parser(parser, ask)
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


def test_every_reason_has_its_words():
    assert set(payments._REASONS) == set(Flag)
