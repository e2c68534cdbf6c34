"""A witness signs what a log says only where it goes on from what the log said before (C2SP tlog-cosignature).

It lives in an account of its own, believes no key that the log's account tells it, and keeps in locked objects of its
own the last checkpoint it signed and the tiles that showed it consistent. What contradicts that is not signed: it is
kept beside what was signed before, and that pair is the evidence, for the log's own key signed both.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256
from typing import Protocol

from emdia.audit.checkpoint import Checkpoint, checkpoint_of, open_checkpoint
from emdia.audit.note import (
    COSIGNATURE,
    ED25519,
    Note,
    NoteRefusedError,
    Verifier,
    check,
    cosigned,
    cosigned_text,
    parse_note,
)
from emdia.audit.ports import DamagedError, LogName, LogSigner, LogStore, Stored, parse_label
from emdia.audit.tiles import CHECKPOINT, WIDTH, Tree
from emdia.audit.tree import EMPTY, HASH_BYTES, ProofFailedError, check_consistency, consistency_proof, range_root
from emdia.errors import Halted, LostRace
from emdia.facts import LogClass
from emdia.ports import Clock

VKEY = "testemunha.vkey"  # beside the cosigned checkpoint: the key to check it with, for proofs to carry
RIVALS = 4  # times a look starts over because another run of the witness was faster
Read = Callable[[str], bytes | None]


class Refusal(StrEnum):
    """Why a checkpoint was not signed. Every one calls a person."""

    SIGNATURE = "signature"  # no trusted key signed it, or it is no checkpoint of this log
    SMALLER = "smaller"  # fewer entries than were cosigned: an old checkpoint was put back
    FORK = "fork"  # another root for the size that was cosigned
    INCONSISTENT = "inconsistent"  # its tree does not begin with the one that was cosigned
    INCOMPLETE = "incomplete"  # it or a tile it stands on is missing, cut short or damaged
    REWRITTEN = "rewritten"  # a tile is not what it was
    GONE = "gone"  # a log that was cosigned shows no checkpoint any more


@dataclass(frozen=True, slots=True)
class Looked:
    """What became of a look: `size` entries are cosigned; `fresh` if by this look.

    `refused` if the log was, and then `shown`: what was seen, by name, to be kept as evidence.
    """

    size: int
    fresh: bool = False
    refused: Refusal | None = None
    shown: Mapping[str, bytes] = field(default_factory=dict)


class _Refused(Exception):  # noqa: N818  never leaves this module
    def __init__(self, why: Refusal, shown: Mapping[str, bytes]) -> None:
        super().__init__(why)
        self.why, self.shown = why, shown


class AuditedLogs(Protocol):
    """The logs of another account, as that account shows them: nothing here is believed before it is checked."""

    def origins(self) -> Sequence[str]:
        """Every log there is. Raises TryLater."""

    def read(self, origin: str, path: str) -> bytes | None:
        """An object of a log as it stands now; None when there is none. Raises TryLater, DamagedError."""


class WitnessBook(Protocol):
    """What the witness keeps of all logs, in objects nobody can change."""

    def store(self, origin: str) -> LogStore:
        """Its objects of one log, locked as long as the log. Raises ValueError for an origin that names none."""

    def origins(self, besides: Collection[str] = ()) -> Sequence[str]:
        """Every log it has cosigned, but for `besides`. Raises TryLater."""

    def stamps(self, origin: str) -> Sequence[str]:
        """Paths below `stamped/` of one log, in order. Raises TryLater."""


@dataclass(frozen=True, slots=True)
class Witness:
    """The witness's hand on one log.

    `read` reads the log's objects as they stand, None for what is not there; `own` keeps what this witness has seen;
    `trusted` are the public keys (32 bytes) the log may sign with, as the witness's own people were told them.
    """

    origin: str
    read: Read
    own: LogStore
    trusted: Sequence[bytes]
    name: str
    signer: LogSigner
    clock: Clock

    def look(self) -> Looked:
        """Cosign the log's checkpoint if it goes on from the last one.

        Raises TryLater, and Halted when what the witness itself keeps does not hold. Repeating it changes nothing.
        """
        for _ in range(RIVALS):
            kept = self.own.get(CHECKPOINT)
            held = self._held(kept)
            try:
                done = self._looked(kept, held)
            except _Refused as refused:
                return Looked(held.size, refused=refused.why, shown=refused.shown)
            if done is not None:
                return done
        raise LostRace("another run of the witness was faster")

    def keep(self, shown: Mapping[str, bytes]) -> None:
        """Lock what was shown under a name made of all of it: the same is kept once, however often. Raises TryLater."""
        digest = sha256(b"".join(sha256(part).digest() for item in sorted(shown.items()) for part in _bytes(item)))
        for path, body in shown.items():
            self.own.create(f"refused/{digest.hexdigest()[:32]}/{path}", body)

    @property
    def verifier(self) -> Verifier:
        """The key this witness signs with. Raises TryLater."""
        return Verifier(self.name, COSIGNATURE, self.signer.public)

    def _held(self, kept: Stored | None) -> Checkpoint:
        if kept is None:
            return Checkpoint(self.origin, 0, EMPTY)
        try:
            note = parse_note(kept.body)
            check(note, self.verifier)
            held = checkpoint_of(note)
        except NoteRefusedError as refused:
            raise Halted(f"witness of {self.origin}: what it cosigned does not hold: {refused}") from refused
        if held.origin != self.origin:
            raise Halted(f"witness of {self.origin}: it holds another log's checkpoint")
        return held

    def _looked(self, kept: Stored | None, held: Checkpoint) -> Looked | None:
        """None when another run of the witness came first. Raises _Refused."""
        before = {"ours": kept.body} if kept else {}
        try:
            raw = self.read(CHECKPOINT)
        except DamagedError:
            raise _Refused(Refusal.INCOMPLETE, before) from None
        if raw is None:
            if kept is None:
                return Looked(0)
            raise _Refused(Refusal.GONE, before)
        shown = {**before, "theirs": raw}
        try:
            told, note = self._told(raw)
        except NoteRefusedError:
            raise _Refused(Refusal.SIGNATURE, shown) from None
        if told.size < held.size:
            raise _Refused(Refusal.SMALLER, shown)
        if told.size == held.size:
            if told.root != held.root:
                raise _Refused(Refusal.FORK, shown)
            return Looked(held.size)
        tiles = self._shown(held, told, shown)
        for path, body in tiles.items():
            if not self.own.create(path, body) and self._own(path) != body:
                raise _Refused(Refusal.REWRITTEN, {**shown, **tiles})
        return self._signed(kept, told, note)

    def _told(self, raw: bytes) -> tuple[Checkpoint, Note]:
        """The log's checkpoint and its note with that one signature alone. Raises NoteRefusedError."""
        note = parse_note(raw)
        for public in self.trusted:
            log = Verifier(self.origin, ED25519, public)
            mine = tuple(one for one in note.signatures if (one.name, one.key_id) == (log.name, log.key_id))
            if mine:
                return open_checkpoint(raw, log), Note(note.text, mine)
        raise NoteRefusedError("not signed by a key this witness trusts")

    def _shown(self, held: Checkpoint, told: Checkpoint, shown: Mapping[str, bytes]) -> Mapping[str, bytes]:
        """The tiles that show the new tree to begin with the old one (RFC 9162 §2.1.4). Raises _Refused."""
        tiles = _Tiles(self.read)
        node = Tree(told.size, tiles).node
        try:
            proof = consistency_proof(node, held.size, told.size)
            root = range_root(node, 0, told.size)
            check_consistency(held.size, told.size, held.root, told.root, proof)
        except _MissingError:
            raise _Refused(Refusal.INCOMPLETE, {**shown, **tiles.seen}) from None
        except ProofFailedError:
            raise _Refused(Refusal.INCONSISTENT, {**shown, **tiles.seen}) from None
        if root != told.root:
            raise _Refused(Refusal.INCONSISTENT, {**shown, **tiles.seen})
        return tiles.seen

    def _signed(self, kept: Stored | None, told: Checkpoint, note: Note) -> Looked | None:
        # A signature leaves this function only inside the object that a conditional write put over the last one: of
        # two runs that saw two histories, one is refused there and its signature is never seen by anybody.
        seconds = int(self.clock.now().timestamp())
        done = cosigned(note, self.verifier, seconds, self.signer.sign(cosigned_text(note.text, seconds)))
        try:
            check(done, self.verifier)
        except NoteRefusedError as refused:
            raise Halted(f"witness of {self.origin}: the signer's signature does not hold") from refused
        if kept is None:
            self.own.create(VKEY, f"{self.verifier.vkey}\n".encode())
        body = done.encode()
        tag = self.own.replace(CHECKPOINT, body, kept.tag) if kept else self.own.create(CHECKPOINT, body)
        return Looked(told.size, fresh=True) if tag else None

    def _own(self, path: str) -> bytes:
        stored = self.own.get(path)
        return stored.body if stored else b""


