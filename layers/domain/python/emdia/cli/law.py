"""`emdia law`: why a person was or was not written to, by which rule and norm, and what may come next."""

import argparse
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

Ask = Callable[[str, str, Mapping[str, object]], Mapping[str, Any]]


def add_parser(law: argparse.ArgumentParser, ask: Ask) -> None:
    """The command; `ask(stage, function, request)` asks a deployed function in the name of who types."""
    actions = law.add_subparsers(required=True)
    explain = actions.add_parser("explain", help="por que houve ou não houve contato; quem olha fica registrado")
    explain.add_argument("contract", help="número do contrato no ERP")
    explain.add_argument("--operator", required=True, help="registro na ANS")
    explain.add_argument("--at", type=date.fromisoformat, help="dia, passado ou futuro: 2026-12-01 (padrão: hoje)")

    def run(asked: argparse.Namespace) -> str:
        request = {"operator": asked.operator, "contract": asked.contract}
        if asked.at is not None:
            request["at"] = asked.at.isoformat()
        return str(ask(asked.stage, "explain_case", request)["text"])

    explain.set_defaults(run=run)
