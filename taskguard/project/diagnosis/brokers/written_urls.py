"""The URLs of brokers and result backends as the code writes them out, also where an environment variable may give another one."""

from __future__ import annotations

from taskguard.facts.model import Attr, Binding, Call, Cond, Const, Op, Ref, Seq
from taskguard.patterns import regex
from taskguard.project.celery.configuration import configuration
from taskguard.project.celery.routes import followed
from taskguard.project.celery.settled import PREFIX
from taskguard.project.python.evaluate import Bound, value_of
from taskguard.project.python.flow import below
from taskguard.project.python.names import resolve
from taskguard.project.python.testing import in_tests
from taskguard.project.python.values import Known
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.diagnostics import Span
    from taskguard.facts.model import Expr
    from taskguard.project.celery.model import Service
    from taskguard.project.celery.system import System

BROKERS = ("broker_url", "broker_read_url", "broker_write_url")
BACKENDS = ("result_backend",)
URL = regex(r"\s*([A-Za-z][A-Za-z0-9+._-]*)://(?:([^:/@\s]*)(?::([^@/\s]*))?@)?([^:/?#\s;,]*)")
HOLE = "\0"  # what stands for a part of a text that is not known
DEEPEST = 12
# What takes texts that are no URLs of their own.
OF_TEXTS = frozenset(
    "replace sub subn split rsplit partition strip lstrip rstrip removeprefix removesuffix startswith endswith find index count".split()
)


class Written(Record):
    """A URL, or the beginning of one. `asked` says that it is what counts where an environment, or settings that cannot be seen, name no other one."""

    setting: str
    service: Service
    path: str
    span: Span
    text: str
    asked: bool


def written_urls(system: System, names: tuple[str, ...]) -> Iterator[Written]:
    """Those of all live services, tests left out, each place once."""
    seen: set[tuple[str, Span, str]] = set()
    for service in system.live:
        for name in names:
            setting = configuration(service).get(name)
            hidden = bool(configuration(service).open)
            for place in setting.places if setting is not None else ():
                if not isinstance(place.value, Bound) or in_tests(place.path):
                    continue
                for bound, text, asked in texts(place.value):
                    path, span = bound.module.path, bound.expr.span
                    for one in text.split(";"):
                        if (path, span, one) not in seen and not in_tests(path):
                            seen.add((path, span, one))
                            yield Written(name, service, path, span, one, asked or hidden)


def texts(bound: Bound, depth: int = 0, asked: bool = False) -> Iterator[tuple[Bound, str, bool]]:
    """The texts that an expression may give, with where they stand."""
    expr = bound.expr
    if depth > DEEPEST:
        return
    if isinstance(expr, Const):
        if isinstance(expr.value, str):
            yield bound, expr.value, asked
    elif isinstance(expr, Ref):
        targets = () if expr.name.startswith(PREFIX) else _targets(bound)
        yield from _either([one for one in targets if one.expr is not expr], depth, asked)
    elif isinstance(expr, Op):
        if expr.op in ("f", "+", "%"):
            yield bound, joined(bound, expr), asked
        elif expr.op == "or":
            for one in expr.operands:
                yield from texts(bound.other(one), depth + 1, True)
    elif isinstance(expr, Cond):
        yield from _either([bound.other(expr.body), bound.other(expr.orelse)], depth, asked)
    elif isinstance(expr, Seq):
        for one in expr.items:
            yield from texts(bound.other(one), depth + 1, asked)
    elif isinstance(expr, Call):
        yield from _of_call(bound, expr, depth)


def _either(branches: list[Bound], depth: int, asked: bool) -> Iterator[tuple[Bound, str, bool]]:
    """The texts of branches of which one counts: where one of them gives none that is written, the others are what counts without it."""
    held = [list(texts(one, depth + 1, asked)) for one in branches]
    open_ = not all(held)
    for bound, text, other in (each for one in held for each in one):
        yield bound, text, other or open_


def _targets(bound: Bound) -> list[Bound]:
    """The expressions behind a name: each of those that branches bind it to, where nothing else does and none of them changes what another gave."""
    expr = bound.expr
    found = resolve(bound.module, expr.name, bound.scope) if isinstance(expr, Ref) else None
    if found is None or found.kind != "symbol" or found.module is None:
        return [followed(bound)]
    entries = found.module.entries(found.path)
    held = [one.value for one in entries if isinstance(one, Binding) and one.guard == "if" and one.value is not None]
    if len(held) < 2 or len(held) < len(entries) or any(_reads(one, found.path) for one in held):
        return [followed(bound)]
    return [Bound(one, found.module) for one in held]


def _reads(expr: Expr, name: str) -> bool:
    """Whether an expression reads a name."""
    return any(isinstance(one, Ref) and one.name.partition(".")[0] == name for one, _ in below(expr))


def _of_call(bound: Bound, expr: Call, depth: int) -> Iterator[tuple[Bound, str, bool]]:
    """`os.getenv("BROKER", "redis://…")`, `"redis://{}".format(host)`."""
    func = expr.func
    if (
        isinstance(func, Attr)
        and func.name == "format"
        and isinstance(func.of, Const)
        and isinstance(func.of.value, str)
    ):
        yield bound, regex(r"\{[^{}]*\}").sub(HOLE, func.of.value), False
        return
    if isinstance(func, Attr | Ref) and func.name.rpartition(".")[2] in OF_TEXTS:
        return  # what it looks for, or puts in place of a part
    for one in (*expr.args, *(keyword.value for keyword in expr.keywords)):
        if isinstance(one, Const | Ref | Op):
            yield from texts(bound.other(one), depth + 1, True)


def joined(bound: Bound, expr: Op) -> str:
    """A text that is put together, as far as its parts are known."""
    value = value_of(bound)
    if isinstance(value.value, str):
        return value.value
    if expr.op == "%":
        first = value_of(bound.other(expr.operands[0])).value
        return regex(r"%(?:\([^)]*\))?[sdr]").sub(HOLE, first) if isinstance(first, str) else HOLE
    return "".join(_part(bound.other(one)) for one in expr.operands)


def _part(bound: Bound) -> str:
    expr: Expr = bound.expr
    if isinstance(expr, Op) and expr.op in ("f", "+"):
        return joined(bound, expr)
    value = value_of(bound)
    return str(value.value) if isinstance(value, Known) and isinstance(value.value, str | int) else HOLE
