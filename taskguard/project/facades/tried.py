"""What a `try` is for that an import stands in: the work of a task, or a task that is sent, where the import makes each run end in the handler, or the `def` around
it, which runs later."""

from __future__ import annotations

import re

from taskguard.facts.selections import own_imports
from taskguard.project.facades.text_questions import works_behind
from taskguard.project.python.exported import binds_name
from taskguard.project.python.followed import reached
from taskguard.project.python.names import absolute_name
from taskguard.project.tasks.declarations import tasks_in
from taskguard.query import query

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.facts.model import Import
    from taskguard.project.python.project import Module

# Less than this is an import that a task can do without.
LEAST = 3


def tried_by_a_task(module: Module, one: Import) -> bool:
    """Whether an import stands in the `try` of a task's own work, in which what it imports is used, and no handler expects it to fail."""
    function = module.function(one.scope) if one.guard == "try" and one.scope else None
    name = one.bound
    if function is None or one.name == "*" or one.scope not in _run_by_tasks(module):
        return False
    first = function.span.line
    return works_behind(module.project, module.path, function, one.span.line - first, rf"\b{re.escape(name)}\b", LEAST)


@query
def _run_by_tasks(module: Module) -> frozenset[str]:
    """The functions of tasks of a file, and those of it that these call, run or await, or define and call."""
    functions = [task.function for task in tasks_in(module) if task.function is not None]
    return frozenset(one.qualname for function in functions for one in reached(module, function, awaited=True))


def tried_to_send(module: Module, one: Import) -> bool:
    """Whether an import stands in the `try` of a function, in which a task of that name is sent, and no handler expects the import to fail: all that it does is to
    hide that nothing is ever sent."""
    function = module.function(one.scope) if one.guard == "try" and one.scope else None
    if function is None or not one.name or one.name == "*":
        return False
    sends = rf"\b{re.escape(one.bound)}\.(?:delay|apply_async)(?:_on_commit)?[ \t]*\("
    return works_behind(module.project, module.path, function, one.span.line - function.span.line, sends, 1)


def never_defined(module: Module, one: Import) -> bool:
    """Whether an import stands in a function whose `def` is part of a `try` at the head of the file that fails before: then there is no such function."""
    function = module.function(one.scope.partition(".<locals>")[0]) if one.scope else None
    return function is not None and function.guard == "try" and _fails(module)


@query
def _fails(module: Module) -> bool:
    """Whether an import of the project in such a `try` of a file may fail."""
    for one in own_imports(module.facts, module.project.heads):
        if one.guard == "try" and not one.scope:
            target = module.project.find(absolute_name(module, one.module), module)
            bound = target is not None and (not one.name or one.name == "*" or binds_name(target, one.name) is True)
            if not bound and one.module.partition(".")[0] != "celery":
                return True
    return False
