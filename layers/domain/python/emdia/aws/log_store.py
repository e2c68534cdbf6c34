"""Objects of a log in the locked bucket (audit.ports.LogStore). Every write is conditional and carries its own lock."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from emdia.audit.ports import Stored
from emdia.aws.answers import AWS_ERRORS, code_of, trouble
from emdia.errors import TryLater

_ABSENT = {"NoSuchKey", "404"}
_REFUSED = {"PreconditionFailed", "412"}
# Two conditional writes at once: S3 asks the loser to look again.
_CONFLICT = {"ConditionalRequestConflict", "OperationAborted", "409"}


@dataclass(frozen=True)
class S3LogStore:
    """`prefix` is the log's origin; `until` the end of its retention (UTC), which nobody can shorten."""

    s3: Any
    bucket: str
    prefix: str
    until: datetime

    def get(self, path: str) -> Stored | None:
        """See audit.ports.LogStore."""
        try:
            answer = self.s3.get_object(Bucket=self.bucket, Key=f"{self.prefix}/{path}")
            return Stored(answer["Body"].read(), answer["ETag"])
        except AWS_ERRORS as error:
            if code_of(error) in _ABSENT:
                return None
            raise trouble(error, "s3 GetObject") from error

    def create(self, path: str, body: bytes) -> str:
        """See audit.ports.LogStore."""
        return self._put(path, body, IfNoneMatch="*")

    def replace(self, path: str, body: bytes, tag: str) -> str:
        """See audit.ports.LogStore."""
        return self._put(path, body, IfMatch=tag)

    def _put(self, path: str, body: bytes, **condition: str) -> str:
        try:
            answer = self.s3.put_object(
                Bucket=self.bucket,
                Key=f"{self.prefix}/{path}",
                Body=body,
                ContentType="text/plain; charset=utf-8" if path == "checkpoint" else "application/octet-stream",
                ObjectLockMode="COMPLIANCE",
                ObjectLockRetainUntilDate=self.until,
                **condition,
            )
        except AWS_ERRORS as error:
            if code_of(error) in _REFUSED:
                return ""
            if code_of(error) in _CONFLICT:
                raise TryLater("s3 PutObject: conflict") from error
            raise trouble(error, "s3 PutObject") from error
        return str(answer["ETag"])
