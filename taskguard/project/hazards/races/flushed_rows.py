"""Tasks that are told of a row of SQLAlchemy which is flushed and not committed: it has its key, and nobody else sees it yet."""

from __future__ import annotations

from taskguard.facts.model import Binding, Call, Function, Ref
from taskguard.facts.selections import functions_calling
from taskguard.facts.statements import Inner, Let, Return, With
from taskguard.project.hazards.calls.functions import class_at
from taskguard.project.hazards.database.sessions import ADDING, is_aside, is_session, keyed, leads, named_in, rows_in
from taskguard.project.hazards.database.transactions import Open
from taskguard.project.python.flow import body_of, bound_in, calls_of, spots_of
from taskguard.project.python.names import resolve
from taskguard.project.python.testing import in_tests
from taskguard.query import query

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.facts.statements import Body
    from taskguard.project.hazards.calls.dispatched import Sent
    from taskguard.project.python.flow import Called
    from taskguard.project.python.project import Module, Project

# Parts of the names of what ends a transaction, or begins one that ends by itself.
ENDING = ("commit", "begin", "close")


def flushed(module: Module, function: Function, sent: Sent) -> Open | None:
    """The flush of the row that a call which sends speaks of, where the function leaves the commit to whoever calls it, or the commit where that comes later."""
    body = body_of(module, function) if not sent.called.later else None
    if body is None or _commits_at_once(module.project):
        return None
    calls = [one for one in calls_of(body) if not one.later]
    place = next((number for number, one in enumerate(calls) if one.call is sent.called.call), 0)
    if any(_ends(one) and not is_aside(one, sent.called) for one in calls[:place]):
        return None
    end = next(filter(_ends, calls[place:]), None)
    held = _flush_of(module, function, sent, calls[:place], body)
    return held if held is None or end is None else _until(module, end, sent)


def _flush_of(module: Module, function: Function, sent: Sent, before: list[Called], body: Body) -> Open | None:
    """The flush among the calls before one that sends, of the row that this speaks of."""
    named = named_in(sent.called.call)
    named |= {row for name in named for row in keyed(body, name)}
    flush: Called | None = None
    for one in reversed(before):
        session, _, method = one.call.callee.rpartition(".")
        if not leads(one, sent.called) or not _in_same_blocks(one, sent.called):
            continue
        if method == "flush" and is_session(session):
            flush = flush or one
        elif method in ADDING and flush is not None and flush.call.callee == f"{session}.flush":
            if named & {name for arg in one.call.args for name in rows_in(arg)}:
                return _open(module, flush, f"`{flush.call.callee}`")
        elif _bound_to(one) in named and gives_flushed(module, function, one.call):
            return _open(module, one, f"`{one.call.callee}`")
    return None


def _ends(one: Called) -> bool:
    """Whether a call may end a transaction, or begin one that ends by itself."""
    return any(part in _last(one.call).lower() for part in ENDING)


def _until(module: Module, end: Called, sent: Sent) -> Open | None:
    """The transaction that a call behind one that sends ends, where it is the commit of a session and each way leads there."""
    session, _, method = end.call.callee.rpartition(".")
    if method != "commit" or not is_session(session) or not leads(end, sent.called):
        return None
    if isinstance(sent.called.spot.statement, Return):
        return None
    return Open("session", module.path, end.call.span.line, f"the transaction of `{session}`")


def may_flush(function: Function, project: Project) -> bool:
    """Whether a function flushes rows, or calls what may."""
    return bool(function.called_ending(".flush")) or any(
        one.rpartition(".")[2] in flushing(project) for one in function.calls
    )


def _open(module: Module, one: Called, text: str) -> Open:
    line = one.call.span.line
    return Open("flush", module.path, line, f"the transaction that {text} leaves open in line {line}")


def _last(call: Call) -> str:
    return str(getattr(call.func, "name", "")).rpartition(".")[2]


def _bound_to(called: Called) -> str:
    """The name that a statement gives to what a call gives back, awaited or not."""
    one = called.spot.statement
    if not isinstance(one, Let) or len(one.targets) != 1 or not isinstance(one.targets[0], Ref):
        return ""
    value = one.value.parts[0] if isinstance(one.value, Inner) and one.value.kind == "await" else one.value
    return one.targets[0].name if value is called.call else ""


