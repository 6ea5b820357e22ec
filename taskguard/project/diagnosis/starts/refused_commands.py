"""Commands of deployment files that Celery refuses to run, by the version that the project pins."""

from __future__ import annotations

import re

from taskguard.discovery.markers import WINDOWS
from taskguard.facts.questions import finds
from taskguard.patterns import regex
from taskguard.project.diagnosis.faults import Fault
from taskguard.project.diagnosis.starts.launched_modules import FAILS
from taskguard.project.python.exec_words import unexpanded
from taskguard.project.python.joined_words import joined_words
from taskguard.project.python.pins import celery_pin, pinned_below, pins_of_parts
from taskguard.project.python.refusals import GONE, LEVELS, POOLS, SCRIPTED, refusals
from taskguard.project.python.testing import in_tests
from taskguard.project.python.unlisted import is_unlisted
from taskguard.query import query

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.project.python.exec_words import Unexpanded
    from taskguard.project.python.joined_words import Joined
    from taskguard.project.python.project import Project
    from taskguard.project.python.refusals import Refusal

CLICK = (5, 0)  # the first version whose commands are those of click
CHOSEN = (5, 2)  # the first version known to take a pool by a name that it has, and no other
# Options for which a `$` is no value that Celery takes: numbers, levels, pools and modules.
OF_WORDS = frozenset(
    "-c --concurrency -l --loglevel -P --pool -A --app --autoscale --max-tasks-per-child --max-memory-per-child --time-limit --soft-time-limit"
    " --prefetch-multiplier -O --max-interval".split()
)
# What gives Celery's commands further options, or further names of pools (celery/app/base.py: `user_options`).
MORE_OPTIONS = regex(r"\buser_options\s*(?:\[|\.(?:get|setdefault|update)\b)")
MORE_POOLS = regex(r"\bconcurrency\b[^\n]*\bALIASES\b|\bALIASES\b\s*\[")
# An image that has flower, whatever else is installed.
OF_IMAGE = regex(
    r"^[ \t]*(?:-[ \t]+)?(?:image[ \t]*:|FROM[ \t])[^\n]*flower|^[ \t]*repository[ \t]*:[^\n]*flower", re.M | re.I
)
# Files that do nothing else than start something: no start of Celery is seen where Python is told to run a file `celery`.
STARTS = regex(r"Procfile|Dockerfile|(?:docker-)?compose\b")
# A file that installs an older Celery itself.
OLDER = regex(r"\bcelery(?:\[[\w,]*\])?[=~<]=?\s*[0-4]\.")


def refused_commands(project: Project) -> Iterator[Fault]:
    """All of them, by file: only files that start Celery, or seem or mean to, are asked."""
    deployment = project.evidence.deployment
    others = (one for one in project.markers if STARTS.match(one.rpartition("/")[2]) and finds(project, one, SCRIPTED))
    for path in sorted({*(one.path for one in deployment.launches), *deployment.unclear, *others}):
        if in_tests(path):
            continue
        for one in refusals(project, path, path):
            if one.kind == "package":
                yield from _lacking(project, path, one)
            elif _holds(project, path, one):
                yield _fault(path, one)
        for joined in joined_words(project, path):
            yield _joined(path, joined)
        for word in unexpanded(project, path, path):
            yield _unexpanded(path, word)


def _holds(project: Project, path: str, one: Refusal) -> bool:
    """Whether the Celery of the project surely refuses that: a pool by a name that leads nowhere is refused by each version."""
    if one.kind == "pool" and ":" not in one.word and "." not in one.word:
        return not _found(project, "ALIASES", MORE_POOLS)
    if one.kind == "script":  # a folder is run by what it has for that
        return not any(f"/{other}".endswith(("/celery/__main__.py", "/celery")) for other in project.modules)
    if one.kind == "file":  # a setting names it beside
        return not project.search("beat_scheduler", "BEAT_SCHEDULER")
    if one.kind == "stray":  # each version refuses it
        return not _found(project, "user_options", MORE_OPTIONS)
    if not _is_from_click(project) or finds(project, path, OLDER):
        return False
    if one.kind == "pool":
        return pinned_below(project, CHOSEN) is False and not _found(project, "ALIASES", MORE_POOLS)
    return one.kind == "level" or not _found(project, "user_options", MORE_OPTIONS)


