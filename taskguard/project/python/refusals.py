"""The commands of deployment files that the command `celery` refuses: an option where it has none, or a word that an option does not take.

What is refused is run in `tests/celery_facts/test_commands_in_celery.py` with each version (celery/bin/celery.py, worker.py, base.py).
"""

from __future__ import annotations

import re

from taskguard.diagnostics import Span
from taskguard.facts.questions import Question
from taskguard.patterns import regex
from taskguard.project.python.commands import COMMAND, COMMENT, QUOTES, TALKS, commands, parts_of
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Literal

    RefusalKind = Literal[
        "behind", "before", "gone", "foreign", "pool", "level", "package", "stray", "stepless", "script", "file"
    ]

# What has the form of a sub-command whose options Celery reads itself; `multi` hands them on, `flower` is another package's.
STEPS = frozenset("worker beat events inspect control status purge report shell call".split())
# What takes options of its own kind: `celery` has read those before it all the same.
HANDED = frozenset(("multi", "flower"))
# Options of `celery` itself, and whether a word follows.
GLOBAL = {
    "-A": True, "--app": True, "-b": True, "--broker": True, "--result-backend": True, "--loader": True, "--config": True, "--workdir": True,
    "-C": False, "--no-color": False, "-q": False, "--quiet": False, "--skip-checks": False,
}  # fmt: skip
# Those of them that no worker and no beat has, whatever they are given.
BEHIND = frozenset("-A --app -b --broker --result-backend --loader --config --workdir".split())
APP = frozenset(("-A", "--app"))
# Options of a worker that `celery` itself has not.
OF_WORKER = frozenset(
    "-l --loglevel -c --concurrency -P --pool -Q --queues -n --hostname -B --beat -E --events --task-events -O --autoscale -f --logfile --pidfile"
    " --max-tasks-per-child --max-memory-per-child --time-limit --soft-time-limit --prefetch-multiplier -D --detach --without-gossip --without-mingle"
    " --without-heartbeat --purge".split()
)
# Options of a worker that beat has not; it shares those of logs, pids and names, and `-S` means another thing there (celery/bin/beat.py).
NOT_OF_BEAT = frozenset(
    "-c --concurrency -P --pool -Q --queues -X --exclude-queues -I --include -B --beat -E --events --task-events -O --optimization --autoscale"
    " --max-tasks-per-child --max-memory-per-child --time-limit --soft-time-limit --prefetch-multiplier --disable-prefetch --without-gossip"
    " --without-mingle --without-heartbeat --heartbeat-interval --purge --discard --statedb".split()
)
# What workers had before 5.0.
GONE = {
    "--maxtasksperchild": "--max-tasks-per-child",
    "--maxmemperchild": "--max-memory-per-child",
    "--autoreload": "",
    "--no-execv": "",
}
# Options of beat that take the next word, whatever that is.
OF_BEAT = frozenset(
    "-s --schedule -S --scheduler --max-interval -n --hostname -l --loglevel -f --logfile --pidfile --uid --gid --umask --executable".split()
)
POOLS = frozenset("prefork eventlet gevent solo processes threads custom".split())
# Pools that Celery has, and that run by a package which it does not require (celery/__init__.py: `maybe_patch_concurrency`).
OF_PACKAGES = frozenset(("eventlet", "gevent"))
# What is no command but a part of one, for others to go on with: `CELERY="celery -A shop -l info"`.
FOR_OTHERS = regex(r"(?<!command)\s*=\s*\Z")
LEVELS = frozenset("DEBUG INFO WARNING ERROR CRITICAL FATAL".split())
# Options of a worker that no word follows, that words follow up to the next option (commas have become blanks), and what else has one.
FLAGS = frozenset(
    "-B --beat -E --events --task-events -D --detach --purge --without-gossip --without-mingle --without-heartbeat --disable-prefetch --skip-checks -q --quiet".split()
)
# Options that name a file, where another one of nearly that name takes the scheduler (celery/bin/beat.py, worker.py); and what no file is called.
FILES = {
    "beat": frozenset(("-s", "--schedule")),
    "worker": frozenset(("-s", "--schedule", "--schedule-filename", "-S", "--statedb")),
}
SCHEDULER = regex(r"[A-Za-z_][\w.]*(?:\.[\w.]+:[A-Z]\w*|[.:]\w*Scheduler)\Z")
LISTS = frozenset("-Q --queues -X --exclude-queues -I --include --autoscale".split())
WITH_WORD = frozenset(
    "-S --statedb -s --schedule --schedule-filename --scheduler --heartbeat-interval --uid --gid --umask --executable".split()
)
# A blank behind a comma in the list of an option, where no quotes hold it together: the shell makes two words of it.
PARTED = regex(
    r"(?:\s-[QXI]|--queues|--exclude-queues|--include)[ =]?[\w.:@-]+(?:,[\w.:@-]+)*,[ \t]+([\w.:@][\w.:@-]*)"
)
PARTED_OPTION = regex(r"(?:[AlcQPnBEO]|-[-\w]+)\Z")
PLAIN = regex(r"[A-Za-z0-9_][\w.:-]*\Z")
# What stands before `celery` where it is the program that is run: nothing, a key, a folder, or a word that runs the next one.
RUNS = regex(
    r"(?:^|[/:=(]|(?:^|\s)(?:CMD|ENTRYPOINT|RUN|exec|run|-m|-c|-lc|--|-|nohup|sudo|then|do|else|\w+=\S*))\s*\Z"
)
# `docker compose run celery …`: the name of a service.
SERVICE = regex(r"\b(?:docker|podman|compose|kubectl)\b.*\b(?:run|exec)\s*\Z")
# `python celery worker`: Python runs a file of that name.
SCRIPTED = regex(r"(?:^|[\s/:=(])python[\d.]*[ \t]+(?:-u[ \t]+)?celery[ \t]")
BETWEEN = r"[\s\"',\[\]\\-]+"


