"""The witness over AWS: another account's logs to read (audit.witness.AuditedLogs), its own book to keep them in.

| key in the witness's bucket, below the hex SHA-256 of the origin | |
|---|---|
| `checkpoint` | the last checkpoint, cosigned; its versions are the history |
| `testemunha.vkey` | the key that cosigns it |
| `tile/...` | tiles that showed it consistent |
| `refused/<digest>/ours`, `theirs`, `tile/...` | what was shown and not signed |
| `stamped/<day>/checkpoint`, `carimbo-raizes.pem`, `carimbo.tsr` | a checkpoint and its time stamp |
"""

import json
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from emdia.audit.checkpoint import checkpoint_of
from emdia.audit.note import NoteRefusedError, parse_note, parse_vkey
from emdia.audit.retention import locked_until
from emdia.audit.tiles import CHECKPOINT
from emdia.audit.witness import folder_of, log_of
from emdia.aws.answers import AWS_ERRORS, code_of, trouble
from emdia.aws.log_reader import S3LogReader, folders, logs_below
from emdia.aws.log_store import S3LogStore
from emdia.errors import Halted
from emdia.ports import Clock


@dataclass(frozen=True)
class S3AuditedLogs:
    """`bucket` is another account's, which lets us list it and read checkpoints and tiles, no more."""

    s3: Any
    bucket: str
    stage: str

    def origins(self) -> list[str]:
        """See audit.witness.AuditedLogs."""
        return logs_below(self.s3, self.bucket, f"auditoria.emdia-{self.stage}/", 3)

    def read(self, origin: str, path: str) -> bytes | None:
        """See audit.witness.AuditedLogs."""
        return S3LogReader(self.s3, self.bucket, origin).read(path)


@dataclass(frozen=True)
class S3WitnessBook:
    """`bucket`: the witness's own, locked; `days`: retention where data is made up, else that of the log's class."""

    s3: Any
    bucket: str
    clock: Clock
    days: int | None = None

    def store(self, origin: str) -> S3LogStore:
        """See audit.witness.WitnessBook."""
        until = locked_until(log_of(origin), self.clock.now(), self.days)
        return S3LogStore(self.s3, self.bucket, folder_of(origin), until)

    def origins(self, besides: Collection[str] = ()) -> list[str]:
        """See audit.witness.WitnessBook. Raises Halted for a checkpoint it cannot have kept."""
        found, known = [], {folder_of(origin) for origin in besides}
        for folder in (one.removesuffix("/") for one in folders(self.s3, self.bucket, "")):
            # None: only refusals so far, or a first look that died before it signed.
            body = None if folder in known else S3LogReader(self.s3, self.bucket, folder).read(CHECKPOINT)
            if body is not None:
                try:
                    found.append(checkpoint_of(parse_note(body)).origin)
                except NoteRefusedError as refused:
                    raise Halted(f"witness: {folder}/{CHECKPOINT}: {refused}") from refused
        return found

    def stamps(self, origin: str) -> list[str]:
        """See audit.witness.WitnessBook."""
        return list(S3LogReader(self.s3, self.bucket, folder_of(origin)).names("stamped/"))


@dataclass(frozen=True)
class Trust:
    """What the witness's own people told it: each log's keys by origin, and the time-stamping authority ("" if none).

    `roots`: PEM certificates its chain must end in; `authorization`: the header it asks for, "" if it asks for none.
    """

    log_keys: Mapping[str, Sequence[bytes]]
    tsa_url: str = ""
    roots: bytes = b""
    authorization: str = field(default="", repr=False)


def trust(secretsmanager: Any, stage: str) -> Trust:
    """Secret `emdia/<stage>/witness`: `{"log_keys": ["<vkey>", ...], "tsa": {"url", "roots", "authorization"}}`.

    `tsa` and its `authorization` may be missing. Raises TryLater; Halted when the secret is missing or malformed.
    """
    name = f"emdia/{stage}/witness"
    try:
        answer = secretsmanager.get_secret_value(SecretId=name)
    except AWS_ERRORS as error:
        if code_of(error) == "ResourceNotFoundException":
            raise Halted(f"the secret {name} is missing: the witness does not know which keys to trust") from None
        raise trouble(error, "secretsmanager GetSecretValue") from error
    try:
        told = json.loads(answer["SecretString"])
        tsa = told.get("tsa") or {"url": "", "roots": ""}
        keys: dict[str, list[bytes]] = defaultdict(list)
        for one in map(parse_vkey, map(str, told["log_keys"])):
            keys[one.name].append(one.public)
        made = Trust(keys, str(tsa["url"]), str(tsa["roots"]).encode(), str(tsa.get("authorization", "")))
    except (KeyError, TypeError, ValueError, AttributeError):
        raise Halted(f"the secret {name} is malformed") from None
    if not keys or not (made.tsa_url == "" or made.tsa_url.startswith(("https://", "http://"))):
        raise Halted(f"the secret {name} names no key, or an authority that is no HTTP address")
    return made