def _lacking(project: Project, path: str, one: Refusal) -> Iterator[Fault]:
    """A pool or a sub-command whose package no list of what is installed has. Without a lock another distribution might bring it."""
    if path.endswith(WINDOWS) or _found(project, "ALIASES", MORE_POOLS):
        return  # a script for a desk, where anything may be installed by hand
    pool = one.step == "worker"
    if not pool and any(finds(project, other, OF_IMAGE) for other in sorted(project.markers)):
        return
    locked = is_unlisted(project, one.word)
    if locked is not None:
        what = (
            f"the pool `{one.word}` needs the package {one.word}"
            if pool
            else f"`celery {one.word}` is a command of the package {one.word}"
        )
        said = f"{what}, and none of the project's requirements names it: {FAILS}"
        advice = f"require `celery[{one.word}]`" if pool else f"require `{one.word}`"
        yield Fault(path, one.span, said, advice, symbol=one.word, certain=locked)


def _joined(path: str, one: Joined) -> Fault:
    """An option and its value as one word: the value begins with a blank, or the option is none (click/parser.py)."""
    if one.option in ("-Q", "-X"):
        said = f'`{one.option} {one.value}` is one word here: the queue is called " {one.value}", with a blank before it, to which nobody sends'
    elif one.option.startswith("--"):
        said = f"`{one.option} {one.value}` is one word here, and no option is called so: {FAILS}"
    else:
        said = f'`{one.option} {one.value}` is one word here, and " {one.value}" with its blank is none that Celery takes: {FAILS}'
    return Fault(path, one.span, said, f'write two words: "{one.option}", "{one.value}"', symbol=one.option)


def _unexpanded(path: str, one: Unexpanded) -> Fault:
    """A variable in a list of words, which Docker runs without a shell."""
    end = f": {FAILS}" if one.option in OF_WORDS else ""
    said = f"a list of words has no shell (exec form), and Celery is given `{one.variable}` itself, not what the variable is worth{end}"
    advice = 'write the command without brackets (`CMD exec celery …`), or `["sh", "-c", "exec celery …"]`'
    return Fault(path, one.span, said, advice, symbol=one.variable)


def _found(project: Project, word: str, written: re.Pattern[str]) -> bool:
    return any(finds(project, path, written) for path in project.search(word))


@query
def _is_from_click(project: Project) -> bool:
    """Whether a file says which Celery the project wants, and none leaves one below 5.0: a command may be another folder's."""
    pin = celery_pin(project)
    if pin is None or pin.before(CLICK) is not False:
        return False
    return all(other.before(CLICK) is False for other in pins_of_parts(project))


def _fault(path: str, one: Refusal) -> Fault:
    if one.kind == "file":
        said = (
            f"`{one.word}` names a file here, and is given a scheduler: beat runs its own one, and that is never loaded"
        )
        advice = "write `-S`, or `--scheduler`" if one.step == "beat" else "write `--scheduler`"
        return Fault(path, one.span, said, advice, symbol=one.word)
    said, advice = _said(one)
    return Fault(path, one.span, f"{said}: {FAILS}", advice, symbol=one.word)


def _said(one: Refusal) -> tuple[str, str]:
    if one.kind == "behind":
        said = f"`{one.word}` stands behind `{one.step}`, and Celery from 5.0 on takes it before it alone"
        return said, f"write `celery {one.word} … {one.step} …`"
    if one.kind == "before" and one.step != "worker":
        return (
            f"`{one.word}` stands before `{one.step}`, and `celery` itself has no such option",
            f"write `{one.word}` behind `{one.step}`",
        )
    if one.kind == "before":
        return f"`{one.word}` is an option of `{one.step}`, and stands before it", f"write `{one.step} {one.word} …`"
    if one.kind == "foreign":
        return f"`{one.word}` is an option of a worker, and {one.step} has none of that name", "leave it out"
    if one.kind == "gone":
        meant = GONE[one.word]
        return f"Celery from 5.0 on has no `{one.word}`", f"write `{meant}`" if meant else "leave it out"
    if one.kind == "stepless":
        return (
            f"the command names no sub-command, and `celery` itself has no `{one.word}`",
            f"write `worker {one.word} …` behind the app",
        )
    if one.kind == "script":
        return (
            f"`python celery {one.word}` runs a file called `celery`, and there is none",
            f"write `celery … {one.word}` or `python -m celery … {one.word}`",
        )
    if one.kind == "stray":
        return (
            f"`{one.word}` belongs to no option, and a worker takes no word by itself",
            "take it away, or write the list before it without blanks",
        )
    if one.kind == "pool":
        names = ", ".join(sorted(POOLS - {"custom"}))
        return (
            f"Celery has no pool `{one.word}`",
            f"write one of {names}; or `custom`, with CELERY_CUSTOM_WORKER_POOL in the environment",
        )
    return f"Celery from 5.0 on has no log level `{one.word}`", f"write one of {', '.join(sorted(LEVELS))}"
