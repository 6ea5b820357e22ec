"""Who calls a function or a method, as far as the code shows it."""

from __future__ import annotations

from taskguard.facts.model import Attr, Binding, Call, Function, Ref
from taskguard.facts.selections import made_by_calls
from taskguard.project.hazards.calls.functions import outer_functions
from taskguard.project.python.flow import Called, body_of, bound_in, calls_of
from taskguard.project.python.names import resolve
from taskguard.project.python.testing import in_tests
from taskguard.query import query

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.facts.statements import Body
    from taskguard.project.python.project import Module, Project


@query
def callers(module: Module, qualname: str) -> tuple[tuple[Module, Function, Called], ...]:
    """The calls of a function in other functions of the project; none where it may be called otherwise, too."""
    import re

    project = module.project
    word = re.compile(rf"(?<![\w.]){re.escape(qualname)}\b(?!\s*=[^=])|\.{re.escape(qualname)}\b")
    made: list[tuple[Module, Function, Called]] = []
    for path in sorted(project.search(qualname)) if project.can_search else ():
        home = project.modules[path]
        if in_tests(path) or path.endswith("_test.py"):
            continue  # pytest runs those as well
        mine = [
            (home, one, called)
            for one in outer_functions(home, (qualname,))
            for called in _calls(home, one, qualname)
            if _is(home, one, called.call.callee, module, qualname)
        ]
        text = project.text(path) or ""
        told = len(word.findall(_code(text)))
        if mine and told > len(mine) + (home is module):
            return ()  # it is handed on somewhere, or called at module level
        made += mine
    return tuple(made)


def seen_callers(module: Module, qualname: str) -> tuple[tuple[Module, Function, Called], ...]:
    """The calls of a function or a method of which it is sure that it is meant; there may be others."""
    if "." not in qualname:
        return plain_callers(module, qualname)
    return (*on_self(module, qualname), *object_callers(module, qualname), *named_callers(module, qualname))


@query
def plain_callers(module: Module, qualname: str) -> tuple[tuple[Module, Function, Called], ...]:
    """Those calls of a function of a module that are seen; there may be others."""
    project = module.project
    return tuple(
        (home, one, called)
        for path in (sorted(project.search(f"{qualname}(")) if project.can_search else ())
        if not in_tests(path) and not path.endswith("_test.py")
        for home in (project.modules[path],)
        for one in outer_functions(home, (qualname,))
        for called in _calls(home, one, qualname)
        if _is(home, one, called.call.callee, module, qualname)
    )


@query
def on_self(module: Module, qualname: str) -> tuple[tuple[Module, Function, Called], ...]:
    """The calls of a method on `self` by other methods of its class; there may be others."""
    holder, _, name = qualname.rpartition(".")
    return tuple(
        (module, one, called)
        for one in module.facts.functions
        if one.holder == "class" and one.qualname.rpartition(".")[0] == holder and one.may_call(name)
        for called in _calls(module, one, name)
        if called.call.callee == f"self.{name}" and not called.later
    )


@query
def own_callers(module: Module, qualname: str) -> tuple[tuple[Module, Function, Called], ...]:
    """The calls of a method on `self` by other methods of its class; none where anything else has the name, and so may call it."""
    import re

    name = qualname.rpartition(".")[2]
    if not module.project.can_search or any(one != module.path for one in module.project.search(name)):
        return ()
    made = on_self(module, qualname)
    told = len(re.findall(rf"\b{re.escape(name)}\b", _code(module.project.text(module.path) or "")))
    return made if told == len(made) + 1 else ()


