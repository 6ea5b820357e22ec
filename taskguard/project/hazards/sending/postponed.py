"""Tasks that are to wait longer than the broker waits for somebody to acknowledge them."""

from __future__ import annotations

from taskguard.facts.model import Attr, Call, Expr, Op, Ref
from taskguard.project.celery.brokers import RABBITMQ, broker_of
from taskguard.project.celery.django import settings_modules
from taskguard.project.celery.registered import services_of
from taskguard.project.celery.sources import definition
from taskguard.project.celery.system import celery_of
from taskguard.project.diagnosis.settings.delivery import patience
from taskguard.project.hazards.calls.dispatched import GIVING, MAKING, given_options
from taskguard.project.hazards.calls.functions import functions_in
from taskguard.project.hazards.calls.runs import runs_in
from taskguard.project.hazards.retries.retries import retrying_in
from taskguard.project.python.bound import Bound
from taskguard.project.python.evaluate import value_of
from taskguard.project.python.flow import body_of, calls_of
from taskguard.project.python.names import resolve, resolved_name
from taskguard.project.python.reaching import reaching
from taskguard.project.python.testing import in_tests
from taskguard.project.python.texts import span_in_seconds
from taskguard.project.python.values import Instance, Known
from taskguard.project.registry.effective import effective_option
from taskguard.project.tasks.declarations import all_tasks
from taskguard.query import query
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.diagnostics import Span
    from taskguard.facts.model import Function
    from taskguard.facts.statements import Body
    from taskguard.project.celery.model import Service
    from taskguard.project.python.flow import Spot
    from taskguard.project.python.project import Module, Project
    from taskguard.project.tasks.task import Task

NOW = frozenset("now utcnow localtime today now_utc".split())
DEEPEST = 6


class Postponed(Record):
    """A wait of so many `seconds` where the broker of that `kind` waits for `visible` seconds alone. `what` says how it is given."""

    path: str
    span: Span
    symbol: str
    what: str
    seconds: float
    kind: str
    visible: float
    sure: bool
    files: tuple[str, ...] = ()


def postponed(project: Project) -> Iterator[Postponed]:
    """All of them: calls by file, then declarations."""
    if not any(_visible(one) is not None for one in celery_of(project).live):
        return
    for module, function in functions_in(project, project.search("countdown", "eta="), GIVING | MAKING):
        yield from _in_function(module, function)
    for task in all_tasks(project):
        if not in_tests(task.path):
            yield from _declared(task)


def _in_function(module: Module, function: Function) -> Iterator[Postponed]:
    body = body_of(module, function)
    mine = [run for run in runs_in(module) if run.function is function]
    retries = retrying_in(module, function)
    for called in calls_of(body) if body is not None else ():
        call = called.call
        given = [(word, call.keyword(word)) for word in ("countdown", "eta") if call.keyword(word) is not None]
        if not given or body is None:
            continue
        task = mine[0].task if mine and retries(call) else None
        if task is None:
            found = given_options(module, function.qualname, call, body)
            if found is None:
                continue
            task = found[1]
        for word, expr in given:
            seconds = Seconds(module, function.qualname, body, called.spot)
            long = seconds.of(expr) if word == "countdown" else seconds.until(expr)
            if expr is not None and long is not None:
                yield from _judged(
                    module, task, module.path, expr.span, f"{module.name}.{function.qualname}", word, long
                )


def _declared(task: Task) -> Iterator[Postponed]:
    """What a declaration says of the time until the task is run again."""
    by_itself = effective_option(task, "autoretry_for")
    again = not by_itself.absent or (task.function is not None and task.function.may_call("retry"))
    for option in ("default_retry_delay", "retry_backoff_max") if again else ():
        held = task.options.get(option)
        value = held.value.value if held is not None else None
        if held is None or not isinstance(value, int | float) or isinstance(value, bool):
            continue
        longest = float(value)
        if option == "retry_backoff_max":
            longest = min(longest, _backed_off(task))
        yield from _judged(task.module, task, task.path, held.span, task.dotted, option, longest)


def _backed_off(task: Task) -> float:
    """The longest wait that a task comes to which waits twice as long each time (celery/utils/time.py, `get_exponential_backoff_interval`)."""
    factor = effective_option(task, "retry_backoff").value
    if not isinstance(factor, int | float):
        return 0.0
    kwargs = effective_option(task, "retry_kwargs").value
    limit = effective_option(task, "max_retries")
    tries = kwargs.get("max_retries", limit.value) if isinstance(kwargs, dict) else limit.value
    if tries is None and limit.absent:
        tries = 3
    if tries is None:
        return float("inf") if limit.known else 0.0
    return float(factor) * 2 ** min(max(tries - 1, 0), 60) if isinstance(tries, int) else 0.0


def _judged(
    module: Module, task: Task | None, path: str, span: Span, symbol: str, what: str, seconds: float
) -> Iterator[Postponed]:
    services = services_of(task) if task is not None else celery_of(module.project).live
    seen = [_visible(one) for one in services if not one.test]
    known = [one for one in seen if one is not None]
    if known and len(known) == len(seen) and all(seconds > one[1] for one in known):
        kind, visible, sure, files = known[0]
        yield Postponed(
            path, span, symbol, what, seconds, kind, visible, sure, tuple(one for one in files if one != path)
        )


