"""What an `except` catches, and how a block ends."""

from __future__ import annotations

from taskguard.facts.model import Attr, Call, Const, Expr, Ref
from taskguard.facts.statements import Define, Handler, If, Jump, Loop, Match, Raise, Return, Statement, Try, With
from taskguard.project.python.bound import Bound, value_of
from taskguard.project.python.flow import below, body_of, expressions, spots_of
from taskguard.project.python.names import resolve
from taskguard.project.python.values import Known, Name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from taskguard.project.python.bound import Mapping
    from taskguard.project.python.flow import Spot
    from taskguard.project.python.project import Module
    from taskguard.project.python.values import Value

# The classes of what `retry()` raises, and of what a soft time limit raises, each with its bases.
RETRY = frozenset("Retry TaskPredicate CeleryError Exception BaseException".split())
SOFT_LIMIT = frozenset("SoftTimeLimitExceeded Exception BaseException".split())
HOMES = ("builtins.", "celery.", "billiard.")

# Ways in which a block ends: it goes on, raises again what is being handled, raises something else, has the task run again…
ON, SAME, OTHER, RETRIES, RETURNS, BREAKS, CONTINUES, UNCLEAR = (
    "on", "same", "other", "retries", "returns", "breaks", "continues", "unclear",
)  # fmt: skip


def is_caught(spot: Spot, names: frozenset[str], bare: bool = False) -> bool:
    """Whether a handler around a place catches one of these classes, as it writes them; with `bare` one that catches all counts, too."""
    return any(
        (bare and handler.types is None)
        or any(isinstance(one, Ref) and one.name in names for one in handler.types or ())
        for around in spot.around
        if around.part == "body" and isinstance(around.statement, Try)
        for handler in around.statement.handlers
    )


class Place:
    """Where a block stands: its file and function. `retries` tells whether a call has the task run again, `env` what the function was called with, where that counts."""

    __slots__ = ("env", "module", "retries", "scope")

    def __init__(
        self,
        module: Module,
        scope: str,
        retries: Callable[[Call], bool],
        env: dict[str, Bound | Value | Mapping] | None = None,
    ) -> None:
        self.module = module
        self.scope = scope
        self.retries = retries
        self.env = env


def catches(types: tuple[Expr, ...] | None, kinds: frozenset[str], place: Place) -> tuple[bool | None, str]:
    """Whether one of these types (None: a bare `except`) is among `kinds`, the name of an exception and those of its bases, dotted where it is a library's or the
    project's; with the name that is.

    None where that cannot be told.
    """
    if types is None:
        return True, "except"
    doubt = False
    for one in types:
        for name in _classes(one, place):
            if name is None:
                doubt = True
            elif name in kinds or (name.startswith(HOMES) and name.rpartition(".")[2] in kinds):
                return True, name.rpartition(".")[2]
    return (None if doubt else False), ""


def _classes(expr: Expr, place: Place) -> tuple[str | None, ...]:
    """The dotted names of the classes that an expression of an `except` names; None for one that cannot be told."""
    value = value_of(Bound(expr, place.module, place.scope, place.env))
    if isinstance(value, Known):
        held = value.value if isinstance(value.value, list | tuple | set) else (value.value,)
        return tuple(one.dotted if isinstance(one, Name) else None for one in held)
    if value.name:
        return (value.name,)
    if isinstance(expr, Ref) and expr.name.endswith("MaxRetriesExceededError"):
        return (expr.name,)  # `self.MaxRetriesExceededError`
    return (None,)


def ends(statements: tuple[Statement, ...], place: Place, handled: str = "", depth: int = 0) -> frozenset[str]:
    """The ways in which a block may end. `handled` is the name of the exception that is being handled."""
    made: set[str] = set()
    for one in statements:
        ways = _ends_of(one, place, handled, depth)
        made |= ways - {ON}
        if ON not in ways:
            return frozenset(made)
    return frozenset(made | {ON})


