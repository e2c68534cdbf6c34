"""Files in the `intake` bucket (ports.IntakeFiles): read by ranges of one version, results written beside them."""

from collections.abc import Sequence
from dataclasses import dataclass
from tempfile import TemporaryFile
from typing import Any

from emdia.aws.answers import AWS_ERRORS, code_of, trouble
from emdia.errors import Rejected, TryLater

_ABSENT = {"NoSuchKey", "NoSuchVersion", "404"}
_BEYOND = {"InvalidRange", "416"}


@dataclass(frozen=True)
class S3IntakeFiles:
    """One bucket. What lies there is encrypted by its default key and gone after thirty days."""

    s3: Any
    bucket: str

    def size(self, key: str, version: str) -> int:
        """See ports.IntakeFiles."""
        answer = self._get(key, version, 0, 1)
        if answer is None:
            return 0
        # Who answers may pass over a range and send the whole, as the embedded AWS does for a version.
        return int(
            str(answer["ContentRange"]).rpartition("/")[2] if "ContentRange" in answer else answer["ContentLength"]
        )

    def read(self, key: str, version: str, start: int, length: int) -> bytes:
        """See ports.IntakeFiles."""
        answer = self._get(key, version, start, length)
        if answer is None:
            return b""
        try:
            body: bytes = answer["Body"].read()
        except (*AWS_ERRORS, OSError) as error:
            raise TryLater(f"s3 GetObject: {type(error).__name__}") from error
        return body if "ContentRange" in answer else body[start : start + length]

    def write(self, key: str, body: bytes) -> None:
        """See ports.IntakeFiles."""
        self._put(key, body)

    def join(self, parts: Sequence[str], head: bytes, into: str) -> None:
        """See ports.IntakeFiles."""
        with TemporaryFile() as file:
            file.write(head)
            for part in parts:
                file.write(self.read(part, "", 0, 64 * 1024 * 1024))
            file.seek(0)
            self._put(into, file)

    def _get(self, key: str, version: str, start: int, length: int) -> Any:
        """None where there is nothing at or behind `start`."""
        named = {"VersionId": version} if version else {}
        try:
            return self.s3.get_object(Bucket=self.bucket, Key=key, Range=f"bytes={start}-{start + length - 1}", **named)
        except AWS_ERRORS as error:
            if code_of(error) in _BEYOND:
                return None
            if code_of(error) in _ABSENT:
                raise Rejected("file-absent") from None
            raise trouble(error, "s3 GetObject") from error

    def _put(self, key: str, body: Any) -> None:
        try:
            self.s3.put_object(Bucket=self.bucket, Key=key, Body=body, ContentType="text/csv; charset=utf-8")
        except AWS_ERRORS as error:
            raise trouble(error, "s3 PutObject") from error
