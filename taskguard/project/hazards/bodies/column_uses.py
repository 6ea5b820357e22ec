"""What the functions of tasks ask of classes of rows that these do not have: `Habit.is_active` of SQLAlchemy's, `Order.objects.filter(gone=1)` of Django's."""

from __future__ import annotations

from taskguard.facts.model import Attr, Call, Const, Dict, Op, Ref
from taskguard.facts.selections import own_imports
from taskguard.project.hazards.bodies.elsewhere import is_one, reached_elsewhere
from taskguard.project.hazards.calls.handling import is_caught
from taskguard.project.hazards.calls.runs import found_in
from taskguard.project.hazards.database.chains import chain_of
from taskguard.project.hazards.database.columns import ALCHEMY, DJANGO, Columns, columns_of, lacks
from taskguard.project.python.flow import body_about, bound_in, is_own, parts_of
from taskguard.project.python.followed import reached
from taskguard.project.python.names import resolve
from taskguard.project.python.text_questions import words_behind
from taskguard.query import query
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.diagnostics import Span
    from taskguard.facts.model import Expr, Function
    from taskguard.project.hazards.calls.runs import Run
    from taskguard.project.python.project import Module

# Who catches one of these expects that a class may not have what is asked for.
EXPECTED = frozenset(
    "AttributeError FieldError FieldDoesNotExist TypeError InvalidRequestError exceptions.FieldError core_exceptions.FieldError".split()
)
# Where a file has more classes of rows than this, each function is parsed at once.
MOST = 100
# Methods of a QuerySet by what their arguments are: conditions, fields with values, fields by their names.
ASKED = frozenset("filter exclude get aget".split())
MADE = frozenset(
    "create acreate get_or_create aget_or_create update_or_create aupdate_or_create update aupdate".split()
)
NAMED = frozenset("values values_list order_by only defer latest earliest alatest aearliest".split())
NAMING = frozenset(("annotate", "alias", "values", "values_list"))
# What may stand before them: rows of the same class come out of it.
PASSING = frozenset(
    "all filter exclude order_by select_related prefetch_related distinct using select_for_update only defer reverse none annotate alias values values_list".split()
)
OF_ALCHEMY = frozenset(
    "filter filter_by where order_by options limit offset distinct with_for_update execution_options all".split()
)
# What is taken as it is, and no field.
OWN_WORDS = frozenset(("defaults", "create_defaults"))
Q = frozenset(("django.db.models.Q", "django.db.models.query_utils.Q"))
ATTRIBUTE, FIELD, UPDATED, KEYWORD, ENTITY = "attribute", "field", "updated", "keyword", "entity"


class Unheld(Record):
    """A name `name` that is asked of a class of rows which has none of it: `how` says in what way, `written` how that looks, `others` what else the same call
    asks so in vain."""

    columns: Columns
    name: str
    how: str
    written: str
    span: Span
    others: tuple[str, ...] = ()


def unheld_in_tasks(module: Module) -> Iterator[tuple[Module, str, Unheld]]:
    """What is asked so in vain in the functions of tasks of a file, and in those to which these lead, in whichever file; with file and function."""
    told: set[tuple[str, Span]] = set()
    for _, found in found_in(module, _in_run):
        for home, scope, one in found:
            if (home.path, one.span) not in told:
                told.add((home.path, one.span))
                yield home, scope, one


def _in_run(run: Run) -> Iterator[tuple[Module, str, Unheld]]:
    own = ((run.module, one) for one in reached(run.module, run.function, awaited=True))
    for home, function in (*own, *reached_elsewhere(run)):
        for one in unheld(home, function.qualname):
            yield home, function.qualname, one


@query
def unheld(module: Module, qualname: str) -> tuple[Unheld, ...]:
    """What a function asks so in vain, each name of a class once."""
    function = module.function(qualname)
    made: dict[tuple[str, str], Unheld] = {}
    for one in _in_function(module, function) if function is not None else ():
        made.setdefault((one.columns.klass.name, one.name), one)
    return tuple(made.values())


