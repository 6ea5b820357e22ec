"""`taskguard check --watch`: check again whenever a file of the project changes."""

from __future__ import annotations

import gc
import os
import sys
import time

from taskguard.cli.streams import say, write
from taskguard.errors import UserError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import TextIO

    from taskguard.request import Request

CLEAR = "\x1b[2J\x1b[3J\x1b[H"
SUFFIXES = (".pyi", ".toml", "taskguard-baseline.json")
SHOWN = 3
# So long a change is waited for before the first check: then none is missed that happens meanwhile.
READY_MS = 50


def watch(asked: Request, check: Callable[[], int], out: TextIO) -> int:
    """Checks, and again after each change, until it is interrupted. Raises UserError where nothing can be watched."""
    try:
        import watchfiles
    except ImportError:
        wanted = "pip install 'celery-taskguard[watch]'"
        raise UserError(f"--watch needs the package watchfiles, which is not installed: {wanted}") from None
    from taskguard.engine.projects import by_project
    from taskguard.settings.find import unrooted

    roots = {one.root or "" for one in by_project(asked)}
    if roots & {*unrooted()}:
        raise UserError("--watch wants a project: the home folder and / are none")
    gc.enable()
    changes = watchfiles.watch(
        *sorted(roots),
        watch_filter=watchfiles.PythonFilter(extra_extensions=SUFFIXES),
        yield_on_timeout=True,
        rust_timeout=READY_MS,
        debounce=200,
        step=20,
    )
    next(changes)
    once(check, out)
    for names in told(changes):
        if out.isatty():
            write((CLEAR,), out)
        say(f"{time.strftime('%H:%M:%S')} changed: {shown(asked.cwd, names)}")
        once(check, out)
    return 0


def told(changes: Iterable[Iterable[tuple[object, str]]]) -> Iterator[list[str]]:
    """The paths of each change, without the times when nothing has changed."""
    for found in changes:
        if paths := sorted({path for _, path in found}):
            yield paths


def once(check: Callable[[], int], out: TextIO) -> None:
    """One check. Settings that are wrong for a moment are said, and end nothing."""
    try:
        check()
    except UserError as error:
        for problem in error.problems:
            say(f"error: {problem}")
    out.flush()
    say("watching for changes, Ctrl-C ends it")
    sys.stderr.flush()


def shown(cwd: str, paths: list[str]) -> str:
    """The first paths, relative to the working directory."""
    names = [os.path.relpath(path, os.path.realpath(cwd)) for path in paths]
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more
