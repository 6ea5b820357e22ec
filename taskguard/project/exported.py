"""What modules bind and export at run time: star imports, `__all__`, lazy tables."""

from __future__ import annotations

from taskguard.diagnostics import Span
from taskguard.facts.model import Assign, Attr, Binding, Call, CallSite, Expr, Import, Item, Ref
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.project.module import Module

# What every module has without binding it.
GIVEN = frozenset(
    (
        "__name__",
        "__doc__",
        "__file__",
        "__path__",
        "__package__",
        "__spec__",
        "__loader__",
        "__dict__",
        "__builtins__",
        "__cached__",
    )
)


class All(Record):
    """`__all__` as far as it can be read: names with their places, and whether that is all of it."""

    names: tuple[tuple[str, Span], ...]
    complete: bool

    def __contains__(self, name: object) -> bool:
        return any(one == name for one, _ in self.names)


def dunder_all(module: Module, depth: int = 0) -> All | None:
    """The `__all__` of a module, pieces of other modules included; None where it has none."""
    parts = module.facts.exports
    imported = module.entry("__all__")
    if parts is None and not isinstance(imported, Import):
        return None
    names: dict[str, Span] = {}
    complete = True
    if isinstance(imported, Import):
        source = module.project.find(module.absolute(imported.module), module)
        taken = dunder_all(source, depth + 1) if source is not None and source is not module and depth < 20 else None
        complete = taken is not None and taken.complete
        names = {name: imported.span for name, _ in taken.names} if taken is not None else {}
    for part in parts or ():
        if part.kind == "name":
            names[part.value] = part.span
        elif part.kind == "removed":
            names.pop(part.value, None)
        elif part.kind == "all-of" and depth < 20:
            found = module.find(part.value)
            other = dunder_all(found.module, depth + 1) if found.kind == "module" and found.module else None
            if other is None:
                complete = False
            else:
                names.update((name, part.span) for name, _ in other.names)
                complete = complete and other.complete
        else:
            complete = False
    return All(tuple(names.items()), complete)


def listed_objects(module: Module) -> list[tuple[str, str, Span]]:
    """What `__all__` lists in place of a name: the functions, classes and modules as they are written, what each is, and where it stands."""
    made = []
    for part in module.facts.exports or ():
        found = module.find(part.value) if part.kind == "unknown" and part.value else None
        if found is None or found.module is None:
            continue
        what = "module" if found.kind == "module" else ""
        if found.kind == "symbol":
            what = (
                "class" if found.module.klass(found.path) else "function" if found.module.function(found.path) else ""
            )
        if what:
            made.append((part.value, what, part.span))
    return made


def live(module: Module, name: str) -> list[Import | Binding]:
    """Everything that binds `name` at run time, in order: nothing under `if TYPE_CHECKING`, nothing that is deleted again."""
    if module.entry(name) is None:
        return []
    return [
        one
        for one in module.table()[name]
        if one.guard != "type_checking" and not (isinstance(one, Binding) and one.kind == "deleted")
    ]


def running_stars(module: Module) -> list[Import]:
    """The star imports that are carried out at run time."""
    return [one for one in module.stars if one.guard != "type_checking"]


def starred_names(module: Module, depth: int = 0) -> tuple[str, ...] | None:
    """The names that `from module import *` binds; None where that cannot be told."""
    if module.unreadable:
        return None
    listed = dunder_all(module)
    if listed is not None:
        return tuple(name for name, _ in listed.names) if listed.complete else None
    if writes_own_names(module):
        return None
    names = [name for name in module.table() if not name.startswith("_") and live(module, name)]
    for star in running_stars(module):
        target = module.project.find(module.absolute(star.module), module)
        if target is None:
            continue
        more = target.exports(depth + 1)
        if more is None:
            return None
        names.extend(name for name in more if not name.startswith("_"))
    return tuple(dict.fromkeys(names))


def binds(module: Module, name: str) -> bool | None:
    """Whether `from module import name` works at run time; None where that cannot be told."""
    if module.unreadable:
        return None
    served = module.facts.getattr_names
    if live(module, name) or name in GIVEN or (served and name in served) or module.submodule(name) is not None:
        return True
    unknown = (
        served is None or writes_own_names(module) or module.path.endswith(".pyi")
    )  # a stub says nothing of run time
    for star in running_stars(module):
        target = module.project.find(module.absolute(star.module), module)
        more = None if target is None else target.exports()
        if more is None:
            unknown = True
        elif name in more:
            return True
        elif target is not None and not name.startswith("_"):
            unknown = unknown or passes_foreign(target)
    return None if unknown else False


def passes_foreign(module: Module) -> bool:
    """Whether `from module import *` hands on a star import from outside the project, whose names `exports` leaves out."""
    seen = [module]
    for one in seen:
        if one.dunder_all() is None:
            for star in running_stars(one):
                target = one.project.find(one.absolute(star.module), one)
                if target is None:
                    return True
                if target not in seen:
                    seen.append(target)
    return False


def writes_own_names(module: Module) -> bool:
    """Whether the module binds names of its own by other means than statements: `globals()[name] = …`, `setattr(sys.modules[__name__], …)`, `exec`."""
    itself = {
        name
        for name, entries in module.table().items()
        for one in entries
        if isinstance(one, Binding) and _of_modules(one.value)
    }
    if any(isinstance(one.value, Call) and _own_names(one.value) for one in module.facts.bindings):
        return True  # `names = globals()`: whatever is done with it
    return any(_writes_item(one, itself) for one in module.facts.assigns) or any(
        _writes_by_call(one, itself) for one in module.facts.calls
    )


def _writes_item(one: Assign, itself: set[str]) -> bool:
    """`globals()[name] = …`, `sys.modules[name] = …`, `sys.modules[__name__].__class__ = …`, `this.name = …`."""
    target = one.target
    if isinstance(target, Ref):
        return target.name.partition(".")[0] in itself and "." in target.name
    if isinstance(one.value, Call) and _own_names(one.value):
        return True
    if isinstance(target, Attr):
        return _of_modules(target.of)
    if isinstance(target, Item) and isinstance(target.of, Attr) and target.of.name == "__dict__":
        return _of_modules(target.of.of)
    return isinstance(target, Item) and (_own_names(target.of) or _of_modules(target))


def _writes_by_call(one: CallSite, itself: set[str]) -> bool:
    func = one.call.func
    if isinstance(func, Attr):
        return func.name in ("update", "setdefault") and _own_names(func.of)
    if any(isinstance(given, Call) and _own_names(given) for given in one.call.args):
        return one.call.callee not in ("sorted", "dir", "len", "list", "print", "set", "tuple")
    if one.call.callee == "exec":
        return not one.scope and len(one.call.args) == 1
    if one.call.callee != "setattr" or not one.call.args:
        return False
    first = one.call.args[0]
    return _of_modules(first) or (isinstance(first, Ref) and first.name in itself)


def _of_modules(expr: Expr | None) -> bool:
    """`sys.modules[…]`."""
    return isinstance(expr, Item) and isinstance(expr.of, Ref) and expr.of.name == "sys.modules"


def _own_names(expr: Expr) -> bool:
    return isinstance(expr, Call) and expr.callee in ("globals", "vars", "locals") and not expr.args
