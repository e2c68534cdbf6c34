"""`emdia ladder`: ladders from files, and whether one can go wrong. Only `snapshot` and approvals ask AWS."""

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import TypeGuard

from emdia.cli import approvals, simulation
from emdia.cli.numbers import whole
from emdia.clock import UtcClock
from emdia.compliance.approval import Matter
from emdia.errors import EmDiaError, Rejected
from emdia.ladder.calendar_page import page
from emdia.ladder.foreign import OCA_THREE_TIMES, TRYTON_SCENARIO, next_level
from emdia.ladder.ladder import DEFAULT, PUBLISHED, Ladder, Step, StepOrderError
from emdia.ladder.verify import DESK, Engine, ours, verify, worlds
from emdia.messages.render import TEMPLATES
from emdia.providers.strict_json import read_json

_PEERS: Mapping[str, tuple[Engine, tuple[int, ...]]] = {
    "oca": (next_level(OCA_THREE_TIMES), (10, 30, 40)),
    "tryton": (next_level(TRYTON_SCENARIO), (5, 20, 40)),
}

_NAME_MAX, _GAP = 64, whole(1, 30)
# Whose holidays are known and whose hours stand in the norms table.
_YEARS = whole(2000, 2100)


class WrongLadderError(EmDiaError):
    """Verification found a world in which the ladder goes wrong; the text is the calendar page."""


def read_ladder(text: str) -> Ladder:
    """A version from JSON: `{"version", "steps": [{"name", "day", "template"}, ...]}`, steps rising by day.

    Raises Rejected: `json-invalid`; `ladder-invalid` with the pointer of what is wrong, also for a published version's
    name, unknown words, or steps out of order.
    """
    told = read_json(text)
    if not isinstance(told, dict) or set(told) | {"gap"} != {"version", "steps", "gap"}:
        raise Rejected("ladder-invalid")
    gap = told.get("gap", 1)
    if type(gap) is not int or not 1 <= gap <= 30:
        raise Rejected("ladder-invalid", "/gap")
    if not isinstance(told["steps"], list):
        raise Rejected("ladder-invalid", "/steps")
    version = told["version"]
    if not _named(version) or version in PUBLISHED:
        raise Rejected("ladder-invalid", "/version")
    steps = [_step(one, f"/steps/{n}") for n, one in enumerate(told["steps"])]
    if not steps:
        raise Rejected("ladder-invalid", "/steps")
    try:
        return Ladder(version, tuple(steps), gap=gap)
    except StepOrderError as wrong:
        raise Rejected("ladder-step-out-of-order", f"/steps/{wrong.place}") from None
    except ValueError:
        raise Rejected("ladder-invalid", "/steps") from None


def _step(told: object, pointer: str) -> Step:
    if not isinstance(told, dict) or set(told) != {"name", "day", "template"}:
        raise Rejected("ladder-invalid", pointer)
    name, day, template = told["name"], told["day"], told["template"]
    if not _named(name):
        raise Rejected("ladder-invalid", f"{pointer}/name")
    if type(day) is not int or not -30 <= day <= 365:
        raise Rejected("ladder-invalid", f"{pointer}/day")
    if template not in TEMPLATES:
        raise Rejected("ladder-invalid", f"{pointer}/template")
    return Step(name, day, template)


def _named(told: object) -> TypeGuard[str]:
    """Whether it is a name that a table or a calendar can show."""
    return isinstance(told, str) and 0 < len(told) <= _NAME_MAX and told.isprintable()


def run_verify(asked: argparse.Namespace) -> str:
    """How many worlds were searched in vain. Raises WrongLadderError with the first that fails."""
    if asked.peer is not None:
        engine, days = _PEERS[asked.peer]
        found = verify(engine, worlds(asked.year, days, DESK), asked.gap or 1)
    else:
        ladder = DEFAULT if asked.ladder is None else read_ladder(Path(asked.ladder).read_text(encoding="utf-8"))
        found = verify(ours(ladder), worlds(asked.year, ladder.days), asked.gap or ladder.gap)
    if found.counter_example is not None:
        raise WrongLadderError(page(found.counter_example))
    return f"Nenhum contato indevido em {found.worlds} cenários de {asked.year}."


def add_parser(ladder: argparse.ArgumentParser, take: simulation.Take) -> None:
    """The commands; `take` gives the snapshot of a stage's operator."""
    actions = ladder.add_subparsers(required=True)
    simulation.add_parser(actions, read_ladder, take)
    check = actions.add_parser("verify", help="procura um cenário em que a régua contataria quando não pode")
    check.add_argument("--ladder", help="versão da régua em JSON (padrão: a publicada)")
    check.add_argument("--peer", choices=sorted(_PEERS), help="em vez dela, a régua de outro sistema")
    check.add_argument("--gap", type=_GAP, help="intervalo mínimo prometido, em dias (padrão: o da régua)")
    check.add_argument("--year", type=_YEARS, default=UtcClock().now().year, help="ano dos vencimentos")
    check.set_defaults(run=run_verify)
    approvals.add_actions(actions, Matter.LADDER)
