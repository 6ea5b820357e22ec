"""`taskguard` and flake8 in a new process that has their code loaded: for tests that start them by the hundred and ask for what they say, not for how they start."""

from __future__ import annotations

import atexit
import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from tempfile import TemporaryDirectory
from typing import NamedTuple, NoReturn

# What judges is loaded; what runs the rules is not, a test sees by it whether they have run.
ROOMS = ("taskguard.facts", "taskguard.project", "taskguard.checkers", "taskguard.settings", "taskguard.discovery")
JUDGES = "taskguard.engine.linking"
# What a server has loaded: all but what judges, all of ours, or flake8 beside it.
UNJUDGED, WHOLE, FLAKE8 = "unjudged", "whole", "flake8"
STREAMS = {"in": os.O_RDONLY, "out": os.O_WRONLY | os.O_CREAT, "error": os.O_WRONLY | os.O_CREAT}
SECONDS = 300


class Said(NamedTuple):
    """How a command ended, what it wrote, and whether rules have run for it."""

    code: int
    out: bytes
    error: bytes
    judged: bool


def taskguard(
    cwd: Path | str,
    *words: str | bytes,
    text: bytes = b"",
    environment: Mapping[str, str] | None = None,
    loaded: str = UNJUDGED,
) -> Said:
    """Runs `taskguard` with these words in a folder, in a process of its own that lives five minutes at most.

    `text` is its standard input, `environment` is all that it has of one; that of this process where None.
    """
    return _said(loaded, cwd, words, text, environment, 0)


def completed(
    *words: str, cwd: Path | str, text: str | bytes = "", environment: Mapping[str, str] | None = None, memory: int = 0
) -> subprocess.CompletedProcess[str]:
    """The same as `subprocess.run` gives it, whether rules have run apart. `memory` is how many bytes the process may have, where not 0."""
    return _completed(WHOLE, words, cwd, text, environment, memory)


def flake8(
    *words: str, cwd: Path | str, text: str | bytes = "", environment: Mapping[str, str] | None = None, memory: int = 0
) -> subprocess.CompletedProcess[str]:
    """flake8 with our plug-in, run in the same way."""
    return _completed(FLAKE8, words, cwd, text, environment, memory)


def _completed(
    kind: str,
    words: Sequence[str],
    cwd: Path | str,
    text: str | bytes,
    environment: Mapping[str, str] | None,
    memory: int,
) -> subprocess.CompletedProcess[str]:
    given = text.encode() if isinstance(text, str) else text
    said = _said(kind, cwd, words, given, environment, memory)
    return subprocess.CompletedProcess([*words], said.code, said.out.decode(), said.error.decode())


def _said(
    kind: str,
    cwd: Path | str,
    words: Sequence[str | bytes],
    text: bytes,
    environment: Mapping[str, str] | None,
    memory: int,
) -> Said:
    with TemporaryDirectory() as place:
        Path(place, "in").write_bytes(text)
        plain = [os.fsdecode(word) for word in words]
        given = dict(os.environ if environment is None else environment)
        asked = json.dumps(
            {"kind": kind, "cwd": str(cwd), "words": plain, "environment": given, "place": place, "memory": memory}
        )
        code = _server(kind).run(asked) if hasattr(os, "fork") else subprocess.call([sys.executable, __file__, asked])
        out, error = (Path(place, name).read_bytes() for name in ("out", "error"))
        return Said(code, out, error, Path(place, "judged").exists())


class Server:
    """The process that the others are forked from; it ends with this one, whose end closes its input."""

    def __init__(self, kind: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, __file__, kind], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        atexit.register(self.end)  # so that its time counts as that of the tests

    def end(self) -> None:
        self._process.communicate()

    def run(self, asked: str) -> int:
        assert self._process.stdin is not None and self._process.stdout is not None
        print(asked, file=self._process.stdin, flush=True)
        return int(self._process.stdout.readline())


@cache
def _server(kind: str) -> Server:
    return Server(kind)


def serve(kind: str) -> None:
    """Reads what to run, a line of JSON each, and writes the exit codes."""
    load(kind)
    for line in sys.stdin:
        child = os.fork()
        if not child:
            _run(**json.loads(line))
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


def load(kind: str) -> None:
    """Imports what a server of this kind has loaded."""
    if kind == UNJUDGED:
        for name in ("taskguard.cli.check_command", "taskguard.engine.running", *ROOMS):
            import_module(name)
        for room in ROOMS:
            load_all(room)
        assert JUDGES not in sys.modules
        return
    load_all("taskguard")
    if kind == FLAKE8:
        load_all("flake8")
        for name in ("pycodestyle", "pyflakes.checker"):  # what flake8 loads as plug-ins
            import_module(name)


def load_all(package: str) -> None:
    """Imports what is in a package, but not what runs it."""
    for one in walk_packages(import_module(package).__path__, f"{package}."):
        if not one.name.endswith("__main__"):
            import_module(one.name)


def _run(kind: str, cwd: str, words: list[str], environment: dict[str, str], place: str, memory: int) -> NoReturn:
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(environment)
    # The folder of this file is not where the command would import from; what the environment names is.
    sys.path[:1] = [one for one in environment.get("PYTHONPATH", "").split(os.pathsep) if one]
    for descriptor, (name, mode) in enumerate(STREAMS.items()):
        os.dup2(os.open(os.path.join(place, name), mode, 0o600), descriptor)
    if hasattr(signal, "alarm"):
        signal.alarm(SECONDS)
    if memory:
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    if kind == FLAKE8:
        from flake8.main.cli import main
    else:
        from taskguard.cli.main import main

    try:
        code = main(words)
        if JUDGES in sys.modules:
            Path(place, "judged").touch()
        sys.stdout.flush()
        sys.stderr.flush()
    except BaseException:  # whatever it is, this process must not go on as a server
        import traceback

        traceback.print_exc()
        sys.stderr.flush()
        os._exit(70)
    os._exit(code)


if __name__ == "__main__":
    given = sys.argv[1]
    serve(given) if given in (UNJUDGED, WHOLE, FLAKE8) else _run(**json.loads(given))
