"""Rows of django-celery-beat that code looks up by the name of their task: `PeriodicTask.objects.filter(task="shop.tasks.send")`."""

from __future__ import annotations

from taskguard.facts.questions import finds
from taskguard.project.celery.migration_files import in_migrations
from taskguard.project.celery.rows import MODEL, is_model
from taskguard.project.celery.text_questions import LOOKS_UP, TIDIES, looks_up
from taskguard.project.python.evaluate import Bound
from taskguard.project.python.flow import body_of, calls_of
from taskguard.project.python.testing import in_tests

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.facts.model import Expr
    from taskguard.project.python.project import Module

LOOKS = ("get", "filter", "exclude")


def row_lookups(module: Module) -> Iterator[tuple[Bound, Expr]]:
    """The calls of one file that look rows up, each with what says the task."""
    project, path = module.project, module.path
    if path not in project.holders(MODEL) or in_migrations(path) or in_tests(path) or TIDIES.search(path):
        return
    for function in module.facts.functions if finds(project, path, LOOKS_UP) else ():
        body = body_of(module, function) if looks_up(project, path, function) else None
        for called in calls_of(body) if body is not None else ():
            head, _, last = called.call.callee.rpartition(".")
            given = called.call.keyword("task") if last in LOOKS and head.endswith(".objects") else None
            if given is not None and is_model(module, head.removesuffix(".objects"), function.qualname):
                yield Bound(called.call, module, function.qualname), given
