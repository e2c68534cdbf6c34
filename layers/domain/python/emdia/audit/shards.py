"""Facts that an earlier shard of a log holds already: the stream may bring them again when the next shard goes on."""

from collections.abc import Sequence
from dataclasses import dataclass

from emdia.audit.checkpoint import checkpoint_of
from emdia.audit.note import NoteRefusedError, parse_note
from emdia.audit.ports import LogEntry, LogHead, LogName, LogStore
from emdia.audit.sequencer import Sequencer
from emdia.audit.tiles import CHECKPOINT, Tree
from emdia.audit.tree import leaf_hash


@dataclass(frozen=True, slots=True)
class Hand:
    """A worker's sequencer of a log, and the shard of it that goes on."""

    name: LogName
    sequencer: Sequencer


def sealed_before(entries: Sequence[LogEntry], store: LogStore, head: LogHead) -> frozenset[str]:
    """Ids of those whose leaf stands where their seal mark says, in the earlier shard of `store` and `head`.

    What cannot be read there counts as not sealed: a fact in two shards is better than one in none. Raises TryLater.
    """
    marks = head.marks([entry.id for entry in entries])
    if not marks:
        return frozenset()

    def read(path: str) -> bytes:
        stored = store.get(path)
        if stored is None:
            raise ValueError(path)
        return stored.body

    try:
        view = Tree(checkpoint_of(parse_note(read(CHECKPOINT))).size, read)
    except (NoteRefusedError, ValueError):
        return frozenset()
    return frozenset(entry.id for entry in entries if _stands(entry, marks.get(entry.id, -1), view))


def _stands(entry: LogEntry, index: int, view: Tree) -> bool:
    try:
        return 0 <= index < view.size and view.leaf(index) == leaf_hash(entry.leaf)
    except (ValueError, IndexError):
        return False
