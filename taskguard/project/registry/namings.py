"""Names that the project gives to things of which it cannot be told whether they are tasks: by a decorator, a class keyword, a registration."""

from __future__ import annotations

import re

from taskguard.facts import selections
from taskguard.facts.model import Call, Const, Expr, Ref
from taskguard.facts.questions import every
from taskguard.project.python.evaluate import Bound, value_of
from taskguard.project.python.names import resolve
from taskguard.project.python.project import unreadable_paths
from taskguard.project.python.testing import in_test_path
from taskguard.query import query

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.project.python.project import Module, Project

MAKERS = frozenset(("register", "register_task", "shared_task", "task"))
# What decorators are given that takes a string, and names no task by it.
OTHERS = ("click.", "django.", "flask.", "mock.", "pytest.", "unittest.")


@query
def given_names(project: Project) -> dict[str, str]:
    """All names that are given so, each with the file and line of the first place."""
    made: dict[str, str] = {}
    for module in project.looked_at:
        if in_test_path(module.path):
            continue
        for expr, scope in _names(module):
            name = expr.value if isinstance(expr, Const) else value_of(Bound(expr, module, scope)).value
            if isinstance(name, str):
                made.setdefault(name, f"{module.path}:{expr.span.line}")
    return made


def named_by_unread(project: Project, name: str) -> str:
    """The file that gives a name to a decorator which a file that does not parse may define; empty where none does.

    Who uses a decorator of the project's own need hold no word of Celery's, and is looked at only where that decorator can be read.
    """
    if not unreadable_paths(project):
        return ""
    used = re.compile(rf"^[ \t]*@(?:\w+\.)*(\w+)\([^()]*[\"']{re.escape(name)}[\"']", re.M)
    for path in project.search(name):
        if not in_test_path(path) and any(project.mentions(one) for one in every(project, path, used)):
            return path
    return ""


def _names(module: Module) -> Iterator[tuple[Expr, str]]:
    """What is written in the places of a file where a task may be named."""
    facts = module.facts
    for function in selections.decorated(facts):
        for expr in function.decorators:
            if isinstance(expr, Call) and not _other(module, expr, _outside(function.qualname)):
                yield from ((one, _outside(function.qualname)) for one in _given(expr))
    for klass in facts.classes:
        scope = _outside(klass.qualname)
        yield from ((one.value, scope) for one in klass.keywords if isinstance(one.value, Const | Ref))
        for expr in klass.decorators:
            if isinstance(expr, Call):
                yield from ((one, scope) for one in _given(expr))
    for site in selections.calling(facts, *MAKERS):
        if site.call.callee:
            yield from ((one, site.scope) for one in _given(site.call))


def _given(call: Call) -> Iterator[Expr]:
    """All strings among the arguments, and what stands where a name is wanted."""
    yield from (one for one in call.args if isinstance(one, Const) or (one is call.args[0] and isinstance(one, Ref)))
    for keyword in call.keywords:
        wanted = (keyword.name or "").endswith("name") and isinstance(keyword.value, Ref)
        if wanted or isinstance(keyword.value, Const):
            yield keyword.value


def _other(module: Module, call: Call, scope: str) -> bool:
    found = resolve(module, call.callee, scope) if call.callee else None
    return found is not None and found.kind == "external" and found.path.startswith(OTHERS)


def _outside(qualname: str) -> str:
    return qualname.rpartition(".")[0].removesuffix(".<locals>")
