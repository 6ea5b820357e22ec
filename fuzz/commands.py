"""Commands of taskguard, run in this process as a user's shell would run them."""

from __future__ import annotations

import contextlib
import gc
import io
import os
import re
import time
from pathlib import Path
from typing import NamedTuple

from taskguard.cli.main import main

REPORT = re.compile(r"which is in (\S+)$", re.MULTILINE)
# The last line of ours in a traceback is where it broke: faults with one such line are one fault.
FRAME = re.compile(r'File "[^"]*?(taskguard/[^"]+|fuzz/[^"]+)", line (\d+), in (\S+)')


class Outcome(NamedTuple):
    """What a command ended with, in how many seconds of the processor. `trace` is the traceback of a crash of ours, else empty."""

    code: int
    out: str
    err: str
    trace: str
    seconds: float

    @property
    def kind(self) -> str:
        """Where and with which exception it crashed; empty where it did not."""
        if not self.trace:
            return ""
        frames = FRAME.findall(self.trace)
        raised = self.trace.strip().splitlines()[-1].partition(":")[0]
        return f"{raised} at {frames[-1][0]}:{frames[-1][1]} in {frames[-1][2]}" if frames else raised


def run(words: list[str], folder: Path, text: bytes = b"") -> Outcome:
    """Runs `taskguard` with these words in a folder, with `text` on standard input."""
    out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8", newline="") for _ in range(2))
    before, began = os.getcwd(), time.process_time()
    os.chdir(folder)
    given = io.TextIOWrapper(io.BytesIO(text), "utf-8")
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err), _stdin(given):
            code = main(words)
    finally:
        os.chdir(before)
        gc.enable()  # a command is short and leaves it off
    said, told = _all(out), _all(err)
    return Outcome(code, said, told, _trace(told), time.process_time() - began)


def _all(stream: io.TextIOWrapper) -> str:
    stream.flush()
    made: bytes = stream.buffer.getvalue()  # type: ignore[attr-defined]
    return made.decode("utf-8")


@contextlib.contextmanager
def _stdin(given: io.TextIOWrapper):  # type: ignore[no-untyped-def]
    import sys

    before, sys.stdin = sys.stdin, given
    try:
        yield
    finally:
        sys.stdin = before


def _trace(said: str) -> str:
    """The traceback that a crash has left in a file, which is taken away; what was said where there is no such file."""
    found = REPORT.search(said)
    if found is None:
        return said if "bug in taskguard" in said or "Traceback" in said else ""
    path = Path(found[1])
    try:
        trace = path.read_text("utf-8", "replace")
        path.unlink()
    except OSError:
        return said
    return trace
