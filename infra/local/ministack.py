"""The embedded AWS as a process: loopback only, a free port, its own temporary folder, gone without a trace."""

import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from infra.bundle import ROOT
from infra.stages import LAPTOP, REGION

PYTHON: Final = ROOT / ".venvs" / "ministack" / "bin" / "python"
EMBEDDED: Final = ROOT / "infra" / "local" / "embedded.py"
HOST: Final = "127.0.0.1"
# An account, and its root: what a person with administrator rights is on AWS.
ACCOUNT: Final = LAPTOP.operator
START_SECONDS: Final = 60
STOP_SECONDS: Final = 10


class NotStartedError(Exception):
    """The embedded AWS did not come up; the message says what is known of why."""


@dataclass(frozen=True, slots=True)
class Ministack:
    """A running embedded AWS. `pid` leads a process group of its own."""

    endpoint: str
    port: int
    pid: int
    log: Path


def free_port() -> int:
    """A TCP port on loopback that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(log: Path, port: int | None = None, *, rights: bool = True) -> Iterator[Ministack]:
    """Start the embedded AWS, and on leaving end it with every worker it started. `log` gets what it prints.

    Without `rights` nobody is refused anything: for the CDK's own roles, whose conditions it does not know.
    Raises NotStartedError when it does not answer, or when `make setup` has not been run.
    """
    if not PYTHON.exists():
        raise NotStartedError("the embedded AWS is not installed; run `make setup`")
    log.parent.mkdir(parents=True, exist_ok=True)
    scratch = tempfile.mkdtemp(prefix="emdia-aws-")
    chosen = port or free_port()
    with log.open("wb") as output:
        process = subprocess.Popen(
            [str(PYTHON), "-P", str(EMBEDDED)],
            env=_environment(chosen, scratch, rights),
            cwd=scratch,
            stdin=subprocess.PIPE,  # kept open, never written: it tells the child that we are gone
            stdout=output,
            stderr=subprocess.STDOUT,
            # A group of its own: Ctrl-C reaches us alone, and we end the whole group, workers included.
            start_new_session=True,
        )
    try:
        _await(process, chosen, log)
        yield Ministack(f"http://{HOST}:{chosen}", chosen, process.pid, log)
    finally:
        _end(process)
        shutil.rmtree(scratch, ignore_errors=True)


def _environment(port: int, scratch: str, rights: bool) -> dict[str, str]:
    # Nothing of the caller's AWS settings: neither real credentials nor a real endpoint may reach a handler.
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL", "SSL_CERT_FILE") if name in os.environ}
    return kept | {
        "HOME": scratch,
        "TMPDIR": scratch,
        "BIND_HOST": HOST,
        "MINISTACK_HOST": HOST,
        "GATEWAY_PORT": str(port),
        "MINISTACK_ACCOUNT_ID": ACCOUNT,  # whose API an unsigned request reaches
        "MINISTACK_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "SFTP_ENABLED": "0",
        "IOT_MTLS_ENABLED": "0",
        "LOG_LEVEL": "WARNING",
        # Signatures, identity policies and every function's role are enforced, as on AWS.
        "AUTH": "true" if rights else "false",
        "AWS_ACCESS_KEY_ID": ACCOUNT,
        "PYTHONUNBUFFERED": "1",
    }


def _await(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise NotStartedError(f"it ended at once (exit {process.returncode}); see {log}: {_last_line(log)}")
        try:
            with urllib.request.urlopen(f"http://{HOST}:{port}/_ministack/health", timeout=2) as answer:
                json.load(answer)
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.1)
    raise NotStartedError(f"no answer on port {port} within {START_SECONDS} s; see {log}: {_last_line(log)}")


def _last_line(log: Path) -> str:
    lines = log.read_text(errors="replace").strip().splitlines()
    return lines[-1] if lines else "it printed nothing"


def _end(process: subprocess.Popen[bytes]) -> None:
    for signum, patience in ((signal.SIGTERM, STOP_SECONDS), (signal.SIGKILL, STOP_SECONDS)):
        try:
            os.killpg(process.pid, signum)
        except ProcessLookupError:
            break
        try:
            process.wait(patience)
        except subprocess.TimeoutExpired:
            continue
    process.wait()
    if process.stdin is not None:
        process.stdin.close()
