"""What becomes of an exception that is raised somewhere in a function: who catches it on its way out, and what is done then."""

from __future__ import annotations

from taskguard.diagnostics import Span
from taskguard.facts.model import Call, Const, Expr, Function, Ref
from taskguard.facts.selections import written_name
from taskguard.facts.statements import Body, Define, Inner, Loop, Return, Try, With
from taskguard.project.hazards.calls.handling import (
    BREAKS,
    CONTINUES,
    ON,
    OTHER,
    RETRIES,
    RETURNS,
    SAME,
    UNCLEAR,
    Place,
    catches,
    ends,
    swallowed_kinds,
)
from taskguard.project.python.bound import Bound
from taskguard.project.python.calls import arguments
from taskguard.project.python.flow import Spot, below, body_of, bound_in, calls_of, expressions, spots_of
from taskguard.project.python.names import resolve
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Literal

    from taskguard.project.python.bound import Mapping
    from taskguard.project.python.flow import Around
    from taskguard.project.python.project import Module
    from taskguard.project.python.values import Value

    FateKind = Literal["swallowed", "twice", "either", "other", "returned", "suppressed", "unclear"]

# The kinds in which a handler has the task run again once more, or may.
AGAIN: frozenset[FateKind] = frozenset(("twice", "either"))
DEEPEST = 3


class Fate(Record):
    """What ends an exception on its way out of a function.

    `kind` is `swallowed` (a handler goes on), `twice` (a handler has the task run again once more), `either` (it does so, or ends otherwise), `other` (a handler raises another exception),
    `returned` (a `finally` leaves the function or loop), `suppressed` (a context manager swallows it), or `unclear`. `span` and `text` are those of
    what does it; `name` is the class that a handler names. `loop` is the loop that surely goes on then, `goes_on` says that
    something of the function may be done yet, `raises` that another exception may leave it. `files` are other files that say so.
    """

    kind: FateKind
    span: Span
    text: str
    name: str = ""
    loop: Loop | None = None
    files: tuple[str, ...] = ()
    goes_on: bool = False
    raises: bool = False


def fate(spot: Spot, kinds: frozenset[str], place: Place, depth: int = 0) -> Fate | None:
    """What becomes of an exception of these kinds that the statement of `spot` raises; None where it leaves the function.

    A function within ends the way: what it raises, its caller gets.
    """
    for number in range(len(spot.around) - 1, -1, -1):
        block = spot.around[number]
        held = block.statement
        if isinstance(held, Define) and held.kind == "function":
            return None
        made: Fate | None = None
        if isinstance(held, Try):
            made = _tried(held, block, spot.around[:number], kinds, place)
        elif isinstance(held, With):
            made = _managed(held, kinds, place, depth)
        if made is not None:
            return made
    return None


def _tried(held: Try, block: Around, around: tuple[Around, ...], kinds: frozenset[str], place: Place) -> Fate | None:
    if block.part == "body":
        for handler in held.handlers:
            caught, name = catches(handler.types, kinds, place)
            span = Span(handler.span.line, handler.span.column, handler.span.line, handler.span.column + len("except"))
            text = swallowed_kinds(handler)
            if caught is None:
                return Fate("unclear", span, text)
            if not caught:
                continue
            ways = ends(handler.body, place, handler.name)
            if ways == {SAME}:
                break
            if SAME in ways or UNCLEAR in ways:
                return Fate("unclear", span, text, name)
            loop = _loop(around) if ways <= {ON, CONTINUES} else None
            kind: FateKind = "other" if ways == {OTHER} else "swallowed"
            if RETRIES in ways:
                kind = "twice" if ways == {RETRIES} else "either"
            return Fate(
                kind, span, text, name, loop, goes_on=not ways <= {RETURNS}, raises=bool(ways & {OTHER, RETRIES})
            )
    if block.part != "final":
        ways = ends(held.final, place)
        left = ways & {RETURNS, BREAKS, CONTINUES}
        if left:
            line = held.final[0].span
            return Fate("returned" if ways == left else "unclear", line, "finally")
    return None


def _loop(around: tuple[Around, ...]) -> Loop | None:
    """The innermost loop whose body something stands in, of the same function."""
    for block in reversed(around):
        if isinstance(block.statement, Loop) and block.part == "body":
            return block.statement
        if isinstance(block.statement, Define):
            return None
    return None


# -- context managers -----------------------------------------------------------------------------------------------


def _managed(held: With, kinds: frozenset[str], place: Place, depth: int) -> Fate | None:
    for item, _ in reversed(held.items):
        made = _manager(item, kinds, place, depth)
        if made is not None:
            return made
    return None


def _manager(item: Expr, kinds: frozenset[str], place: Place, depth: int) -> Fate | None:
    name = written_name(item)
    found = resolve(place.module, name, place.scope) if name else None
    if found is None:
        return None
    if found.kind == "external":
        if found.path == "contextlib.suppress" and isinstance(item, Call):
            caught, named = catches(item.args, kinds, place)
            kind: FateKind = "unclear" if caught is None else "suppressed"
            return None if caught is False else Fate(kind, item.span, "suppress()", named)
        return None
    if found.kind != "symbol" or found.module is None or depth >= DEEPEST:
        return None
    function = found.module.function(found.path)
    if function is not None:
        return _generator(found.module, function, item, kinds, place, depth)
    klass = found.module.klass(found.path)
    leaving = found.module.function(f"{found.path}.__exit__") if klass is not None else None
    return _exit(found.module, leaving, item) if leaving is not None else None


