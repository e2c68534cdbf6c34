"""Puts facts into one log: exactly once, in an order that no crash and no rival worker can split.

The promise: what is committed is published, what is published is never contradicted. Its means: the one commit
point is the locked object `seq/<first index>`, which can be created once; the head in the table is a second,
independent lock; nothing is signed before both hold it. Every step after the commit is idempotent, so that any
worker may finish what another began. Whatever does not fit stops the log with Halted: a person has to look.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from emdia.audit.batch import pack_batch, unpack_batch
from emdia.audit.checkpoint import Checkpoint, open_checkpoint
from emdia.audit.note import ED25519, NoteRefusedError, Verifier, check, signed
from emdia.audit.ports import Head, LogEntry, LogHead, LogSigner, LogStore, Stored
from emdia.audit.tiles import CHECKPOINT, Edge, Tree, commit_path, edge_of, edge_paths
from emdia.audit.tree import EMPTY, leaf_hash
from emdia.errors import Halted, LostRace

_EMPTY_HEAD = Head(0, EMPTY, 0)
RIVALS = 8  # times a delivery starts over because another worker was faster


@dataclass(frozen=True, slots=True)
class Published:
    """The log as its checkpoint says: its edge, the checkpoint's version ("" before the first), the head."""

    edge: Edge
    tag: str
    head: Head | None


