"""Which function of the project a call surely runs: by its name, or on an object of a class of the project."""

from __future__ import annotations

from itertools import islice

from taskguard.facts.model import Attr, Binding, Call, Expr, Ref
from taskguard.facts.selections import written_name
from taskguard.project.hazards.payloads.objects import DATACLASS
from taskguard.project.python.flow import body_about, bound_in, is_none, returned
from taskguard.project.python.names import live, resolve
from taskguard.project.tasks.app_names import parents
from taskguard.project.tasks.bases import whole_family
from taskguard.query import cyclic, query
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from taskguard.facts.model import Function
    from taskguard.facts.statements import Body
    from taskguard.project.python.names import Found
    from taskguard.project.python.project import Module

# Decorators with which a method is called as before.
OF_CLASS = frozenset(("staticmethod", "classmethod"))
# Decorators of a function that gives the same object each time.
KEEPING = frozenset(("functools.lru_cache", "functools.cache"))
# What is bound more often than this is not followed.
MOST = 20
# Bases outside the project that bring neither a constructor nor a method which somebody calls by its name.
EMPTY = frozenset("builtins.object abc.ABC typing.Generic typing.Protocol typing_extensions.Protocol".split())
# What may come between an object and its methods.
BETWEEN = ("__getattribute__", "__new__", "__init_subclass__")


class Maker(Record):
    """A class of the project, and the file that it stands in."""

    module: Module
    qualname: str

    @property
    def line(self) -> int:
        """The line of the class."""
        klass = self.module.klass(self.qualname)
        return klass.span.line if klass is not None else 1


class Asked(Record):
    """A method `name` of an object of a class; `of_class`: of the class itself."""

    maker: Maker
    name: str
    of_class: bool = False


class Target(Record):
    """The function that a call leads to, and its file. `given` says that its first parameter is there already: an object, or a class."""

    module: Module
    function: Function
    given: bool = False


def function_called(module: Module, scope: str, call: Call, body: Body) -> Target | None:
    """The function of the project that a call in a function surely runs; None where that cannot be told, or it is another's."""
    asked = method_asked(module, scope, call, body)
    if asked is not None:
        return method_target(asked)
    last = call.callee.rpartition(".")[2]
    if not last or not _bound_once(module, call.callee.partition(".")[0]):
        return None
    found = resolve(module, call.callee, scope)
    if found.kind == "local" and last == call.callee:
        inner = module.named_functions(f"{scope}.<locals>.{last}")
        alone = len(inner) == 1 == len(bound_in(body, last)) and _is_plain(inner[0]) and not inner[0].decorators
        return Target(module, inner[0]) if alone else None
    return _at(found)


def method_asked(module: Module, scope: str, call: Call, body: Body) -> Asked | None:
    """What a call in a function asks of an object, or of a class itself; None where it asks neither, or nobody knows of what class that is."""
    if isinstance(call.func, Attr):  # `Orders().close(1)`
        maker = _made(module, scope, call.func.of, body)
        return Asked(maker, call.func.name) if maker is not None else None
    head, _, last = call.callee.rpartition(".")
    if not head or not _bound_once(module, call.callee.partition(".")[0]):
        return None
    found = resolve(module, call.callee, scope)
    if found.kind == "local":
        values = [value for value, _ in bound_in(body, head)] if "." not in head else []
        maker = _all_one(_made(module, scope, one, body) for one in values)
        return Asked(maker, last) if maker is not None else None
    return _asked(found)


def method_named(module: Module, scope: str, name: str) -> Asked | None:
    """What a call by this dotted name asks of a class, or of an object that a variable of a file holds, whatever the function around it binds."""
    return _asked(resolve(module, name, scope)) if _bound_once(module, name.partition(".")[0]) else None


def constructor_called(module: Module, scope: str, call: Call) -> Target | None:
    """The `__init__` that a call of a class of the project runs with its arguments; None where that cannot be told, or no class of its family has one."""
    if not call.callee or not _bound_once(module, call.callee.partition(".")[0]):
        return None
    maker = _class_at(resolve(module, call.callee, scope))
    return _constructor(maker.module, maker.qualname) if maker is not None else None