@query
def object_callers(module: Module, qualname: str) -> tuple[tuple[Module, Function, Called], ...]:
    """The calls of a method on objects that functions of the project make of its class: `repo = Repository(); repo.add(1)`. There may be others."""
    holder, _, name = qualname.rpartition(".")
    project = module.project
    made: list[tuple[Module, Function, Called]] = []
    for path in (
        sorted(set(project.search(f".{name}(")) & set(project.search(f"{holder}("))) if project.can_search else ()
    ):
        home = project.modules[path]
        for one in outer_functions(home, (name,)) if not in_tests(path) else ():
            body = body_of(home, one)
            if body is None:
                continue
            made += [
                (home, one, called)
                for called in calls_of(body)
                if not called.later and _on_object(home, one, body, called.call, name, module, holder)
            ]
    return tuple(made)


@query
def named_callers(module: Module, qualname: str) -> tuple[tuple[Module, Function, Called], ...]:
    """The calls of a method by the name of its class, `Orders.open(1)`, and on the one object of it that a module has: `orders = Orders()`."""
    holder, _, name = qualname.rpartition(".")
    project = module.project
    if not project.can_search or "." in holder:
        return ()
    by_class = set(project.search(f"{holder}.{name}("))
    kept = _kept_objects(project, holder)
    words = sorted({f"{one}.{name}(" for one in kept})
    made: list[tuple[Module, Function, Called]] = []
    for path in sorted(by_class.union(project.search(*words) if words else ())):
        home = project.modules[path]
        for one in outer_functions(home, (name,)) if not in_tests(path) else ():
            for called in _calls(home, one, name):
                head = called.call.callee.rpartition(".")[0]
                if called.later or not head or head.startswith(("self", "cls")):
                    continue
                if _is(home, one, called.call.callee, module, qualname) or _is_kept(home, one, head, module, holder):
                    made.append((home, one, called))
    return tuple(made)


@query
def _kept_objects(project: Project, holder: str) -> frozenset[str]:
    """The names of what modules make of a class of that name."""
    return frozenset(
        one.name
        for path in project.search(f"= {holder}(")
        if not in_tests(path)
        for one in made_by_calls(project.modules[path].facts)
        if not one.scope and isinstance(one.value, Call) and one.value.callee.rpartition(".")[2] == holder
    )


def _is_kept(home: Module, function: Function, head: str, module: Module, holder: str) -> bool:
    """Whether a name is that of an object which a module makes of the class."""
    found = resolve(home, head, function.qualname)
    entry = found.module.entry(found.path) if found.kind == "symbol" and found.module is not None else None
    value = entry.value if isinstance(entry, Binding) else None
    if found.module is None or not isinstance(value, Call) or not value.callee:
        return False
    of = resolve(found.module, value.callee)
    return of.kind == "symbol" and of.module is module and of.path == holder


def _on_object(
    home: Module, function: Function, body: Body, call: Call, name: str, module: Module, holder: str
) -> bool:
    """Whether a call is one of the method of that name, on an object of the class `holder` of `module`."""
    if isinstance(call.func, Attr):
        maker = call.func.of if call.func.name == name else None
    else:
        head, _, method = call.callee.rpartition(".")
        values = [value for value, _ in bound_in(body, head)] if method == name and head and "." not in head else []
        maker = values[0] if len(values) == 1 else None
    if not isinstance(maker, Call) or not isinstance(maker.func, Ref):
        return False
    return _is(home, function, maker.callee, module, holder)


def _code(text: str) -> str:
    """A text without its imports and comments."""
    import re

    text = re.sub(r"^[ \t]*(?:from[ \t]+\S+[ \t]+)?import[ \t]+(?:\([^)]*\)|[^\n]*)", "", text, flags=re.MULTILINE)
    return re.sub(r"#[^\n]*", "", text)


def _calls(home: Module, function: Function, name: str) -> Iterator[Called]:
    body = body_of(home, function)
    for called in calls_of(body) if body is not None else ():
        if called.call.callee.rpartition(".")[2] == name:
            yield called


def _is(home: Module, function: Function, callee: str, module: Module, qualname: str) -> bool:
    found = resolve(home, callee, function.qualname)
    return found.kind == "symbol" and found.module is module and found.path == qualname
