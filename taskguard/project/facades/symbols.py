"""The symbols that a source module is said to define: what a facade over it has to re-export."""

from __future__ import annotations

from taskguard.diagnostics import Span
from taskguard.facts.model import Binding, Call, Const, Import, Ref
from taskguard.project.python.names import attribute, dunder_all, live
from taskguard.project.tasks.declarations import tasks_in
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Literal

    from taskguard.project.python.project import Module
    from taskguard.project.tasks.task import Task

    SymbolKind = Literal["function", "class", "constant", "task", "variable"]

# Calls whose result is a module's own business: loggers, and what only type checkers read.
OWN_BUSINESS = frozenset(("getLogger", "get_logger", "get_task_logger", "TypeVar", "ParamSpec", "TypeVarTuple"))


class Symbol(Record):
    """A public name of a source module.

    `kind` is `function`, `class`, `constant`, `task` or `variable`. `source` is the module that offers it, `home` the one that defines it
    (another only where the source's `__all__` lists an imported name); `span` is the place in `home`. `users` are the paths for whose
    sake a variable counts. `value` is the literal that a constant is, where it is one.
    """

    name: str
    kind: SymbolKind
    source: Module
    home: Module
    path: str
    span: Span
    users: tuple[str, ...] = ()
    value: Const | None = None
    alias: bool = False

    @property
    def dotted(self) -> str:
        """The dotted name in the module that defines it."""
        return f"{self.home.name}.{self.path}"


class Offer(Record):
    """The symbols of one source, in order of definition; not `complete` where its `__all__` cannot be read to the end."""

    symbols: tuple[Symbol, ...]
    complete: bool


def offered(source: Module, private: bool, users: Callable[[str], tuple[str, ...]]) -> Offer:
    """What `source` offers: its `__all__` if it has one, else what it defines. `users` says which files import a name from it.

    Names with a leading underscore count if `private` says so, or where `__all__` lists them.
    """
    listed = dunder_all(source)
    names = [name for name, _ in listed.names] if listed is not None else list(source.table())
    if listed is not None and private:
        names += [name for name in source.table() if name.startswith("_")]
    made = []
    for name in dict.fromkeys(names):
        chosen = listed is not None and name in listed
        if (name.startswith("__") and name.endswith("__")) or (name.startswith("_") and not private and not chosen):
            continue
        symbol = _symbol(source, name, chosen, users)
        if symbol is not None:
            made.append(symbol)
    made.sort(key=lambda one: (one.home.path, one.span))
    return Offer(tuple(made), listed is None or listed.complete)


def _symbol(source: Module, name: str, chosen: bool, users: Callable[[str], tuple[str, ...]]) -> Symbol | None:
    entries = live(source, name)
    binding = next((one for one in reversed(entries) if isinstance(one, Binding)), None)
    if binding is None or isinstance(source.entry(name), Import):
        return _imported(source, name) if chosen else None
    kind = kind_of(source, binding)
    callers: tuple[str, ...] = ()
    if kind == "variable" and not chosen:
        callers = () if _own_business(binding) else users(name)
        if not callers:
            return None
    elif kind == "constant" and not chosen and _own_business(binding):
        return None
    value = binding.value if isinstance(binding.value, Const) else None
    return Symbol(name, kind, source, source, name, binding.span, callers, value, isinstance(binding.value, Ref))


def _imported(source: Module, name: str) -> Symbol | None:
    """A name that the `__all__` of `source` lists and that it has from another module of the project."""
    found = attribute(source, name)
    if found.kind != "symbol" or found.module is None or "." in found.path:
        return None
    binding = found.module.entry(found.path)
    if not isinstance(binding, Binding):
        return None
    return Symbol(name, kind_of(found.module, binding), source, found.module, found.path, binding.span)


def kind_of(module: Module, binding: Binding) -> SymbolKind:
    """`function`, `class`, `constant`, `task` or `variable`."""
    if any(_makes(task, binding) for task in tasks_in(module)):
        return "task"
    if binding.kind in ("function", "class"):
        return binding.kind
    annotated = binding.annotation.rpartition(".")[2].partition("[")[0]
    return "constant" if binding.name.isupper() or annotated == "Final" else "variable"


def _makes(task: Task, binding: Binding) -> bool:
    """Whether the task is what the binding binds: `send = app.task(_send)` leaves `_send` a function."""
    if task.form != "call":
        return task.qualname == binding.name
    return isinstance(binding.value, Call) and binding.value.span == task.span


def _own_business(binding: Binding) -> bool:
    value = binding.value
    if not isinstance(value, Call):
        return False
    name = value.func.name if hasattr(value.func, "name") else ""
    return isinstance(name, str) and name.rpartition(".")[2] in OWN_BUSINESS