def _in_function(module: Module, function: Function) -> Iterator[Unheld]:
    scope = function.qualname
    held = _heads(module, scope)
    asking = held if len(held) > MOST else (name for name in held if _may_ask(module, function, name))
    heads = {name for name in asking if is_one(module, scope, name)}
    body = body_about(module, function, (), heads) if heads else None
    for spot, expr, within in parts_of(body) if body is not None else ():
        if body is None or is_caught(spot, EXPECTED):
            continue
        head = _head(expr)
        found = [] if bound_in(body, head) or is_own(within, head) else list(_asked(module, scope, expr))
        if found:
            others = dict.fromkeys(one.name for one in found[1:] if one.name != found[0].name)
            yield found[0].replace(others=tuple(others))


def _head(expr: Expr) -> str:
    """The name that an expression begins with."""
    if isinstance(expr, Call):
        model = _first_argument(expr)
        return model if model else _head(expr.func)
    if isinstance(expr, Attr):
        return _head(expr.of)
    return expr.name.partition(".")[0] if isinstance(expr, Ref) else ""


def _first_argument(expr: Call) -> str:
    """The name of the class that the beginning of a chain of calls is given: `select(Order)`."""
    given = expr.args[0] if len(expr.args) == 1 and expr.method in ("query", "select") else None
    return given.name.partition(".")[0] if isinstance(given, Ref) else ""


def _heads(module: Module, scope: str) -> tuple[str, ...]:
    """The names by which a function may have classes of rows: of these, and of modules that have some."""
    held = _all_heads(module)
    return tuple(dict.fromkeys((*held.get("", ()), *held.get(scope, ())))) if held else ()


@query
def _all_heads(module: Module) -> dict[str, tuple[str, ...]]:
    """Those that a file has, by the function that imports them, empty for the file itself."""
    names = [(one.scope, one.bound) for one in own_imports(module.facts, module.project.heads) if one.name != "*"]
    names += [("", one.name) for one in module.facts.classes if one.holder == "module" and one.bases]
    made: dict[str, list[str]] = {}
    for scope, name in dict.fromkeys(names):
        if _may_hold(module, name, scope):
            made.setdefault(scope, []).append(name)
    return {scope: tuple(held) for scope, held in made.items()}


def _may_hold(module: Module, name: str, scope: str) -> bool:
    found = resolve(module, name, scope)
    if found.kind == "module":
        return True
    return found.kind == "symbol" and found.module is not None and columns_of(found.module, found.path) is not None


def _may_ask(module: Module, function: Function, name: str) -> bool:
    """Whether the text of a function may ask a class of rows for what it has not: no other function is parsed."""
    found = resolve(module, name, function.qualname)
    behind = words_behind(module.project, module.path, function, name)
    if found.kind == "module":
        for first, _ in behind:
            held = resolve(module, f"{name}.{first}", function.qualname)
            if held.module is not None and held.kind == "symbol" and columns_of(held.module, held.path) is not None:
                return True
        return False
    columns = columns_of(found.module, found.path) if found.module is not None else None
    if columns is None:
        return False
    if name in function.calls or any(first == "objects" for first, _ in behind):
        return True
    if columns.kind != DJANGO and function.may_call("query", "select", "filter_by"):
        return True
    return columns.kind != DJANGO and any(lacks(columns, first) for first, _ in behind)


def _class_at(module: Module, scope: str, name: str) -> tuple[Columns, str] | None:
    """The class of rows that a dotted name begins with, and what stands behind it."""
    parts = name.split(".")
    for place in range(1, len(parts) + 1):
        found = resolve(module, ".".join(parts[:place]), scope)
        if found.kind == "module":
            continue
        columns = columns_of(found.module, found.path) if found.kind == "symbol" and found.module is not None else None
        return (columns, ".".join(parts[place:])) if columns is not None else None
    return None


def _asked(module: Module, scope: str, expr: Expr) -> Iterator[Unheld]:
    if isinstance(expr, Ref) and "." in expr.name:
        held = _class_at(module, scope, expr.name)
        name = held[1].partition(".")[0] if held is not None else ""
        if held is not None and name and held[0].kind != DJANGO and lacks(held[0], name):
            yield Unheld(held[0], name, ATTRIBUTE, f"{held[0].klass.name}.{name}", expr.span)
    elif isinstance(expr, Call):
        chain = chain_of(expr)
        held = _class_at(module, scope, chain[0].callee) if chain[0].callee else None
        if held is not None and not held[1]:
            yield from _constructed(held[0], expr) if len(chain) == 1 else ()
        elif held is not None and held[1].startswith("objects.") and held[0].managed:
            yield from _of_manager(module, scope, held[0], chain)
        elif expr.method == "filter_by":
            yield from _filtered(module, scope, chain, held)


