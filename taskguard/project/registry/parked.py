"""Files that lie beside the ones that are run: an earlier state, a draft of the next one, a second try. Nobody imports them, and no string names them."""

from __future__ import annotations

import re

from taskguard.facts.questions import finds
from taskguard.patterns import regex
from taskguard.project.celery.discovery import discovery_of
from taskguard.project.celery.forgotten import is_unasked
from taskguard.project.celery.registered import services_of
from taskguard.project.python import text_questions as texts
from taskguard.project.python.shown import says
from taskguard.project.python.testing import in_tests
from taskguard.project.registry.registry import registry_of
from taskguard.project.tasks.copies import imported
from taskguard.project.tasks.declarations import tasks_in
from taskguard.query import query

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.project.python.project import Module, Project
    from taskguard.project.tasks.task import Task

# What is put behind the name of a file that is kept beside its copy: `tasks11`, `tasks_old`, `tasks_v2`, `tasks_fixed`, `tasks copy`.
LEFT = regex(
    r"_?\d+|_?(?:v\d+|old|older|backup|bak|bkp|copy|copies|orig|original|new|fixed|fix|draft|broken|unused|deprecated|legacy|tmp|temp|wip)\d*"
)
WORD = regex(r"\w+")
# What is put before it: `old_tasks`.
BEFORE = regex(r"_*(?:old|backup|bak|bkp|copy_of|orig|unused|deprecated|legacy)_")
# A part of a path that says that tasks are kept there.
KEEPS_TASKS = regex(r"task|job|worker|celery|schedul|cron|period")


@query
def is_parked(module: Module) -> bool:
    """Whether a file is kept beside what is run: no worker surely imports it, nothing names it, and it is a copy by its name, or by what it declares."""
    tasks = [one for one in tasks_in(module) if "<locals>" not in one.qualname]
    if not tasks or in_tests(module.path) or any(_is_run(one) for one in tasks):
        return False
    if not (_is_beside(module) or _repeats(module, tasks) or _stands_in(module, tasks) or _doubles(module, tasks)):
        return False
    if any(discovery_of(one).may_come_upon(module) for one in services_of(tasks[0])):
        return False
    return is_unasked(module) if _has_namesake(module) else not named(module)


def _is_run(task: Task) -> bool:
    """Whether some worker surely imports the module of a task."""
    return any(discovery_of(one).holds(task.module) for one in services_of(task))


def _has_namesake(module: Module) -> bool:
    """Whether another file has the same name: the last word alone may mean either."""
    last = f"/{module.path.rpartition('/')[2]}"
    return any(f"/{path}".endswith(last) and path != module.path for path in module.project.modules)


def _is_beside(module: Module) -> bool:
    """Whether a file is called like a file or a package beside it, with what is put behind the name of a copy, or before it."""
    folder, _, last = module.path.rpartition("/")
    stem = last.removesuffix(".py")
    before = BEFORE.match(stem)
    names = [stem[:cut] for cut in range(1, len(stem)) if LEFT.fullmatch(stem[cut:])]
    names += [stem[before.end() :]] if before is not None and before.end() < len(stem) else []
    here = f"{folder}/" if folder else ""
    return any(f"{here}{name}{end}" in module.project.modules for name in names for end in (".py", "/__init__.py"))


def _repeats(module: Module, tasks: list[Task]) -> bool:
    """Whether all tasks have the names that the same functions of one file beside have, or of one file of its name elsewhere, written out: it is to take that
    file's place one day, or was moved there."""
    written = {(one.qualname, one.name.value) for one in tasks}
    if any(one.name_source != "explicit" or not one.name.known for one in tasks):
        return False
    folder, _, last = module.path.rpartition("/")
    beside = {
        one.module
        for one in registry_of(module.project).by_name.get(str(tasks[0].name.value), ())
        if one.module is not module
        and (one.path.rpartition("/")[0] == folder or one.path.rpartition("/")[2] == last)
        and _is_run(one)
    }
    return any(written <= {(one.qualname, one.name.value) for one in tasks_in(other)} for other in beside)


def _stands_in(module: Module, tasks: list[Task]) -> bool:
    """Whether all tasks are named as those of one file beside, and what both have are the same functions: what it has more is to be there one day."""
    if any(one.name_source != "explicit" or not isinstance(one.name.value, str) for one in tasks):
        return False
    heads = {str(one.name.value).rpartition(".")[0] for one in tasks}
    other = module.project.find(heads.pop(), module) if len(heads) == 1 and "" not in heads else None
    if other is None or other is module or other.path.rpartition("/")[0] != module.path.rpartition("/")[0]:
        return False
    theirs = {one.name.value: one.qualname for one in tasks_in(other)}
    both = [one for one in tasks if one.name.value in theirs]
    return bool(both) and all(theirs[one.name.value] == one.qualname for one in both)


def _doubles(module: Module, tasks: list[Task]) -> bool:
    """Whether a file that is not called like one with tasks has only such as a worker has elsewhere, by the names of their functions."""
    if KEEPS_TASKS.search(module.path.lower()):
        return False
    alike = registry_of(module.project).last_words
    return all(
        any(_is_run(other) for other in alike.get(one.qualname.rpartition(".")[2], ()) if other.module is not module)
        for one in tasks
    )


def unread(task: Task) -> bool:
    """Whether a task is made in a function that does nothing with it: the name that Celery gives it is said nowhere, and its local one is never read."""
    outer, nested, own = task.qualname.rpartition(".<locals>.")
    if not nested or task.name_source != "automatic" or not isinstance(task.name.value, str):
        return False
    module, holder = task.module, task.module.function(outer)
    text = module.project.text(module.path)
    if holder is None or text is None:
        return False
    within = "\n".join(text.splitlines()[holder.span.line - 1 : holder.span.end_line])
    if len(re.findall(rf"\b{re.escape(own)}\b", within)) != 1 or re.search(r"\blocals\(", within):
        return False
    return not any(
        task.name.value in (module.project.text(path) or "") for path in module.project.search(task.name.value)
    )


def named(module: Module) -> bool:
    """Whether other code imports a module, or a string or a deployment file may name it."""
    project, last = module.project, module.name.rpartition(".")[2]
    if not last or imported(module):
        return True
    others = [path for path in project.holders(last) if path != module.path]
    quoted = re.compile(rf"[\"'](?:[\w.]*\.)?{re.escape(last)}[\"'.:]") if others else None
    for path in others:
        if texts.imports_word(project, path, last) is not False:
            return True
        if quoted is not None and finds(project, path, quoted):
            return True
    if last.isidentifier():
        return last in _told(project)
    return any(says(project.text(path) or "", last) for path in project.markers)


@query
def _told(project: Project) -> frozenset[str]:
    """All words in the files that are no Python."""
    return frozenset(word for path in project.markers for word in WORD.findall(project.text(path) or ""))
