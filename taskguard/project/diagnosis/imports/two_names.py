"""Senders that import a module of tasks under another name than the worker.

An automatic task name begins with the name of the module (celery/app/base.py, `gen_task_name`). Where two entries of `sys.path` lead to a
file it has two, and what is sent under the one is not registered under the other.
"""

from __future__ import annotations

from taskguard.diagnostics import Related
from taskguard.facts.questions import finds, holds
from taskguard.patterns import regex
from taskguard.project.celery.discovery import discovery_of
from taskguard.project.diagnosis.faults import Fault
from taskguard.project.diagnosis.imports.named_imports import Loaded, Names, lasts, root_of
from taskguard.project.python.imports import imports_of
from taskguard.project.python.roots import dotted_name
from taskguard.project.python.testing import in_tests
from taskguard.project.python.text_questions import METHODS
from taskguard.project.tasks.declarations import all_tasks
from taskguard.project.tasks.naming import namer_of
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from taskguard.facts.model import Import
    from taskguard.project.celery.model import Service
    from taskguard.project.celery.system import System
    from taskguard.project.python.project import Module
    from taskguard.project.tasks.task import Task

SENDS = frozenset(METHODS) - {"signature"}
GUARDED = frozenset(("try", "except", "if", "type_checking"))
FEW = 3
RUN = regex(r"__name__\s*==\s*[\"']__main__[\"']")


class Sender(Record):
    """An import of a module of tasks, counted from `root`, by a file that sends `task`. `script` says that the file is run itself."""

    module: Module
    line: Import
    root: str
    task: Task
    script: bool


def under_two_names(system: System) -> Iterator[Fault]:
    """The imports by which tasks are sent under names that no worker has."""
    project = system.project
    services = system.serving
    holders: dict[str, list[Task]] = {}
    for task in all_tasks(project):
        if _named_after_its_module(task) and not in_tests(task.module.path):
            holders.setdefault(task.path, []).append(task)
    if not services or not holders or namer_of(project).own:
        return
    names = Names(project)
    found = {path: files for path, files in _importers(names, holders).items() if files}
    if not found:
        return
    loaded = [(service, Loaded(names, service)) for service in services]
    pairs = [(path, other) for path in sorted(found) for other in found[path]]
    pairs = [one for one in pairs if not _all_known(names, one[1], one[0], loaded, surely=True)]
    for path, other in pairs:
        senders: Iterable[Sender] = _of_file(names, project.modules[other], path, holders[path])
        if len(pairs) <= FEW:  # to parse so few takes less time than to follow all that the workers import
            senders = [*senders]
        if not senders or _all_known(names, other, path, loaded):
            continue
        for sender in senders:
            if any(one.starts_with(path, sender.root) for _, one in loaded):
                continue
            fault = _judged(names, sender, loaded)
            if fault is not None:
                yield fault


def _named_after_its_module(task: Task) -> bool:
    return (
        task.name_source == "automatic" and task.automatic is None and task.form != "class" and "." not in task.qualname
    )


# -- who sends ---------------------------------------------------------------------------------------------------------------


def _written(names: Names, other: str, path: str) -> dict[str, str] | None:
    """The absolute names by which imports of the file `other` may mean the file `path`, each with the folder it counts from."""
    named = imports_of(names.project).named(other)
    if named is None:
        return None
    fitting = (one for last in lasts(path) for one in named.get(last, ()) if not one.startswith("."))
    return {one: root for one in fitting if (root := root_of(one, path)) is not None}


def _all_known(names: Names, other: str, path: str, loaded: list[tuple[Service, Loaded]], surely: bool = False) -> bool:
    """Whether a worker knows the module of tasks `path` by all names by which a file may import it, as the text of that file shows.

    `surely` asks only for what is told without following all that the worker imports.
    """
    written = _written(names, other, path)
    roots = set((written or {}).values())
    roots = {root for root in roots if not any(one.starts_with(path, root) for _, one in loaded)}
    return written is not None and (
        not roots
        or all(
            any(one.surely_knows(path, root) or (not surely and root in one.under(path)) for _, one in loaded)
            for root in roots
        )
    )


def _importers(names: Names, holders: dict[str, list[Task]]) -> dict[str, list[str]]:
    """The files that may send tasks of a module and import it by an absolute name of several, by the path of that module."""
    project = names.project
    called: dict[str, list[str]] = {}
    above: dict[str, list[str]] = {}
    for path in holders:
        called.setdefault(path.removesuffix("/__init__.py").rpartition("/")[2].removesuffix(".py"), []).append(path)
        above[path] = [one for one in names.roots if not one or path.startswith(f"{one}/")]
    made: dict[str, list[str]] = {path: [] for path in holders}
    # Whoever imports a module says its name: few names are found sooner than all that sends.
    said = called if len(called) <= FEW else [f".{one}(" for one in METHODS]
    for other in project.search(*said):
        if in_tests(other) or not holds(project, other, *(f".{one}(" for one in SENDS)):
            continue
        named = imports_of(project).named(other)
        for last in called if named is None else called.keys() & named.keys():
            for path in called[last]:
                near = len(above[path]) > 1 or _beside(other, path) not in (None, *above[path])
                if other != path and near and holds(project, other, *(task.qualname for task in holders[path])):
                    made[path].append(other)
    return made


def _beside(other: str, path: str) -> str | None:
    """The folder of two files that lie beside each other."""
    folder = path.rpartition("/")[0]
    return folder if other.rpartition("/")[0] == folder else None


