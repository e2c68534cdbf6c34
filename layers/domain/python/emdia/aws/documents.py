"""Files in the locked `documents` bucket (ports.Documents): every write conditional, with a lock of its own.

An object is called `<ans>/<class>/<HMAC of subject and content under the subject's key>`: the same file is the same
object, and its name tells nothing without the key. It holds `kid8 + nonce12 + AES-256-GCM`, aad `name|kid`.
"""

import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from emdia.audit.ports import LogName
from emdia.audit.retention import locked_until
from emdia.aws.answers import AWS_ERRORS, code_of, trouble
from emdia.aws.keyring import DataKey, Keyring
from emdia.errors import Halted, Rejected, TryLater
from emdia.facts import LogClass
from emdia.portfolio.document import Kept
from emdia.ports import Clock, Randomness
from emdia.state import Subject

_THERE = {"PreconditionFailed", "412"}
_CONFLICT = {"ConditionalRequestConflict", "OperationAborted", "409"}
_KID = 8


@dataclass(frozen=True)
class S3Documents:
    """`days`: retention where data is made up, else by class."""

    s3: Any
    bucket: str
    keyring: Keyring
    clock: Clock
    randomness: Randomness
    days: int | None = None

    def keep(self, ans: str, subject: Subject, log: LogClass, body: bytes) -> Kept:
        """See ports.Documents."""
        key = self._key(ans, subject, log)
        digest = sha256(body)
        told = f"documento|{ans}|{log.value}|{subject.id}|".encode() + digest.digest()
        ref = f"{log.value}/{hmac.new(key.secret, told, sha256).hexdigest()[:40]}"
        name = f"{ans}/{ref}"
        nonce = self.randomness.token(12)
        sealed = bytes.fromhex(key.kid) + nonce + key.seal(nonce, body, f"{name}|{key.kid}".encode())
        try:
            self.s3.put_object(
                Bucket=self.bucket,
                Key=name,
                Body=sealed,
                ContentType="application/octet-stream",
                ObjectLockMode="COMPLIANCE",
                ObjectLockRetainUntilDate=self._until(ans, log),
                IfNoneMatch="*",
            )
        except AWS_ERRORS as error:
            if code_of(error) in _CONFLICT:
                raise TryLater("s3 PutObject: conflict") from error
            if code_of(error) not in _THERE:
                raise trouble(error, "s3 PutObject") from error
        return Kept(ref, digest.hexdigest())

    def open(self, ans: str, subject: Subject, kept: Kept) -> bytes:
        """See ports.Documents."""
        key = self._key(ans, subject, LogClass(kept.ref.partition("/")[0]))
        name = f"{ans}/{kept.ref}"
        try:
            sealed = bytes(self.s3.get_object(Bucket=self.bucket, Key=name)["Body"].read())
        except AWS_ERRORS as error:
            raise trouble(error, "s3 GetObject") from error
        if sealed[:_KID].hex() != key.kid:
            raise Halted("a document is sealed under a key that is not its subject's")
        body = key.open(sealed[_KID:], f"{name}|{key.kid}".encode())
        if sha256(body).hexdigest() != kept.sha256:
            raise Halted("a document is not what was kept")
        return body

    def _key(self, ans: str, subject: Subject, log: LogClass) -> DataKey:
        wanted = (subject, str(log))
        key = self.keyring.keys(ans, [wanted]).get(wanted)
        if key is None:
            raise Rejected("subject-forgotten")
        return key

    def _until(self, ans: str, log: LogClass) -> datetime:
        now = self.clock.now()
        if self.days is not None:
            return now + timedelta(days=self.days)
        return locked_until(LogName(ans, log, now.year), now, None)
