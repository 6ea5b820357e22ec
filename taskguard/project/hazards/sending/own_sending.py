"""`apply_async` of a task class that breaks what Celery's own does: it gives back nothing, or hands on an argument twice (celery/app/task.py, `delay`, `apply_async`)."""

from __future__ import annotations

from taskguard.facts.model import Attr, Call, Const, Item, Ref, Star
from taskguard.facts.statements import Do, Let
from taskguard.project.hazards.calls.dispatched import sending_files, sent_by
from taskguard.project.python.flow import below, body_of, bound_in, calls_of, expressions, parts_of, returned, spots_of
from taskguard.project.python.testing import in_tests
from taskguard.project.registry.effective import lineage_of
from taskguard.project.tasks.app_names import task_class
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Literal

    from taskguard.diagnostics import Span
    from taskguard.facts.model import Function
    from taskguard.facts.statements import Body
    from taskguard.project.python.flow import Called
    from taskguard.project.python.project import Module, Project

    Kind = Literal["nothing", "twice", "itself"]

METHOD = "apply_async"
WORD = f"def {METHOD}("


class OwnSending(Record):
    """What is wrong with an `apply_async`: it gives back `nothing`, which `path` and `line` ask for something, hands on `name` of its arguments `twice`, or the task `itself` as an argument."""

    module: Module
    function: Function
    span: Span
    kind: Kind
    name: str = ""
    path: str = ""
    line: int = 0


def own_sendings(project: Project) -> Iterator[OwnSending]:
    """All of them, by file."""
    for path in project.search(WORD):
        module = project.modules[path]
        for klass in module.facts.classes if not in_tests(path) else ():
            function = module.function(f"{klass.qualname}.{METHOD}") if METHOD in klass.methods else None
            if function is None or function.decorators or not function.params or not task_class(module, klass):
                continue
            body = body_of(module, function)
            if body is not None and not body.is_async and not body.is_generator:
                yield from _in_method(module, function, body)


def _in_method(module: Module, function: Function, body: Body) -> Iterator[OwnSending]:
    handed = [one for one in calls_of(body) if _is_super(one.call)]
    if not handed:
        return
    own = function.params[0].name
    for one in handed:
        first = one.call.args[0] if one.call.args else None
        if isinstance(first, Ref) and first.name == own:
            yield OwnSending(module, function, first.span, "itself", own)
            return
    var = next((one.name for one in function.params if one.kind == "var"), "")
    rest = next((one.name for one in function.params if one.kind == "rest"), "")
    if len(function.params) == 3 and var and rest and all(_hands_on(one.call, var, rest) for one in handed):
        yield from _twice(module, function, body, var, rest)
    if all(_is_dropped(one) for one in handed) and not any(one is not None for one in returned(body)):
        used = _used(module.project, f"{module.name}.{function.qualname.rpartition('.')[0]}")
        if used is not None:
            yield OwnSending(module, function, handed[0].call.span, "nothing", "", *used)


def _used(project: Project, dotted: str) -> tuple[str, int] | None:
    """Where somebody asks something of what `delay()` gives back for a task of that class: `send.delay(1).id`, `sent = send.delay(1)` and then `sent.id`."""
    for path in sending_files(project):
        module = project.modules[path]
        for function in module.facts.functions if not in_tests(path) else ():
            for one in sent_by(module, function):
                if one.task is not None and dotted in lineage_of(one.task)[0] and _asks(module, function, one.called):
                    return path, one.called.call.span.line
    return None


def _asks(module: Module, function: Function, called: Called) -> bool:
    if called.within and isinstance(called.within[-1], Attr):
        return True
    one = called.spot.statement
    body = body_of(module, function)
    if not isinstance(one, Let) or one.value is not called.call or not isinstance(one.targets[0], Ref) or body is None:
        return False
    name = one.targets[0].name
    return len(bound_in(body, name)) == 1 and any(
        isinstance(expr, Ref) and expr.name.startswith(f"{name}.") for _, expr, _ in parts_of(body)
    )


def _is_super(call: Call) -> bool:
    """`super().apply_async(…)`, `super(Own, self).apply_async(…)`."""
    func = call.func
    return isinstance(func, Attr) and func.name == METHOD and isinstance(func.of, Call) and func.of.callee == "super"


def _hands_on(call: Call, var: str, rest: str) -> bool:
    args = [one.value.name if isinstance(one, Star) and isinstance(one.value, Ref) else "" for one in call.args]
    kwargs = [one.value.name if one.name is None and isinstance(one.value, Ref) else "" for one in call.keywords]
    return args == [var] and kwargs == [rest]


def _twice(module: Module, function: Function, body: Body, var: str, rest: str) -> Iterator[OwnSending]:
    """`kwargs["kwargs"] = …` before `super().apply_async(*args, **kwargs)`: `delay` gives both by position."""
    read = [
        one
        for spot in spots_of(body, inner=True)
        for expr in expressions(spot.statement)
        for one, within in below(expr)
        if isinstance(one, Ref) and one.name.partition(".")[0] == var and not (within and isinstance(within[-1], Star))
    ]
    if read:
        return  # it looks at what stands by position
    for spot in spots_of(body):
        for span, key in _set(spot.statement, rest):
            if key in ("args", "kwargs"):
                yield OwnSending(module, function, span, "twice", key)
                return


def _set(statement: object, rest: str) -> Iterator[tuple[Span, object]]:
    """The keys that a statement puts into the keywords."""
    for target in statement.targets if isinstance(statement, Let) else ():
        if isinstance(target, Item) and isinstance(target.of, Ref) and target.of.name == rest:
            yield target.span, target.index.value if isinstance(target.index, Const) else None
    call = statement.expr if isinstance(statement, Do) else None
    if isinstance(call, Call) and call.callee == f"{rest}.setdefault" and len(call.args) == 2:
        yield call.span, call.args[0].value if isinstance(call.args[0], Const) else None


def _is_dropped(called: Called) -> bool:
    return not called.later and isinstance(called.spot.statement, Do) and called.spot.statement.expr is called.call
