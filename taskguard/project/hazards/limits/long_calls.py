"""Which calls of a block may take time: the others are no reason to look for a limit there."""

from __future__ import annotations

import builtins

from taskguard.facts.model import Attr, Call, Ref
from taskguard.facts.statements import Loop, Return, With
from taskguard.project.python.flow import below, body_of, expressions, spots, spots_of
from taskguard.project.python.names import resolve
from taskguard.query import query

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.facts.statements import Statement
    from taskguard.project.python.project import Module


def work_in(statements: tuple[Statement, ...], own: str, module: Module | None = None) -> list[Call]:
    """The calls in a block that may take time; what handlers do is left out. `own` is the name that the task has in it. With the `module`, functions of
    the project are looked into."""
    held = list(spots(statements))
    files = _files([one.statement for one in held])
    return [
        one
        for spot in held
        if all(block.part != "handler" for block in spot.around)
        for expr in expressions(spot.statement)
        for one, _ in below(expr)
        if isinstance(one, Call)
        and not _quick(one, own)
        and one.callee.rpartition(".")[0] not in files
        and not (module is not None and _is_light(module, one.callee))
    ]


def _files(statements: list[Statement]) -> frozenset[str]:
    """The names of files on disk that a block opens: `with open(path) as file`."""
    items = (item for one in statements if isinstance(one, With) for item in one.items)
    return frozenset(
        target.name
        for expr, target in items
        if isinstance(expr, Call) and expr.callee == "open" and isinstance(target, Ref)
    )


@query
def _is_light(module: Module, dotted: str) -> bool:
    """Whether a function of the project only makes a value: nothing in it takes time, no loop among it."""
    found = resolve(module, dotted) if dotted else None
    home = found.module if found is not None and found.kind == "symbol" else None
    function = home.function(found.path) if home is not None and found is not None else None
    if home is None or function is None or function.decorators or function.is_async or function.is_generator:
        return False
    body = body_of(home, function)
    held = list(spots_of(body)) if body is not None else []
    made = any(isinstance(one.statement, Return) and one.statement.value is not None for one in held)
    return (
        made
        and not any(isinstance(one.statement, Loop) for one in held)
        and not work_in(body.statements if body else (), "")
    )


def _quick(call: Call, own: str) -> bool:
    """Whether a call takes no time: a conversion, a log line, a message that is sent, a word on how far the task is, a row that is noted for later."""
    holder, _, last = call.callee.rpartition(".")
    if isinstance(call.func, Attr):  # of what another call gives: `now().isoformat()`
        return call.func.name in QUICK_METHODS - MAY_ASK
    if last == "get" and (holder.rpartition(".")[2] in ASKED or call.keyword("timeout") is not None):
        return False
    if call.callee in QUICK or last in QUICK_METHODS or call.callee.partition(".")[0] in LOGS or _is_fault(call.callee):
        return True
    if (last in SENDS and holder) or (last in KEPT and holder.rpartition(".")[2].endswith("cache")):
        return True
    if own and holder == own and not STATES.isdisjoint(last.lower().split("_")):
        return True
    return (
        last in NOTED and len(call.args) == 1 and not call.keywords and _is_session(holder.rpartition(".")[2].lower())
    )


def _is_fault(name: str) -> bool:
    """Whether a name is that of an exception of Python's: making one takes no time."""
    found = getattr(builtins, name, None)
    return isinstance(found, type) and issubclass(found, BaseException)


def _is_session(name: str) -> bool:
    """Whether a name is that of a session of SQLAlchemy, which does nothing before the next flush."""
    return name in ("db", "session") or name.endswith(("_db", "_session"))


QUICK = frozenset(
    "int float str bool len list dict set tuple range enumerate zip Decimal UUID isinstance getattr hasattr next min max sorted abs round repr"
    " timedelta datetime.timedelta time.time time.monotonic open os.remove os.unlink os.stat os.rename os.replace os.makedirs os.path.exists"
    " os.path.join os.path.isfile os.path.isdir os.path.basename os.path.dirname os.path.getsize Path pathlib.Path io.BytesIO BytesIO StringIO"
    " io.StringIO ContentFile MIMEImage MIMEBase MIMEText MIMEApplication".split()
)
QUICK_METHODS = frozenset(
    "append extend strip split join startswith endswith lower upper title strptime strftime fromisoformat isoformat now utcnow today date"
    " total_seconds loads dumps get pop items keys values format replace lstrip rstrip encode decode removeprefix removesuffix getvalue"
    " attach add_header unlink".split()
)
# Methods of dicts and lists that are those of a query, too.
MAY_ASK = frozenset("get pop items keys values extend".split())
# Whoever has `get` from these waits for an answer.
ASKED = frozenset("objects requests httpx session client".split())
LOGS = frozenset("logger logging log LOG LOGGER print".split())
SENDS = frozenset("delay apply_async send_task".split())
KEPT = frozenset("get get_many set set_many add delete delete_many touch incr decr".split())
STATES = frozenset("state progress status".split())
NOTED = frozenset("add add_all delete expunge".split())