def _constructed(columns: Columns, call: Call) -> Iterator[Unheld]:
    for one in call.keywords if columns.constructed else ():
        if one.name and lacks(columns, one.name):
            yield Unheld(columns, one.name, KEYWORD, f"{columns.klass.name}({one.name}=…)", one.span)


def _of_manager(module: Module, scope: str, columns: Columns, chain: list[Call]) -> Iterator[Unheld]:
    """The fields that the last call of a chain names, where all before it give rows of the class."""
    given: set[str] = set()
    for one in chain[:-1]:
        if one.method not in PASSING or any(each.name is None for each in one.keywords):
            return
        if one.method in NAMING:
            given.update(each.name for each in one.keywords if each.name)
    if chain[0].callee.split(".")[-2] != "objects":
        return
    call = chain[-1]
    for name, span in _fields(module, scope, call, columns.constructed):
        first = name.partition("__")[0] if call.method not in MADE or call.method.endswith("_or_create") else name
        if first and first not in given and lacks(columns, first):
            yield Unheld(columns, first, _how(call.method), _written(call.method, name), span)


def _how(method: str) -> str:
    if method in ("create", "acreate"):
        return KEYWORD
    return UPDATED if method in ("update", "aupdate", "only", "defer") else FIELD


def _written(method: str, name: str) -> str:
    """How a field is written in a call, which is too long to be said."""
    return f'{method}("{name}")' if method in NAMED else f"{method}({name}=…)"


def _fields(module: Module, scope: str, call: Call, constructed: bool) -> Iterator[tuple[str, Span]]:
    """What a call names of fields, with where."""
    method = call.method
    if method in ASKED or method in MADE:
        if "create" in method and not constructed:
            return
        for one in call.keywords:
            if one.name and not (one.name in OWN_WORDS and method.endswith("_or_create")):
                yield one.name, one.span
            elif one.name in OWN_WORDS and isinstance(one.value, Dict):
                yield from (
                    (key.value, key.span)
                    for key, _ in one.value.items
                    if isinstance(key, Const) and isinstance(key.value, str)
                )
        for given in call.args if method in ASKED else ():
            yield from _of_q(module, scope, given)
    elif method in NAMED:
        for given in call.args:
            if isinstance(given, Const) and isinstance(given.value, str) and "." not in given.value:
                yield given.value.lstrip("-+").replace("?", ""), given.span


def _of_q(module: Module, scope: str, expr: Expr) -> Iterator[tuple[str, Span]]:
    """The conditions of `Q(open=True) | ~Q(paid=True)`."""
    if isinstance(expr, Op):
        for one in expr.operands:
            yield from _of_q(module, scope, one)
    elif isinstance(expr, Call) and expr.callee and resolve(module, expr.callee, scope).path in Q:
        yield from ((one.name, one.span) for one in expr.keywords if one.name and not one.name.startswith("_"))
        for given in expr.args:
            yield from _of_q(module, scope, given)


def _filtered(module: Module, scope: str, chain: list[Call], held: tuple[Columns, str] | None) -> Iterator[Unheld]:
    """The columns of `session.query(Order).filter_by(open=True)`, where no other class has come between."""
    columns: Columns | None = None
    if held is not None and held[0].kind == ALCHEMY and held[1].startswith("query."):
        columns = held[0] if held[1].split(".")[1] in OF_ALCHEMY and held[1].count(".") == 1 else None
    elif _first_argument(chain[0]) and isinstance(chain[0].args[0], Ref):
        found = _class_at(module, scope, chain[0].args[0].name)
        columns = found[0] if found is not None and not found[1] and found[0].kind != DJANGO else None
    if columns is None or any(one.method not in OF_ALCHEMY for one in chain[1:]):
        return
    for one in chain[-1].keywords:
        if one.name and lacks(columns, one.name):
            yield Unheld(columns, one.name, ENTITY, f"filter_by({one.name}=…)", one.span)
