"""Calls the judges: PyPI's in their own virtual environment, Go's where Debian's packages are."""

import json
import os
import shutil
import subprocess
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from infra.bundle import ROOT

PYTHON = ROOT / ".venvs/judges/bin/python"
HERE = Path(__file__).parent
_DEBIAN = Path("/usr/share/gocode")


def judged(judge: str, *words: object, lines: Sequence[str] = ()) -> dict[str, Any]:
    """What a judge of PyPI found. Raises AssertionError with its words where something does not hold."""
    told = subprocess.run(
        [PYTHON, HERE / "judge.py", judge, *map(str, words)],
        input="\n".join(lines),
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 0, f"{judge}: {told.stderr[-2000:]}"
    found: dict[str, Any] = json.loads(told.stdout)
    return found


def no_go() -> str:
    """Why Go cannot judge here; "" when it can."""
    if not shutil.which("go"):
        return "no Go on this machine"
    if not (_gopath() / "src/golang.org/x/mod/sumdb").is_dir():
        return "no x/mod for Go (Debian: golang-golang-x-mod-dev)"
    return ""


def judged_by_go(log: Path, key: str) -> int:
    """Entries that x/mod authenticated. Raises AssertionError."""
    told = subprocess.run([_built(), str(log), key], capture_output=True, text=True, check=False)
    assert told.returncode == 0, f"x/mod: {told.stderr}"
    return int(told.stdout)


def _gopath() -> Path:
    return Path(os.environ.get("GOPATH") or _DEBIAN)


@cache
def _built() -> str:
    made = ROOT / ".cache/judges/sumdb"
    made.parent.mkdir(parents=True, exist_ok=True)
    env = os.environ | {"GOPATH": str(_gopath()), "GO111MODULE": "off", "GOCACHE": str(ROOT / ".cache/judges/go")}
    subprocess.run(["go", "build", "-o", str(made), "main.go"], cwd=HERE / "sumdb", env=env, check=True)
    return str(made)
