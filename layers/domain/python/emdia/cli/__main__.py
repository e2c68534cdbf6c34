"""`emdia`: operators, municipal holidays, ERP clients, parked events and cases, ladders, sealed logs.

Exit codes: 0 done, 1 refused, 2 wrong usage, 3 try later.
"""

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from emdia import wiring
from emdia.aws.clients import client
from emdia.cli import (
    audit,
    channels,
    clients,
    desk,
    failures,
    imports,
    ladders,
    law,
    letters,
    notices,
    payments,
    people,
    protocols,
    restore,
    smoke,
    snapshots,
    staff,
    trace,
    webhooks,
    words,
)
from emdia.errors import Rejected
from emdia.identity import parse_ans
from emdia.portfolio.inbox import EDITED
from emdia.portfolio.municipal import holiday_refs, holidays_of
from emdia.portfolio.takings import Takings, takings
from emdia.web.problems import title


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; what went wrong is said in one line on the error output."""
    asked = _parser().parse_args(arguments)
    try:
        print(asked.run(asked))
    except failures.EXPECTED as error:
        text, code = failures.told(error, asked.stage)
        print(text, file=sys.stderr)
        return code
    return 0


def _actor() -> str:
    """Who is asking, as AWS knows them: nobody signs with another's name."""
    arn = str(client("sts").get_caller_identity()["Arn"])
    return arn.rpartition(":")[2][-64:]


def _ask(stage: str, function: str, request: Mapping[str, object]) -> Mapping[str, Any]:
    return desk.ask(client("lambda"), stage, function, {**request, "actor": _actor()})


def _snapshot(stage: str, ans: str) -> str:
    house = wiring.command_line(stage)
    ledger = house.ledgers.of(parse_ans(ans, "/operator"))
    return snapshots.take(ans, ledger, house.history, _actor(), house.clock.now())


def _takings(stage: str, ans: str, since: date, until: date) -> Takings:
    house, operator = wiring.command_line(stage), parse_ans(ans, "/operator")
    ledger = house.ledgers.of(operator)

    @cache
    def resting(ibge: str) -> tuple[date, ...]:
        return holidays_of(ibge, ledger.get(holiday_refs([ibge])))

    return takings(house.books.partitions(operator), since, until, resting)


def _operator_add(asked: argparse.Namespace) -> str:
    told = {name: getattr(asked, name) for name in (*_PROFILE, "short_name", *channels.SENDERS)}
    house = wiring.command_line(asked.stage)
    operator = staff.add_operator(told, house.ledgers, _actor(), house.clock.now())
    channels.register(operator, house.senders)
    # Its facts would wait for the nightly sweep otherwise.
    desk.ask(client("lambda"), asked.stage, "open_log", {"operator": operator.ans})
    return f"Operadora {operator.ans} registrada."


def _whatsapp_sync(asked: argparse.Namespace) -> str:
    house = wiring.command_line(asked.stage)
    social, now = client("socialmessaging"), house.clock.now()
    count = channels.sync_templates(social, asked.account, asked.operator, house.ledgers, now)
    return f"Modelos que podem ser enviados: {count}."


def _holidays_put(asked: argparse.Namespace) -> str:
    table = sys.stdin.read() if asked.file == "-" else Path(asked.file).read_text(encoding="utf-8")
    house = wiring.command_line(asked.stage)
    count = staff.put_holidays(asked.operator, table, house.ledgers, _actor(), house.clock.now())
    return f"Feriados registrados: {count} município(s)."


def _parked(asked: argparse.Namespace) -> str:
    request: dict[str, Any] = {"action": asked.action, "client": asked.client, "actor": _actor()}
    if asked.action != "list":
        request["event"] = asked.event
    if asked.action == "edit":
        request["body"] = sys.stdin.read() if asked.file == "-" else Path(asked.file).read_text(encoding="utf-8")
    result = desk.ask(client("lambda"), asked.stage, "replay_parked", request)
    if asked.action == "list":
        return desk.events(result)
    if asked.action == "show":
        # Beside the body, which stands alone on the output: it is what a person saves and corrects.
        print(_why(result["reason"], result["pointer"]), file=sys.stderr)
        return _body(str(result["body"]), result["reason"])
    said = {
        "edit": "Evento corrigido; agora: replay",
        "replay": "Evento enviado de novo.",
        "discard": "Evento descartado.",
    }
    return said[asked.action]


def _why(reason: str, pointer: str) -> str:
    if reason == EDITED:
        return "Já corrigido; agora: replay"
    return "Motivo: " + failures.said(title(Rejected(reason), "pt-BR"), reason, pointer)


def _body(body: str, reason: str) -> str:
    if body:
        return json.dumps(json.loads(body), indent=2, ensure_ascii=False)
    text = "O conteúdo não foi guardado"
    if reason == "operator-mismatch":
        text += ": dados de outra operadora não são nossos para guardar"
    return f"{text}. O ERP pode enviá-lo corrigido com o mesmo id; ou corrija com edit, ou desista com discard."


def _case(asked: argparse.Namespace) -> str:
    request: dict[str, Any] = {"action": asked.action, "operator": asked.operator, "actor": _actor()}
    if asked.action != "list":
        request["case"] = asked.case
    result = desk.ask(client("lambda"), asked.stage, "release_case", request)
    if asked.action == "list":
        return desk.cases(result)
    if asked.action == "show":
        return f"Contrato {result['contract']}, parado por: {result['reason']}"
    return f"Caso devolvido à régua; próximo passo em {result['due']}." if result["due"] else "Caso devolvido à régua."


