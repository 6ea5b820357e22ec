"""The arguments that a call hands to a task: `delay(1)`, `apply_async((1,), {"day": 2})`."""

from __future__ import annotations

from taskguard.facts.model import Call, Cond, Const, Dict, Expr, Item, Keyword, Op, Opaque, Ref, Seq, Star
from taskguard.facts.statements import Try
from taskguard.project.hazards.calls.fitting import Given
from taskguard.project.hazards.calls.kept_values import bound_values, kept_value
from taskguard.project.python.bound import Bound
from taskguard.project.python.evaluate import value_of
from taskguard.project.python.flow import body_of, lines_of, spots_of
from taskguard.project.python.names import resolve
from taskguard.project.python.values import Known
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.project.python.project import Module

# Names, and ends of names, of what is one value and no list of them.
KEYS = frozenset("id pk uuid guid uid key slug email username".split())
KEY_ENDS = ("_id", "_pk", "_uuid", "_guid", "_slug")
SCALARS = frozenset(
    "str int float bool bytes repr len hash id uuid.uuid4 uuid.uuid1 uuid.UUID os.path.join os.path.abspath os.path.basename os.path.dirname os.getcwd"
    " tempfile.mkdtemp json.dumps".split()
)
# Those of them that give texts.
TEXTS = frozenset("str repr join abspath basename dirname getcwd mkdtemp dumps".split())
SCALAR_TYPES = frozenset(("str", "int", "float", "bool", "UUID", "uuid.UUID"))
LISTS = frozenset("list tuple sorted dict reversed".split())
# What a list of all arguments is called.
ARGUMENTS = ("args", "arguments", "params", "parameters", "argv")


class Odd(Record):
    """What stands where a list or a dict of arguments belongs. `bare` says that brackets without a comma are around it, as if they made a tuple;
    `sure`, that it is surely no list or dict; `single`, that it may be meant as one argument; `caught` is the name of the exception that it is."""

    expr: Expr
    what: str
    part: str
    bare: bool = False
    sure: bool = True
    single: bool = True
    caught: str = ""


class Handed(Record):
    given: Given
    odd: Odd | None = None


def direct(module: Module, scope: str, call: Call) -> Given:
    """What `delay(…)` and `s(…)` are given."""
    made = Given(sum(not isinstance(one, Star) for one in call.args), _written(call.keywords))
    for one in call.args:
        if isinstance(one, Star):
            held = _places_kept(module, scope, one.value)
            made = made.replace(places=made.places + held.places, more=made.more or held.more)
    for spread in call.keywords:
        if spread.name is None:
            named = names_of(module, scope, spread.value)
            held = named if isinstance(named, Given) else OPEN
            made = made.replace(names=(*made.names, *held.names), other=made.other or held.other)
    return made


def _places_kept(module: Module, scope: str, expr: Expr) -> Given:
    """How many arguments `*expr` gives, where it is a list that is written out."""
    value = kept_value(module, scope, expr.name) if isinstance(expr, Ref) else expr
    made = places_of(module, scope, value) if isinstance(value, Seq) else OPEN
    return made if isinstance(made, Given) else OPEN


def packed(module: Module, scope: str, call: Call, skip: int = 0) -> Handed:
    """What `apply_async(args, kwargs)` and its like are given; `skip` arguments stand before these two."""
    if any(isinstance(one, Star) for one in call.args[: skip + 2]):
        return Handed(Given(more=True, other=True))
    opened = any(one.name is None for one in call.keywords)
    args, kwargs = (
        call.args[at] if at < len(call.args) else call.keyword(word)
        for at, word in ((skip, "args"), (skip + 1, "kwargs"))
    )
    first = places_of(module, scope, args) if args is not None else Given(more=opened)
    second = names_of(module, scope, kwargs) if kwargs is not None else Given(other=opened)
    odd = first if isinstance(first, Odd) else second if isinstance(second, Odd) else None
    placed = first if isinstance(first, Given) else Given(more=True)
    named = second if isinstance(second, Given) else Given(other=True)
    return Handed(Given(placed.places, named.names, placed.more, named.other), odd)


OPEN = Given(more=True, other=True)


