# ruff: noqa: N803  parameters are spelled as the SDK spells them
"""MemoryS3: one versioned bucket under Object Lock; every write must be conditional and locked in COMPLIANCE mode."""

import io
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import md5
from typing import Any

from botocore.exceptions import FlexibleChecksumError

from tests.fakes.faults import Faults, client_error


@dataclass
class Version:
    """`body` None is a delete marker; `rotten` is what the disk holds where it is not what was written."""

    body: bytes | None
    until: datetime | None
    rotten: bytes | None = None

    @property
    def tag(self) -> str:
        return f'"{md5(self.body or b"", usedforsecurity=False).hexdigest()}"'


class _Body:
    """The stream of an object: read to its end, what was stored is compared with the checksum of its writing."""

    def __init__(self, version: Version) -> None:
        self.version = version

    def read(self) -> bytes:
        body = self.version.body or b""
        if self.version.rotten is not None:
            raise FlexibleChecksumError(error_msg="Expected checksum does not match the calculated one")
        return body


@dataclass
class MemoryS3:
    """`versions` by key, oldest first. `page`: names a listing gives at once."""

    faults: Faults
    bucket: str
    documents: str = ""  # the second bucket: its keys begin with an operator's register
    versions: dict[str, list[Version]] = field(default_factory=dict)
    page: int = 1_000

    def get_object(self, *, Bucket: str, Key: str, VersionId: str = "") -> dict[str, Any]:
        def do() -> dict[str, Any]:
            found = self.versions[Key][int(VersionId)] if VersionId else self._current(Bucket, Key)
            if found is None:
                raise client_error("NoSuchKey", "GetObject", status=404)
            return {"Body": _Body(found), "ETag": found.tag}

        return self.faults.around("s3", "GetObject", do)  # type: ignore[return-value]

    def list_objects_v2(
        self, *, Bucket: str, Prefix: str, Delimiter: str = "", StartAfter: str = "", ContinuationToken: str = ""
    ) -> dict[str, Any]:
        """With a delimiter, folders apart from the objects beside them."""

        def do() -> dict[str, Any]:
            assert Bucket == self.bucket
            after = max(StartAfter, ContinuationToken)
            found = [key for key in sorted(self.versions) if key.startswith(Prefix) and self._current(Bucket, key)]
            names = [name for name in dict.fromkeys(_up_to(key, Prefix, Delimiter) for key in found) if name > after]
            page = names[: self.page]
            more = {"NextContinuationToken": page[-1]} if len(names) > len(page) else {}
            return {
                "Contents": [{"Key": name} for name in page if name in self.versions],
                "CommonPrefixes": [{"Prefix": name} for name in page if name not in self.versions],
                "IsTruncated": bool(more),
                **more,
            }

        return self.faults.around("s3", "ListObjectsV2", do)  # type: ignore[return-value]

    def list_object_versions(
        self, *, Bucket: str, Prefix: str, KeyMarker: str = "", VersionIdMarker: str = ""
    ) -> dict[str, Any]:
        """Newest version first, as S3 lists them; delete markers apart."""
        assert Bucket == self.bucket

        def do() -> dict[str, Any]:
            rows = [
                (key, nth, self.versions[key][nth])
                for key in sorted(self.versions)
                if key.startswith(Prefix)
                for nth in reversed(range(len(self.versions[key])))
            ]
            at = (KeyMarker, -int(VersionIdMarker)) if KeyMarker else ("", 0)
            rows = [row for row in rows if not KeyMarker or (row[0], -row[1]) > at]
            page = rows[: self.page]
            told: dict[str, Any] = {"Versions": [], "DeleteMarkers": [], "IsTruncated": len(rows) > len(page)}
            for key, nth, version in page:
                row = {"Key": key, "VersionId": str(nth), "IsLatest": nth == len(self.versions[key]) - 1}
                told["DeleteMarkers" if version.body is None else "Versions"].append(row)
            if told["IsTruncated"]:
                told |= {"NextKeyMarker": page[-1][0], "NextVersionIdMarker": str(page[-1][1])}
            return told

        return self.faults.around("s3", "ListObjectVersions", do)  # type: ignore[return-value]

    def put_object(
        self,
        *,
        Bucket: str,
        Key: str,
        Body: bytes,
        ContentType: str,
        ObjectLockMode: str,
        ObjectLockRetainUntilDate: datetime,
        IfNoneMatch: str = "",
        IfMatch: str = "",
    ) -> dict[str, Any]:
        assert bool(IfNoneMatch) != bool(IfMatch), "a write without its condition"
        assert IfNoneMatch in ("", "*")
        assert not IfMatch or Key.endswith("/checkpoint"), "only a checkpoint has a second version"
        assert ContentType
        assert ObjectLockMode == "COMPLIANCE"
        assert ObjectLockRetainUntilDate.tzinfo is not None

        def do() -> dict[str, Any]:
            found = self._current(Bucket, Key)
            if IfMatch and found is None:
                raise client_error("NoSuchKey", "PutObject", status=404)
            if (IfNoneMatch and found) or (IfMatch and found and found.tag != IfMatch):
                raise client_error("PreconditionFailed", "PutObject", status=412)
            made = Version(bytes(Body), ObjectLockRetainUntilDate)
            self.versions.setdefault(Key, []).append(made)
            return {"ETag": made.tag}

        return self.faults.around("s3", "PutObject", do)  # type: ignore[return-value]

    def _current(self, bucket: str, key: str) -> Version | None:
        assert bucket == (self.documents if key[:6].isdigit() else self.bucket)
        found = self.versions.get(key, [])
        return found[-1] if found and found[-1].body is not None else None

    # What an insider does, and what tests look at.

    def delete(self, key: str) -> None:
        """A delete marker: what a lock does not prevent."""
        self.versions[key].append(Version(None, None))

    def force(self, key: str, body: bytes) -> None:
        """A version written past the bucket's policy."""
        self.versions.setdefault(key, []).append(Version(body, None))

    def rot(self, key: str, body: bytes) -> None:
        """The medium changes what it holds."""
        self.versions[key][-1].rotten = body

    def current(self, prefix: str) -> dict[str, bytes]:
        """What a reader sees below `prefix`, by path."""
        return {
            key.removeprefix(f"{prefix}/"): found[-1].body
            for key, found in self.versions.items()
            if key.startswith(f"{prefix}/") and found[-1].body is not None
        }


