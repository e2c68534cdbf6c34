"""The committed batches of a log as a check walks them: leaf by leaf, from any place on."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from emdia.audit.batch import batch_of, leaves_of
from emdia.audit.ports import LogReader
from emdia.audit.tiles import commit_path

# Leaves that follow each other in one batch; None in place of those of a batch that cannot be read.
Run = tuple[str, Sequence[bytes | None]]


@dataclass(slots=True)
class Commits:
    """`read` gives an object's bytes or tells why there are none; `tell` takes a malformed batch and a stray object."""

    reader: LogReader
    read: Callable[[str], bytes | None]
    tell: Callable[[str, bool], None]  # path, whether it stands where no batch begins
    size: int
    _at: int = 0
    _path: str = ""
    _held: Sequence[bytes | None] = ()
    _listed: Iterator[int] = field(default_factory=lambda: iter(()))
    _next: int = 0

    def start(self, index: int) -> None:
        """Go to entry `index`, reading from the batch that holds it."""
        self._at = batch_of(self.reader.names, index) or 0
        after = commit_path(self._at - 1) if self._at else ""
        self._listed = (int(path.rsplit("/", 1)[1]) for path in self.reader.names("seq/", after))
        self._next = next(self._listed, self.size)
        skipped = index - self._at
        while skipped:
            ((_, part),) = self._runs(skipped, most=1)
            skipped -= len(part)

    def take(self, count: int) -> list[Run]:
        """The next `count` leaves."""
        return list(self._runs(count, most=count))

    def finish(self) -> None:
        """All is taken: what is still listed before the log's end begins no batch."""
        while self._next < self.size:
            self.tell(commit_path(self._next), True)
            self._next = next(self._listed, self.size)

    def _runs(self, count: int, most: int) -> Iterator[Run]:
        while count and most:
            if not self._held:
                self._load()
            part, self._held = self._held[:count], self._held[count:]
            yield self._path, part
            count, most = count - len(part), most - 1

    def _load(self) -> None:
        self._path = commit_path(self._at)
        while self._next < self._at:
            self.tell(commit_path(self._next), True)
            self._next = next(self._listed, self.size)
        if self._next == self._at:
            self._next = next(self._listed, self.size)
        body = self.read(self._path)
        held: Sequence[bytes | None] = ()
        if body is not None:
            try:
                held = leaves_of(body)
            except ValueError:
                self.tell(self._path, False)
        # One that cannot be read reaches to where the next begins.
        self._held = held or [None] * (max(self._at + 1, min(self._next, self.size)) - self._at)
        self._at += len(self._held)