def _of_file(names: Names, module: Module, path: str, tasks: list[Task]) -> Iterator[Sender]:
    beside = _beside(module.path, path)
    runs = finds(module.project, module.path, RUN)
    if not _may_name(names, path, beside, module.path):
        return
    for one in module.facts.imports:
        if one.module.startswith(".") or one.guard in GUARDED or one.name == "*" or not one.bound:
            continue
        for name, called in _ways(one, tasks):
            root = root_of(name, path)
            if root is None or not name:
                continue
            script = root not in names.roots and root == beside
            if script and not (
                runs or any(not site.scope and _sends(site.call.callee, called) for site in module.facts.calls)
            ):
                continue
            if (root not in names.roots and not script) or len(names.files(name, beside if script else None)) != 1:
                continue
            task = next(
                (
                    called[head]
                    for site in module.facts.calls
                    if _in(site.scope, one.scope) and (head := _sends(site.call.callee, called))
                ),
                None,
            )
            if task is not None:
                yield Sender(module, one, root, task, script)


def _may_name(names: Names, path: str, beside: str | None, other: str) -> bool:
    """Whether an import of a file, as its text shows them, is that of the module of tasks `path` and of no other."""
    written = _written(names, other, path)
    for name, root in (written or {}).items():
        if root in names.roots and len(names.files(name)) == 1:
            return True
        if root == beside and len(names.files(name, beside)) == 1:
            return True
    return written is None


def _ways(one: Import, tasks: list[Task]) -> Iterator[tuple[str, dict[str, Task]]]:
    """The names of modules that an import may mean, each with the tasks by what the file calls them then."""
    named = {task.qualname: task for task in tasks}
    if one.name:
        yield one.module, dict.fromkeys((one.bound,), named[one.name]) if one.name in named else {}
        yield f"{one.module}.{one.name}", {f"{one.bound}.{task.qualname}": task for task in tasks}
    else:
        written = one.bound if one.name == "" else one.module
        yield one.module, {f"{written}.{task.qualname}": task for task in tasks}


def _sends(callee: str, called: dict[str, Task]) -> str:
    """By which name a call sends a task; empty where it does not."""
    head, _, method = callee.rpartition(".")
    return head if method in SENDS and head in called else ""


def _in(scope: str, outer: str) -> bool:
    return not outer or scope == outer or scope.startswith(f"{outer}.")


# -- what the worker knows ---------------------------------------------------------------------------------------------------


def _judged(names: Names, sender: Sender, loaded: list[tuple[Service, Loaded]]) -> Fault | None:
    path, project = sender.task.path, names.project
    known = {root for _, one in loaded for root in one.under(path)}
    if not known or sender.root in known or not _importable(sender):
        return None
    told = [
        (root, *one.told[path, root], service) for service, one in loaded for root in known if (path, root) in one.told
    ]
    holds = any(discovery_of(service).holds(sender.task.module) for service, _ in loaded)
    if len(known) > 1 or not (told or (holds and not sender.script)):
        return None
    opened = next((one.open for _, one in loaded if one.open), "")
    root = next(iter(known))
    theirs, own = dotted_name(path, root), dotted_name(path, sender.root)
    if opened:
        why = f"whether a worker imports {own} by this name, too, cannot be told: {opened}"
        return Fault(sender.module.path, sender.line.span, "", doubt=why)
    claimed = project.evidence.claimed.get(sender.root, "")
    proved = claimed or (not _needs_more(names, sender) if sender.script else sender.root in ("", sender.module.root))
    related = [Related(path, sender.task.line, f"to the worker it is {theirs}.{sender.task.qualname}")]
    related += [
        Related(place, line, f"the worker is told to import {theirs} here") for _, place, line, _ in told[:1] if place
    ]
    if claimed.endswith(".py"):
        related.append(Related(claimed, 1, f"puts {sender.root or 'the folder of the project'} on sys.path"))
    files = [path, claimed, *(place for _, place, _, _ in told), *(service.path for service, _ in loaded)]
    return Fault(
        sender.module.path,
        sender.line.span,
        f"the worker knows {own} as {theirs}: {sender.task.qualname} is sent as"
        f' "{own}.{sender.task.qualname}", which no worker has registered',
        f"import it as the worker does, from {theirs}",
        symbol=f"{own}.{sender.task.qualname}",
        related=tuple(related),
        depends=tuple(
            dict.fromkeys(one for one in files if one and one in project.modules and one != sender.module.path)
        ),
        certain=bool(told and proved),
    )


def _importable(sender: Sender) -> bool:
    """Whether the module of tasks can be imported by the sender's name: relative imports stay within the package, and a script has none."""
    module = sender.task.module
    depth = dotted_name(module.path, sender.root).count(".") + module.is_package
    dots = [
        len(one.module) - len(one.module.lstrip("."))
        for one in module.facts.imports
        if not one.scope and one.guard not in GUARDED
    ]
    relative = sender.script and any(one.module.startswith(".") for one in sender.module.facts.imports)
    return max(dots, default=0) <= depth and not relative


def _needs_more(names: Names, sender: Sender) -> bool:
    """Whether the module of tasks imports what is not found from the folder of the script: another folder must be on the path as well."""
    claimed = names.project.evidence.claimed
    for one in sender.task.module.facts.imports:
        held = names.files(one.module, sender.root) or names.files(f"{one.module}.{one.name}", sender.root)
        if held and not any(root == sender.root or root in claimed for _, root in held):
            return True
    return False