@dataclass
class MemoryBuckets:
    """One client of several buckets, as S3's is."""

    buckets: dict[str, MemoryS3]

    def get_object(self, *, Bucket: str, **asked: Any) -> dict[str, Any]:
        return self.buckets[Bucket].get_object(Bucket=Bucket, **asked)

    def put_object(self, *, Bucket: str, **asked: Any) -> dict[str, Any]:
        return self.buckets[Bucket].put_object(Bucket=Bucket, **asked)

    def list_objects_v2(self, *, Bucket: str, **asked: Any) -> dict[str, Any]:
        return self.buckets[Bucket].list_objects_v2(Bucket=Bucket, **asked)


@dataclass
class MemoryIntake:
    """The bucket that files are dropped into: versions, ranges, no locks. `asked`: bytes of each answer, in order."""

    faults: Faults
    bucket: str
    stored: dict[str, list[bytes]] = field(default_factory=dict)
    asked: list[int] = field(default_factory=list)

    def drop(self, key: str, body: bytes) -> str:
        """Somebody writes a file; the version it gets."""
        self.stored.setdefault(key, []).append(body)
        return str(len(self.stored[key]))

    def get_object(self, *, Bucket: str, Key: str, Range: str, VersionId: str = "") -> dict[str, Any]:
        assert Bucket == self.bucket

        def do() -> dict[str, Any]:
            found = self.stored.get(Key, [])
            nth = int(VersionId or len(found))
            if not 0 < nth <= len(found):
                raise client_error("NoSuchVersion" if VersionId else "NoSuchKey", "GetObject", status=404)
            first, last = (int(part) for part in Range.removeprefix("bytes=").split("-"))
            body = found[nth - 1]
            if first >= len(body):
                raise client_error("InvalidRange", "GetObject", status=416)
            piece = body[first : last + 1]
            self.asked.append(len(piece))
            return {"Body": io.BytesIO(piece), "ContentRange": f"bytes {first}-{first + len(piece) - 1}/{len(body)}"}

        return self.faults.around("s3", "GetObject", do)  # type: ignore[return-value]

    def put_object(self, *, Bucket: str, Key: str, Body: Any, ContentType: str) -> dict[str, Any]:
        assert Bucket == self.bucket
        assert ContentType
        body = Body if isinstance(Body, bytes) else Body.read()
        return self.faults.around("s3", "PutObject", lambda: {"VersionId": self.drop(Key, body)})  # type: ignore[return-value]


@dataclass
class HouseS3(MemoryS3):
    """The operator's buckets behind one client."""

    intake: MemoryIntake | None = None

    def get_object(self, *, Bucket: str, **asked: Any) -> dict[str, Any]:
        if self.intake is not None and Bucket == self.intake.bucket:
            return self.intake.get_object(Bucket=Bucket, **asked)
        return super().get_object(Bucket=Bucket, **asked)

    def put_object(self, *, Bucket: str, **asked: Any) -> dict[str, Any]:
        if self.intake is not None and Bucket == self.intake.bucket:
            return self.intake.put_object(Bucket=Bucket, **asked)
        return super().put_object(Bucket=Bucket, **asked)


def _up_to(key: str, prefix: str, delimiter: str) -> str:
    end = key.find(delimiter, len(prefix)) if delimiter else -1
    return key if end < 0 else key[: end + 1]
