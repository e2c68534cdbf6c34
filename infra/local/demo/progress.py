"""One line every few seconds, so that whoever waits knows what for."""

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Self

QUIET_SECONDS = 3.0


@dataclass(slots=True)
class Progress:
    """Prints where the demo is. While it is entered, silence is broken every few seconds by what is going on.

    `spent` adds up seconds by what they were spent on.
    """

    started: float = field(default_factory=time.monotonic)
    spent: dict[str, float] = field(default_factory=dict)
    _doing: str = "starting"
    _printed: float = field(default_factory=time.monotonic)
    _over: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> Self:
        threading.Thread(target=self._break_silence, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.hush()

    def hush(self) -> None:
        """Break no silence any more."""
        self._over.set()

    @property
    def elapsed(self) -> float:
        """Seconds since the demo began."""
        return time.monotonic() - self.started

    def say(self, text: str) -> None:
        """A line, now."""
        self._printed = time.monotonic()
        print(f"{self.elapsed:6.1f} s  {text}")
        sys.stdout.flush()

    def doing(self, text: str) -> None:
        """What is going on, to be said when nothing else is said for a while."""
        self._doing = text

    @contextmanager
    def time(self, what: str) -> Iterator[None]:
        """Add the seconds of the block to `what`."""
        since = time.monotonic()
        try:
            yield
        finally:
            self.spent[what] = self.spent.get(what, 0.0) + time.monotonic() - since

    def _break_silence(self) -> None:
        while not self._over.wait(0.5):
            if time.monotonic() - self._printed >= QUIET_SECONDS:
                self.say(f"… {self._doing}")
