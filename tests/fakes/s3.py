# ruff: noqa: N803  parameters are spelled as the SDK spells them
"""MemoryS3: one versioned bucket under Object Lock; every write must be conditional and locked in COMPLIANCE mode."""

import io
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import md5
from typing import Any

from tests.fakes.faults import Faults, client_error


@dataclass
class Version:
    """`body` None is a delete marker."""

    body: bytes | None
    until: datetime | None

    @property
    def tag(self) -> str:
        return f'"{md5(self.body or b"", usedforsecurity=False).hexdigest()}"'


@dataclass
class MemoryS3:
    """`versions` by key, oldest first."""

    faults: Faults
    bucket: str
    versions: dict[str, list[Version]] = field(default_factory=dict)

    def get_object(self, *, Bucket: str, Key: str) -> dict[str, Any]:
        def do() -> dict[str, Any]:
            found = self._current(Bucket, Key)
            if found is None:
                raise client_error("NoSuchKey", "GetObject", status=404)
            return {"Body": io.BytesIO(found.body or b""), "ETag": found.tag}

        return self.faults.around("s3", "GetObject", do)  # type: ignore[return-value]

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
        assert bucket == self.bucket
        found = self.versions.get(key, [])
        return found[-1] if found and found[-1].body is not None else None

    # What an insider does, and what tests look at.

    def delete(self, key: str) -> None:
        """A delete marker: what a lock does not prevent."""
        self.versions[key].append(Version(None, None))

    def force(self, key: str, body: bytes) -> None:
        """A version written past the bucket's policy."""
        self.versions.setdefault(key, []).append(Version(body, None))

    def current(self, prefix: str) -> dict[str, bytes]:
        """What a reader sees below `prefix`, by path."""
        return {
            key.removeprefix(f"{prefix}/"): found[-1].body
            for key, found in self.versions.items()
            if key.startswith(f"{prefix}/") and found[-1].body is not None
        }
