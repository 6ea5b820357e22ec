"""A command whose output is a terminal, as a person's is."""

from __future__ import annotations

import os
import subprocess
import threading
from pathlib import Path

import pytest

END = b"\x04\x04 nothing more is said \x04\x04"


def on_terminal(
    command: list[str], cwd: Path, environment: dict[str, str], without: tuple[str, ...] = ()
) -> tuple[int, str]:
    """
    Exit code and text of a command that writes to a terminal.

    The far end stays open until all is read: what a process wrote last may be lost when its terminal is closed behind it,
    so a word of our own is written after it has ended, and read up to that word.
    """
    pty = pytest.importorskip("pty", reason="Windows has no pseudo-terminals")
    ours, theirs = pty.openpty()
    kept = {name: value for name, value in os.environ.items() if name not in without}
    process = subprocess.Popen(command, cwd=cwd, stdout=theirs, stderr=theirs, env=kept | environment)

    def end() -> None:
        process.wait()
        os.write(theirs, END)

    ending = threading.Thread(target=end)
    ending.start()
    said = b""
    while END not in said:
        said += os.read(ours, 65536)
    ending.join()
    os.close(ours)
    os.close(theirs)
    return process.returncode, said.removesuffix(END).decode().replace("\r\n", "\n")
