"""Starts of Celery in a shell script that come after a command which goes on for ever: the shell waits for its end."""

from __future__ import annotations

from taskguard.diagnostics import Span
from taskguard.facts.lines import depth_of
from taskguard.facts.questions import PlacedQuestion
from taskguard.patterns import regex
from taskguard.project.python.commands import TALKS, launches
from taskguard.project.python.entry_scripts import served_by
from taskguard.project.python.last_commands import BESIDE, SHELL
from taskguard.project.python.logical_lines import logical_lines
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.project.python.commands import Launch

# What begins a command that starts Celery; `exec` is never come back from.
BEGINS = regex(
    r"(?:exec\s+)?(?:\w+=\S+\s+)*(?:(?:poetry|pipenv|uv|pdm)\s+run\s+|(?:\S*/)?python3?\s+-m\s+)?(?:\S*/)?celery\s"
)
# What may stand between the two: it is over at once, and opens and closes no block.
PASSING = regex(r"(?:echo|printf|sleep|export|cd|source|\.|set|[A-Za-z_]\w*=\S*$)(?:\s|$)")
STAYING = frozenset(("worker", "beat", "flower"))
# A server that one of its options, or its file of options, may send to the background.
LEAVES = regex(r"(?:^|[\s/])uwsgi\b|\s(?:-D|--daemon|-c|--config|-d)\b|\$")
HELP = regex(r"\s(?:-h|--help|--version)\b")


class Blocked(Record):
    """A start of Celery, of `step`, that waits for the end of `first`, which stands on `line`; with `instead` that is run in the place of the shell."""

    span: Span
    step: str
    app: str
    first: str
    line: int
    instead: bool


@PlacedQuestion
def blocked_starts(text: str, path: str) -> tuple[Blocked, ...]:
    """Those of a script, each once. Nothing of one that holds texts of several lines: its commands may be no commands."""
    if "celery" not in text or not (SHELL.match(text) or path.endswith(".sh")) or "<<" in text:
        return ()
    made: list[Blocked] = []
    held, said, instead = "", 0, False
    quoted = False
    for number, line in logical_lines(text):
        begun = quoted
        quoted ^= bool((line.count('"') + line.count("'")) % 2)
        if begun or quoted:
            held = ""
            continue
        started = _started(line, path)
        if started is not None and held:
            shown = text.splitlines()[number - 1]
            span = Span(number, depth_of(shown) + 1, number, len(shown.rstrip()) + 1)
            made.append(Blocked(span, started.step, started.app, held, said, instead))
        first = _stays(line, started)
        if first and not held:
            held, said, instead = first, number, line.startswith("exec")
        elif not first and started is None and not PASSING.match(line):
            held = ""
    return tuple(made)


def _started(line: str, path: str) -> Launch | None:
    """The one start of Celery that a command is."""
    if not BEGINS.match(line) or TALKS.search(line):
        return None
    found = list(launches(line, path))
    return found[0] if len(found) == 1 and found[0].step in STAYING else None


def _stays(line: str, started: Launch | None) -> str:
    """What a command is, in short, where it ends with its process alone: a worker, a server; empty where it may be over at once."""
    if BESIDE.search(line) or HELP.search(line):
        return ""
    if started is not None:
        return "" if started.open else f"celery {started.step}"
    return served_by(line) if not LEAVES.search(line) else ""
