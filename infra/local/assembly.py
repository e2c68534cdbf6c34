"""The `local` stage's cloud assembly, synthesised once for the sources it was made from."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

from infra.bundle import DOMAIN, LOCK, ROOT
from infra.stages import STAGES, Accounts, BankDoor

CACHE = ROOT / ".cache" / "assemblies"
KEPT = 3
# Of stages whose accounts only an operator knows; AWS's own examples, so that nobody takes them for real ones.
EXAMPLE = Accounts("111122223333", "444455556666")
# The templates with and without the door that banks call are both to be seen: `prod` has it.
BANK = BankDoor(
    "pix.operadora.example", "arn:aws:acm:sa-east-1:111122223333:certificate/8d2c5a1e-0000-4000-8000-000000000000"
)


class SynthFailedError(Exception):
    """The template could not be made; the message is the CDK's."""


def assembly(stage: str = "local") -> Path:
    """Folder of the cloud assembly of `stage`. Raises SynthFailedError."""
    folder = CACHE / f"{stage}-{_fingerprint()}"
    if folder.exists():
        return folder
    CACHE.mkdir(parents=True, exist_ok=True)
    work = CACHE / f"{folder.name}.{os.getpid()}"
    # A process of its own: the CDK's Node kernel leaves its memory with it.
    command = [sys.executable, "-m", "infra.app", "--stage", stage, "--out", str(work)]
    own: dict[str, object] = {"accounts": asdict(STAGES[stage].accounts or EXAMPLE)}
    if stage == "prod":
        own["bank"] = asdict(BANK)
    told = {"CDK_CONTEXT_JSON": json.dumps({stage: own})}
    made = subprocess.run(command, cwd=ROOT, env={**os.environ, **told}, capture_output=True, text=True, check=False)
    if made.returncode:
        shutil.rmtree(work, ignore_errors=True)
        raise SynthFailedError((made.stdout + made.stderr).strip()[-4000:])
    try:
        work.rename(folder)
    except OSError:
        if not folder.exists():
            raise
        shutil.rmtree(work)
    _keep_newest(stage)
    return folder


def _keep_newest(stage: str) -> None:
    # An assembly holds copies of both layers. A run that started a while ago has long uploaded what it needed.
    finished = [path for path in CACHE.glob(f"{stage}-*") if "." not in path.name]
    for old in sorted(finished, key=lambda path: path.stat().st_mtime, reverse=True)[KEPT:]:
        shutil.rmtree(old, ignore_errors=True)


def _fingerprint() -> str:
    digest = hashlib.sha256(f"{sys.version_info[:2]}".encode())
    sources = [LOCK, ROOT / "requirements" / "dev.txt"]
    for folder in (ROOT / "infra", ROOT / "functions", DOMAIN):
        sources += (path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    for path in sorted(sources):
        digest.update(path.relative_to(ROOT).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:32]