def places_of(module: Module, scope: str, expr: Expr) -> Given | Odd:
    """How many arguments a list of them has, or what it is instead of a list."""
    if isinstance(expr, Const):
        return Odd(expr, _said(expr), "args", brackets(module, expr)) if expr.value else Given()
    if isinstance(expr, Seq) and expr.kind != "set":
        stars = any(isinstance(one, Star) for one in expr.items)
        return Given(sum(not isinstance(one, Star) for one in expr.items), more=stars)
    if isinstance(expr, Seq):
        return Odd(expr, "a set", "args", single=False)
    if isinstance(expr, Dict):
        return Odd(expr, "a dict", "args", single=False) if expr.items else Given()
    if isinstance(expr, Opaque) and expr.kind == "generator":
        return Odd(expr, "a generator", "args", single=False)
    if isinstance(expr, Op) and expr.op == "f":
        return Odd(expr, "a text", "args", brackets(module, expr))
    if isinstance(expr, Op) and expr.op == "+":
        both = [places_of(module, scope, one) for one in expr.operands]
        if all(isinstance(one, Given) for one in both):
            return Given(
                sum(one.places for one in both if isinstance(one, Given)),
                more=any(one.more for one in both if isinstance(one, Given)),
            )
        return OPEN
    if isinstance(expr, Ref | Call | Item | Cond):
        return _named(module, scope, expr)
    return OPEN


def _named(module: Module, scope: str, expr: Expr) -> Given | Odd:
    """The same for what has to be looked up."""
    kept = kept_value(module, scope, expr.name) if isinstance(expr, Ref) else None
    if isinstance(kept, Seq | Dict | Const | Op) or (isinstance(kept, Ref | Call) and _is_scalar(module, scope, kept)):
        made = places_of(module, scope, kept)
        if isinstance(made, Given):
            return made
        return made.replace(expr=expr, bare=brackets(module, expr))
    if isinstance(expr, Ref) and _only_texts(module, scope, expr.name):
        return Odd(expr, "a text", "args", brackets(module, expr))
    local = isinstance(expr, Ref) and resolve(module, expr.name, scope).kind == "local"
    value = value_of(Bound(expr, module, scope)) if not local else None
    if isinstance(value, Known):
        held = value.value
        if isinstance(held, list | tuple) and isinstance(expr, Ref | Call):
            return Given(len(held)) if isinstance(held, tuple) else OPEN
        if isinstance(held, str | int | float) and held and isinstance(expr, Ref):
            return Odd(
                expr, f"the text {held!r}" if isinstance(held, str) else repr(held), "args", brackets(module, expr)
            )
    if isinstance(expr, Ref) and _is_caught(module, scope, expr):
        return Odd(expr, f"the exception {expr.name}", "args", brackets(module, expr), single=False, caught=expr.name)
    scalar = _is_scalar(module, scope, expr)
    if scalar:
        return Odd(expr, "one value", "args", brackets(module, expr))
    if isinstance(expr, Ref) and not _may_be_list(module, scope, expr) and brackets(module, expr):
        return Odd(expr, f"{expr.name} itself", "args", bare=True, sure=False)
    return OPEN


def _only_texts(module: Module, scope: str, name: str) -> bool:
    """Whether all that a function gives a local name are texts: nothing that is done with them elsewhere makes a list of one."""
    values = bound_values(module, scope, name)
    return bool(values) and all(
        (isinstance(one, Op) and one.op == "f")
        or (isinstance(one, Const) and isinstance(one.value, str) and bool(one.value))
        or (isinstance(one, Call) and _makes_text(module, scope, one))
        for one in values
    )


def _makes_text(module: Module, scope: str, call: Call) -> bool:
    return call.callee.rpartition(".")[2] in TEXTS and _is_scalar(module, scope, call)


def _is_caught(module: Module, scope: str, ref: Ref) -> bool:
    """Whether a name is that of the exception of an `except … as error` around."""
    function = module.function(scope.partition(".<locals>")[0]) if scope and "." not in ref.name else None
    body = body_of(module, function) if function is not None else None
    for spot in spots_of(body, inner=True) if body is not None else ():
        for handler in spot.statement.handlers if isinstance(spot.statement, Try) else ():
            last = handler.body[-1].span.end_line if handler.body else 0
            if handler.name == ref.name and handler.span.line <= ref.span.line <= last:
                return True
    return False


