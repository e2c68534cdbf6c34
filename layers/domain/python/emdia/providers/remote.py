"""A stored file as Python reads files: by pieces, anywhere in it, so that none has to be held whole."""

import io
from collections.abc import Callable
from typing import Final

PIECE: Final = 1024 * 1024  # bytes of one request

Fetch = Callable[[int, int], bytes]


class Remote(io.RawIOBase):
    """`fetch(start, length)` gives bytes of a file of `size` bytes."""

    def __init__(self, fetch: Fetch, size: int) -> None:
        super().__init__()
        self._fetch, self._size, self._at = fetch, size, 0

    def readable(self) -> bool:
        """It is."""
        return True

    def seekable(self) -> bool:
        """It is."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go there."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        if base + offset < 0:
            raise OSError("before the beginning")
        self._at = base + offset
        return self._at

    def readinto(self, into: bytearray | memoryview) -> int:  # type: ignore[override]
        """The next bytes; 0 at the end."""
        length = min(len(into), self._size - self._at)
        if length <= 0:
            return 0
        piece = self._fetch(self._at, length)
        into[: len(piece)] = piece
        self._at += len(piece)
        return len(piece)


def opened(fetch: Fetch, size: int) -> io.BufferedReader:
    """The file, read ahead by a piece."""
    return io.BufferedReader(Remote(fetch, size), PIECE)