def _bytes(item: tuple[str, bytes]) -> tuple[bytes, bytes]:
    return item[0].encode(), item[1]


def folder_of(origin: str) -> str:
    """Where a witness keeps what it knows of a log: the hex SHA-256 of its origin (C2SP tlog-witness, monitoring)."""
    return sha256(origin.encode()).hexdigest()


def log_of(origin: str) -> LogName:
    """The log that an origin names: its retention is the evidence's. Raises ValueError for what names none.

    >>> log_of("auditoria.emdia-prod/123456/contato/2026").year
    2026
    """
    _, ans, log, year = origin.split("/")
    return LogName(ans, LogClass(log), *parse_label(year))


class _MissingError(Exception):
    """A tile is not there, or not as long as its path says."""


@dataclass(slots=True)
class _Tiles:
    """Reads each tile once and remembers it."""

    read: Read
    seen: dict[str, bytes] = field(default_factory=dict)

    def __call__(self, path: str) -> bytes:
        if path not in self.seen:
            try:
                body = self.read(path)
            except DamagedError:
                raise _MissingError from None
            if body is None:
                raise _MissingError
            self.seen[path] = body
            width = int(path.rsplit("/", 1)[1]) if ".p/" in path else WIDTH
            if len(body) != width * HASH_BYTES:
                raise _MissingError
        return self.seen[path]
