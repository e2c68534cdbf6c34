"""`emdia client`: the systems that send events or attend, and their credentials."""

import argparse
from collections.abc import Callable
from typing import Any

from emdia import wiring
from emdia.aws.secrets import OURS
from emdia.cli import attendance_clients, staff

Service = Callable[[str], Any]  # name of an AWS service -> its client


def add_parser(parser: argparse.ArgumentParser, service: Service) -> None:
    """Add, rotate and remove clients."""
    clients = parser.add_subparsers(required=True)
    new = clients.add_parser("add", help="cria o cliente e suas credenciais")
    new.add_argument("client", type=client_name)
    new.add_argument("--operator", required=True, help="registro na ANS da operadora do cliente")
    kinds = "erp envia eventos (padrão); attendance abre protocolos"
    new.add_argument("--kind", choices=["erp", "attendance"], default="erp", help=kinds)
    new.set_defaults(run=lambda asked: _add(asked, service))
    rotate = clients.add_parser("rotate", help="novo segredo de um cliente erp; o anterior continua valendo")
    rotate.add_argument("client", type=client_name)
    rotate.set_defaults(run=lambda asked: _rotate(asked, service))
    ended = clients.add_parser("remove", help="encerra um cliente attendance")
    ended.add_argument("client", type=client_name)
    ended.set_defaults(run=lambda asked: _remove(asked, service))


def client_name(text: str) -> str:
    """A name that fits a path and a secret's. Raises ArgumentTypeError."""
    if not text.isascii() or not text.replace("-", "").isalnum() or text != text.lower() or len(text) > 40:
        raise argparse.ArgumentTypeError("use letras minúsculas, dígitos e hífens")
    if text.startswith(OURS):
        raise argparse.ArgumentTypeError(f"nomes que começam com {OURS} são de segredos nossos: emdia webhook")
    return text


def _add(asked: argparse.Namespace, service: Service) -> str:
    ledgers = wiring.command_line(asked.stage).ledgers
    if asked.kind == "attendance":
        desk = _desk(asked.stage, service)
        return attendance_clients.add(desk, asked.client, asked.operator, ledgers).told(desk)
    secret = staff.add_client(
        service("secretsmanager"), asked.stage, asked.client, asked.operator, ledgers, wiring.OsRandomness()
    )
    return f"Cliente {asked.client} criado. Segredo de assinatura, mostrado só agora:\n{secret}"


def _rotate(asked: argparse.Namespace, service: Service) -> str:
    secret = staff.rotate_client(service("secretsmanager"), asked.stage, asked.client, wiring.OsRandomness())
    return f"Novo segredo, mostrado só agora; vale em até 5 minutos, e o anterior continua valendo:\n{secret}"


def _remove(asked: argparse.Namespace, service: Service) -> str:
    attendance_clients.remove(_desk(asked.stage, service), asked.client)
    return f"Cliente {asked.client} encerrado: sem a chave, nem o token que ainda tenha abre nada."


def _desk(stage: str, service: Service) -> attendance_clients.Desk:
    return attendance_clients.Desk.of(stage, service("cloudformation"), service("cognito-idp"), service("apigateway"))
