"""The command `taskguard`: finds the command asked for, and turns what comes of it into an exit code."""

from __future__ import annotations

import gc
import os
import sys

from taskguard.cli.streams import drop, prepare, say, write
from taskguard.errors import PlanError, UserError, nearest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TextIO

SUFFIX = "_command.py"
CLEAN, FOUND, WRONG, BUG, INTERRUPTED = 0, 1, 2, 3, 130


def main(argv: list[str] | None = None) -> int:
    """Runs `taskguard` with these words (those of the process where None) and gives the exit code.

    0: clean. 1: findings at level error. 2: the user must change settings or arguments. 3: our bug. 130: interrupted.
    """
    # A run is short and makes next to no cycles; looking for them takes a fourth of its time.
    gc.disable()
    prepare()
    try:
        code = dispatch(sys.argv[1:] if argv is None else argv, sys.stdout)
        write((), sys.stdout)
        return code
    except UserError as error:
        for problem in error.problems:
            say(f"error: {problem}")
        if any(problem.key for problem in error.problems) and not isinstance(error, PlanError):
            from taskguard.cli.one_setting import hint

            say(hint(error.problems))
        return WRONG
    except BrokenPipeError:
        drop(sys.stdout)
        return CLEAN
    except KeyboardInterrupt:
        say("interrupted")
        return INTERRUPTED
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else CLEAN if end.code is None else WRONG
    except Exception:
        import traceback

        from taskguard.cli.crash import report

        say(report((traceback.format_exc(),)))
        return BUG


def command() -> None:
    """The command of a process: runs `main` and ends the process, without taking apart in order what the system frees at once."""
    code = main()
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:  # nobody reads any more
            continue
    os._exit(code)


def dispatch(args: list[str], out: TextIO) -> int:
    """Runs the command that the first word names."""
    first = args[0] if args else ""
    if first in ("-h", "--help", "help"):
        out.write(usage())
        return CLEAN
    if first in ("-V", "--version"):
        from taskguard.version import __version__

        out.write(f"taskguard {__version__}\n")
        return CLEAN
    if first == "check":
        from taskguard.cli.check_command import run

        return run(args[1:], out)
    if first not in commands():
        raise UserError(unknown(first))
    from importlib import import_module

    code: int = import_module(f"taskguard.cli.{first}_command").run(args[1:], out)
    return code


def commands() -> tuple[str, ...]:
    """The names of all commands, from the files that hold them."""
    folder = os.path.dirname(os.path.abspath(__file__))
    return tuple(sorted(name[: -len(SUFFIX)] for name in os.listdir(folder) if name.endswith(SUFFIX)))


def usage() -> str:
    """The help: one line for each command, the first of its file."""
    lines = ["taskguard, a linter for Celery projects", "", "Usage: taskguard COMMAND [OPTIONS]", "", "Commands:"]
    width = max(map(len, commands()))
    lines += [f"  {name:<{width}}  {summary(name)}" for name in commands()]
    lines += ["", "`taskguard COMMAND --help` explains a command, `taskguard --version` prints the version."]
    return "\n".join(lines) + "\n"


def summary(command: str) -> str:
    """The first line of a command's file without its name, read and not imported."""
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), command + SUFFIX), encoding="utf-8") as file:
        line = file.readline().strip().strip('"')
    return line.partition(": ")[2] or line


def unknown(word: str) -> str:
    known = commands()
    if not word:
        return f"a command is wanted: {', '.join(known)}"
    if os.path.exists(word):
        return f"{word} is no command; to check it: taskguard check {word}"
    guess = nearest(word, known)
    return f"unknown command {word!r}; " + (f"did you mean `{guess}`?" if guess else f"there are {', '.join(known)}")
