"""What nobody in a project reaches: modules that no worker loads and that nothing imports or names, tasks that nobody sends, schedules or speaks of."""

from __future__ import annotations

import re

from taskguard.facts.questions import finds
from taskguard.patterns import regex
from taskguard.project.celery.discovery import discovery_of
from taskguard.project.celery.loaded import SWEEPS, importing
from taskguard.project.celery.registered import services_of
from taskguard.project.celery.schedulers import has_own_beat
from taskguard.project.celery.system import celery_of
from taskguard.project.celery.text_questions import times_in_code
from taskguard.project.python import text_questions as texts
from taskguard.project.python.testing import in_tests
from taskguard.project.tasks.declarations import all_tasks, tasks_in
from taskguard.project.tasks.missed import is_missed, is_sent, is_sent_elsewhere, needs_arguments, words_of
from taskguard.query import query

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.project.python.project import Module, Project
    from taskguard.project.tasks.task import Task

# Files that may build a distribution, and what they say where they do.
BUILDS = ("setup.py", "setup.cfg", "pyproject.toml")
PACKAGES = regex(
    r"\bfind_(?:namespace_)?packages\b|^\s*(?:packages|py[-_]modules)\s*=|^\s*include\s*=\s*(?![\"'\s])|^\[build-system\]",
    re.M,
)  # what a formatter includes is a pattern, and so a string


@query
def is_unloaded(module: Module) -> bool:
    """Whether no worker imports a module, and nothing else imports or names it, tests included."""
    services = celery_of(module.project).serving
    return all(discovery_of(one).holds(module) is False for one in services) and is_unasked(module)


def has_no_worker(module: Module) -> bool:
    """Whether there are workers, and no worker nor anything else has to do with a module."""
    return bool(celery_of(module.project).serving) and is_unloaded(module)


def is_unasked(module: Module) -> bool:
    """Whether nothing imports or names a module, tests included; a worker may still find it by a place where it looks, or a name that is put together."""
    return not any(importing(module.project, module, tests=True)) and not is_named(module, "", tests=True)


@query
def all_forgotten(module: Module) -> bool:
    """Whether a module has tasks, nothing imports or names it, no worker surely does, and nobody asks for any of the tasks, tests included."""
    services, tasks = celery_of(module.project).serving, tasks_in(module)
    if not services or not tasks or any(discovery_of(one).holds(module) for one in services):
        return False
    return all(is_forgotten(one, True) for one in tasks) and is_unasked(module)


@query
def is_dead(module: Module) -> bool:
    """Whether nothing of an application loads a module, or package: no worker surely does, and nobody outside of it imports or names it or what lies in it, tests
    included. Not where it may be published, or a name is put together of its own."""
    services = celery_of(module.project).serving
    if (
        not services
        or not module.name
        or any(discovery_of(one).holds(module) for one in services)
        or may_be_published(module)
    ):
        return False
    within = [module]
    if module.is_package:
        below = f"{module.name}."
        within += [
            one for one in module.project.modules.values() if one.name.startswith(below) and one.root == module.root
        ]
    return not any(_is_asked_from_outside(one, module, within) for one in within)


def _is_asked_from_outside(one: Module, package: Module, within: list[Module]) -> bool:
    if any(user not in within for user in importing(one.project, one, tests=True)) or is_named(
        one, package.name, tests=True
    ):
        return True
    return one is package and _may_be_joined(package, within)


def _may_be_joined(package: Module, within: list[Module]) -> bool:
    """Whether code may join the name of a module: it has the last word behind a dot, or the word alone and something that brings the name around it."""
    project, (around, _, last) = package.project, package.name.rpartition(".")
    held = [path for path in project.search(last) if project.modules[path] not in within]
    behind = re.compile(rf"[\"']\.{re.escape(last)}[\"']|\}}\.{re.escape(last)}\b")
    if any(finds(project, path, behind) for path in held):
        return True
    alone = re.compile(rf"[\"']{re.escape(last)}[\"']")
    held = [path for path in held if not in_tests(path) and finds(project, path, alone)]
    if not held or not around:
        return bool(held)
    outer = around.rpartition(".")[2]
    whole = re.compile(rf"[\"']{re.escape(around)}(?:\.?[\"']|\.\{{)")
    before = re.compile(rf"[\"'.}}]{re.escape(outer)}\.(?:\{{|[\"'])")
    bringing = [path for path in project.search(outer) if project.modules[path] not in within and not in_tests(path)]
    if any(finds(project, path, whole) for path in bringing):
        return True
    folder = package.path.removesuffix("/__init__.py").rpartition("/")[0]
    beside = [path for path in project.modules if path.rpartition("/")[0] == folder]
    bringing = [path for path in bringing if finds(project, path, before)]
    return any(finds(project, path, SWEEPS) for path in (*held, *beside, *bringing))


