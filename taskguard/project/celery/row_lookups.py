"""Rows of django-celery-beat that code looks up by the name of their task: `PeriodicTask.objects.filter(task="shop.tasks.send")`."""

from __future__ import annotations

from taskguard.facts.questions import BodyQuestion, finds
from taskguard.patterns import regex
from taskguard.project.celery.migration_files import in_migrations
from taskguard.project.celery.rows import MODEL, is_model
from taskguard.project.python.evaluate import Bound
from taskguard.project.python.flow import body_of, calls_of
from taskguard.project.python.testing import in_tests

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.facts.model import Expr
    from taskguard.project.python.project import Module

LOOKS = ("get", "filter", "exclude")
LOOKS_UP = regex(r"objects\.(?:get|filter|exclude)\([^()]*\btask\s*=")
# What looks for rows of tasks that are gone on purpose: to delete them, or to give them their new names.
TIDIES = regex(
    r"(?i)delete\(|\.task\s*=(?!=)|update\([^)]*\btask\s*=|\b\w*(?:old|legacy|obsolete|stale|deprecat|renam|clean_?up|remov|former|orphan|prune|migrat|retire|disable)\w*"
)


def row_lookups(module: Module) -> Iterator[tuple[Bound, Expr]]:
    """The calls of one file that look rows up, each with what says the task."""
    project, path = module.project, module.path
    if path not in project.holders(MODEL) or in_migrations(path) or in_tests(path) or TIDIES.search(path):
        return
    for function in module.facts.functions if finds(project, path, LOOKS_UP) else ():
        body = body_of(module, function) if _looks_up(project, path, function) else None
        for called in calls_of(body) if body is not None else ():
            head, _, last = called.call.callee.rpartition(".")
            given = called.call.keyword("task") if last in LOOKS and head.endswith(".objects") else None
            if given is not None and is_model(module, head.removesuffix(".objects"), function.qualname):
                yield Bound(called.call, module, function.qualname), given


@BodyQuestion
def _looks_up(text: str, first: int, last: int) -> bool:
    """Whether the lines of a function look rows up, and are not about tasks that are gone."""
    lines = "\n".join(text.split("\n")[first - 1 : last])
    return LOOKS_UP.search(lines) is not None and TIDIES.search(lines) is None
