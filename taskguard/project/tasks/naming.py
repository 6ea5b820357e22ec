"""Automatic task names: what decorators below the task decorator and an app's own `gen_task_name` make of them.

Celery asks the callable that it is given for `__module__` and `__name__` (celery/app/base.py, `gen_task_name`), so a decorator without
`functools.wraps` gives every task the name of its inner function.
"""

from __future__ import annotations

from taskguard.facts import changes, selections
from taskguard.facts.model import Attr, Call, Expr, Function, Ref
from taskguard.facts.selections import written_name
from taskguard.project.python.evaluate import Bound, value_of
from taskguard.project.python.names import resolve
from taskguard.project.python.testing import in_tests
from taskguard.project.python.values import Known, Unknown, Value
from taskguard.project.tasks.app_names import inherits
from taskguard.project.tasks.celery_names import CELERY_APP
from taskguard.query import query

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.facts.model import Step
    from taskguard.project.python.project import Module, Project

RENAMED = "a decorator may rename the function"
OWN = "the app's own gen_task_name"
HOOK = frozenset(("gen_task_name",))


def automatic_names(module: Module, decorators: tuple[Expr, ...], scope: str) -> list[Value | None]:
    """The dotted name of the callable that the decorators below each make; None where they keep the function's."""
    made: list[Value | None] = []
    name: Value | None = None
    for expr in reversed(decorators):
        made.append(name)
        changed = renamed(module, expr, scope)
        if changed is not None:
            name = changed
    return made[::-1]


def renamed(module: Module, expr: Expr, scope: str) -> Value | None:
    """What one decorator makes of the name; None where it keeps it. Decorators from outside the project are taken to keep it."""
    written = written_name(expr)
    found = resolve(module, written, scope) if written else None
    if found is None or found.kind != "symbol" or found.module is None:
        return None
    function = found.module.function(found.path)
    if function is None or function.holder == "class":
        return None
    return _result(found.module, function, 2 if isinstance(expr, Call) else 1, 0)


def _result(holder: Module, function: Function, levels: int, depth: int) -> Value | None:
    """What the call of a decorator (`levels` 1) or of a maker of decorators (2) gives back."""
    prefix = f"{function.qualname}.<locals>."
    nested = {
        one.name: one for one in holder.places.functions_in(function.qualname) if "." not in one.qualname[len(prefix) :]
    }
    if not nested or depth > 3:
        return None
    outcomes: list[Value | None] = []
    for value in (
        _returned(function.steps) if function.steps is not None else [Ref(name, function.span) for name in nested]
    ):
        name = written_name(value)
        inner = nested.get(name)
        if isinstance(value, Call) and inner is not None:
            outcomes.append(_result(holder, inner, 1, depth + 1))
        elif inner is not None and levels > 1:
            outcomes.append(_result(holder, inner, levels - 1, depth + 1))
        elif inner is not None:
            if _makes_decorators(holder, inner):
                continue
            outcomes.append(None if keeps_name(holder, inner) else Known(f"{holder.name}.{inner.name}", (holder.path,)))
        elif isinstance(value, Call) and not wraps(value):
            outcomes.append(Unknown(RENAMED))
        elif isinstance(value, Ref | Call):
            outcomes.append(None)
    if not outcomes:
        return None
    return outcomes[0] if all(one == outcomes[0] for one in outcomes[1:]) else Unknown(RENAMED)


def _makes_decorators(holder: Module, inner: Function) -> bool:
    """Whether a nested function has functions of its own, that is, returns them: `return decorator` beside `return decorator(func)`."""
    return bool(holder.places.functions_in(inner.qualname))


def _returned(steps: tuple[Step, ...]) -> list[Expr]:
    made: list[Expr] = []
    for step in steps:
        if step.kind == "return" and step.expr is not None:
            made.append(step.expr)
        made.extend(_returned(step.body) if step.kind == "if" else [])
        made.extend(_returned(step.orelse) if step.kind == "if" else [])
    return made