_PROFILE = {
    "ans": "registro na ANS, seis dígitos",
    "name": "razão social",
    "cnpj": "CNPJ",
    "address": "endereço completo",
    "mail_from": "endereço que envia os e-mails",
    "phone": "telefone de atendimento",
    "site": "página na internet",
    "how_to_pay": "uma frase: como pagar quando a fatura não traz código",
    "seat": "município da sede, código IBGE: seus dias úteis contam nos prazos",
}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="emdia", description="Operadoras, feriados, clientes ERP, eventos e casos parados, réguas, registros."
    )
    parser.add_argument("--stage", default="dev", help="ambiente (padrão: dev)")
    nouns = parser.add_subparsers(
        required=True,
        metavar="operator|whatsapp|holidays|client|webhook|import|parked|case|payments|person|legal-hold|protocol|law|letters|notice|words|norms|ladder|audit|restore|smoke|trace",
    )
    operator = nouns.add_parser("operator", help="a operadora que assina as mensagens").add_subparsers(required=True)
    add = operator.add_parser("add", help="registra a operadora, ou atualiza seu cadastro")
    for name, text in _PROFILE.items():
        add.add_argument(f"--{name.replace('_', '-')}", required=True, help=text)
    add.add_argument("--short-name", default="", help="nome curto para SMS, até 20 letras (padrão: o nome, cortado)")
    channels.add_options(add)
    add.set_defaults(run=_operator_add)
    whatsapp = nouns.add_parser("whatsapp", help="modelos de mensagem na Meta").add_subparsers(required=True)
    sync = whatsapp.add_parser("sync", help="registra a situação dos modelos de uma conta")
    sync.add_argument("--operator", required=True, help="registro na ANS da operadora")
    sync.add_argument("--account", required=True, help="id da conta WhatsApp Business, waba-...")
    sync.set_defaults(run=_whatsapp_sync)
    holidays = nouns.add_parser("holidays", help="feriados municipais").add_subparsers(required=True)
    put = holidays.add_parser("put", help="troca os feriados de cada município da tabela")
    put.add_argument("--operator", required=True, help="registro na ANS da operadora")
    put.add_argument("--file", required=True, help="texto com linhas ibge;dia;nome (2026-01-26); - lê da entrada")
    put.set_defaults(run=_holidays_put)
    systems = nouns.add_parser("client", help="sistemas que enviam eventos ou abrem protocolos")
    clients.add_parser(systems, client)
    _parked_parser(nouns.add_parser("parked", help="eventos recusados, à espera de uma pessoa"))
    _case_parser(nouns.add_parser("case", help="casos que a régua não soube decidir, à espera de uma pessoa"))
    payments.add_parser(nouns.add_parser("payments", help="o dinheiro que entrou e o que espera"), _ask, _takings)
    webhooks.add_parser(nouns.add_parser("webhook", help="avisos assinados ao ERP da operadora"), _actor)
    imports.add_parser(nouns.add_parser("import", help="carteira em CSV ou XLSX"), _ask)
    people.add_parsers(nouns)
    protocols.add_parsers(nouns, _ask)
    audit.add_parser(nouns.add_parser("audit", help="registros à prova de adulteração: confere e prova"))
    notices.add_parser(nouns.add_parser("notice", help="notificações por inadimplência e o que pode seguir"), _ask)
    letters.add_parser(nouns.add_parser("letters", help="cartas: lotes para a gráfica e o retorno dela"), _ask)
    law.add_parser(nouns.add_parser("law", help="explica contatos, com a regra e a norma"), _ask)
    words.add_parsers(nouns)
    restore.add_parser(nouns.add_parser("restore", help="depois de restaurar o razão: pausa, lembra, retoma"), _actor)
    smoke.add_parser(nouns.add_parser("smoke", help="o ambiente instalado está vivo de ponta a ponta?"))
    trace.add_parser(nouns.add_parser("trace", help="a história de um contato; quem olha fica registrado"), _actor)
    ladders.add_parser(nouns.add_parser("ladder", help="simula e verifica réguas de cobrança"), _snapshot)
    return parser


def _case_parser(case: argparse.ArgumentParser) -> None:
    actions = case.add_subparsers(required=True, dest="action")
    texts = {
        "list": "mostra motivos, sem dados pessoais",
        "show": "mostra de que contrato se trata; quem olha fica registrado",
        "release": "devolve o caso à régua",
    }
    for name, text in texts.items():
        action = actions.add_parser(name, help=text)
        action.add_argument("--operator", required=True, help="registro na ANS")
        if name != "list":
            action.add_argument("case", help="caso mostrado por list")
        action.set_defaults(run=_case)


def _parked_parser(parked: argparse.ArgumentParser) -> None:
    actions = parked.add_subparsers(required=True, dest="action")
    texts = {
        "list": "mostra motivos, sem dados pessoais",
        "show": "mostra o conteúdo; quem olha fica registrado",
        "edit": "troca o conteúdo por um corrigido",
        "replay": "envia de novo",
        "discard": "desiste do evento",
    }
    for name, text in texts.items():
        action = actions.add_parser(name, help=text)
        action.add_argument("--client", required=True, type=clients.client_name)
        if name != "list":
            action.add_argument("event", help="id mostrado por list, ou o id que o ERP deu")
        if name == "edit":
            action.add_argument("--file", required=True, help="arquivo JSON com o evento; - lê da entrada")
        action.set_defaults(run=_parked)


if __name__ == "__main__":
    sys.exit(main())