def may_be_published(module: Module) -> bool:
    """Whether a file above a module builds a distribution of packages."""
    held = (path for path in module.project.markers if path.rpartition("/")[2] in BUILDS)
    return any(
        module.path.startswith(path.rpartition("/")[0]) and finds(module.project, path, PACKAGES) for path in held
    )


def is_named(module: Module, application: str, tests: bool = False) -> bool:
    """Whether a string outside of an application names the module or one of its tasks, or a deployment file the module."""
    project = module.project
    quoted = re.compile(rf"^(?![ \t]*#).*[\"']{re.escape(module.name)}(?:[\"']|[.:]\w)", re.M)
    for path in project.search(module.name):
        user = project.modules[path]
        if (
            not user.name.startswith(f"{application}.")
            and (tests or not in_tests(path))
            and finds(project, path, quoted)
        ):
            return True
    named = re.compile(rf"(?<![\w.]){re.escape(module.name)}(?!\w)|(?<![\w./-]){re.escape(module.path)}\b")
    return any(finds(project, path, named) for path in sorted(project.markers))


def never_run(task: Task) -> bool:
    """Whether nobody asks for a task, and no schedule in a database may have it, as it may what needs no arguments."""
    return is_forgotten(task) and (needs_arguments(task) or all(has_own_beat(one) is True for one in services_of(task)))


@query
def is_unsent(task: Task) -> bool:
    """Whether nobody sends, schedules or names a task, where other files than their own send others and no schedule in a database may have it: what it does wrong, it
    does to nobody as yet. What only calls its function, and tests, are nobody."""
    if not task.module.project.complete or is_missed(task):
        return False
    scheduled = not needs_arguments(task) and any(has_own_beat(one) is not True for one in services_of(task))
    return not scheduled and _has_senders(task.module.project)


@query
def is_forgotten(task: Task, tested: bool = False) -> bool:
    """Whether no code asks for a task: none sends it or names it by a string, and its words stand where it is declared and nowhere else but where names
    are only handed on. `tested`: tests count as somebody.

    Not where no code sends any task and a worker may load this one: then somebody outside of the project does.
    """
    if task.form not in ("function", "call") or not task.module.project.complete or is_missed(task):
        return False
    first, *variables = words_of(task)
    if not all(
        stands_alone(task.module, one, tested, 1 + _is_written_in_name(task, one)) for one in variables or (first,)
    ):
        return False
    return _sends_some(task.module.project) or has_no_worker(task.module)


def _is_written_in_name(task: Task, word: str) -> bool:
    """Whether a task's declaration has a word of its function once more, in the name that it writes out (`name="shop.tasks.send"`)."""
    name = task.name.value
    return task.name_source == "explicit" and isinstance(name, str) and name.rpartition(".")[2] == word


def stands_alone(module: Module, word: str, tested: bool = True, times: int = 1) -> bool:
    """Whether a word stands no more than so many times in the code of a file and nowhere else in the project, its tests included if `tested`."""
    project = module.project
    others = [path for path in project.search(word) if path != module.path and (tested or not in_tests(path))]
    if any(times_in_code(project, path, word) for path in others):
        return False
    if any(texts.says(project, path, word) for path in sorted(project.markers)):
        return False
    return times_in_code(project, module.path, word) <= times


@query
def is_task_no_more(module: Module, scope: str) -> bool:
    """Whether a place stands in a function whose task decorator is commented out (`# @shared_task`), and that nobody calls, tests included."""
    function = module.function(scope.partition(".")[0]) if scope else None
    if function is None or function.holder != "module" or function.decorators or not module.project.complete:
        return False
    word = re.escape(function.name)
    above = re.compile(rf"^#+[ \t]*@[\w.]*task\b[^\n]*\n(?:#[^\n]*\n|\s*\n)*(?:async[ \t]+)?def[ \t]+{word}\b", re.M)
    if not finds(module.project, module.path, above) or times_in_code(module.project, module.path, function.name) > 1:
        return False
    return is_unasked(module) or stands_alone(module, function.name)


@query
def _has_senders(project: Project) -> bool:
    """Whether some task is sent, or named, by another file than its own: those who send are part of the project, then."""
    return any(is_sent_elsewhere(one) for one in all_tasks(project) if not in_tests(one.path))


@query
def _sends_some(project: Project) -> bool:
    """Whether some code of the project sends tasks."""
    return any(is_sent(one) for one in all_tasks(project) if not in_tests(one.path))