def _generator(
    module: Module, function: Function, item: Expr, kinds: frozenset[str], outside: Place, depth: int
) -> Fate | None:
    """A `@contextmanager` of the project: what is raised in the block is raised where it yields."""
    managing = any(
        (one.name if isinstance(one, Ref) else "").rpartition(".")[2] == "contextmanager" for one in function.decorators
    )
    body = body_of(module, function) if managing else None
    if body is None:
        return None
    place = Place(module, function.qualname, lambda call: False, _given(item, function, module, body, outside))
    for spot in spots_of(body):
        yields = any(
            isinstance(one, Inner) and one.kind == "yield"
            for expr in expressions(spot.statement)
            for one, _ in below(expr)
        )
        made = fate(spot, kinds, place, depth + 1) if yields else None
        if made is not None and made.kind != "other":
            kind: FateKind = "unclear" if made.kind == "unclear" else "suppressed"
            return Fate(kind, item.span, f"{function.name}()", made.name, None, (module.path,))
    return None


def _given(
    item: Expr, function: Function, module: Module, body: Body, outside: Place
) -> dict[str, Bound | Value | Mapping] | None:
    """What a context manager is called with, for an `except` that names a parameter; without what it binds anew."""
    here = Bound(item, outside.module, outside.scope, outside.env)
    made = arguments(here, item, function, module) if isinstance(item, Call) else None
    return {name: one for name, one in made.items() if not bound_in(body, name)} if made is not None else None


def _exit(module: Module, function: Function, item: Expr) -> Fate | None:
    """A context manager of the project: an `__exit__` that gives back something true swallows what was raised."""
    body = body_of(module, function)
    values = [
        (one.statement.value, one.around)
        for one in (spots_of(body) if body is not None else ())
        if isinstance(one.statement, Return)
    ]
    true = [around for value, around in values if isinstance(value, Const) and value.value is True]
    doubt = any(value is not None and not isinstance(value, Const) for value, _ in values)
    name = function.qualname.rpartition(".")[0]
    if not true and not doubt:
        return None
    kind: FateKind = "suppressed" if any(not around for around in true) else "unclear"
    return Fate(kind, item.span, f"{name}()", "", None, (module.path,))


# -- decorators -----------------------------------------------------------------------------------------------------


def decorated_fate(module: Module, dotted: str, kinds: frozenset[str]) -> Fate | None:
    """What the decorator of that dotted name does with what the decorated function raises; None where it lets it pass, or is none of the project's."""
    defined = _defined(module, dotted)
    if defined is None:
        return None
    home, function = defined
    body = body_of(home, function)
    for called in calls_of(body) if body is not None else ():
        holder = called.holder
        if (
            isinstance(holder, Define)
            and called.call.callee in _decorated_names(body, holder, function)
            and _spread(called.call)
        ):
            again = _retries_of(holder, called.call)
            made = fate(called.spot, kinds, Place(home, function.qualname, again))
            if made is not None and made.kind not in AGAIN and _may_retry(holder, body):
                made = made.replace(kind="unclear")
            if made is not None:
                text = f"{made.text}` in `@{function.name}"
                return made.replace(files=(home.path, *made.files), text=text)
    return None


def _retries_of(wrapper: Define, call: Call) -> Callable[[Call], bool]:
    """What tells whether a wrapper has the task run again: it is its first parameter, where what is decorated gets that first."""
    first = wrapper.params[0].name if wrapper.params else ""
    given = call.args[0] if call.args else None
    own = f"{first}.retry" if isinstance(given, Ref) and given.name == first else ""
    return lambda one: bool(own) and one.callee == own


def _may_retry(wrapper: Define, body: Body | None) -> bool:
    """Whether a wrapper calls a `retry` of something: it may have sent the next run by then (`args[0].retry()`, `current_task.retry()`)."""
    return any(
        one.holder is wrapper and str(getattr(one.call.func, "name", "")).rpartition(".")[2] == "retry"
        for one in (calls_of(body) if body is not None else ())
    )


def _defined(origin: Module, dotted: str) -> tuple[Module, Function] | None:
    """The function of the project that has that dotted name, as `origin` would import it."""
    parts = dotted.split(".")
    for cut in range(len(parts) - 1, 0, -1):
        home = origin.project.find(".".join(parts[:cut]), origin)
        if home is not None:
            function = home.function(".".join(parts[cut:]))
            return (home, function) if function is not None else None
    return None


def _decorated_names(body: Body | None, wrapper: Define, decorator: Function) -> frozenset[str]:
    """How what is decorated may be called in a wrapper: the parameters of the function right around it. Those of a decorator with arguments, around that, are
    its arguments."""
    for spot in spots_of(body, inner=True) if body is not None else ():
        if spot.statement is wrapper:
            outer = [one.statement for one in spot.around if isinstance(one.statement, Define)]
            return frozenset(one.name for one in (outer[-1].params if outer else decorator.params))
    return frozenset()


def _spread(call: Call) -> bool:
    """Whether a call hands on all arguments: `func(*args, **kwargs)`."""
    return any(one.name is None for one in call.keywords) or any(type(one).__name__ == "Star" for one in call.args)