def function_named(module: Module, scope: str, name: str) -> Target | None:
    """The function of the project that a call by this dotted name runs, whatever the function around it binds; None where that cannot be told."""
    return _at(resolve(module, name, scope)) if _bound_once(module, name.partition(".")[0]) else None


def may_make_object(module: Module, scope: str, name: str, *, given: bool) -> bool:
    """Whether a call by this name may make an object of a class of the project: it is one, or (if `given`) a function that gives one back."""
    found = resolve(module, name, scope)
    if found.kind != "symbol" or found.module is None:
        return False
    return found.module.klass(found.path) is not None or (given and _given(found.module, found.path) is not None)


def keeps_object(module: Module, name: str) -> bool:
    """Whether a variable of a file holds an object of a class of the project."""
    return _kept(module, name) is not None


def bare_class_called(module: Module, scope: str, call: Call) -> Maker | None:
    """The class of the project that a call makes an object of, where it and all above it have no constructor: it takes no arguments."""
    if not call.callee or not _bound_once(module, call.callee.partition(".")[0]):
        return None
    maker = _class_at(resolve(module, call.callee, scope))
    return maker if maker is not None and _is_bare(maker.module, maker.qualname) else None


def _at(found: Found) -> Target | None:
    """The function that a definition of the project is, or a method of a class, or of the one object that a variable holds."""
    if found.kind != "symbol" or found.module is None:
        return None
    if "." not in found.path:
        return _function(found.module, found.path)
    asked = _asked(found)
    return method_target(asked) if asked is not None else None


def _asked(found: Found) -> Asked | None:
    holder, _, name = found.path.rpartition(".")
    if found.kind != "symbol" or found.module is None or not holder:
        return None
    if found.module.klass(holder) is not None:
        return Asked(Maker(found.module, holder), name, of_class=True)
    kept = _kept(found.module, holder) if "." not in holder else None
    return Asked(kept, name) if kept is not None else None


def _class_at(found: Found) -> Maker | None:
    """The class of the project that a name stands for, where its file defines it once."""
    if found.kind != "symbol" or found.module is None or found.module.klass(found.path) is None:
        return None
    once = "." in found.path or len(found.module.entries(found.path)) == 1
    return Maker(found.module, found.path) if once else None


def _bound_once(module: Module, name: str) -> bool:
    """Whether no second import, or other statement of the file, may give another meaning to a name."""
    return len(live(module, name)) <= 1


@query
def _function(module: Module, name: str) -> Target | None:
    """A function of a file that no decorator and no other statement makes something else of."""
    function = module.function(name)
    if function is None or function.decorators or len(module.entries(name)) != 1 or function.guard:
        return None
    return Target(module, function)


def method_target(asked: Asked) -> Target | None:
    """A method by that name, called on an object of a class, or on the class itself."""
    found = _method_of(asked.maker.module, asked.maker.qualname, asked.name)
    kinds = [written_name(one) for one in found.function.decorators] if found is not None else []
    given = "classmethod" in kinds or not (asked.of_class or "staticmethod" in kinds)
    return found.replace(given=given) if found is not None else None


@query
def _is_bare(module: Module, qualname: str) -> bool:
    """Whether neither a class nor those above it say what they are made of, so that Python takes nothing."""
    klass = module.klass(qualname)
    above = whole_family(module, klass) if klass is not None else []
    bases = (base for held in above for base in parents(*held))
    if any(base.klass is None and base.dotted not in EMPTY for base in bases):
        return False
    return bool(above) and not any(
        one.decorators or one.keywords or one.has(*BETWEEN) or one.sets("__metaclass__", "__init__", "__new__")
        for _, one in above
    )


