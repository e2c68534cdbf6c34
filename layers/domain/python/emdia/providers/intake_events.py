"""What says that a file was dropped: S3's event by way of EventBridge, or a message of ours to go on with it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from emdia.errors import Rejected

DROPPED, RESULTS, PARTS = "entrada", "resultado", "andamento"
_KEY: Final = re.compile(rf"{DROPPED}/([a-z0-9-]{{1,40}})/([^/]{{1,200}})")


@dataclass(frozen=True, slots=True)
class Dropped:
    """One version of one file, dropped for the ERP client whose name is its folder."""

    client: str
    name: str = field(repr=False)
    version: str

    @property
    def key(self) -> str:
        """Where it lies."""
        return f"{DROPPED}/{self.client}/{self.name}"

    def told(self) -> Mapping[str, object]:
        """The message to go on with it."""
        return {"key": self.key, "version": self.version}


def dropped(body: Mapping[str, object]) -> Dropped:
    """The file that a message names. Raises Rejected `intake-key-invalid`."""
    detail = body.get("detail")
    told = detail.get("object") if isinstance(detail, Mapping) else body
    found = told if isinstance(told, Mapping) else {}
    match = _KEY.fullmatch(str(found.get("key", "")))
    version = found.get("version-id", found.get("version", ""))
    if match is None or not isinstance(version, str) or not 0 < len(version) <= 1024:
        raise Rejected("intake-key-invalid", "/key")
    return Dropped(match[1], match[2], version)
