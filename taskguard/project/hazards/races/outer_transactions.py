"""Transactions that somebody farther up has begun: the caller of a caller of the function which sends."""

from __future__ import annotations

from taskguard.facts.model import Call, Function, Ref
from taskguard.facts.selections import written_name
from taskguard.patterns import regex
from taskguard.project.hazards.calls.callers import on_self, seen_callers
from taskguard.project.hazards.calls.functions import OF_CLASS
from taskguard.project.hazards.database.rows import model_of
from taskguard.project.hazards.database.transactions import Open, begins_requests, of_function, open_at
from taskguard.project.hazards.database.written import KEYS, MAKING, made_in
from taskguard.project.hazards.races.row_methods import called_on_rows
from taskguard.project.python.flow import Called, below
from taskguard.project.python.testing import for_tests, in_tests
from taskguard.query import query

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.project.python.project import Module, Project

# How many callers are asked for, one above the other.
FARTHEST = 4
# Methods that too many classes have: whose object one is called on would be asked at each of them.
COMMON = frozenset("save create update delete get add filter all first run_from_argv handle".split())
# Decorators that may have the function called at another time.
POSTPONING = regex(r"(?i)commit|defer|later|thread|async|background|queue|delay|retr[yi]|contextmanager|property")


def may_be_above(module: Module, function: Function) -> bool:
    """Whether it may matter who calls a function from afar: it makes a row, and somebody in the project begins transactions."""
    return (
        function.holder != "function"
        and not function.is_async
        and bool(function.called(MAKING))
        and begins(module.project)
    )


@query
def begins(project: Project) -> bool:
    """Whether anything outside of the tests begins a transaction."""
    return begins_requests(project) or any(
        not in_tests(path) and not for_tests(path) for path in project.search("atomic")
    )


def begun_above(module: Module, function: Function, call: Call) -> Open | None:
    """The transaction around a function that tells a task of a row which it has made itself: one caller from whom it surely is so is enough."""
    if not all(written_name(one) in OF_CLASS for one in function.decorators) or not _tells_of_own(
        module, function, call
    ):
        return None
    return _begun_around(module, function.qualname)


def _tells_of_own(module: Module, function: Function, call: Call) -> bool:
    """Whether a call is given a row that the function has made, or its key."""
    made = made_in(module, function.qualname)
    for arg in (*call.args, *(one.value for one in call.keywords)):
        for one, _ in below(arg):
            head, _, rest = one.name.partition(".") if isinstance(one, Ref) else ("", "", "")
            if head in made and (not rest or rest in KEYS):
                return True
    return False


@query
def _begun_around(module: Module, qualname: str) -> Open | None:
    asked = [(module, qualname)]
    seen = {(module.path, qualname)}
    for _ in range(FARTHEST):
        above: list[tuple[Module, str]] = []
        for home, name in asked:
            for other, function, called in _callers(home, name):
                if called.later or function.is_async:
                    continue
                held = open_at(other, function, called)
                if held is not None and held.certain and held.kind != "admin":
                    last = name.rpartition(".")[2]
                    return Open(
                        "caller", held.path, held.line, f"the transaction in which {function.name} calls {last}"
                    )
                place = (other.path, function.qualname)
                if place not in seen and is_called_as_written(function):
                    seen.add(place)
                    above.append((other, function.qualname))
        asked = above
    return None


def may_be_saved_above(module: Module, function: Function) -> bool:
    """Whether a function is a method of a class that has a `save` of its own."""
    return function.holder == "class" and module.function(f"{function.qualname.rpartition('.')[0]}.save") is not None


@query
def saved_above(module: Module, qualname: str) -> Open | None:
    """The transaction in which a row may be saved whose `save` calls a method of it, which calls the next, down to the one of that name."""
    asked, seen = [qualname], {qualname}
    for _ in range(FARTHEST):
        above: list[str] = []
        for name in asked:
            for _, function, _ in on_self(module, name):
                held = of_function(module, function)
                if held is not None and held.kind == "save":
                    text = f"{held.text}: its save leads here by {name.rpartition('.')[2]}"
                    return Open("caller", held.path, held.line, text, False)
                if function.qualname not in seen and not function.is_async and is_called_as_written(function):
                    seen.add(function.qualname)
                    above.append(function.qualname)
        asked = above
    return None


def is_called_as_written(function: Function) -> bool:
    """Whether nothing has a function run at another time than when it is called."""
    return function.holder != "function" and not any(
        POSTPONING.search(written_name(one) or "task") for one in function.decorators
    )


def _callers(module: Module, qualname: str) -> tuple[tuple[Module, Function, Called], ...]:
    return (*seen_callers(module, qualname), *(on_rows(module, qualname) if "." in qualname else ()))


@query
def on_rows(module: Module, qualname: str) -> tuple[tuple[Module, Function, Called], ...]:
    """The calls of a method of a model on rows that functions load: `for row in Row.objects.all(): row.start()`."""
    holder, _, name = qualname.rpartition(".")
    model = model_of(module, holder)
    if model is None or not model.django or name in COMMON or not module.project.can_search:
        return ()
    paths = sorted(module.project.search(f".{name}("))
    return tuple(called_on_rows(module.project, model, name, paths, lambda function: None))
