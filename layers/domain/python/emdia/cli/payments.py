"""`emdia payments`: money that waits for a person, the links to pay, and what came in."""

import argparse
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from emdia.cli.desk import table
from emdia.errors import EmDiaError
from emdia.money import Centavos, format_brl
from emdia.portfolio.takings import Takings


class BooksAstrayError(EmDiaError):
    """Money is told that is not entered, or is over and not flagged; the text says how much."""


Ask = Callable[[str, str, Mapping[str, object]], Mapping[str, Any]]

_REASONS = {
    "over": "pagou a mais",
    "double": "pagou em dobro",
    "withdrawn": "fatura cancelada",
    "returned": "devolvido depois da baixa: volta a ser devido",
    "unknown-charge": "Pix sem cobrança conhecida",
    "future-time": "horário no futuro",
    "other-key": "outra chave Pix",
    "contract-forgotten": "contrato ilegível ou esquecido",
}


def add_parser(payments: argparse.ArgumentParser, ask: Ask, count: Callable[[str, str, date, date], Takings]) -> None:
    """Add the actions of `emdia payments`; `ask` invokes a function as who asks, `count` reads an operator's books."""
    actions = payments.add_subparsers(required=True, dest="action")
    texts = {
        "unallocated": "lista o dinheiro à espera de uma pessoa, sem dados pessoais",
        "show": "mostra de que pagamento se trata; quem olha fica registrado",
        "assign": "diz de que fatura é um pagamento parado",
        "replay": "tenta de novo um pagamento parado",
        "revoke": "encerra os links de pagamento já enviados de um contrato",
    }
    for name, text in texts.items():
        action = actions.add_parser(name, help=text)
        action.add_argument("--operator", required=True, help="registro na ANS")
        if name == "revoke":
            action.add_argument("contract", help="número do contrato no ERP")
        elif name != "unallocated":
            action.add_argument("payment", help="pagamento mostrado por unallocated")
        if name == "assign":
            action.add_argument("--contract", required=True, help="número do contrato no ERP")
            action.add_argument("--invoice", required=True, help="número da fatura no ERP")
        action.set_defaults(run=lambda asked: _run(asked, ask))

    summary = actions.add_parser("summary", help="o que entrou num período, pelos lançamentos; sem dados pessoais")
    summary.add_argument("--operator", required=True, help="registro na ANS")
    summary.add_argument(
        "--from", required=True, dest="since", type=date.fromisoformat, help="primeiro dia, AAAA-MM-DD"
    )
    summary.add_argument("--to", required=True, dest="until", type=date.fromisoformat, help="último dia, AAAA-MM-DD")
    summary.set_defaults(run=lambda asked: summed(count(asked.stage, asked.operator, asked.since, asked.until)))


def summed(told: Takings) -> str:
    """What came in as lines of a terminal. Raises BooksAstrayError when the books do not balance."""
    lines = [
        ("Recuperado", told.allocated),
        ("  mensalidades", told.principal),
        ("  multa", told.multa),
        ("  juros", told.juros),
        ("A mais, de quem pagou", told.unallocated),
        ("Recebido", told.received),
        ("  por Pix", told.by_pix),
        ("  pelo ERP", told.by_erp),
        ("Devolvido", told.returned),
        ("Parado, sem fatura", told.parked),
    ]
    text = "\n".join(f"{name:<24}{format_brl(Centavos(amount)):>20}" for name, amount in lines)
    if told.astray:
        raise BooksAstrayError(f"{text}\n\nOs livros não fecham: {format_brl(Centavos(told.astray))} sem explicação.")
    return f"{text}\n\nOs livros fecham."


def _run(asked: argparse.Namespace, ask: Ask) -> str:
    named = {name: getattr(asked, name) for name in ("payment", "contract", "invoice") if hasattr(asked, name)}
    request = {"action": asked.action, "operator": asked.operator, **named}
    told = ask(asked.stage, "attend_payment", request)
    if asked.action == "unallocated":
        return unallocated(told)
    if asked.action == "show":
        return shown(told)
    if asked.action == "revoke":
        return "Os links já enviados deste contrato não abrem mais. A próxima mensagem traz um link novo."
    return "Pagamento lançado." if told["status"] == "entered" else "O pagamento continua parado."


def unallocated(told: Mapping[str, Any]) -> str:
    """The list as lines of a terminal, with its sum."""
    rows = [
        (one["payment"], one["on"], format_brl(Centavos(one["amount"])), _REASONS.get(one["reason"], one["reason"]))
        for one in told["unallocated"]
    ]
    if not rows:
        return "Nenhum dinheiro à espera de uma pessoa."
    lines = table(("PAGAMENTO", "DIA", "VALOR", "MOTIVO"), rows)
    return f"{lines}\n\nSoma: {format_brl(Centavos(told['total']))}"


def shown(told: Mapping[str, Any]) -> str:
    """What is known of one payment."""
    names = {"contract": "contrato", "invoice": "fatura", "end_to_end_id": "id no banco", "at": "recebido em"}
    lines = [f"{text}: {told[name]}" for name, text in names.items() if told.get(name)]
    reason = _REASONS.get(told["reason"], told["reason"])
    return "\n".join([f"{format_brl(Centavos(told['amount']))}: {reason}", *lines])
