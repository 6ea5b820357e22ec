"""A bar on a terminal for checks that take long."""

from __future__ import annotations

from time import monotonic

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TextIO

PATIENCE = 1.0
PAUSE = 0.1
WIDTH = 30


class Bar:
    """A bar on one line of a terminal. It shows once the work has taken longer than `PATIENCE` seconds."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._next = monotonic() + PATIENCE
        self._drawn = False

    def __call__(self, done: int, total: int) -> None:
        """Draws how far the work is, at most every `PAUSE` seconds."""
        now = monotonic()
        if now < self._next or not total:
            return
        self._next = now + PAUSE
        self._drawn = True
        filled = WIDTH * min(done, total) // total
        self._write(f"\r[{'#' * filled}{'.' * (WIDTH - filled)}] {done}/{total} files")

    def clear(self) -> None:
        """Takes the bar away."""
        if self._drawn:
            self._write("\r\x1b[K")
            self._drawn = False

    def _write(self, text: str) -> None:
        try:
            self._stream.write(text)
            self._stream.flush()
        except OSError:
            self._drawn = False
