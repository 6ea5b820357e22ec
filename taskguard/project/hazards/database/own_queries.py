"""What classes of rows do otherwise than Django: the methods of their managers, and what saves and deletes a row."""

from __future__ import annotations

from taskguard.facts.model import Attr, Binding, Call, Class, Expr
from taskguard.facts.selections import written_name
from taskguard.facts.statements import Do, Let, Return
from taskguard.patterns import regex
from taskguard.project.hazards.database.managers import MANAGERS
from taskguard.project.hazards.database.rows import Model
from taskguard.project.hazards.database.sliced import KEEPING
from taskguard.project.hazards.database.transactions import MODEL
from taskguard.project.python.flow import body_of, returned, spots_of
from taskguard.project.python.names import resolve
from taskguard.project.tasks.app_names import family, parents
from taskguard.query import query

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.facts.model import Function
    from taskguard.facts.statements import Body
    from taskguard.project.python.project import Module

# Managers and QuerySets that ask as Django has it.
QUERYING = regex(
    r"django\.db\.models(?:\.manager|\.query)?\.(?:Manager|BaseManager|QuerySet)\Z|django\.contrib\.auth\.(?:base_user|models)\.(?:BaseUserManager|UserManager)\Z"
)
# Bases without a method of rows, and those of libraries that ask the database as Django does.
KNOWN = regex(r"(?:builtins\.object|abc\.ABC|typing\.\w+|django\.(?:db|contrib)\.[\w.]+)\Z")
GIVES_ROWS = "get_queryset"
DEEPEST = 8


def manager_adds(model: Model, manager: str) -> frozenset[str] | None:
    """The methods that a manager of a class of rows has of its own, `get_queryset` left out where it gives rows as Django does; None where it cannot be told."""
    if model.module is None or model.klass is None:
        return frozenset() if manager in MANAGERS else None
    return _manager_adds(model.module, model.klass.qualname, manager)


@query
def _manager_adds(module: Module, qualname: str, manager: str) -> frozenset[str] | None:
    family = _family(module, qualname)
    if family is None:
        return None
    for home, klass in family:
        made = home.attribute(klass.qualname, manager)
        if made is not None:
            return _made_by(home, klass, made)
        if klass.has(manager):
            return None
    return frozenset() if manager in ("objects", "_default_manager", "_base_manager") else None


def _made_by(module: Module, klass: Class, made: Binding) -> frozenset[str] | None:
    """What a manager has of its own, by what makes it: `OrderManager()`, `OrderQuerySet.as_manager()`, `Manager.from_queryset(OrderQuerySet)()`."""
    value = made.value
    if not isinstance(value, Call):
        return None
    inner = value.func if isinstance(value.func, Call) else None
    names = [value.callee.removesuffix(".as_manager")]
    if inner is not None and inner.method == "from_queryset" and inner.args:
        names = [inner.callee.rpartition(".")[0], written_name(inner.args[0])]
    own = [_own_of(module, klass.qualname, name) for name in names]
    return frozenset().union(*(one for one in own if one is not None)) if all(one is not None for one in own) else None


def _own_of(module: Module, scope: str, name: str) -> frozenset[str] | None:
    """The methods of a manager's class and of those of the project above it."""
    found = resolve(module, name, scope) if name else None
    if found is None or found.kind not in ("symbol", "external"):
        return None
    if found.kind == "external":
        return frozenset() if QUERYING.match(found.path) else None
    if found.module is None or found.module.klass(found.path) is None:
        return None
    return _class_adds(found.module, found.path)


@query
def _class_adds(module: Module, qualname: str, depth: int = 0) -> frozenset[str] | None:
    klass = module.klass(qualname)
    if klass is None or not klass.bases or klass.keywords or klass.decorators or depth > DEEPEST:
        return None
    made = {one for one in klass.methods if one != GIVES_ROWS}
    made |= {one.name for one in klass.attributes if one.name != GIVES_ROWS}
    own = module.function(f"{qualname}.{GIVES_ROWS}") if klass.has(GIVES_ROWS) else None
    if klass.has(GIVES_ROWS) and (own is None or not _gives_what_django_does(module, own)):
        return None
    # `class OrderManager(models.Manager.from_queryset(OrderQuerySet))` cannot be followed by its name.
    for parent in parents(module, klass):
        if parent.module is not None and parent.klass is not None:
            above = _class_adds(parent.module, parent.klass.qualname, depth + 1)
        else:
            above = frozenset() if QUERYING.match(parent.dotted) else None
        if above is None:
            return None
        made |= above
    return frozenset(made)


def _gives_what_django_does(module: Module, function: Function) -> bool:
    """Whether each `return` of a `get_queryset` is `super().get_queryset()`, and what Django's own methods make of it."""
    body = body_of(module, function)
    values = returned(body) if body is not None and not function.is_async else []
    return bool(values) and all(one is not None and _is_of_super(one) for one in values)


def _is_of_super(expr: Expr) -> bool:
    while isinstance(expr, Call) and isinstance(expr.func, Attr) and expr.func.name in KEEPING:
        expr = expr.func.of
    return is_super(expr, GIVES_ROWS)


def is_super(expr: Expr, method: str) -> bool:
    """Whether an expression is `super().method(…)`."""
    func = expr.func if isinstance(expr, Call) else None
    return isinstance(func, Attr) and func.name == method and isinstance(func.of, Call) and func.of.callee == "super"


@query
def _family(module: Module, qualname: str) -> tuple[tuple[Module, Class], ...] | None:
    """A class of rows and those of the project above it, in the order of their bases; None where one of another library may do something else."""
    klass = module.klass(qualname)
    held = family(module, klass, DEEPEST) if klass is not None else []
    above = (parent for one in held for parent in parents(*one) if parent.module is None or parent.klass is None)
    if not held or not all(MODEL.match(parent.dotted) or KNOWN.match(parent.dotted) for parent in above):
        return None
    return tuple(held)


def writes_row(model: Model, method: str) -> bool:
    """Whether a method of a row (`save`, `delete`, `refresh_from_db`) surely asks the database: it is Django's own, or leads to that of its class on each way."""
    if model.module is None or model.klass is None:
        return True
    return _writes(model.module, model.klass.qualname, method)


@query
def _writes(module: Module, qualname: str, method: str) -> bool:
    family = _family(module, qualname)
    if family is None:
        return False
    for home, klass in family:
        if not klass.sets(method):
            continue
        function = home.function(f"{klass.qualname}.{method}")
        body = body_of(home, function) if function is not None and not function.decorators else None
        if function is None or function.is_async or body is None:
            return False
        if not _leads_on(body, method):
            return False
    return True


def _leads_on(body: Body, method: str) -> bool:
    """Whether each way through a method comes to `super().method(…)`."""
    for spot in spots_of(body):
        if not spot.around and isinstance(spot.statement, Do | Return | Let) and _leads_up(spot.statement, method):
            return True
        if isinstance(spot.statement, Return):
            return False
    return False


def _leads_up(statement: Do | Return | Let, method: str) -> bool:
    value = statement.expr if isinstance(statement, Do) else statement.value
    return value is not None and is_super(value, method)