class Refusal(Record):
    """A word of a command that Celery refuses: an option `behind` its sub-command or `before` it, one that is `gone`, a worker's that is `foreign` to another sub-command or `stepless`, without any, a `pool` or `level` that there is not, a `stray` word that belongs to no option, a scheduler for the name of a `file`, the sub-command of what Python runs as a `script`; or with `package` a pool
    or a sub-command that a package of that name brings, which has to be there."""

    kind: RefusalKind
    word: str
    step: str
    span: Span


@Question
def refusals(text: str, path: str) -> list[Refusal]:
    """What Celery refuses of the commands of a file, the first word of each command."""
    made = {}
    if "celery" in text and "\n<<<<<<< " not in text:  # a merge that is not done: nothing of it is run as it stands
        for command in commands(text, path):
            for words, whole in _started(command):
                if whole is None:
                    found = _as_script(words)
                else:
                    found = min(_refused(words), key=_is_refused_last, default=None) or _stray(words, command)
                    found = found or (_stepless(words) if whole else None)
                span = _place(text, words[: found[3] + 1], found[1]) if found is not None else None
                if found is not None and span is not None:
                    made[span] = Refusal(found[0], found[1], found[2], span)
    return list(made.values())


def _started(command: str) -> Iterator[tuple[list[str], bool | None]]:
    """The words behind `celery` of each command of a line that runs it, and whether that is all of it; None where Python is to run a file `celery`."""
    for part in parts_of(command.partition(" #")[0]):
        if "celery" not in part or TALKS.search(part):
            continue
        plain = " " + QUOTES.sub(" ", part)
        found = COMMAND.search(plain)
        before = plain[: found.start(1) - len("celery")] if found is not None else ""
        if found is not None and SCRIPTED.search(part):
            yield found[1].split(), None
        elif found is not None and RUNS.search(before) and not SERVICE.search(before):
            words = found[1].split()
            yield (words[: words.index("--")], False) if "--" in words else (words, not FOR_OTHERS.search(before))


def _refused(words: list[str]) -> Iterator[tuple[RefusalKind, str, str, int]]:
    """The kind, the word, the sub-command and the place of what is refused."""
    start = _step(words)
    if start is None:
        return
    step = words[start]
    for at, word in enumerate(words[:start]):
        name = word.partition("=")[0]
        if name in OF_WORKER and not _is_value(words, at):
            yield "before", name, step, at
    if step == "flower":
        yield "package", step, step, start
    if step in HANDED:
        return
    behind = BEHIND if step in ("worker", "beat") else APP
    for at in range(start + 1, len(words)):
        name, equals, value = words[at].partition("=")
        if name in behind:
            yield "behind", name, step, at
        if step == "beat" and _is_not_of_beat(words[at]) and words[at - 1] not in OF_BEAT:
            yield "foreign", name if name in NOT_OF_BEAT else words[at][:2], step, at
        if _is_scheduler_for_file(words, start, at):
            yield "file", words[at] if not equals else name, step, at
        if step != "worker":
            continue
        if name in GONE:
            yield "gone", name, step, at
        end = at
        if not equals and name[:2] in ("-P", "-l") and len(name) > 2:
            name, value = name[:2], name[2:]
        elif not equals:
            value, end = (words[at + 1], at + 1) if at + 1 < len(words) else ("", at)
        if not PLAIN.match(value):
            continue
        if name in ("-P", "--pool") and value not in POOLS:
            yield "pool", value, step, end
        elif name in ("-P", "--pool") and value in OF_PACKAGES:
            yield "package", value, step, end
        elif name in ("-l", "--loglevel") and value.upper() not in LEVELS:
            yield "level", value, step, end


def _is_scheduler_for_file(words: list[str], start: int, at: int) -> bool:
    """Whether an option that names a file has the name of a scheduler, in a command that starts beat and names no scheduler elsewhere."""
    step, (name, equals, value) = words[start], words[at].partition("=")
    if name not in FILES.get(step, ()) or (step == "worker" and not {"-B", "--beat"}.intersection(words)):
        return False
    named = ("-S", "--scheduler") if step == "beat" else ("--scheduler",)
    if any(one.partition("=")[0] in named for one in words[start:]):
        return False
    return SCHEDULER.match(value if equals else words[at + 1] if at + 1 < len(words) else "") is not None