@query
def _constructor(module: Module, qualname: str) -> Target | None:
    """The `__init__` of a class, where neither a decorator nor a class of this class stands between it and who calls the class."""
    klass = module.klass(qualname)
    above = whole_family(module, klass) if klass is not None else []
    if any(one.decorators or one.sets("__metaclass__") for _, one in above):
        return None
    found = _method_of(module, qualname, "__init__")
    return found.replace(given=True) if found is not None and not found.function.decorators else None


@query
def _method_of(module: Module, qualname: str, name: str) -> Target | None:
    """The function that an object of a class has under that name, where all classes above it are known."""
    klass = module.klass(qualname)
    made: Target | None = None
    for home, one in whole_family(module, klass) if klass is not None else ():
        decorated = [resolve(home, written_name(each)).path for each in one.decorators]
        if one.keywords or one.has(*BETWEEN) or any(each not in DATACLASS for each in decorated):
            return None
        path = f"{one.qualname}.{name}"
        if made is None and one.sets(name):
            found = home.named_functions(path)
            bound = [each.kind for each in one.attributes if each.name == name]
            if len(found) != 1 or bound != ["function"] or not _is_plain(found[0]) or home.places.assigns_to(path):
                return None
            made = Target(home, found[0])
        if any(each.scope.startswith(f"{one.qualname}.") for each in home.places.assigns_to(f"self.{name}")):
            return None
    return made


def _is_plain(function: Function) -> bool:
    return not function.guard and all(written_name(one) in OF_CLASS for one in function.decorators)


def _all_one(makers: Iterable[Maker | None]) -> Maker | None:
    """The class that all values are objects of; None where there is none, or more than one."""
    made = list(islice(makers, MOST + 1))
    if len(made) > MOST:
        return None
    first = made[0] if made else None
    same = first is not None and all(
        one is not None and one.module is first.module and one.qualname == first.qualname for one in made
    )
    return first if same else None


def _made(module: Module, scope: str, expr: Expr | None, body: Body | None, depth: int = 0) -> Maker | None:
    """The class of the project that an expression is an object of."""
    if isinstance(expr, Ref) and "." not in expr.name:
        found = resolve(module, expr.name, scope)
        if found.kind == "local":
            values = [value for value, _ in bound_in(body, expr.name)] if body is not None and depth < 2 else []
            return _all_one(_made(module, scope, one, body, depth + 1) for one in values)
        held = found.kind == "symbol" and found.module is not None and "." not in found.path
        return _kept(found.module, found.path) if held and found.module is not None else None
    if not isinstance(expr, Call) or not expr.callee or not _bound_once(module, expr.callee.partition(".")[0]):
        return None
    found = resolve(module, expr.callee, scope)
    if found.kind != "symbol" or found.module is None:
        return None
    if found.module.klass(found.path) is not None:
        return _class_at(found)
    return _given(found.module, found.path)


@cyclic(None)
def _kept(module: Module, name: str) -> Maker | None:
    """The class that a variable of a file holds an object of: all that the file gives it, None aside, is one."""
    values: list[Expr | None] = []
    for one in module.entries(name):
        if not isinstance(one, Binding) or one.kind != "variable":
            return None
        values.append(one.value)
    inside = [
        one.value if isinstance(one.target, Ref) and one.op == "=" else None
        for one in module.places.assigns_to(name)
        if one.scope and module.local(one.scope, name) is None
    ]
    for _ in inside:  # of a name that is `global` in a function the module has an entry without a value
        if None in values:
            values.remove(None)
    return _all_one(_made(module, "", one, None) for one in (*values, *inside) if not is_none(one))


@cyclic(None)
def _given(module: Module, name: str) -> Maker | None:
    """The class of which a function gives an object back in each of its `return`: `get_mailer()`."""
    function = module.function(name)
    if function is None or function.is_async or function.is_generator or "." in name or len(module.entries(name)) != 1:
        return None
    if any(resolve(module, written_name(one)).path not in KEEPING for one in function.decorators):
        return None
    body = body_about(module, function, ("return",))
    values = returned(body) if body is not None else []
    return _all_one(_made(module, name, one, body) for one in values if one is not None and not is_none(one))
