"""Tryton 8.2 `account_dunning` on the same portfolio: its own virtual environment, PostgreSQL on loopback."""

import json
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from tests.bench.dues import dues
from tests.flows.road import MORNING, Road
from tests.shape.source import ROOT

PYTHON = ROOT / ".venvs/tryton/bin/python"
SQLITE = "sqlite://"


@dataclass(frozen=True)
class Measured:
    """Seconds of CPU to evaluate and queue, notices made, and notices a second run at once makes more."""

    cpu: float
    notices: int
    again: int
    where: str


class Stub:
    """A client of the in-memory AWS whose own CPU is kept apart: AWS answers on machines of its own."""

    def __init__(self, client: Any) -> None:
        self._client, self.spent = client, 0.0

    def __getattr__(self, name: str) -> Any:
        member = getattr(self._client, name)
        return self._timed(member) if callable(member) else member

    def _timed(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def timed(*given: Any, **asked: Any) -> Any:
            started = time.process_time()
            try:
                return call(*given, **asked)
            finally:
                self.spent += time.process_time() - started

        return timed


def ours(count: int) -> Measured:
    """climb_ladder and take_step over the in-memory AWS."""
    road = Road()
    road.climb()
    for number, late, _ in dues(count):
        road.contract(number, f"{MORNING.date() - timedelta(days=late)}")
    stubs = [Stub(client) for client in (road.dynamodb, road.sqs, road.kms)]
    road.dynamodb, road.sqs, road.kms = stubs  # type: ignore[assignment]
    road.restart()
    started = time.process_time()
    road.climb()
    road.take()
    cpu = time.process_time() - started - sum(stub.spent for stub in stubs)
    notices = road.facts()["outreach.queued"]
    road.climb()
    road.take()
    return Measured(cpu, notices, road.facts()["outreach.queued"] - notices, "in-memory AWS")


def theirs(count: int) -> Measured:
    """Tryton's evaluate and process, twice."""
    with database() as (uri, where):
        run = subprocess.run(
            [str(PYTHON), str(Path(__file__).with_name("tryton_side.py")), uri, str(count)],
            capture_output=True,
            text=True,
            check=False,
        )
        if run.returncode:
            raise RuntimeError(f"Tryton's half failed: {run.stderr[-2000:]}")
        told = json.loads(run.stdout.splitlines()[-1])
    return Measured(told["first"]["cpu"], told["first"]["notices"], told["second"]["notices"], where)


@contextmanager
def database() -> Iterator[tuple[str, str]]:
    """A PostgreSQL of our own on loopback, or SQLite in Tryton's process where there is none; URI and its name."""
    programs = postgres()
    if programs is None:
        yield SQLITE, "SQLite: no PostgreSQL here"
        return
    folder = Path(tempfile.mkdtemp(prefix="emdia-bench-"))
    user = "postgres" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
    if os.geteuid() == 0:
        shutil.chown(folder, user)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    data = str(folder / "data")
    options = f"-h 127.0.0.1 -p {port} -k {folder}"
    _as(user, [str(programs / "initdb"), "-A", "trust", "-E", "UTF8", "--locale", "C", "-U", user, "-D", data])
    _as(user, [str(programs / "pg_ctl"), "-w", "-D", data, "-o", options, "-l", str(folder / "log"), "start"])
    try:
        version = _as(user, [str(programs / "postgres"), "--version"]).split()[2]
        yield f"postgresql://{user}@127.0.0.1:{port}/", f"PostgreSQL {version}"
    finally:
        _as(user, [str(programs / "pg_ctl"), "-w", "-m", "immediate", "-D", data, "stop"])
        shutil.rmtree(folder)


def postgres() -> Path | None:
    """Folder of PostgreSQL's programs; Debian's package, installed now where we may."""
    found = _installed()
    if found is None and os.geteuid() == 0 and shutil.which("apt-get"):
        quiet = {"capture_output": True, "env": os.environ | {"DEBIAN_FRONTEND": "noninteractive"}}
        subprocess.run(["apt-get", "update", "-qq"], check=False, **quiet)
        wanted = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", "postgresql"]
        subprocess.run(wanted, check=False, **quiet)
        found = _installed()
    return found


def _installed() -> Path | None:
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    return folders[-1] if folders else None


def _as(user: str, command: Sequence[str]) -> str:
    """PostgreSQL refuses to run as root."""
    prefix = ["setpriv", f"--reuid={user}", f"--regid={user}", "--init-groups"] if os.geteuid() == 0 else []
    done = subprocess.run([*prefix, *command], capture_output=True, text=True, check=False, cwd="/")
    if done.returncode:
        raise RuntimeError(f"{command[0]}: {done.stderr[-500:]}")
    return done.stdout
