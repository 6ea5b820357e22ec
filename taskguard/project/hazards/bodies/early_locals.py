"""Names of a module that a function binds as its own ones, and reads before that."""

from __future__ import annotations

import builtins

from taskguard.facts.model import Ref
from taskguard.project.celery.forgotten import is_unsent
from taskguard.project.hazards.bodies.text_questions import early_reads
from taskguard.project.python.aside import put_aside
from taskguard.project.tasks.declarations import tasks_in

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.facts.early_reads import Early
    from taskguard.facts.model import Function
    from taskguard.project.python.project import Module

_BUILT_IN = frozenset(dir(builtins))


def early_locals(module: Module) -> Iterator[tuple[Function, Early]]:
    """All of them in a file with tasks, by function; tasks that nobody sends left out."""
    tasks = tasks_in(module)
    if not tasks or put_aside(module):
        return
    facts = module.facts
    outer = {one.name for one in facts.bindings} | {one.bound for one in facts.imports if not one.scope}
    outer |= {one.name for one in facts.functions if one.holder == "module"}
    outer |= {one.name for one in facts.classes if one.holder == "module"} | _BUILT_IN
    inner: dict[str, set[str]] = {}
    for each in facts.imports:
        inner.setdefault(each.scope, set()).add(each.bound)
    for assign in facts.assigns:
        if isinstance(assign.target, Ref):
            inner.setdefault(assign.scope, set()).add(assign.target.name)
    for function in facts.functions:
        bound = inner.get(function.qualname, set()).union(function.locals)
        own = outer.intersection(bound).difference(one.name for one in function.params)
        if not own or any(one.function is function and is_unsent(one) for one in tasks):
            continue
        for one in early_reads(module.project, module.path, function, *sorted(own)):
            yield function, one
