"""`emdia ladder`: what a ladder would do to a portfolio in a file, and whether it can go wrong. No AWS is asked."""

import argparse
import json
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from pathlib import Path

from emdia.cli import approvals
from emdia.clock import UtcClock
from emdia.compliance.approval import Matter
from emdia.compliance.municipality import uf_of, zone_of
from emdia.errors import EmDiaError, Rejected
from emdia.identity import parse_ibge
from emdia.ladder.calendar_page import page
from emdia.ladder.foreign import OCA_THREE_TIMES, TRYTON_SCENARIO, next_level
from emdia.ladder.ladder import DEFAULT, PUBLISHED, Ladder, Step, on_trial
from emdia.ladder.outlook import Outlook, diff_table, difference, outlook, repinned, table
from emdia.ladder.simulate import simulate
from emdia.ladder.verify import DESK, Engine, ours, verify, worlds
from emdia.messages.render import TEMPLATES
from emdia.money import Centavos
from emdia.portfolio.case import Case, OpenInvoice, Reach
from emdia.portfolio.contract import Channel, ContractKind

HEADING = "contract;person;ibge;due_on;amount"
# Millionths of a real a message: US$ 0,10 a thousand e-mails at R$ 5,50.
PRICES: Mapping[Channel, int] = {Channel.EMAIL: 550}
_PEERS: Mapping[str, tuple[Engine, tuple[int, ...]]] = {
    "oca": (next_level(OCA_THREE_TIMES), (10, 30, 40)),
    "tryton": (next_level(TRYTON_SCENARIO), (5, 20, 40)),
}


class WrongLadderError(EmDiaError):
    """Verification found a world in which the ladder goes wrong; the text is the calendar page."""


def read_ladder(text: str) -> Ladder:
    """A version from JSON: `{"version", "steps": [{"name", "day", "template"}, ...]}`, steps rising by day.

    Raises Rejected: `json-invalid`; `ladder-invalid` with the pointer of what is wrong, also for a published version's
    name, unknown words, or steps out of order.
    """
    try:
        told = json.loads(text)
    except ValueError:
        raise Rejected("json-invalid") from None
    if not isinstance(told, dict) or set(told) != {"version", "steps"} or not isinstance(told["steps"], list):
        raise Rejected("ladder-invalid")
    version = told["version"]
    if not isinstance(version, str) or not version or version in PUBLISHED:
        raise Rejected("ladder-invalid", "/version")
    steps = [_step(one, f"/steps/{n}") for n, one in enumerate(told["steps"])]
    if not steps:
        raise Rejected("ladder-invalid", "/steps")
    try:
        return Ladder(version, tuple(steps))
    except ValueError:
        raise Rejected("ladder-invalid", "/steps") from None


def _step(told: object, pointer: str) -> Step:
    if not isinstance(told, dict) or set(told) != {"name", "day", "template"}:
        raise Rejected("ladder-invalid", pointer)
    name, day, template = told["name"], told["day"], told["template"]
    if not isinstance(name, str) or not name:
        raise Rejected("ladder-invalid", f"{pointer}/name")
    if type(day) is not int or not -30 <= day <= 365:
        raise Rejected("ladder-invalid", f"{pointer}/day")
    if template not in TEMPLATES:
        raise Rejected("ladder-invalid", f"{pointer}/template")
    return Step(name, day, template)


def read_portfolio(text: str) -> Iterator[Case]:
    """One case a line of `contract;person;ibge;due_on;amount` (centavos): individual contracts reached by e-mail.

    Raises Rejected with the line as pointer: `portfolio-row-invalid`, `ibge-invalid`.
    """
    lines = text.removeprefix("\ufeff").splitlines()
    for number, line in enumerate(lines, start=1):
        if not line.strip() or (number == 1 and line.strip() == HEADING):
            continue
        cells = [cell.strip() for cell in line.split(";")]
        try:
            contract, person, ibge, due, amount = cells
            day, centavos = date.fromisoformat(due), Centavos(int(amount))
        except ValueError:
            raise Rejected("portfolio-row-invalid", f"/{number}") from None
        if not contract or not person or centavos <= 0:
            raise Rejected("portfolio-row-invalid", f"/{number}")
        code = parse_ibge(ibge, f"/{number}")
        yield Case(
            contract=contract, holder_key=person, kind=ContractKind.INDIVIDUAL, uf=uf_of(code), zone=zone_of(code),
            ibge=code, ladder=DEFAULT.version, reach=((Channel.EMAIL, Reach.OPEN),),
            invoices=(OpenInvoice(contract, f"{day:%Y-%m}", day, centavos),),
        )  # fmt: skip


def run_simulate(asked: argparse.Namespace) -> str:
    """The table of one version, or what changes from the published one to that of `--ladder`."""
    cases = list(read_portfolio(Path(asked.file).read_text(encoding="utf-8")))
    if len({case.contract for case in cases}) < len(cases):
        raise Rejected("portfolio-row-invalid")
    day = asked.start or UtcClock().now().date()
    start = datetime.combine(day, datetime.min.time(), UTC)
    published = _look(cases, start, asked.days)
    if asked.ladder is None:
        return table(published)
    other = read_ladder(Path(asked.ladder).read_text(encoding="utf-8"))
    with on_trial(other):
        tried = _look(list(repinned(cases, DEFAULT, other)), start, asked.days)
    return diff_table(difference(published, tried), DEFAULT.version, other.version)


def _look(cases: list[Case], start: datetime, days: int) -> Outlook:
    return outlook(simulate(cases, {}, start, days), PRICES)


def run_verify(asked: argparse.Namespace) -> str:
    """How many worlds were searched in vain. Raises WrongLadderError with the first that fails."""
    if asked.peer is not None:
        engine, days = _PEERS[asked.peer]
        found = verify(engine, worlds(asked.year, days, DESK), asked.gap)
    else:
        ladder = DEFAULT if asked.ladder is None else read_ladder(Path(asked.ladder).read_text(encoding="utf-8"))
        found = verify(ours(ladder), worlds(asked.year, ladder.days), asked.gap)
    if found.counter_example is not None:
        raise WrongLadderError(page(found.counter_example))
    return f"Nenhum contato indevido em {found.worlds} cenários de {asked.year}."


def add_parser(ladder: argparse.ArgumentParser) -> None:
    """The two commands."""
    actions = ladder.add_subparsers(required=True)
    look = actions.add_parser("simulate", help="o que os próximos dias fariam; nada é gravado nem enviado")
    look.add_argument("--file", required=True, help=f"carteira: linhas {HEADING}, valores em centavos")
    look.add_argument("--days", type=int, default=60, help="quantos dias (padrão: 60)")
    look.add_argument("--start", type=date.fromisoformat, help="primeiro dia, 2026-12-01 (padrão: hoje)")
    look.add_argument("--ladder", help="outra versão da régua, em JSON, para comparar com a publicada")
    look.set_defaults(run=run_simulate)
    check = actions.add_parser("verify", help="procura um cenário em que a régua contataria quando não pode")
    check.add_argument("--ladder", help="versão da régua em JSON (padrão: a publicada)")
    check.add_argument("--peer", choices=sorted(_PEERS), help="em vez dela, a régua de outro sistema")
    check.add_argument("--gap", type=int, default=1, help="intervalo mínimo prometido, em dias (padrão: 1)")
    check.add_argument("--year", type=int, default=UtcClock().now().year, help="ano dos vencimentos")
    check.set_defaults(run=run_verify)
    approvals.add_actions(actions, Matter.LADDER)