@dataclass(slots=True)
class Sequencer:
    """One worker's hand on one log. It remembers the edge it saw last, under the version it belongs to."""

    origin: str
    store: LogStore
    head: LogHead
    signer: LogSigner
    _seen: tuple[str, Edge] = field(default=("", Edge()))

    def seal(self, entries: Sequence[LogEntry]) -> int:
        """Seal the facts that are not yet in the log; how many this call committed.

        Raises Halted when log, head and facts contradict each other; TryLater (LostRace when rivals were
        faster again and again): the same facts may be given again, by anybody.
        """
        outrun = -1  # size at which a seal mark pointed beyond the log
        for _ in range(RIVALS):
            now = self._caught_up()
            if now is None:
                continue
            fresh = self._fresh(now.edge.size, entries)
            if fresh is None:
                # A rival sealed it after we looked, and then the log has grown; or nobody did.
                if now.edge.size == outrun:
                    raise Halted(f"log {self.origin}: a seal mark points beyond the log")
                outrun = now.edge.size
                continue
            if not fresh:
                return 0
            if self.store.create(commit_path(now.edge.size), pack_batch(fresh)):
                self._publish(now, fresh)
                return len(fresh)
        raise LostRace("a log's rivals were faster")

    def _caught_up(self) -> Published | None:
        """The log with nothing left to finish; None when a rival changed it meanwhile."""
        # In this order: whoever publishes moves the head first, so that it is never behind what was read before it.
        read = self._read()
        now = self._marked(read) if read else None
        if now is None:
            return None
        while batch := self.store.get(commit_path(now.edge.size)):
            later = self._publish(now, self._owned(now.edge.size, batch))
            if later is None:
                return None
            now = later
        if (now.head or _EMPTY_HEAD).n > now.edge.size:
            raise Halted(f"log {self.origin}: the head knows a batch that the store does not show")
        return now

    def _read(self) -> Published | None:
        stored = self.store.get(CHECKPOINT)
        head = self.head.read()
        if head and head.sealed > self._opened(stored).size:
            # Marks follow the checkpoint: a rival published between the two reads, or somebody put an old one back.
            if head.sealed > self._opened(self.store.get(CHECKPOINT)).size:
                raise Halted(f"log {self.origin}: the checkpoint is older than what was sealed")
            return None
        checkpoint, known = self._opened(stored), head or _EMPTY_HEAD
        if known.n < checkpoint.size or (known.n == checkpoint.size and known.root != checkpoint.root):
            raise Halted(f"log {self.origin}: the head contradicts the checkpoint")
        tag = stored.tag if stored else ""
        edge = self._seen[1] if tag == self._seen[0] else self._edge(checkpoint.size)
        if (edge.size, edge.root) != (checkpoint.size, checkpoint.root):
            raise Halted(f"log {self.origin}: the tiles contradict the checkpoint")
        self._seen = (tag, edge)
        return Published(edge, tag, head)

    def _opened(self, stored: Stored | None) -> Checkpoint:
        if stored is None:
            return Checkpoint(self.origin, 0, EMPTY)
        try:
            return open_checkpoint(stored.body, self._verifier)
        except NoteRefusedError as refused:
            raise Halted(f"log {self.origin}: checkpoint refused: {refused}") from refused

    @property
    def _verifier(self) -> Verifier:
        return Verifier(self.origin, ED25519, self.signer.public)

    def _edge(self, size: int) -> Edge:
        tiles, bundle = edge_paths(size)
        try:
            return edge_of(size, {path: self._object(path) for path in (*tiles, bundle) if path})
        except ValueError as error:
            raise Halted(f"log {self.origin}: {error}") from error

    def _object(self, path: str) -> bytes:
        stored = self.store.get(path)
        if stored is None:
            raise Halted(f"log {self.origin}: {path} is missing")
        return stored.body

    def _marked(self, now: Published) -> Published | None:
        """Write the seal marks that a worker died before writing; None when a rival was at it."""
        head = now.head
        if head is None or head.sealed >= now.edge.size:
            return now
        at = head.sealed
        while at < now.edge.size:
            entries = self._batch(at, self._object(commit_path(at)))
            self.head.mark([(entry.id, at + nth) for nth, entry in enumerate(entries)])
            at += len(entries)
        done = Head(head.n, head.root, at)
        return Published(now.edge, now.tag, done) if self.head.move(head, done) else None

    def _batch(self, start: int, body: bytes) -> list[LogEntry]:
        try:
            return unpack_batch(body)
        except ValueError as error:
            raise Halted(f"log {self.origin}: {commit_path(start)}: {error}") from error

    def _owned(self, start: int, stored: Stored) -> list[LogEntry]:
        """A batch that somebody committed, if it holds facts of ours and each for the first time."""
        entries = self._batch(start, stored.body)
        facts = [entry.id for entry in entries]
        rows, marks = self.head.leaves(facts), self.head.marks(facts)
        for nth, entry in enumerate(entries):
            if rows.get(entry.id) != entry.leaf:
                raise Halted(f"log {self.origin}: {commit_path(start)} holds what the journal does not")
            if marks.get(entry.id, start + nth) != start + nth:
                raise Halted(f"log {self.origin}: {commit_path(start)} holds what is sealed already")
        if len(set(facts)) != len(facts):
            raise Halted(f"log {self.origin}: {commit_path(start)} holds a fact twice")
        return entries

    def _fresh(self, size: int, entries: Sequence[LogEntry]) -> list[LogEntry] | None:
        """Facts without a seal mark, each once; None when a mark points beyond the log.

        A mark is a hint: what it points at must be the fact's leaf, or planting one would drop a fact.
        """
        by_id: dict[str, LogEntry] = {}
        for entry in entries:
            if by_id.setdefault(entry.id, entry).leaf != entry.leaf:
                raise Halted(f"log {self.origin}: two leaves for one fact")
        marks = self.head.marks(by_id)
        if any(index >= size for index in marks.values()):
            return None
        view = Tree(size, _Kept(self))
        for fact, index in marks.items():
            if index < 0 or view.leaf(index) != leaf_hash(by_id[fact].leaf):
                raise Halted(f"log {self.origin}: a seal mark points at another fact")
        return [entry for fact, entry in by_id.items() if fact not in marks]

    def _publish(self, now: Published, entries: Sequence[LogEntry]) -> Published | None:
        """Head, objects, signature, checkpoint, marks. None when a rival published first."""
        edge, files = now.edge.append([entry.leaf for entry in entries])
        head = self._moved(now, edge)
        if head is None:
            return None
        self._written(files)
        text = Checkpoint(self.origin, edge.size, edge.root).text
        note = signed(text, (self._verifier, self.signer.sign(text.encode())))
        try:
            check(note, self._verifier)
        except NoteRefusedError as refused:
            raise Halted(f"log {self.origin}: the signer's signature does not hold") from refused
        body = note.encode()
        tag = self.store.replace(CHECKPOINT, body, now.tag) if now.tag else self.store.create(CHECKPOINT, body)
        if not tag:
            return None
        self.head.mark([(entry.id, now.edge.size + nth) for nth, entry in enumerate(entries)])
        done = Head(edge.size, edge.root, edge.size)
        if not self.head.move(head, done):
            return None
        self._seen = (tag, edge)
        return Published(edge, tag, done)

    def _moved(self, now: Published, edge: Edge) -> Head | None:
        """The head at `edge`, moved by us or before us; None when a rival is further."""
        head = now.head or _EMPTY_HEAD
        if head.n == now.edge.size:
            new = Head(edge.size, edge.root, head.sealed)
            return new if self.head.move(now.head, new) else None
        if head.n == edge.size and head.root != edge.root:
            raise Halted(f"log {self.origin}: the head holds another root for the same batch")
        return head if head.n == edge.size else None

    def _written(self, files: Mapping[str, bytes]) -> None:
        for path, body in files.items():
            if not self.store.create(path, body) and self._object(path) != body:
                raise Halted(f"log {self.origin}: {path} holds other bytes")


@dataclass(slots=True)
class _Kept:
    """Tiles read while one delivery is looked at: marks of neighbours share them."""

    of: Sequencer
    tiles: dict[str, bytes] = field(default_factory=dict)

    def __call__(self, path: str) -> bytes:
        if path not in self.tiles:
            self.tiles[path] = self.of._object(path)  # noqa: SLF001  its own helper
        return self.tiles[path]
