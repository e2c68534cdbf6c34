"""Builds what the layers ship, without Docker and without an account.

A bundle is a folder under `.cache/bundles` named by the hash of all that goes into it, so that the same
sources give the same asset on every machine, whatever tests left `__pycache__` behind.
"""

import compileall
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from py_compile import PycInvalidationMode
from typing import Final

from infra.stages import Wheels

ROOT: Final = Path(__file__).resolve().parent.parent
BUNDLES: Final = ROOT / ".cache" / "bundles"
LOCK: Final = ROOT / "layers" / "vendor" / "requirements.txt"
DOMAIN: Final = ROOT / "layers" / "domain" / "python"
RUNTIME_PYTHON: Final = (3, 13)

# botocore ships the models of every AWS service (25 MB); these are the ones Em Dia speaks to. A service that is
# missing here fails at once with UnknownServiceError, on the laptop too.
SERVICES: Final = frozenset(
    {"dynamodb", "kms", "lambda", "s3", "secretsmanager", "sesv2", "sns", "sqs", "sts"}
    | {"pinpoint-sms-voice-v2", "socialmessaging"}
)
RECIPE: Final = "2"  # raise it when this module builds something else from the same sources


class BundleFailedError(Exception):
    """The wheels of the lock file could not be had; the message is the installer's."""


def vendor(wheels: Wheels) -> tuple[Path, str]:
    """Folder and hash of the vendor layer: the locked wheels, pruned and (where possible) byte-compiled."""
    name = _name("vendor", wheels, [LOCK.read_bytes(), ",".join(sorted(SERVICES)).encode()])
    return _once(name, lambda into: _install(into, wheels)), name


def domain(wheels: Wheels) -> tuple[Path, str]:
    """Folder and hash of the domain layer: our own sources and nothing a test run left among them."""
    files = sorted(path for path in DOMAIN.rglob("*") if path.is_file() and _ships(path))
    name = _name("domain", wheels, [part for path in files for part in (_relative(path), path.read_bytes())])
    return _once(name, lambda into: _copy(files, into, wheels)), name


def _ships(path: Path) -> bool:
    return "__pycache__" not in path.parts and path.suffix != ".pyc"


def _relative(path: Path) -> bytes:
    return path.relative_to(DOMAIN).as_posix().encode()


def _compiles(wheels: Wheels) -> bool:
    # Bytecode of another minor version would be ignored by the runtime: dead weight and an unstable hash.
    return wheels is Wheels.HOST or sys.version_info[:2] == RUNTIME_PYTHON


def _name(kind: str, wheels: Wheels, parts: Iterable[bytes]) -> str:
    digest = hashlib.sha256()
    compiled = f"{sys.version_info[:2]}" if _compiles(wheels) else "source"
    for part in (RECIPE.encode(), wheels.value.encode(), compiled.encode(), *parts):
        digest.update(len(part).to_bytes(8, "big") + part)
    return f"{kind}-{wheels.value}-{digest.hexdigest()[:32]}"


def _once(name: str, build: Callable[[Path], None]) -> Path:
    """The bundle `name`, built unless it is there. Two processes may build it at once: the first rename wins."""
    done = BUNDLES / name
    if done.exists():
        return done
    work = BUNDLES / f"{name}.{os.getpid()}"
    shutil.rmtree(work, ignore_errors=True)
    (work / "python").mkdir(parents=True)
    build(work)
    try:
        work.rename(done)
    except OSError:
        if not done.exists():
            raise
        shutil.rmtree(work)
    return done


def _install(into: Path, wheels: Wheels) -> None:
    target = into / "python"
    platform = (
        ["--python", sys.executable]
        if wheels is Wheels.HOST
        else [
            "--python-platform",
            "aarch64-manylinux_2_28",
            "--python-version",
            ".".join(map(str, RUNTIME_PYTHON)),
        ]
    )
    command = [
        *(sys.executable, "-m", "uv", "pip", "install", "--quiet", "--target", str(target)),
        *(
            "--no-deps",
            "--require-hashes",
            "--only-binary",
            ":all:",
            "--no-compile-bytecode",
            "--link-mode",
            "copy",
        ),
        *platform,
        *("--requirement", str(LOCK)),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 (our own arguments)
    if done.returncode:
        raise BundleFailedError(done.stderr.strip())
    _prune(target)
    _compile(into, wheels)


def _prune(target: Path) -> None:
    models = target / "botocore" / "data"
    for entry in models.iterdir():
        if entry.is_dir() and entry.name not in SERVICES:
            shutil.rmtree(entry)
    # The letters are set in Vera; of the other fonts that come along one is under the GPL.
    fonts = [path for path in (target / "reportlab" / "fonts").iterdir() if not path.name.startswith("Vera")]
    for extra in (target / "bin", target / ".lock", target / "boto3" / "examples", *fonts):
        if extra.is_dir():
            shutil.rmtree(extra)
        else:
            extra.unlink(missing_ok=True)


def _copy(files: Iterable[Path], into: Path, wheels: Wheels) -> None:
    for path in files:
        to = into / "python" / path.relative_to(DOMAIN)
        to.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, to)
    _compile(into, wheels)


def _compile(into: Path, wheels: Wheels) -> None:
    """Byte-compile for `/opt`, which is read-only in Lambda: without it every cold start compiles anew."""
    if _compiles(wheels):
        compileall.compile_dir(
            into,
            quiet=2,
            stripdir=str(into),
            prependdir="/opt",
            invalidation_mode=PycInvalidationMode.UNCHECKED_HASH,
        )
