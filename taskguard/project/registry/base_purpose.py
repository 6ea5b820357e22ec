"""What a base class of tasks is for: whether it is meant for all of them, or for those that want what it gives."""

from __future__ import annotations

from taskguard.facts.model import Call, Const, Dict, Item, Ref
from taskguard.facts.statements import Let, Other
from taskguard.project.python.call_questions import names_from_without
from taskguard.project.python.flow import below, body_of, expressions, spots_of
from taskguard.project.python.names import resolved_name
from taskguard.project.tasks.bases import ancestry, locate
from taskguard.project.tasks.celery_names import CELERY_TASK
from taskguard.query import query

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from taskguard.facts.model import Expr, Function
    from taskguard.facts.statements import Statement
    from taskguard.project.python.project import Module
    from taskguard.project.tasks.task import Task

# Whoever reads these or writes to them, it says nothing of what he is for.
COMMON = frozenset("settings config conf constants log logger logging app celery celery_app".split())
# Attributes of a class that say something of the class alone.
ABOUT_ITSELF = frozenset(("abstract", "__doc__", "__slots__"))
COPIES = frozenset("list tuple dict".split())


@query
def changes_arguments(module: Module, dotted: str) -> bool:
    """Whether a base class hands its tasks other arguments than were sent: who does without it is written for those that are sent."""
    for holder, function in _methods(module, dotted):
        taken = {one.name for one in function.params if one.kind in ("var", "rest")}
        body = body_of(holder, function) if function.name == "__call__" and taken else None
        if body is not None and any(_changes(spot.statement, taken) for spot in spots_of(body)):
            return True
    return False


@query
def reads_arguments(module: Module, dotted: str) -> bool:
    """Whether a method of a base class reads one of the arguments that the task was sent: `args[0]`."""
    for holder, function in _methods(module, dotted):
        named = {one.name for one in function.params} & {"args", "kwargs"}
        body = body_of(holder, function) if named else None
        for spot in spots_of(body) if body is not None else ():
            for expr in expressions(spot.statement):
                if any(isinstance(one, Item) and _of(one) in named for one, _ in below(expr)):
                    return True
    return False


def _takes_nothing(task: Task) -> bool:
    params = task.function.params if task.function is not None else None
    return params is not None and len(params) == (task.option("bind").value is True)


def wants_none(task: Task, dotted: str, users: Iterable[Task]) -> bool:
    """Whether a task makes no use of what a base class looks after, such as a session, and all tasks with that class use it themselves; or
    is sent without arguments, and the class picks out of these what it looks after."""
    if _takes_nothing(task) and reads_arguments(task.module, dotted):
        return True
    looked_after = _looks_after(task.module, dotted)
    for user in users if looked_after else ():
        looked_after &= _used_by(user)
    return bool(looked_after) and looked_after.isdisjoint(_used_by(task))


@query
def says_itself(module: Module, dotted: str, said: frozenset[str]) -> bool:
    """Whether a base class does nothing but give options, and a task that declares these of its own has `said` each of them."""
    given: set[str] = set()
    for name in ancestry(module, dotted)[0]:
        held = locate(module.project, name, module) if name not in CELERY_TASK else None
        if held is None:
            continue
        if held[1].methods:
            return False
        for one in held[1].attributes:
            packed = one.name == "retry_kwargs" and one.name not in said and isinstance(one.value, Dict)
            given.update(_keys(one.value) if packed and isinstance(one.value, Dict) else (one.name,))
    given -= ABOUT_ITSELF
    return bool(given) and given <= said


def _keys(held: Dict) -> Iterator[str]:
    """The keys of a dict, empty for what is no text."""
    for key, _ in held.items:
        yield key.value if isinstance(key, Const) and isinstance(key.value, str) else ""


@query
def _looks_after(module: Module, dotted: str) -> frozenset[str]:
    """What the methods of a base class use of the project."""
    return frozenset(name for holder, function in _methods(module, dotted) for name in _used(holder, function.qualname))


def _used_by(task: Task) -> frozenset[str]:
    return frozenset() if task.function is None else _used(task.module, task.function.qualname)


@query
def _used(module: Module, qualname: str) -> frozenset[str]:
    """The modules, and names of modules, of the project that a function uses, as it imports them."""
    function = module.function(qualname)
    heads = names_from_without(module.project, module.path, function) if function is not None else frozenset()
    made = set()
    for head in sorted(heads - COMMON):
        name = resolved_name(module, head, qualname)
        holder = name.rpartition(".")[0]
        if holder and (module.project.find(name, module) or module.project.find(holder, module)):
            made.add(name)
    return frozenset(made)


def _methods(module: Module, dotted: str) -> Iterator[tuple[Module, Function]]:
    """The methods of a class and of those of the project above it, with their files."""
    for name in ancestry(module, dotted)[0]:
        held = locate(module.project, name, module)
        for method in held[1].methods if held is not None else ():
            function = held[0].function(f"{held[1].qualname}.{method}") if held is not None else None
            if held is not None and function is not None:
                yield held[0], function


def _changes(statement: Statement, taken: set[str]) -> bool:
    """Whether a statement puts something else into what was passed."""
    if isinstance(statement, Other):
        return statement.kind == "del" and any(_of(one) in taken for one in statement.parts if isinstance(one, Item))
    if not isinstance(statement, Let):
        return False
    copied = isinstance(statement.value, Call) and statement.value.callee in COPIES
    return any(_of(one) in taken and (isinstance(one, Item) or not copied) for one in statement.targets)


def _of(expr: Expr) -> str:
    """The name that an expression, or the whole that it is an item of, has."""
    whole = expr.of if isinstance(expr, Item) else expr
    return whole.name if isinstance(whole, Ref) else ""