def _in_same_blocks(one: Called, sent: Called) -> bool:
    """Whether no `with` block ends between two calls: that of a session commits where it ends."""
    held = [id(block.statement) for block in sent.spot.around]
    return all(id(block.statement) in held for block in one.spot.around if isinstance(block.statement, With))


@query
def _commits_at_once(project: Project) -> bool:
    """Whether sessions may commit each statement by themselves."""
    return bool(project.search("AUTOCOMMIT", "autocommit=True", "after_commit"))


# -- what gives a row that is flushed -------------------------------------------------------------------------------


@query
def flushing(project: Project) -> dict[str, tuple[tuple[Module, str], ...]]:
    """The functions that add a row, flush it and give it back, and commit nothing; by their last names."""
    made: dict[str, tuple[tuple[Module, str], ...]] = {}
    for path in sorted(set(project.search(".flush(")) & set(project.search(".add("))):
        if in_tests(path):
            continue
        module = project.modules[path]
        for name, holder in functions_calling(module.facts, "flush"):
            function = module.function(name) if holder in ("class", "module") else None
            if function is not None and _flushes(module, function):
                last = name.rpartition(".")[2]
                made[last] = (*made.get(last, ()), (module, name))
    return made


def _flushes(module: Module, function: Function) -> bool:
    body = body_of(module, function)
    if body is None:
        return False
    calls = [one for one in calls_of(body) if not one.later]
    if any(map(_ends, calls)):
        return False
    added = {
        name
        for one in calls
        for session, _, method in (one.call.callee.rpartition("."),)
        if method in ADDING and is_session(session)
        for arg in one.call.args
        for name in rows_in(arg)
    }
    back = [one.statement for one in spots_of(body) if isinstance(one.statement, Return)]
    return bool(added) and any(isinstance(one.value, Ref) and one.value.name in added for one in back)


def gives_flushed(module: Module, function: Function, call: Call) -> bool:
    """Whether a call gives a row that is flushed: that of a function of the project, or of a method of an object that is made here, by the class around or by a module."""
    head, _, last = call.callee.rpartition(".")
    held = flushing(module.project).get(last, ())
    if not held:
        return False
    found = resolve(module, call.callee, function.qualname)
    if found.kind == "symbol" and any(home is found.module and name == found.path for home, name in held):
        return True
    klass = _class_of(module, function, head) or _class_of_constant(module, function, head)
    return klass is not None and any(home is klass[0] and name == f"{klass[1]}.{last}" for home, name in held)


def _class_of(module: Module, function: Function, head: str) -> tuple[Module, str] | None:
    """The class of the object that a name of a function is, where that is written: `repo = Repository(session)`, `self.repo = …` in `__init__`, `repo: Repository`."""
    first, _, rest = head.partition(".")
    maker = function
    if first == "self" and rest and function.holder == "class":
        found = module.function(f"{function.qualname.rpartition('.')[0]}.__init__")
        if found is None:
            return None
        maker = found
    body = body_of(module, maker)
    values = [value for value, _ in bound_in(body, head)] if body is not None else []
    name = ""
    if len(values) == 1:
        value = values[0]
        if isinstance(value, Call):
            name = value.callee
        elif isinstance(value, Ref):
            name = _annotated(maker, value.name)
    elif not values and not rest:
        name = _annotated(maker, head)
    return class_at(module, name, maker.qualname) if name else None


def _class_of_constant(module: Module, function: Function, head: str) -> tuple[Module, str] | None:
    """The class of the object that a module of the project makes once, under a name that is known here: `orders = OrderRows()`."""
    found = resolve(module, head, function.qualname) if head else None
    if found is None or found.kind != "symbol" or found.module is None:
        return None
    entry = found.module.entry(found.path)
    value = entry.value if isinstance(entry, Binding) and not entry.guard else None
    return class_at(found.module, value.callee) if isinstance(value, Call) and value.callee else None


def _annotated(function: Function, name: str) -> str:
    return next((one.annotation.strip("\"'") for one in function.params if one.name == name), "")
