"""Modules taken for the task in them: `from proj.tasks import send_mail`, which is a submodule, and then `send_mail.delay()`."""

from __future__ import annotations

import re

from taskguard.facts import selections
from taskguard.facts.model import Binding, Import
from taskguard.facts.questions import every, finds
from taskguard.patterns import regex
from taskguard.project.facades.worker_side import surely_defines
from taskguard.project.python import text_questions as texts
from taskguard.project.python.exported import binds_name
from taskguard.project.python.names import absolute_name, resolve
from taskguard.project.python.text_questions import METHODS
from taskguard.project.tasks.declarations import all_tasks, tasks_in
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator

    from taskguard.project.python.project import Module, Project


class Taken(Record):
    """An import in `module` that leads to the module `target`, of which `method` is then called. `task` says that it has a task of its own name.

    `alone` says that the file uses the name for nothing else than for what a task has.
    """

    module: Module
    imported: Import
    target: Module
    method: str
    task: bool
    alone: bool


def taken_modules(project: Project) -> Iterator[Taken]:
    """The imports of modules that are called as tasks, each name once for every file."""
    homes = {task.module: task for task in all_tasks(project) if task.module.name}
    words = {one.name.rpartition(".")[2] for one in homes}
    for path in project.search(*(f".{one}(" for one in METHODS)) if words else ():
        called = words.intersection(texts.called_methods(project, path))
        if not called or _are_objects(project.modules[path], called) or project.modules[path].unreadable:
            continue
        module = project.modules[path]
        for imported, target, method in mistaken(module, _calls(module), homes):
            last = target.name.rpartition(".")[2]
            tasks = {one.qualname for one in tasks_in(target)}
            alone = imported.name == last and _for_tasks_only(project, path, imported.bound)
            yield Taken(module, imported, target, method, last in tasks, alone)


def mistaken(
    module: Module, asked: Iterable[tuple[str, str, str]], homes: Container[Module]
) -> Iterator[tuple[Import, Module, str]]:
    """The imports of a file that lead to one of the modules `homes`, each once, with what the file asks that module for and it has not. `asked` are the
    names, what is asked of each and the scope."""
    told: set[tuple[Import, Module]] = set()
    for head, wanted, scope in asked:
        found = resolve(module, head, scope)
        target = found.module if found.kind == "module" else None
        if target is None or target not in homes or binds_name(target, wanted) is not False:
            continue
        imported = _import_of(module, head.partition(".")[0], scope)
        if imported is not None and not imported.guard and (imported, target) not in told:
            told.add((imported, target))
            yield imported, target, wanted


def _are_objects(module: Module, called: set[str]) -> bool:
    """Whether the text of a file that nobody has parsed shows that each of these names is imported from the module that defines it, and no module."""
    project = module.project
    if module.path in project.looked_at_paths:
        return False
    for name in called:
        told = texts.sources_of(project, module.path, name)
        if told is None or told[1]:
            return False
        sources = [absolute_name(module, written) for written in told[0]]
        otherwise = rf"\bas[ \t]+{name}\b|\.[ \t]*{name}[ \t]*\.|^[ \t]*import\b[^\n]*\b{name}\b"
        if not sources or finds(project, module.path, regex(otherwise, re.M)):
            return False
        if not all(_is_object(module, project.find(one, module), name) for one in sources):
            return False
    return True


def _is_object(module: Module, source: Module | None, name: str) -> bool:
    if source is None or source.is_package:
        return False
    if source.path in module.project.looked_at_paths:
        return isinstance(source.entry(name), Binding)
    return surely_defines(source, name)


def _calls(module: Module) -> Iterator[tuple[str, str, str]]:
    """What a method of tasks is called of, the method, and where."""
    for function in module.facts.functions:
        for called in function.calls:
            head, _, method = called.rpartition(".")
            if head and method in METHODS:
                yield head, method, function.qualname
    for site in selections.calling(module.facts, *METHODS):
        head, _, method = site.call.callee.rpartition(".")
        if head and method in METHODS:
            yield head, method, site.scope


def _import_of(module: Module, name: str, scope: str) -> Import | None:
    """The import that binds a name as it is seen in `scope`."""
    from taskguard.project.python.names import frames

    for frame in frames(scope):
        bound = module.local(frame, name)
        if bound is not None:
            return bound if isinstance(bound, Import) else None
    entry = module.entry(name)
    return entry if isinstance(entry, Import) else None


def _for_tasks_only(project: Project, path: str, name: str) -> bool:
    """Whether each use of the name that is followed by a dot asks for what tasks have."""
    used = every(project, path, regex(rf"(?<![\w.]){name}[ \t]*\.[ \t]*(\w+)"))
    return all(one in METHODS for one in used)
