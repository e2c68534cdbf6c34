"""`emdia smoke`: is a deployed stage alive from end to end? One line a check, and what to do where one is red.

It asks with the deployer's own credentials and grants no function anything. It writes a contract of nobody's, once an
operator, and a few facts; it shows nobody's data.
"""

import argparse
import sys
from collections.abc import Sequence
from typing import Final

from emdia import wiring
from emdia.aws.clients import client
from emdia.cli import failures, smoke_road, smoke_senders, smoke_standing
from emdia.cli.smoke_site import AbsentError, Probe, Site, WrongError
from emdia.identity import parse_ans

PROBES: Final = (*smoke_standing.PROBES, *smoke_senders.PROBES, *smoke_road.PROBES)
_PATIENCE: Final = 300
_OK, _RED, _ABSENT = "ok", "FALHA", "-"
_WIDTH: Final = max(len(probe.name) for probe in PROBES)


def add_parser(parser: argparse.ArgumentParser) -> None:
    """What can be asked."""
    parser.add_argument(
        "--operator", action="append", required=True, help="registro na ANS; repita para cada operadora"
    )
    parser.add_argument("--url", default="", help="endereço da API, se ainda não for o da pilha")
    parser.add_argument("--patience", type=float, default=_PATIENCE, help="segundos que fila e selo podem levar (300)")
    parser.set_defaults(run=_run)


def _run(asked: argparse.Namespace) -> str:
    operators = [parse_ans(ans, "/operator") for ans in asked.operator]
    house = wiring.command_line(asked.stage)
    site = Site(asked.stage, operators, asked.url, asked.patience, client, house, wiring.OsRandomness())
    return smoke(site, PROBES)


def smoke(site: Site, probes: Sequence[Probe]) -> str:
    """Look at everything, whatever is red before it; each line is out as soon as it is known.

    Raises SmokeTestFailedError when anything is red.
    """
    red = 0
    for probe in probes:
        try:
            result, seen = _OK, probe.look(site)
        except AbsentError as why:
            result, seen = _ABSENT, str(why)
        except WrongError as why:
            result, seen = _RED, str(why)
        except failures.EXPECTED as error:
            result, seen = _RED, failures.told(error, site.stage)[0]
        print(f"{probe.name:<{_WIDTH}}  {result:<5}  {seen}")
        if result == _RED:
            red += 1
            print(f"{'':<{_WIDTH}}         O que fazer: {probe.todo}")
        sys.stdout.flush()
    if red:
        raise failures.SmokeTestFailedError(f"{red} de {len(probes)} verificações falharam.")
    return f"Tudo certo: {len(probes)} verificações."
