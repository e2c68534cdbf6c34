"""What a check of a log found: which object, and what is wrong with it."""

from dataclasses import dataclass
from enum import StrEnum

from emdia.audit.checkpoint import Checkpoint


class Wrong(StrEnum):
    """What is wrong with an object."""

    MISSING = "is missing"
    DAMAGED = "is not what was stored"
    MALFORMED = "is not what the log writes"
    REFUSED = "is not signed by the log's key, or no checkpoint"
    OTHER_HISTORY = "signs another history than tiles and entries tell"
    NOT_HASHES = "not the hashes of what lies below it"
    NOT_ENTRIES = "not the entries whose hashes were signed"
    NOT_LEAVES = "not what the log holds at its place"
    NOT_PART = "not the beginning of what it later became"
    STRAY = "stands where the log has nothing"
    REWRITTEN = "was written more than once or deleted"
    NOT_TRUSTED = "does not continue the trusted checkpoint"


@dataclass(frozen=True, slots=True)
class Finding:
    """A broken object of the log and what is wrong with it."""

    path: str
    wrong: Wrong


@dataclass(frozen=True, slots=True)
class Report:
    """`checkpoint` is None when it does not hold: then nothing else was looked at. `first`: the first entry checked.

    `note` is the checkpoint as it is signed, to be kept and trusted next time.
    """

    checkpoint: Checkpoint | None
    findings: tuple[Finding, ...]
    first: int = 0
    note: bytes = b""
