"""Classes that nothing names, and schedules that a function gives which no code but tests calls: what they do is done by nobody."""

from __future__ import annotations

import re

from taskguard.facts.questions import finds
from taskguard.patterns import regex
from taskguard.project.celery.forgotten import is_task_no_more, may_be_published, stands_alone
from taskguard.project.celery.loaded import importing, in_use
from taskguard.project.celery.schedules import beat_of
from taskguard.project.celery.system import celery_of
from taskguard.project.facades.never_loaded import NEVER, never_loaded
from taskguard.project.python.imports import imports_of
from taskguard.project.python.names import resolve
from taskguard.project.python.testing import in_test_path, in_tests
from taskguard.project.tasks.declarations import tasks_in
from taskguard.query import query

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.facts.model import Class, Expr
    from taskguard.project.python.project import Module

# Classes of libraries that keep no list of those that are made of them.
PLAIN = (
    "rest_framework.",
    "django.forms.",
    "django.views.",
    "django.http.",
    "pydantic.BaseModel",
    "marshmallow.Schema",
    "abc.ABC",
    "enum.",
)
# Functions that a server, a platform, a tool for migrations or Python itself calls by their names.
BY_NAME = regex(
    r"__\w+__$|pytest_|main$|run$|setup$|teardown$|(?:lambda_)?handler$|handle$|create_app$|make_app$|app$|application$|upgrade$|downgrade$|(?:pre|post|on|when)_|child_exit$|worker_(?:int|abort|exit)$|nworkers_changed$"
)
OBJECT = ("object", "Exception", "ABC")
# Code that asks a module for names which it puts together, or for all that it has.
_ASKS = r"\bgetattr\([ \t\n]*(?!self\b|request\b|obj\b|instance\b)[\w.]+[ \t\n]*,[ \t\n]*(?![\"'])|\bglobals\(\)|\bvars\(|\blocals\(\)\[|getmembers\("
ASKS = regex(rf"{_ASKS}|\.__dict__\b")
DEEPEST = 8


def why_idle(module: Module, scope: str) -> str:
    """Why nobody runs what stands in a function or class of a module; empty where somebody may."""
    if is_task_no_more(module, scope):
        return "the function around it is a task no more, and nobody calls it"
    if is_never_made(module, scope):
        return f"nothing names {scope.partition('.')[0]}, so nobody makes one"
    return NEVER if never_loaded(module) else ""


@query
def is_never_made(module: Module, scope: str) -> bool:
    """Whether a place stands in a class at the top of a module that certainly nothing uses: nothing but its name leads to it, that stands nowhere else in the
    project, tests included, no code asks for names that it puts together, nothing is published, and code of the project takes other things from the module: it is in use."""
    outer, project = scope.partition(".")[0], module.project
    klass = module.klass(outer) if outer else None
    if klass is None or klass.holder != "module" or not project.complete or in_test_path(module.path):
        return False
    if not _is_plain(module, klass) or may_be_published(module) or not stands_alone(module, outer):
        return False
    users = tuple(importing(project, module))
    if not any(_takes_from(one, module) for one in users):
        return False
    return not any(finds(project, one.path, ASKS) for one in (module, *importing(project, module, tests=True)))


def _takes_from(user: Module, module: Module) -> bool:
    """Whether a module imports a name that another one defines."""
    targets = imports_of(module.project).targets
    made = {one.qualname for one in module.facts.classes} | {one.qualname for one in module.facts.functions}
    return any(one.name in made and module.path in targets(user, one.module, one.name) for one in user.facts.imports)


@query
def is_never_called(module: Module, scope: str) -> bool:
    """Whether a place stands in a function at the top of a module that certainly nobody calls: it has no decorator, its name stands nowhere else in the
    project, tests included, no code asks for names that it puts together, and code of the project takes other things from the module, or sends its tasks.
    One without a leading underscore has to be of what nobody publishes."""
    outer, project = scope.partition(".")[0], module.project
    function = module.function(outer) if outer else None
    if function is None or function.holder != "module" or function.decorators or not project.complete:
        return False
    if in_tests(module.path) or module.klass(outer) is not None or BY_NAME.match(outer):
        return False
    if (not outer.startswith("_") and may_be_published(module)) or not stands_alone(module, outer):
        return False
    if not tasks_in(module) and not any(_takes_from(one, module) for one in importing(project, module)):
        return False
    # What an object of some class holds says nothing of the functions of a module.
    last = re.escape(module.name.rpartition(".")[2])
    asks = re.compile(rf"{_ASKS}|(?:[\])]|module|\b{last})\.__dict__\b")
    return not any(finds(project, one.path, asks) for one in (module, *importing(project, module, tests=True)))


def is_never_asked(module: Module, scope: str) -> bool:
    """Whether a place stands in a function at the top of a module that no code but tests calls, and a beat reads another schedule: what it gives, nobody has."""
    outer = scope.partition(".")[0]
    function = module.function(outer) if outer else None
    if function is None or function.holder != "module" or function.decorators or not module.project.complete:
        return False
    scheduled = any(beat_of(one) for one in in_use(celery_of(module.project)))
    return scheduled and stands_alone(module, outer, tested=False)


def _is_plain(module: Module, klass: Class, deep: int = 0) -> bool:
    """Whether nothing but its name leads to a class: no decorator or metaclass, and no ancestor notes it down or is asked for those made of it."""
    if klass.decorators or klass.keywords or klass.has("__init_subclass__") or deep > DEEPEST:
        return False
    return all(_is_plain_base(module, one, deep) for one in klass.bases)


def _is_plain_base(module: Module, base: Expr, deep: int) -> bool:
    name = getattr(base, "name", "")
    found = resolve(module, name) if name else None
    if name in OBJECT and (found is None or found.kind != "symbol"):
        return True
    if found is None:
        return False
    if found.kind == "external":
        return found.path.startswith(PLAIN)
    held = found.module.klass(found.path) if found.kind == "symbol" and found.module is not None else None
    if held is None or found.module is None:
        return False
    asked = re.compile(rf"\b{re.escape(held.name)}\.__subclasses__\b")
    project = module.project
    if any(finds(project, path, asked) for path in project.search("__subclasses__")):
        return False
    return _is_plain(found.module, held, deep + 1)