def _is_scalar(module: Module, scope: str, expr: Expr) -> bool:
    """Whether something surely is one value, by what makes it, by its annotation or by its name."""
    if isinstance(expr, Call):
        found = resolve(module, expr.callee, scope) if expr.callee else None
        built_in = found is not None and found.kind == "missing" and "." not in expr.callee
        return (
            found is not None
            and (expr.callee if built_in else found.path if found.kind == "external" else "") in SCALARS
        )
    if isinstance(expr, Cond):
        return _is_scalar(module, scope, expr.body) and _is_scalar(module, scope, expr.orelse)
    if not isinstance(expr, Ref):
        return False
    annotation = _annotation(module, scope, expr.name)
    if annotation:
        return annotation.removesuffix(" | None").removeprefix("Optional[").removesuffix("]") in SCALAR_TYPES
    last = expr.name.rpartition(".")[2]
    return last in KEYS or last.endswith(KEY_ENDS)


def _annotation(module: Module, scope: str, name: str) -> str:
    """The annotation of the parameter of that name."""
    function = module.function(scope) if scope else None
    return next((one.annotation for one in function.params if one.name == name), "") if function is not None else ""


def _may_be_list(module: Module, scope: str, ref: Ref) -> bool:
    """Whether a name may well be that of a list of all arguments: by its own name, what it is bound to, or its annotation."""
    last = ref.name.rpartition(".")[2].lower()
    if last.endswith(ARGUMENTS) or "." in ref.name or _annotation(module, scope, ref.name):
        return True
    function = module.function(scope) if scope else None
    if function is None:
        return True
    bound = [
        one.value
        for one in module.places.assigns_in(scope)
        if isinstance(one.target, Ref) and one.target.name == ref.name
    ]
    if bound and all(isinstance(one, Call) and one.callee not in LISTS for one in bound):
        return last.endswith(("s", "list", "tuple", "data", "payload"))
    if any(one.name == ref.name for one in function.params if one.kind in ("both", "positional", "keyword")):
        return bool(module.places.assigns_in(scope)) and any(
            isinstance(one.target, Ref) and one.target.name == ref.name for one in module.places.assigns_in(scope)
        )
    return True


def brackets(module: Module, expr: Expr) -> bool:
    """Whether brackets stand around an argument, which make no tuple of it: `args=(x)`."""
    lines = lines_of(module)
    if lines is None:
        return False
    start, end = lines.range(expr.span)
    before, after = lines.text[:start].rstrip(), lines.text[end:].lstrip()
    return before.endswith("(") and after.startswith(")") and before[:-1].rstrip()[-1:] in ("=", "(", ",")


def names_of(module: Module, scope: str, expr: Expr) -> Given | Odd:
    """The names in a dict of arguments, or what it is instead of a dict."""
    if isinstance(expr, Const):
        return Odd(expr, _said(expr), "kwargs") if expr.value else Given()
    if isinstance(expr, Seq):
        return Odd(expr, f"a {expr.kind}", "kwargs") if expr.items else Given()
    if isinstance(expr, Call) and expr.callee == "dict" and not expr.args:
        return Given(names=_written(expr.keywords), other=any(one.name is None for one in expr.keywords))
    if isinstance(expr, Ref):
        kept = kept_value(module, scope, expr.name)
        made = names_of(module, scope, kept) if isinstance(kept, Const | Dict | Call | Seq) else Given(other=True)
        return made.replace(expr=expr) if isinstance(made, Odd) else made
    if not isinstance(expr, Dict):
        return Given(other=True)
    names = [key.value for key, _ in expr.items if isinstance(key, Const) and isinstance(key.value, str)]
    return Given(names=tuple(dict.fromkeys(names)), other=len(names) < len(expr.items))


def _written(keywords: tuple[Keyword, ...]) -> tuple[str, ...]:
    return tuple(one.name for one in keywords if one.name is not None)


def _said(expr: Const) -> str:
    return f"the text {expr.value!r}" if isinstance(expr.value, str) else repr(expr.value)
