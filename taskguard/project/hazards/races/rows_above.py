"""Rows that are saved where a transaction is open and handed down to the function which tells a task of them: `obj.provision()` in `save_model` of the admin."""

from __future__ import annotations

from taskguard.facts.model import Call, Function, Ref
from taskguard.facts.selections import written_name
from taskguard.project.hazards.calls.callers import on_self, plain_callers
from taskguard.project.hazards.calls.functions import OF_CLASS
from taskguard.project.hazards.database.rows import admin_saves, model_of, receives
from taskguard.project.hazards.database.transactions import Open, of_function
from taskguard.project.hazards.database.written import given, is_told, rows_named
from taskguard.project.hazards.races.post_save import long_there
from taskguard.project.hazards.races.row_methods import called_on_rows
from taskguard.project.python.flow import Called
from taskguard.query import query

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.project.python.project import Module

# How many callers are asked for, one above the other.
FARTHEST = 3
# Methods that too many classes have: whose object one is called on would be asked at each of them.
COMMON = frozenset("save create update delete get add filter all first run handle full_clean clean".split())
# What the text of a file says that saves rows where Django has a transaction open, or may have one.
SAVING = ("def save_model(", "def response_add(", "def response_change(", "receiver", "post_save.connect")


def may_be_handed(module: Module, function: Function) -> bool:
    """Whether others may hand a function the row of which it tells a task."""
    return (
        function.holder in ("module", "class")
        and not function.is_async
        and bool(function.params)
        and all(written_name(one) in OF_CLASS for one in function.decorators)
        and function.name not in COMMON
        and bool(module.project.search(*SAVING))
    )


def handed_above(module: Module, function: Function, call: Call) -> Open | None:
    """The transaction in which a row is saved that comes down to a call which sends."""
    for param in function.params:
        rows = frozenset((param.name,))
        told = rows | rows_named(module, function.qualname, rows)
        if any(is_told(one, told) for one in given(call)):
            held = _above(module, function.qualname, param.name)
            if held is not None:
                return held
    return None


@query
def _above(module: Module, qualname: str, param: str) -> Open | None:
    """The transaction of the first that saves a row and hands it down to this parameter of a function."""
    asked = [(module, qualname, param)]
    seen = {(module.path, qualname)}
    for _ in range(FARTHEST):
        above: list[tuple[Module, str, str]] = []
        for home, name, wanted in asked:
            for other, function, called, row in _handing(home, name, wanted):
                held = _saved_by(other, function, called, row)
                if held is not None and (
                    held.certain or "." in name
                ):  # what a receiver hands to functions is judged by all who call them
                    last = name.rpartition(".")[2]
                    text = f"{held.text}, in {function.name}, from where {last} is called"
                    return Open("caller", held.path, held.line, text, held.certain)
                place = (other.path, function.qualname)
                if place in seen or not may_be_handed(other, function):
                    continue
                seen.add(place)
                if any(one.name == row for one in function.params):
                    above.append((other, function.qualname, row))
        asked = above
    return None


def _saved_by(module: Module, function: Function, called: Called, row: str) -> Open | None:
    """The transaction in which a function is called that is told of a row as it is saved, where it has it by this name."""
    held = of_function(module, function)
    if held is None:
        return None
    if held.kind == "admin":
        return held if row == admin_saves(function) else None
    if held.kind == "signal" and row == "instance" and receives(module, function.qualname) is not None:
        return held if not long_there(module, function, called) else None
    return None


def _handing(module: Module, qualname: str, param: str) -> Iterator[tuple[Module, Function, Called, str]]:
    """Who calls a function with a row for this parameter, and by which name the row goes there."""
    function = module.function(qualname)
    place = next((number for number, one in enumerate(function.params) if one.name == param), -1) if function else -1
    if function is None or place < 0:
        return
    for home, other, called in _calls(module, function):
        if called.later or other.is_async:
            continue
        call = called.call
        if function.holder == "class" and place == 0:
            yield home, other, called, call.callee.rpartition(".")[0]
            continue
        number = place - (function.holder == "class")
        passed = call.args[number] if number < len(call.args) else call.keyword(param)
        if isinstance(passed, Ref):
            yield home, other, called, passed.name


def _calls(module: Module, function: Function) -> tuple[tuple[Module, Function, Called], ...]:
    if function.holder == "module":
        return plain_callers(module, function.qualname)
    return (*on_self(module, function.qualname), *_on_saved(module, function.qualname))


@query
def _on_saved(module: Module, qualname: str) -> tuple[tuple[Module, Function, Called], ...]:
    """The calls of a method of a model on the row that the admin or a receiver is told of."""
    holder, _, name = qualname.rpartition(".")
    model = model_of(module, holder)
    project = module.project
    if model is None or not model.django or name in COMMON or not project.can_search:
        return ()
    paths = sorted(set(project.search(f".{name}(")) & set(project.search(*SAVING)))
    return tuple(called_on_rows(project, model, name, paths, _saved_rows))


def _saved_rows(function: Function) -> set[str]:
    """What a function calls the row that the admin or a receiver is told of, as far as its head says."""
    return {"instance", admin_saves(function)} & {param.name for param in function.params}
