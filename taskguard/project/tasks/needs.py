"""What the body of a task needs around it: an application context of Flask, the tenant of a request."""

from __future__ import annotations

from taskguard.facts.free_names import globals_read
from taskguard.facts.model import Binding, Call, Ref
from taskguard.project.python.names import resolve, resolved_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.facts.model import Class, Function
    from taskguard.project.python.names import Found
    from taskguard.project.python.project import Module
    from taskguard.project.tasks.task import Task

# What of Flask raises a RuntimeError outside of an application context, and what asks whether there is one.
BOUND = frozenset(f"flask.{name}" for name in "current_app g url_for render_template render_template_string".split())
ASKS = frozenset(("flask.has_app_context", "flask.has_request_context"))
DEEPEST = 3


def needs_context(task: Task) -> str:
    """`sure` where the body, or a function that it calls, uses what works in an application context alone; `likely` where it uses code of the
    project that speaks of Flask or its database; empty where nothing says so."""
    likely = False
    reached = list(_reached(task))
    for depth, module, function in reached:
        used = list(_used(module, function))
        dotted = {found.dotted for _, found in used}
        if ASKS & dotted:
            return "likely"
        if BOUND & dotted or any(_bound_to_app(name, found, function) for name, found in used):
            return "sure"
        if depth == 0:
            likely = likely or any(found.module not in (None, module) and _speaks(found.module) for _, found in used)
    return "likely" if likely else ""


def needs_tenant(task: Task) -> str:
    """`likely` where the body, or a function that it calls, asks Django's database."""
    for _, _, function in _reached(task):
        if any(".objects." in f"{name}." for name in function.calls):
            return "likely"
    return ""


def _reached(task: Task) -> Iterator[tuple[int, Module, Function]]:
    """The body of a task and the functions of the project that it calls."""
    first = task.function or task.module.function(f"{task.qualname}.run")
    if first is None or task.module.function(first.qualname) is not first:
        return
    waiting = [(0, task.module, first)]
    seen = {(task.module.path, first.qualname)}
    while waiting:
        depth, module, function = waiting.pop(0)
        yield depth, module, function
        for name in function.calls if depth < DEEPEST else ():
            found = resolve(module, name, function.qualname)
            inner = found.module.function(found.path) if found.kind == "symbol" and found.module is not None else None
            # A decorator may open what its function needs.
            if inner is None or found.module is None or inner.decorators or (found.module.path, found.path) in seen:
                continue
            seen.add((found.module.path, found.path))
            waiting.append((depth + 1, found.module, inner))


def _used(module: Module, function: Function) -> Iterator[tuple[str, Found]]:
    """The names that a function takes from its module or imports itself, and what they are."""
    text = module.project.text(module.path)
    names = globals_read(text, function.span.line) if text is not None else frozenset()
    own = {one.bound for one in module.facts.imports if one.scope == function.qualname and one.bound}
    for name in sorted(names | own):
        yield name, resolve(module, name, function.qualname)


def _bound_to_app(name: str, found: Found, function: Function) -> bool:
    """Whether a name is the database of Flask-SQLAlchemy, or a model of it, and is asked."""
    if found.kind != "symbol" or found.module is None:
        return False
    asked = any(f"{one}.".startswith(f"{name}.session.") for one in function.calls)
    if asked and _is_database(found):
        return True
    queried = any(f"{one}.".startswith(f"{name}.query.") for one in function.calls)
    klass = found.module.klass(found.path) if queried else None
    return klass is not None and _is_model(found.module, klass)


def _is_database(found: Found) -> bool:
    """Whether a variable holds `SQLAlchemy()` that knows no app of its own (flask_sqlalchemy)."""
    entry = found.module.entry(found.path) if found.module is not None else None
    value = entry.value if isinstance(entry, Binding) else None
    if found.module is None or not isinstance(value, Call) or value.args or value.keyword("app") is not None:
        return False
    return resolved_name(found.module, value.callee).startswith("flask_sqlalchemy.")


def _is_model(module: Module, klass: Class) -> bool:
    for base in klass.bases:
        head, _, last = base.name.rpartition(".") if isinstance(base, Ref) else ("", "", "")
        if last == "Model" and head:
            found = resolve(module, head)
            return found.kind == "symbol" and _is_database(found)
    return False


def _speaks(module: Module | None) -> bool:
    """Whether a module uses Flask, or the database of an app."""
    if module is None:
        return False
    return any(one.module.partition(".")[0].startswith("flask") or one.bound == "db" for one in module.facts.imports)
