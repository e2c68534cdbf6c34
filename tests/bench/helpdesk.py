"""A protocol number beside a ticket of django-helpdesk 2.6.1, one process each, on the same machine in the same run.

Ours is `open_protocol`'s own story over the in-memory AWS, whose work is counted as ours: number, attendance, its place
in the queue and the sealed fact, in one transaction. The network to a database is in neither.
"""

import json
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from emdia.protocols.protocol import Medium, Originator
from emdia.workflows.number_desk import NumberDesk
from emdia.workflows.open_protocol import Deps, Opening, issue
from tests.fakes.house import ANS, House
from tests.shape.source import ROOT

PYTHON = ROOT / ".venvs/helpdesk/bin/python"
COUNT = 1_000


@dataclass(frozen=True)
class Measured:
    """p50 in milliseconds: our number, their ticket by its public form, their row alone."""

    ours: float
    form: float
    row: float


def measured(count: int = COUNT) -> Measured:
    """Both halves, one after the other."""
    # -P: beside that script lies this one, whose name is the library's.
    code = [str(PYTHON), "-P", str(Path(__file__).with_name("helpdesk_side.py")), str(count)]
    run = subprocess.run(code, capture_output=True, text=True, check=False)
    if run.returncode:
        raise RuntimeError(f"django-helpdesk's half failed: {run.stderr[-2000:]}")
    told = json.loads(run.stdout.splitlines()[-1])
    return Measured(median(ours(count)), median(told["form"]), median(told["row"]))


def ours(count: int) -> list[float]:
    """Milliseconds of each of `count` numbers of one worker, after one that makes keys and leases a block."""
    house = House()
    house.pseudonyms.of(ANS, "contract", "the first")
    desk = NumberDesk(house.clock, house.randomness, house.meter)
    deps = Deps(house.ledgers, house.pseudonyms, house.clock, house.randomness, house.meter, desk)
    spent = []
    for n in range(count + 1):
        opening = Opening("central", f"call-{n}", Medium.PHONE, Originator.PERSON)
        began = time.perf_counter()
        issue(opening, house.ledger(), deps)
        spent.append((time.perf_counter() - began) * 1000)
    return spent[1:]
