"""Objects of a log in the locked bucket, for whoever checks it (audit.ports.LogReader). Writes nothing."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Any

from botocore.exceptions import FlexibleChecksumError

from emdia.audit.ports import DamagedError
from emdia.audit.tiles import CHECKPOINT
from emdia.aws.answers import AWS_ERRORS, code_of, trouble

_ABSENT = {"NoSuchKey", "404"}


@dataclass(frozen=True)
class S3LogReader:
    """`prefix` is the log's origin."""

    s3: Any
    bucket: str
    prefix: str

    def read(self, path: str) -> bytes | None:
        """See audit.ports.LogReader."""
        return self._body(path, {})

    def names(self, prefix: str, after: str = "") -> Iterator[str]:
        """See audit.ports.LogReader."""
        request = {"Bucket": self.bucket, "Prefix": f"{self.prefix}/{prefix}"}
        if after:
            request["StartAfter"] = f"{self.prefix}/{after}"
        while True:
            try:
                answer = self.s3.list_objects_v2(**request)
            except AWS_ERRORS as error:
                raise trouble(error, "s3 ListObjectsV2") from error
            yield from (str(one["Key"]).removeprefix(f"{self.prefix}/") for one in answer.get("Contents", ()))
            if not answer.get("IsTruncated"):
                return
            request["ContinuationToken"] = answer["NextContinuationToken"]

    def rewritten(self) -> Iterator[str]:
        """See audit.ports.LogReader."""
        before = ""
        for one in self._versions(""):
            path = str(one["Key"]).removeprefix(f"{self.prefix}/")
            if path != CHECKPOINT and (path == before or "deleted" in one):
                yield path
            before = path

    def checkpoints(self) -> Iterator[tuple[str, bytes]]:
        """See audit.ports.LogReader. The one that stands is called as it is; an older one by its version too."""
        for one in self._versions(CHECKPOINT):
            if one["Key"] == f"{self.prefix}/{CHECKPOINT}" and "deleted" not in one:
                version = str(one["VersionId"])
                name = CHECKPOINT if one["IsLatest"] else f"{CHECKPOINT}?versionId={version}"
                try:
                    body = self._body(CHECKPOINT, {"VersionId": version})
                except DamagedError:
                    body = b""
                yield name, body or b""

    def _body(self, path: str, version: dict[str, str]) -> bytes | None:
        try:
            answer = self.s3.get_object(Bucket=self.bucket, Key=f"{self.prefix}/{path}", **version)
            return bytes(answer["Body"].read())
        except FlexibleChecksumError as error:
            # The SDK compares what came with the checksum S3 took when the object was written.
            raise DamagedError(path) from error
        except AWS_ERRORS as error:
            if code_of(error) in _ABSENT:
                return None
            raise trouble(error, "s3 GetObject") from error

    def _versions(self, prefix: str) -> Iterator[dict[str, Any]]:
        """Versions and delete markers (`deleted`), those of one object together."""
        request = {"Bucket": self.bucket, "Prefix": f"{self.prefix}/{prefix}"}
        while True:
            try:
                answer = self.s3.list_object_versions(**request)
            except AWS_ERRORS as error:
                raise trouble(error, "s3 ListObjectVersions") from error
            gone = [{**one, "deleted": True} for one in answer.get("DeleteMarkers", ())]
            yield from sorted(chain(answer.get("Versions", ()), gone), key=lambda one: str(one["Key"]))
            if not answer.get("IsTruncated"):
                return
            request["KeyMarker"] = answer["NextKeyMarker"]
            request["VersionIdMarker"] = answer["NextVersionIdMarker"]


def logs_below(s3: Any, bucket: str, prefix: str, levels: int) -> list[str]:
    """Origins of the logs that lie so many levels below `prefix`: operator, class and year. Raises TryLater."""
    found = [prefix]
    for _ in range(levels):
        found = [deeper for one in found for deeper in folders(s3, bucket, one)]
    return [one.removesuffix("/") for one in found]


def folders(s3: Any, bucket: str, prefix: str) -> Iterator[str]:
    """What lies directly below `prefix`, each with its last slash. Raises TryLater."""
    request = {"Bucket": bucket, "Prefix": prefix, "Delimiter": "/"}
    while True:
        try:
            answer = s3.list_objects_v2(**request)
        except AWS_ERRORS as error:
            raise trouble(error, "s3 ListObjectsV2") from error
        yield from (str(one["Prefix"]) for one in answer.get("CommonPrefixes", ()))
        if not answer.get("IsTruncated"):
            return
        request["ContinuationToken"] = answer["NextContinuationToken"]
