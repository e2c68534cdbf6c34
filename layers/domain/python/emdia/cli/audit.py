"""`emdia audit`: what the sealed logs hold, whether they hold together, and proofs to hand out."""

import argparse
import zipfile
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from pathlib import Path

from emdia.audit.batch import id_of
from emdia.audit.checkpoint import Checkpoint, open_checkpoint
from emdia.audit.fsck import check_log
from emdia.audit.note import ED25519, NoteRefusedError, Verifier, parse_vkey
from emdia.audit.pack import PackRefusedError, check_pack, make_pack
from emdia.audit.ports import LogName
from emdia.audit.proof import Proof
from emdia.audit.tiles import CHECKPOINT, WIDTH, Tree, bundle_path, unpack
from emdia.audit.tree import inclusion_proof
from emdia.aws.clients import client
from emdia.aws.logs import AwsLogs, KmsSigner
from emdia.clock import UtcClock
from emdia.facts import LogClass

_KEPT_TILES = 64  # read once while proofs are made: neighbours share them


class NotProvedError(RuntimeError):
    """A log or a pack does not hold; the message says what of it."""


def add_parser(parser: argparse.ArgumentParser) -> None:
    """What can be asked."""
    actions = parser.add_subparsers(required=True, dest="action")
    texts: Mapping[str, tuple[str, Callable[[argparse.Namespace], str]]] = {
        "status": ("tamanho e chave do registro", _status),
        "fsck": ("confere o registro inteiro e nomeia o objeto danificado", _fsck),
        "prove": ("grava a prova de um evento numa pasta nova, sem revelar valores", _prove),
    }
    for name, (text, run) in texts.items():
        action = actions.add_parser(name, help=text)
        action.add_argument("--operator", required=True, help="registro na ANS da operadora")
        action.add_argument("--class", dest="log", required=True, type=LogClass, help=", ".join(LogClass))
        action.add_argument("--year", required=True, type=int, help="ano dos eventos, em UTC")
        action.set_defaults(run=run)
        if name != "status":
            action.add_argument("--key", help="chave do registro como foi publicada; sem ela, a do KMS")
        if name == "prove":
            action.add_argument("event", help="id do evento, 32 dígitos hexadecimais")
            action.add_argument("--out", required=True, type=Path, help="pasta a criar")
    verify = actions.add_parser("verify", help="confere uma prova, sem rede")
    verify.add_argument("pack", type=Path, help="pasta ou arquivo zip")
    verify.add_argument("--key", help="chave do registro como a operadora publica; sem ela, a da própria prova")
    verify.set_defaults(run=_verify)


class _Log:
    """One log as a reader sees it."""

    def __init__(self, asked: argparse.Namespace) -> None:
        stack = client("cloudformation").describe_stacks(StackName=f"EmDia-{asked.stage}-State")["Stacks"][0]
        bucket = next(one["OutputValue"] for one in stack["Outputs"] if one["OutputKey"] == "AuditBucket")
        journal = f"emdia-{asked.stage}-journal"
        logs = AwsLogs(client("s3"), client("dynamodb"), bucket, journal, asked.stage, UtcClock())
        name = LogName(asked.operator, asked.log, asked.year)
        self.head, self.reader, self.origin = logs.head(name), logs.reader(name), logs.origin(name)
        key = getattr(asked, "key", None)
        signer = KmsSigner(client("kms"), f"alias/emdia-{asked.stage}-log")
        self.verifier = _key(key) if key else Verifier(self.origin, ED25519, signer.public)

    def must(self, path: str) -> bytes:
        """An object that has to be there."""
        body = self.reader.read(path)
        if body is None:
            raise NotProvedError(f"{self.origin}: falta {path}")
        return body

    def checkpoint(self) -> tuple[Checkpoint, bytes]:
        """What the log says of itself, its signature checked."""
        note = self.must(CHECKPOINT)
        try:
            return open_checkpoint(note, self.verifier), note
        except NoteRefusedError as refused:
            raise NotProvedError(f"{self.origin}: checkpoint: {refused}") from refused

    def entries(self, size: int) -> Iterator[bytes]:
        """Every leaf in order."""
        for start in range(0, size, WIDTH):
            yield from unpack(self.must(bundle_path(start // WIDTH, min(WIDTH, size - start))))


def _status(asked: argparse.Namespace) -> str:
    log = _Log(asked)
    checkpoint, _ = log.checkpoint()
    head = log.head.read()
    waiting = (head.n if head else 0) - checkpoint.size
    return f"{log.origin}: {checkpoint.size} eventos, {waiting} a publicar\nchave {log.verifier.vkey}"


def _fsck(asked: argparse.Namespace) -> str:
    log = _Log(asked)
    report = check_log(log.reader, log.verifier)
    if report.findings:
        raise NotProvedError("\n".join(f"{log.origin}/{one.path}: {one.wrong}" for one in report.findings))
    size = report.checkpoint.size if report.checkpoint else 0
    return f"{log.origin}: {size} eventos conferidos, nada danificado."


def _prove(asked: argparse.Namespace) -> str:
    log = _Log(asked)
    checkpoint, note = log.checkpoint()
    index = _index_of(log, asked.event, checkpoint.size)
    view = Tree(checkpoint.size, lru_cache(_KEPT_TILES)(log.must))
    start = index - index % WIDTH
    leaf = unpack(log.must(bundle_path(start // WIDTH, min(WIDTH, checkpoint.size - start))))[index - start]
    proof = Proof(index, tuple(inclusion_proof(view.node, index, checkpoint.size)), note)
    try:
        pack = make_pack(leaf, proof, log.verifier)
    except PackRefusedError as refused:
        raise NotProvedError(f"{log.origin}: {refused}") from refused
    asked.out.mkdir()
    for name, body in pack.items():
        (asked.out / name).write_bytes(body)
    return f"Prova gravada em {asked.out}: posição {index} de {checkpoint.size}. Confira com LEIA-ME.txt."


def _index_of(log: _Log, event: str, size: int) -> int:
    """From its seal mark while there is one, else from the log itself."""
    index = log.head.marks([event]).get(event, -1)
    if 0 <= index < size:
        return index
    for at, leaf in enumerate(log.entries(size)):
        if id_of(leaf) == event:
            return at
    raise NotProvedError(f"{log.origin}: o evento não consta")


def _verify(asked: argparse.Namespace) -> str:
    trusted = _key(asked.key) if asked.key else None
    try:
        checkpoint, values = check_pack(_files(asked.pack), trusted)
    except (PackRefusedError, zipfile.BadZipFile) as refused:
        raise NotProvedError(f"a prova não confere: {refused}") from refused
    lines = [f"O evento consta do registro {checkpoint.origin}, de {checkpoint.size} eventos."]
    lines += [f"{name}: {value}" for name, value in values.items()]
    if trusted is None:
        lines.append("A chave é a da própria prova: compare-a com a que a operadora publica (--key).")
    return "\n".join(lines)


def _key(text: str) -> Verifier:
    try:
        return parse_vkey(text)
    except NoteRefusedError as refused:
        raise NotProvedError(f"chave: {refused}") from refused


def _files(pack: Path) -> dict[str, bytes]:
    if pack.is_dir():
        return {path.name: path.read_bytes() for path in pack.iterdir() if path.is_file()}
    with zipfile.ZipFile(pack) as archive:
        return {Path(name).name: archive.read(name) for name in archive.namelist() if not name.endswith("/")}