def wraps(call: Call) -> bool:
    """`functools.wraps(f)(inner)`, `update_wrapper(inner, f)`."""
    func = call.func.func if isinstance(call.func, Call) else call.func
    last = func.name.rpartition(".")[2] if isinstance(func, Ref | Attr) else ""
    return "wrap" in last or "decorat" in last


def keeps_name(holder: Module, inner: Function) -> bool:
    """Whether an inner function takes the name of what it wraps. Any decorator on it is taken for one that does."""
    if inner.decorators:
        return True
    outer = inner.qualname.rpartition(".<locals>.")[0]
    around = holder.function(outer)
    if around is not None and any("wrap" in one.rpartition(".")[2] for one in around.calls):
        return True
    names = (f"{inner.name}.__name__", f"{inner.name}.__dict__", f"{inner.name}.__qualname__")
    return any(isinstance(one.target, Ref) and one.target.name in names for one in holder.places.assigns_in(outer))


def _built_in(result: Bound) -> Value | None:
    """`super().gen_task_name(name, module)`, which is Celery's own: the module, a dot and the name."""
    call = result.expr
    if not isinstance(call, Call) or not isinstance(call.func, Attr) or call.func.name != "gen_task_name":
        return None
    receiver = call.func.of
    if not isinstance(receiver, Call) or receiver.callee != "super" or len(call.args) != 2 or call.keywords:
        return None
    name, holder = (value_of(result.other(one)) for one in call.args)
    if isinstance(name.value, str) and isinstance(holder.value, str):
        return Known(f"{holder.value}.{name.value}", (*name.files, *holder.files))
    return None


def _makes_plain_app(module: Module) -> bool:
    """Whether a file makes an app of Celery's own class: in another branch, or for another service."""
    if in_tests(module.path):
        return False
    return any(
        (found := resolve(module, site.call.callee, site.scope)).kind == "external" and found.path in CELERY_APP
        for site in selections.calling(module.facts, "Celery")
    )


class Namer:
    """How the apps of a project make automatic names. Make one a project."""

    def __init__(self, project: Project) -> None:
        self.own: list[tuple[Module, Function | None]] = []
        for module in project.looked_at:
            for klass in module.facts.classes:
                if klass.has("gen_task_name") and inherits(module, klass, CELERY_APP):
                    self.own.append((module, module.function(f"{klass.qualname}.gen_task_name")))
            for assign in changes.assigns_through(module.facts, HOOK):
                if isinstance(assign.target, Ref) and assign.target.name.endswith(".gen_task_name"):
                    self.own.append((module, None))
        self.plain = bool(self.own) and any(_makes_plain_app(one) for one in project.looked_at)

    def name(self, value: Value) -> Value:
        """The task name for a callable's dotted name; Unknown where an app's own pattern cannot be followed."""
        if not self.own or not isinstance(value, Known):
            return value
        module, function = self.own[0]
        if len(self.own) > 1 or function is None or function.steps is None or len(function.params) != 3:
            return Unknown(OWN, (module.path,))
        from taskguard.project.python.evaluate import run

        holder, _, last = str(value.value).rpartition(".")
        env: dict[str, object] = dict(
            zip((one.name for one in function.params), (Unknown("the app"), Known(last), Known(holder)), strict=True)
        )
        result = run(function.steps, module, function.qualname, env, 0)  # type: ignore[arg-type]
        made = _built_in(result) or value_of(result) if isinstance(result, Bound) else None
        if isinstance(made, Known) and isinstance(made.value, str):
            if self.plain and made.value != value.value:
                return Unknown("another app of the project has Celery's own names", (module.path,))
            return Known(made.value, tuple(dict.fromkeys((*value.files, *made.files, module.path))))
        return Unknown(OWN, (module.path,))


@query
def namer_of(project: Project) -> Namer:
    """How automatic task names are made in a project."""
    return Namer(project)
