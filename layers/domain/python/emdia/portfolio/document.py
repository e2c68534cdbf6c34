"""A file kept under lock, as state and facts name it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Kept:
    """`ref` says where the file is and nothing of its content, `sha256` (hex) what it holds."""

    ref: str
    sha256: str