def _ends_of(one: Statement, place: Place, handled: str, depth: int) -> frozenset[str]:
    if isinstance(one, Raise):
        return frozenset((_raised(one, place, handled),))
    if isinstance(one, Return):
        return frozenset((_called(one, place, handled, depth) or RETURNS,))
    if isinstance(one, Jump) and one.kind != "pass":
        return frozenset((BREAKS if one.kind == "break" else CONTINUES,))
    if isinstance(one, If):
        blocks = [block for _, block in one.branches]
        return _any([*blocks, one.orelse], place, handled, depth)
    if isinstance(one, Match):
        return _any([*one.cases, *(() if one.whole else ((),))], place, handled, depth)
    if isinstance(one, Loop):
        inside = _any([one.body, ()], place, handled, depth) - {BREAKS, CONTINUES}
        forever = one.kind == "while" and isinstance(one.head, Const) and bool(one.head.value)
        broken = BREAKS in ends(one.body, place, handled, depth)
        return (inside - {ON} if forever and not broken else inside | {ON}) or frozenset((ON,))
    if isinstance(one, With):
        called = _called(one, place, handled, depth)
        return ends(one.body, place, handled, depth) | (frozenset((called,)) if called == UNCLEAR else frozenset())
    if isinstance(one, Try):
        return _of_try(one, place, handled, depth)
    if isinstance(one, Define):
        return frozenset((ON,))
    called = _called(one, place, handled, depth)
    if called in (RETRIES, SAME):
        return frozenset((called,))
    return frozenset((ON, called)) if called else frozenset((ON,))


def _of_try(one: Try, place: Place, handled: str, depth: int) -> frozenset[str]:
    """A `try` of a handler: what its handlers catch they end in their own ways."""
    body = ends(one.body, place, handled, depth)
    if ON in body:
        body = (body - {ON}) | ends(one.orelse, place, handled, depth)
    caught = [ends(handler.body, place, handler.name or handled, depth) for handler in one.handlers]
    made = body.union(*caught)
    if any(catches(handler.types, RETRY, place)[0] is not False for handler in one.handlers):
        made = (made - body) | (body - {SAME, OTHER, RETRIES})
    final = ends(one.final, place, handled, depth)
    return (made if ON in final else frozenset()) | (final - {ON}) or frozenset((ON,))


def _any(blocks: list[tuple[Statement, ...]], place: Place, handled: str, depth: int) -> frozenset[str]:
    return frozenset().union(*(ends(one, place, handled, depth) for one in blocks))


def _raised(one: Raise, place: Place, handled: str) -> str:
    value = one.value
    if value is None:
        return SAME
    if isinstance(value, Call) and place.retries(value):
        return RETRIES
    named = value
    while isinstance(named, Call | Attr):
        named = named.func if isinstance(named, Call) else named.of
    if handled and isinstance(named, Ref) and named.name.partition(".")[0] == handled:
        return SAME  # `raise error`, `raise error.with_traceback(…)`
    return OTHER


def _called(one: Statement, place: Place, handled: str, depth: int) -> str:
    """What a call in a simple statement does: it has the task run again, raises again, or may do so. Empty where there is none such."""
    unclear = ""
    for expr in expressions(one):
        for call, within in below(expr):
            if not isinstance(call, Call) or any(getattr(each, "kind", "") == "lambda" for each in within):
                continue
            if place.retries(call):
                return RETRIES
            if call.callee.rpartition(".")[2] in ("reraise", "raise_"):
                return SAME
            if _may_raise(call, place, handled, depth):
                unclear = UNCLEAR
    return unclear


def _may_raise(call: Call, place: Place, handled: str, depth: int) -> bool:
    """Whether a call hands the exception to a function of the project that raises something."""
    given = [*call.args, *(one.value for one in call.keywords)]
    told = any(isinstance(one, Ref) and one.name in (handled, "self") for one in given)
    if not call.callee or depth > 1 or not (told or call.callee.startswith("self.")):
        return False
    found = resolve(place.module, call.callee, place.scope)
    function = found.module.function(found.path) if found.kind == "symbol" and found.module is not None else None
    if function is None or found.module is None:
        return call.callee.startswith("self.") and _is_own(call.callee, place)
    body = body_of(found.module, function)
    return body is None or any(isinstance(one.statement, Raise) for one in spots_of(body))


def _is_own(callee: str, place: Place) -> bool:
    """Whether a method that is called on the task is one of the project's: it may raise."""
    name = callee.partition(".")[2]
    known = "update_state send_event apply_async delay s si signature chunks AsyncResult log"
    return "." not in name and name not in known.split()


def swallowed_kinds(handler: Handler) -> str:
    """How the head of a handler reads: `except Exception`."""
    if handler.types is None:
        return "except:"
    names = [one.name if isinstance(one, Ref) else "…" for one in handler.types]
    return f"except {names[0]}" if len(names) == 1 else f"except ({', '.join(names)})"
