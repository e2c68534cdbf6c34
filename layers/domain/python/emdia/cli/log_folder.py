"""A log laid out as files, as an export or a mirror has it (audit.ports.LogReader)."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from emdia.audit.tiles import CHECKPOINT


@dataclass(frozen=True)
class LogFolder:
    """`root` holds `checkpoint`, `tile/` and, where it was exported, `seq/`."""

    root: Path

    def read(self, path: str) -> bytes | None:
        """See audit.ports.LogReader."""
        try:
            return (self.root / path).read_bytes()
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            return None

    def names(self, prefix: str, after: str = "") -> Iterator[str]:
        """See audit.ports.LogReader."""
        folder = prefix.rpartition("/")[0]
        yield from self._below(f"{folder}/" if folder else "", prefix, after)

    def rewritten(self) -> Iterator[str]:
        """A folder knows one version of each file."""
        return iter(())

    def checkpoints(self) -> Iterator[tuple[str, bytes]]:
        """See audit.ports.LogReader: the one there is."""
        body = self.read(CHECKPOINT)
        return iter(() if body is None else ((CHECKPOINT, body),))

    def _below(self, folder: str, prefix: str, after: str) -> Iterator[str]:
        at = self.root / folder
        found = [one.name + "/" * one.is_dir() for one in at.iterdir()] if at.is_dir() else []
        for name in sorted(found):
            path = folder + name
            if name.endswith("/"):
                # A folder whose every path sorts before `after` is passed over.
                if path.startswith(prefix) and (path > after or after.startswith(path)):
                    yield from self._below(path, prefix, after)
            elif path.startswith(prefix) and path > after:
                yield path
