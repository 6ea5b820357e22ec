"""A look at a project -> the settings that are proposed to it, as TOML with the reason for each line.

What nearly all tasks do already becomes a rule of the house; what fewer do stands there as a comment, to be decided.
"""

from __future__ import annotations

from difflib import get_close_matches

from taskguard.adoption.survey import CELERY_BASE, PROTECTIONS, UNKNOWN
from taskguard.project.registry.habits import BASE_SHARE, LEAST_TASKS
from taskguard.reporters.escape import shown
from taskguard.settings.writing import array, facade_entry

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from taskguard.adoption.survey import Counts, Survey

MOST_WORDS = 8
LIMIT = 600
HOUSE_RULES = ("TG201", "TG202", "TG203", "TG209", "TG302")
TEST_FILES = ("**/tests/**", "**/test/**", "test_*.py", "tests.py", "conftest.py")


def settings_text(found: Survey, table: str = "") -> str:
    """The settings; `table` is the table that holds them (`tool.taskguard`), empty for a file of their own."""
    dot = f"{table}." if table else ""
    about = (tasks, queues, tests, sizes, facades)
    parts = [head(found, table), *(part(found, dot) for part in about)]
    return "\n".join("".join(f"{line}\n" for line in part) for part in parts if part)


def head(found: Survey, table: str) -> list[str]:
    count = f"{number(found.tasks, 'task')} in {number(found.files, 'Python file')}"
    forms = f" ({listed(found.forms)})" if len(found.forms) > 1 else ""
    apps = f"; Celery apps: {words(found.apps)}" if found.apps else ""
    packs = ["core", "django-celery"] if found.django else ["core"]
    return [
        *([f"[{table}]"] if table else []),
        f"# Proposed by `taskguard init` from what it found: {count}{forms}{apps}.",
        "# `taskguard settings` shows what is in force, `taskguard rules` each rule and its level.",
        f"packs = {array(packs)} # shipped: core, strict, basetask, django-celery; or the path of a pack of your own",
        *comment(['levels = { TG302 = "warn", TG104 = "off" } # off | warn | error, by code or prefix']),
    ]


def tasks(found: Survey, dot: str) -> list[str]:
    """The house rules of tasks."""
    if not found.tasks:
        return []
    made = [f"[{dot}tasks]"]
    if any(name not in (CELERY_BASE, UNKNOWN) for name, _ in found.bases):
        made.append(f"# Base classes in use: {listed(found.bases, 4)}. A subclass counts.")
    if found.shared_base is not None and found.shared_base[1] * 2 >= found.tasks:
        name, count = found.shared_base
        line = [f"base = {array([name])} # {count} of {found.tasks} tasks have it"]
        made += line if usual(count, found) else comment(line)
    common = [option for option, count in found.protections if usual(count, found)]
    shares = ", ".join(f"{option} {count}" for option, count in found.protections)
    made.append(f"# Of {number(found.tasks, 'task')} these many set: {shares}.")
    made += (
        [f"require = {array(common)}"]
        if common
        else comment([f"require = {array(PROTECTIONS)} # `a|b` wants one of the two"])
    )
    return made


def queues(found: Survey, dot: str) -> list[str]:
    """The list of queues; in force where it is complete and Celery has none that TG305 could hold the tasks to."""
    known = sorted({*found.declared, *(queue for queue, _ in found.queues)})
    if not known:
        return []
    made = [f"# Queues in use: {listed(found.queues)}." if found.queues else "# No queue is in use that can be told."]
    if found.declared:
        made.append(f"# Declared: {words(found.declared)}. TG305 holds every task to these.")
    elif not found.certain_queues:
        made.append("# The queues of some tasks are set outside of the code, so the list may not be complete.")
    if odd := likely_slips(found.queues):
        made.append(f"# Used once, and nearly the name of another: {words(odd)}. Take out what is a slip.")
    lines = [f"[{dot}tasks.allowed]", f"queue = {array(known)}"]
    strict = found.certain_queues and not found.declared and found.tasks >= LEAST_TASKS
    return [*made, *(lines if strict else comment(lines))]


def likely_slips(queues: Counts) -> list[str]:
    """The queues of a single task whose name is nearly that of one that more tasks use."""
    common = [name for name, count in queues if count > 1]
    return [name for name, count in queues if count == 1 and get_close_matches(name, common, n=1, cutoff=0.85)]


def tests(found: Survey, dot: str) -> list[str]:
    """The house rules left out for tests; pack `django-celery` does that by itself."""
    if found.django or not found.test_tasks:
        return []
    levels = ", ".join(f'{code} = "off"' for code in HOUSE_RULES)
    return [
        f"# {number(found.test_tasks, 'more task')} of tests and examples, which owe the house nothing.",
        f"[[{dot}overrides]]",
        f"files = {array(TEST_FILES)}",
        f"levels = {{ {levels} }}",
    ]


def sizes(found: Survey, dot: str) -> list[str]:
    """The longest files, and where their limit is set."""
    long = [pair for pair in found.longest if pair[1] > LIMIT]
    if not long:
        return []
    width = len(str(long[0][1]))
    return [
        "# The longest files. Those in the baseline may shrink and never grow (TG102); new ones keep to the limit (TG101).",
        *(f"#   {lines:>{width}} {shown(path)}" for path, lines in long),
        f"[{dot}options.TG101]",
        f"max-lines = {LIMIT}",
    ]


def facades(found: Survey, dot: str) -> list[str]:
    """The modules that look like facades, to be declared by whoever knows."""
    made: list[str] = []
    for facade in found.facades[:MOST_WORDS]:
        made += facade_entry(facade.module, facade.sources, dot)
    if not made:
        return []
    return [
        "# These modules only hand on what others define. Declared as facades they have to hand on every public name (TG401).",
        *comment(made),
    ]


def usual(count: int, found: Survey) -> bool:
    """Whether so many tasks are nearly all."""
    return found.tasks >= LEAST_TASKS and count >= BASE_SHARE * found.tasks


def comment(lines: Iterable[str]) -> list[str]:
    return [f"# {line}" for line in lines]


def listed(counts: Counts, most: int = MOST_WORDS) -> str:
    """`reports 12, mail 3 and 4 more`."""
    more = f" and {len(counts) - most} more" if len(counts) > most else ""
    return ", ".join(f"{shown(word)} {count}" for word, count in counts[:most]) + more


def words(names: Iterable[str]) -> str:
    return ", ".join(shown(name) for name in names)


def number(count: int, word: str) -> str:
    return f"{count} {word}" if count == 1 else f"{count} {word}s"