def _visible(service: Service) -> tuple[str, float, bool, tuple[str, ...]] | None:
    """The broker of a service, the seconds after which it delivers again, and whether that is sure; None where it is another broker, or cannot be told."""
    broker = broker_of(service)
    if broker.kind == RABBITMQ and service.project.search("quorum"):
        return None  # queues of that kind hand a message that waits to the broker
    seconds = patience(service, broker.kind) if not service.test else None
    return (broker.kind, seconds, broker.sure, broker.files) if seconds is not None else None


@query
def _setting(project: Project, name: str) -> float | None:
    """The least number of seconds that one of Django's settings has, over all deployments; None where one of them may have another."""
    made: list[float] = []
    for service in celery_of(project).live:
        held = settings_modules(service) if not service.test else None
        for module in held.modules if held is not None else ():
            bound, doubt = definition(module, name)
            value = value_of(bound) if bound is not None and not doubt else None
            plain = value.value if isinstance(value, Known) else None
            if isinstance(plain, Instance) and plain.name == "datetime.timedelta":
                plain = span_in_seconds(plain)
            if isinstance(plain, bool) or not isinstance(plain, int | float):
                return None
            made.append(float(plain))
    return min(made, default=None)


class Seconds:
    """How many seconds the expressions at one place of a function are."""

    def __init__(self, module: Module, scope: str, body: Body, at: Spot) -> None:
        self.module = module
        self.scope = scope
        self.body = body
        self.at = at

    def of(self, expr: Expr | None, depth: int = 0) -> float | None:
        """The seconds of a number, or of a timedelta."""
        if expr is None or depth > DEEPEST:
            return None
        value = value_of(Bound(expr, self.module, self.scope))
        if isinstance(value, Known):
            if isinstance(value.value, Instance) and value.value.name == "datetime.timedelta":
                return span_in_seconds(value.value)
            plain = isinstance(value.value, int | float) and not isinstance(value.value, bool)
            return float(value.value) if plain else None
        if isinstance(expr, Ref) and "." in expr.name:
            head, _, name = resolved_name(self.module, expr.name, self.scope).rpartition(".")
            return _setting(self.module.project, name) if head == "django.conf.settings" and name.isupper() else None
        if isinstance(expr, Call):
            func = expr.func
            if isinstance(func, Attr) and func.name == "total_seconds":
                return self.of(func.of, depth + 1)
            head, _, method = expr.callee.rpartition(".")
            if method == "total_seconds" and head:
                return self.of(Ref(head, expr.span), depth + 1)
            if expr.callee in ("int", "float", "round") and len(expr.args) == 1:
                return self.of(expr.args[0], depth + 1)
            if method == "timedelta" and resolve(self.module, expr.callee, self.scope).path == "datetime.timedelta":
                return self._span(expr, depth)
        if isinstance(expr, Op) and expr.op in ("+", "*") and len(expr.operands) == 2:
            found = [self.of(one, depth + 1) for one in expr.operands]
            if found[0] is not None and found[1] is not None:
                return found[0] + found[1] if expr.op == "+" else found[0] * found[1]
        return self._local(expr, depth, self.of)

    def until(self, expr: Expr | None, depth: int = 0) -> float | None:
        """The seconds from now on to a time."""
        if expr is None or depth > DEEPEST:
            return None
        if isinstance(expr, Op) and expr.op == "+" and len(expr.operands) == 2:
            first, second = expr.operands
            return self.of(second, depth + 1) if self._is_now(first, depth) else None
        return self._local(expr, depth, self.until)

    def _local(self, expr: Expr, depth: int, ask: Asking) -> float | None:
        if not isinstance(expr, Ref) or "." in expr.name:
            return None
        held = reaching(self.body, expr.name, self.at)
        if len(held.binds) != 1 or held.binds[0].value is None:
            return None
        there = Seconds(self.module, self.scope, self.body, held.binds[0].spot)
        return (there.of if ask == self.of else there.until)(held.binds[0].value, depth + 1)

    def _is_now(self, expr: Expr, depth: int) -> bool:
        if isinstance(expr, Call):
            return str(getattr(expr.func, "name", "")).rpartition(".")[2] in NOW
        if isinstance(expr, Ref) and "." not in expr.name and depth < DEEPEST:
            held = reaching(self.body, expr.name, self.at)
            value = held.binds[0].value if len(held.binds) == 1 else None
            return isinstance(value, Call) and self._is_now(value, DEEPEST)
        return False

    def _span(self, call: Call, depth: int) -> float | None:
        units = {"weeks": 604800.0, "days": 86400.0, "hours": 3600.0, "minutes": 60.0, "seconds": 1.0}
        names = [*zip(("days", "seconds"), call.args, strict=False), *((one.name, one.value) for one in call.keywords)]
        total = 0.0
        for name, given in names:
            seconds = self.of(given, depth + 1)
            if name not in units or seconds is None:
                return None
            total += units[name] * seconds
        return total


if TYPE_CHECKING:
    from collections.abc import Callable

    Asking = Callable[..., float | None]
