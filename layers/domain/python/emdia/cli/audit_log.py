"""One sealed log as a person at a terminal sees it: in the stage's bucket, or laid out as files."""

import argparse
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from emdia.audit.attested import Attested, attested
from emdia.audit.checkpoint import Checkpoint, open_checkpoint
from emdia.audit.findings import Finding, Wrong
from emdia.audit.note import ED25519, NoteRefusedError, Verifier, parse_vkey
from emdia.audit.ports import LogHead, LogName, LogReader, UnopenedError
from emdia.audit.witness import folder_of
from emdia.aws.clients import client
from emdia.aws.log_reader import S3LogReader
from emdia.aws.logs import AwsLogs, KmsSigner, alias_of
from emdia.cli.log_folder import LogFolder
from emdia.clock import UtcClock
from emdia.errors import Halted

_WRONG: Mapping[Wrong, str] = {
    Wrong.MISSING: "falta",
    Wrong.DAMAGED: "não é o que foi gravado",
    Wrong.MALFORMED: "não é o que o registro escreve",
    Wrong.REFUSED: "não é um cabeçalho assinado pela chave do registro",
    Wrong.OTHER_HISTORY: "assina outra história que a dos eventos e resumos",
    Wrong.NOT_HASHES: "não são os resumos do que está abaixo",
    Wrong.NOT_ENTRIES: "não são os eventos cujos resumos foram assinados",
    Wrong.NOT_LEAVES: "não é o que o registro tem neste lugar",
    Wrong.NOT_PART: "não é o começo do que depois se tornou",
    Wrong.STRAY: "está onde o registro nada tem",
    Wrong.REWRITTEN: "foi gravado mais de uma vez ou apagado",
    Wrong.NOT_TRUSTED: "não continua o cabeçalho de confiança",
}


class NotProvedError(RuntimeError):
    """A log or a pack does not hold; the message says what of it."""


@dataclass(frozen=True)
class Log:
    """`head` is None where there are only files; `book` is what the witness keeps of it, None without a witness."""

    origin: str
    reader: LogReader
    verifier: Verifier
    head: LogHead | None
    book: LogReader | None = None

    def attested(self, index: int) -> Attested | None:
        """The checkpoint with entry `index` as the witness keeps it; None where there is no witness, or not yet."""
        return None if self.book is None else attested(self.book, index)


def open_log(asked: argparse.Namespace) -> Log:
    """The log that the command names. Its key is the published one (`--key`), else KMS's own word."""
    key = getattr(asked, "key", None)
    folder = getattr(asked, "folder", None)
    if folder is not None:
        if not key:
            raise NotProvedError("com --folder, informe a chave publicada (--key)")
        verifier = key_of(key)
        return Log(verifier.name, LogFolder(folder), verifier, None)
    if None in (asked.operator, asked.log, asked.year):
        raise NotProvedError("informe --operator, --class e --year, ou --folder")
    stack = client("cloudformation").describe_stacks(StackName=f"EmDia-{asked.stage}-State")["Stacks"][0]
    outputs = {one["OutputKey"]: str(one["OutputValue"]) for one in stack["Outputs"]}
    bucket, witness = outputs["AuditBucket"], outputs.get("WitnessBucket")
    journal = f"emdia-{asked.stage}-journal"
    logs = AwsLogs(client("s3"), client("dynamodb"), bucket, journal, asked.stage, UtcClock())
    name = LogName(asked.operator, asked.log, *asked.year)
    origin = logs.origin(name)
    verifier = key_of(key) if key else _named(name, origin, asked.stage)
    if verifier.name != origin:
        raise NotProvedError(f"a chave é do registro {verifier.name}")
    book = S3LogReader(client("s3"), witness, folder_of(origin)) if witness else None
    return Log(origin, logs.reader(name), verifier, logs.head(name), book)


def _named(name: LogName, origin: str, stage: str) -> Verifier:
    try:
        return Verifier(origin, ED25519, KmsSigner(client("kms"), alias_of(stage, name)).public)
    except UnopenedError as unopened:
        raise NotProvedError(f"{origin}: o registro ainda não foi aberto") from unopened
    except Halted as halted:
        raise NotProvedError(f"{origin}: o KMS não mostra a chave; informe a publicada (--key)") from halted


def key_of(text: str) -> Verifier:
    """A published key."""
    try:
        return parse_vkey(text)
    except NoteRefusedError as refused:
        raise NotProvedError("a chave não está no formato nome+resumo+chave, ou seu resumo não é o dela") from refused


def trusted_of(path: Path | None, log: Log) -> Checkpoint | None:
    """The checkpoint that was kept in a file, its signature checked."""
    if path is None:
        return None
    try:
        return open_checkpoint(path.read_bytes(), log.verifier)
    except NoteRefusedError as refused:
        raise NotProvedError(f"{path}: não é um cabeçalho assinado pela chave deste registro") from refused


def told(origin: str, finding: Finding) -> str:
    """A finding as a line."""
    return f"{origin}/{finding.path}: {_WRONG[finding.wrong]}"