def _is_not_of_beat(word: str) -> bool:
    """Whether a word is an option of a worker that beat has not: what belongs to a short one may stand behind it at once (`-c1`)."""
    short = word[:2] if not word.startswith("--") else ""
    return word.partition("=")[0] in NOT_OF_BEAT or (short in ("-c", "-P", "-Q") and short in NOT_OF_BEAT)


def _stray(words: list[str], command: str) -> tuple[RefusalKind, str, str, int] | None:
    """A word behind `worker` that belongs to no option, as far as each word before it is understood: it takes none (celery/bin/worker.py: `ctx.args`)."""
    start = _step(words)
    if start is None or words[start] != "worker" or not any(one.startswith(("-A", "--app")) for one in words[:start]):
        return None  # without an app it may be the words of a script that stands before the command
    at = start + 1
    while at < len(words):
        name, equals, _ = words[at].partition("=")
        if name in LISTS:
            parted = PARTED.search(command)
            at += 1
            first = at - 1 if equals else at
            while at < len(words) and not words[at].startswith("-"):
                if parted is not None and words[at] == parted[1] and at > first:
                    return "stray", words[at], "worker", at
                at += 1
        elif name in FLAGS or equals:
            at += 1
        elif name in WITH_WORD or name in OF_WORKER:
            at += 2
        elif name == "-":  # alone, or parted from its letter; in what is no command it begins an item of a list
            split = at + 1 < len(words) and PARTED_OPTION.match(words[at + 1])
            return ("stray", "-", "worker", at) if split else None
        elif name[:1] == "-":
            if name.startswith("--") or name[:2] not in ("-l", "-c", "-n", "-P", "-O", "-f", "-Q", "-X", "-I"):
                return None
            at += 1  # what belongs to a short option may stand behind it at once
        else:
            return ("stray", words[at], "worker", at) if PLAIN.match(words[at]) else None
    return None


def _stepless(words: list[str]) -> tuple[RefusalKind, str, str, int] | None:
    """The first option of a worker in words that name an app and no sub-command."""
    if _reach(words) != len(words) or not any(one.startswith(("-A", "--app")) for one in words):
        return None
    found = (at for at, word in enumerate(words) if word.partition("=")[0] in OF_WORKER and not _is_value(words, at))
    at = next(found, None)
    return None if at is None else ("stepless", words[at].partition("=")[0], "", at)


def _as_script(words: list[str]) -> tuple[RefusalKind, str, str, int] | None:
    """The sub-command that stands behind `python celery`."""
    at = _step(words)
    return None if at is None or words[at] not in STEPS else ("script", words[at], words[at], at)


def _is_refused_last(one: tuple[RefusalKind, str, str, int]) -> bool:
    """Celery reads the command before it runs a pool: what it refuses of that is said first."""
    return one[0] == "package"


def _step(words: list[str]) -> int | None:
    """Where the sub-command stands; None where there is none, and where that cannot be told."""
    at = _reach(words)
    return at if at is not None and at < len(words) and (words[at] in STEPS or words[at] in HANDED) else None


def _reach(words: list[str]) -> int | None:
    """Where the first word stands that is no option and no option's, behind the last one where there is none; None where that cannot be told."""
    at = 0
    while at < len(words):
        name, equals, _ = words[at].partition("=")
        if not name.startswith("-"):
            return at
        if name in ("-A", "-b", *GLOBAL):
            at += 2 if GLOBAL[name] and not equals else 1
        elif name.startswith("--") and (equals or name in ("--beat", "--events", "--detach")):
            at += 1
        elif name in OF_WORKER:
            flag = name in ("-B", "-E", "-D", "--task-events", "--purge") or name.startswith("--without")
            at += 1 if flag or equals else 2
        elif name[:2] in ("-A", "-b", "-l", "-c", "-n", "-Q", "-P") and not name.startswith("--"):
            at += 1  # what belongs to a short option may stand behind it at once
        else:
            return None
    return at if at == len(words) else None


def _is_value(words: list[str], at: int) -> bool:
    return at > 0 and GLOBAL.get(words[at - 1], False)


def _place(text: str, words: list[str], refused: str) -> Span | None:
    """Where the last one of these words stands behind `celery`, in a line that is no comment."""
    written = re.compile(
        r"celery"
        + "".join(BETWEEN + re.escape(one) for one in words[:-1])
        + BETWEEN
        + f"({re.escape(words[-1])})(?![\\w-])"
    )
    for match in written.finditer(text):
        first = text.rfind("\n", 0, match.start()) + 1
        at = match.start(1) + words[-1].rfind(refused)
        start = text.rfind("\n", 0, at) + 1
        if not text[first:].lstrip().startswith(COMMENT) and not text[start:].lstrip().startswith(COMMENT):
            line = text.count("\n", 0, at) + 1
            return Span(line, at - start + 1, line, at - start + 1 + len(refused))
    return None
