"""Patches of `delay` of a task that all code sends with `apply_async`: `delay` calls that, and nothing calls `delay`, so the message is sent for real."""

from __future__ import annotations

from taskguard.facts.questions import holds
from taskguard.project.celery.text_questions import parted_by
from taskguard.project.facades.patch_calls import patched_by, text_of, words_of
from taskguard.project.facades.unrun import CONFTEST, never_runs
from taskguard.project.python.names import resolve
from taskguard.project.python.testing import in_test_path, in_tests
from taskguard.project.tasks.declarations import tasks_in
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.facts.model import CallSite, Expr
    from taskguard.project.python.project import Module, Project
    from taskguard.project.tasks.task import Task

PATCHED, SENT = "delay", "apply_async"


class Missing(Record):
    """A patch of `delay` in a test file. `senders` are the files that send the task."""

    user: Module
    task: Task
    place: Expr
    senders: tuple[str, ...]


def missing_patches(project: Project) -> Iterator[Missing]:
    """All of them, by file, each task once for every file."""
    for path in project.search(f'{PATCHED}"', f"{PATCHED}'"):
        user = project.modules[path]
        if not in_test_path(path) or user.unreadable:
            continue
        told: set[Task] = set()
        for site in user.facts.calls:
            for task, place in _patched(user, site):
                if task in told or never_runs(user, place.span.line):
                    continue
                senders = _senders(user, task)
                if senders:
                    told.add(task)
                    yield Missing(user, task, place, senders)


def _patched(user: Module, site: CallSite) -> Iterator[tuple[Task, Expr]]:
    """The tasks of which a call patches `delay`: by a dotted name, or as an attribute of the task itself."""
    for holder, dotted, place in patched_by(user, site):
        name, _, last = dotted.rpartition(".")
        if last == PATCHED and name:
            yield from ((one, place) for one in _meant(holder, name, ""))
    args = site.call.args
    if len(args) > 1 and words_of(site)[-1] in ("object", "setattr") and text_of(user, args[1], site.scope) == PATCHED:
        yield from ((one, args[1]) for one in _meant(user, getattr(args[0], "name", ""), site.scope))


def _meant(holder: Module, name: str, scope: str) -> Iterator[Task]:
    """The one task that a name of a module means."""
    found = resolve(holder, name, scope) if name else None
    if found is not None and found.kind == "symbol" and found.module is not None:
        yield from (one for one in tasks_in(found.module) if one.qualname == found.path and one.form == "function")


def _senders(user: Module, task: Task) -> tuple[str, ...]:
    """The files that send a task, where they all do it by `apply_async` and no code has another use for it, the test file included; none where some may call `delay`."""
    project, name = task.module.project, task.qualname
    if not name.isidentifier() or parted_by(project, user.path, name, PATCHED)[1] or _is_patched_besides(user, name):
        return ()
    senders = []
    for path in project.search(name):
        if in_tests(path):
            continue
        whole, sent = parted_by(project, path, name, SENT)
        if whole != sent or holds(project, path, f"{name} as "):
            return ()
        if sent:
            senders.append(path)
    return tuple(senders)


def _is_patched_besides(user: Module, name: str) -> bool:
    """Whether a test file, or a `conftest.py` above it whose fixtures no test needs to ask for, patches what `delay` calls as well."""
    project = user.project
    if holds(project, user.path, f"{name}.{SENT}", f'"{SENT}"', f"'{SENT}'"):
        return True
    folder = user.path
    while folder:
        folder = folder.rpartition("/")[0]
        path = f"{folder}/{CONFTEST}".lstrip("/")
        if path in project.modules and holds(project, path, "autouse") and holds(project, path, SENT):
            return True
    return False
