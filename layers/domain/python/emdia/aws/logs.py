"""The logs of one stage over AWS (audit.ports.Logs), and the key that signs for them (audit.ports.LogSigner)."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from emdia.audit.note import NoteRefusedError, public_of_spki
from emdia.audit.ports import LogName, UnopenedError
from emdia.audit.retention import locked_until
from emdia.aws.answers import AWS_ERRORS, code_of, trouble
from emdia.aws.log_head import DynamoLogHead
from emdia.aws.log_reader import S3LogReader
from emdia.aws.log_store import S3LogStore
from emdia.errors import Halted
from emdia.ports import Clock


@dataclass(frozen=True)
class AwsLogs:
    """`bucket`: locked; `journal`: table name; `days`: retention where data is made up, else by class.

    `stage` is part of every origin, so that no stage's checkpoint can be shown for another's.
    """

    s3: Any
    dynamodb: Any
    bucket: str
    journal: str
    stage: str
    clock: Clock
    days: int | None = None

    def origin(self, name: LogName) -> str:
        """See audit.ports.Logs."""
        return origin_of(self.stage, name)

    def store(self, name: LogName) -> S3LogStore:
        """See audit.ports.Logs."""
        until = locked_until(name, self.clock.now(), self.days)
        return S3LogStore(self.s3, self.bucket, self.origin(name), until)

    def reader(self, name: LogName) -> S3LogReader:
        """Its objects for whoever checks it."""
        return S3LogReader(self.s3, self.bucket, self.origin(name))

    def head(self, name: LogName) -> DynamoLogHead:
        """See audit.ports.Logs."""
        return DynamoLogHead(self.dynamodb, self.journal, name, self.clock)


def origin_of(stage: str, name: LogName) -> str:
    """A log's name in its checkpoints, and the prefix of its objects."""
    return f"auditoria.emdia-{stage}/{name.ans}/{name.log.value}/{name.label}"


def alias_of(stage: str, name: LogName) -> str:
    """By what name KMS knows the key of a log."""
    return f"alias/emdia-{stage}-log-{name.ans}-{name.log.value}-{name.label}"


class KmsSigner:
    """Signs with one Ed25519 key that never leaves KMS. Always RAW: a digest would be hashed a second time."""

    def __init__(self, kms: Any, key: str) -> None:
        self._kms, self._key = kms, key

    @cached_property
    def public(self) -> bytes:
        """See audit.ports.LogSigner. Raises Halted for a key of another kind, UnopenedError for none."""
        try:
            return public_of_spki(self._kms.get_public_key(KeyId=self._key)["PublicKey"])
        except AWS_ERRORS as error:
            if code_of(error) == "NotFoundException":
                raise UnopenedError(f"{self._key} names no key") from None
            raise trouble(error, "kms GetPublicKey") from error
        except NoteRefusedError as refused:
            raise Halted(f"kms GetPublicKey: {refused}") from refused

    def sign(self, text: bytes) -> bytes:
        """See audit.ports.LogSigner."""
        try:
            answer = self._kms.sign(
                KeyId=self._key, Message=text, MessageType="RAW", SigningAlgorithm="ED25519_SHA_512"
            )
        except AWS_ERRORS as error:
            raise trouble(error, "kms Sign") from error
        return bytes(answer["Signature"])
