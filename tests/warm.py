"""The command line in a new process that has the code loaded: for tests that start it by the hundred and ask for what it says, not for how it starts."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from tempfile import TemporaryDirectory
from typing import NamedTuple, NoReturn

# What judges is loaded; what runs the rules is not, a test sees by it whether they have run.
ROOMS = ("taskguard.facts", "taskguard.project", "taskguard.checkers", "taskguard.settings", "taskguard.discovery")
JUDGES = "taskguard.engine.linking"
STREAMS = {"in": os.O_RDONLY, "out": os.O_WRONLY | os.O_CREAT, "error": os.O_WRONLY | os.O_CREAT}
SECONDS = 120


class Said(NamedTuple):
    """How a command ended, what it wrote, and whether rules have run for it."""

    code: int
    out: bytes
    error: bytes
    judged: bool


def taskguard(
    cwd: Path | str, *words: str | bytes, text: bytes = b"", environment: Mapping[str, str] | None = None
) -> Said:
    """Runs `taskguard` with these words in a folder, in a process of its own that lives two minutes at most.

    `text` is its standard input, `environment` is all that it has of one; that of this process where None.
    """
    with TemporaryDirectory() as place:
        Path(place, "in").write_bytes(text)
        plain = [os.fsdecode(word) for word in words]
        given = dict(os.environ if environment is None else environment)
        asked = json.dumps({"cwd": str(cwd), "words": plain, "environment": given, "place": place})
        code = _server().run(asked) if hasattr(os, "fork") else subprocess.call([sys.executable, __file__, asked])
        out, error = (Path(place, name).read_bytes() for name in ("out", "error"))
        return Said(code, out, error, Path(place, "judged").exists())


class Server:
    """The process that the others are forked from; it ends with this one, whose end closes its input."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def run(self, asked: str) -> int:
        assert self._process.stdin is not None and self._process.stdout is not None
        print(asked, file=self._process.stdin, flush=True)
        return int(self._process.stdout.readline())


@cache
def _server() -> Server:
    return Server()


def serve() -> None:
    """Reads what to run, a line of JSON each, and writes the exit codes."""
    for name in ("taskguard.cli.check_command", "taskguard.engine.running", *ROOMS):
        import_module(name)
    for room in ROOMS:
        for one in walk_packages(sys.modules[room].__path__, f"{room}."):
            import_module(one.name)
    assert JUDGES not in sys.modules
    for line in sys.stdin:
        child = os.fork()
        if not child:
            _run(**json.loads(line))
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


def _run(cwd: str, words: list[str], environment: dict[str, str], place: str) -> NoReturn:
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(environment)
    for descriptor, (name, mode) in enumerate(STREAMS.items()):
        os.dup2(os.open(os.path.join(place, name), mode, 0o600), descriptor)
    if hasattr(signal, "alarm"):
        signal.alarm(SECONDS)
    from taskguard.cli.main import main

    try:
        code = main(words)
        if JUDGES in sys.modules:
            Path(place, "judged").touch()
        sys.stdout.flush()
        sys.stderr.flush()
    except BaseException:  # whatever it is, this process must not go on as a server
        os._exit(70)
    os._exit(code)


if __name__ == "__main__":
    _run(**json.loads(sys.argv[1])) if sys.argv[1:] else serve()
