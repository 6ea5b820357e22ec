"""Strings, and single things, where Celery walks a list; a list where it wants one name."""

from __future__ import annotations

from taskguard.facts.lambdas import returned
from taskguard.facts.model import Call, Const, Expr, Opaque, Seq
from taskguard.facts.selections import calling
from taskguard.project.celery.configuration import configuration
from taskguard.project.celery.loaded import in_use
from taskguard.project.celery.pieces import list_pieces
from taskguard.project.celery.routes import followed
from taskguard.project.celery.schedules import beat_of
from taskguard.project.celery.system import celery_of
from taskguard.project.diagnosis.faults import Fault
from taskguard.project.python.evaluate import Bound, value_of
from taskguard.project.python.names import resolved_name
from taskguard.project.python.testing import hidden, in_tests
from taskguard.project.python.values import Known

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.diagnostics import Span
    from taskguard.project.celery.model import BeatEntry, Place, Service
    from taskguard.project.celery.statements import Statement
    from taskguard.project.celery.system import System
    from taskguard.project.python.project import Project

# kombu/serialization.py (`prepare_accept_content`), celery/app/amqp.py (`Queues`): they iterate without asking for a string.
LISTS = {"accept_content": "content types", "result_accept_content": "content types", "task_queues": "queues"}
QUEUE = ("kombu.Queue", "kombu.entity.Queue")


def strings_for_lists(system: System) -> Iterator[Fault]:
    """Each place once."""
    seen: set[tuple[str, Span]] = set()
    for service in in_use(system):
        for fault in (
            *_settings(service),
            *_queues(service),
            *_one_queue(service),
            *_packages(service),
            *(one for entry in beat_of(service) for one in _args(entry)),
        ):
            if (fault.path, fault.span) not in seen:
                seen.add((fault.path, fault.span))
                yield fault
    yield from (one for one in _elsewhere(system.project) if (one.path, one.span) not in seen)


def _elsewhere(project: Project) -> Iterator[Fault]:
    """A list as related name of an app that nobody can follow, such as a parameter: no other class has a method of that name."""
    for path in sorted(project.search(".autodiscover_tasks(")):
        module = project.modules[path]
        for site in calling(module.facts, "autodiscover_tasks") if not in_tests(path) and not hidden(path) else ():
            given = _related_name(site.call)
            if isinstance(given, Seq) and given.items:
                yield _listed(path, site.call, given, module.name, ())


def _settings(service: Service) -> Iterator[Fault]:
    for name, what in LISTS.items():
        setting = configuration(service).get(name)
        for place in setting.places if setting is not None else ():
            value = value_of(place.value)
            if isinstance(value, Known) and isinstance(value.value, str) and len(value.value) > 1 and not place.partial:
                path, span = _spot(place)
                yield Fault(
                    path,
                    span,
                    f'{name} is the string "{value.value}": its letters are taken for {what}',
                    f'write ["{value.value}"]',
                    symbol=name,
                    depends=value.files,
                )


def _queues(service: Service) -> Iterator[Fault]:
    """`task_queues = ["mail"]`: Celery asks each for its name (celery/app/amqp.py, `Queues.__init__`)."""
    setting = configuration(service).get("task_queues")
    for part in setting.parts if setting is not None else ():
        target = followed(part) if isinstance(part, Bound) else None
        for one in list_pieces(target).items if target is not None and isinstance(target.expr, Seq) else ():
            value = value_of(one.value)
            if isinstance(value, Known) and isinstance(value.value, str):
                yield Fault(
                    one.path, one.span, f'task_queues holds the string "{value.value}": the worker does not start',
                    f'write Queue("{value.value}")', symbol="task_queues", depends=value.files,
                )  # fmt: skip


def _one_queue(service: Service) -> Iterator[Fault]:
    """`task_queues = (Queue("mail"))`: brackets without a comma (celery/app/amqp.py, `Queues.__init__`, iterates)."""
    setting = configuration(service).get("task_queues")
    for place in setting.places if setting is not None else ():
        target = followed(place.value) if isinstance(place.value, Bound) and not place.partial else None
        if target is None or not isinstance(target.expr, Call):
            continue
        if resolved_name(target.module, target.expr.callee, target.scope) in QUEUE:
            yield Fault(
                target.module.path, target.expr.span, "task_queues is one Queue and no list of them: the worker does not start", "write a list: `[Queue(…)]`",
                symbol="task_queues", depends=(place.path,),
            )  # fmt: skip


def _related(service: Service, one: Statement, call: Call) -> Iterator[Fault]:
    """`autodiscover_tasks(["shop"], ["orders"])`: what comes second is the name of the modules (celery/app/base.py)."""
    given = _related_name(call)
    value = value_of(one.bound(given)) if given is not None else Known(None)
    if given is None or not isinstance(value, Known) or not isinstance(value.value, list | tuple | set | frozenset):
        return
    yield _listed(one.module.path, call, given, service.dotted, value.files)


def _related_name(call: Call) -> Expr | None:
    return call.keyword("related_name") or (call.args[1] if len(call.args) > 1 else None)


def _listed(path: str, call: Call, given: Expr, symbol: str, files: tuple[str, ...]) -> Fault:
    advice = "give all packages in one list" if call.keyword("related_name") is None else 'give one name: `"tasks"`'
    return Fault(
        path, given.span, "the related_name of autodiscover_tasks is a list: no module is called so, and none is found",
        advice, symbol=symbol, depends=files,
    )  # fmt: skip


def _spot(place: Place) -> tuple[str, Span]:
    value = place.value
    if isinstance(value, Bound) and value.module.path == place.path and isinstance(value.expr, Const):
        return place.path, value.expr.span
    return place.path, place.span


def _packages(service: Service) -> Iterator[Fault]:
    for one in celery_of(service.project).statements(service):
        call = one.expr
        if one.kind != "autodiscover_tasks" or not isinstance(call, Call):
            continue
        yield from _related(service, one, call)
        given: Expr | None = call.args[0] if call.args else call.keyword("packages")
        if isinstance(given, Opaque):
            given = returned(given) or given  # `lambda: "shop"` gives the string when it is asked
        value = value_of(one.bound(given)) if given is not None else Known(None)
        if given is not None and isinstance(value, Known) and isinstance(value.value, str) and len(value.value) > 1:
            yield Fault(
                one.module.path, given.span, f'autodiscover_tasks is given the string "{value.value}": its letters are taken for packages',
                f'write ["{value.value}"]', symbol=service.dotted, depends=value.files,
            )  # fmt: skip


def _args(entry: BeatEntry) -> Iterator[Fault]:
    held = entry.args
    value = value_of(held)
    if (
        isinstance(held, Bound)
        and isinstance(value, Known)
        and isinstance(value.value, str)
        and value.value
        and entry.how == "beat_schedule"
    ):
        key = entry.key.value
        yield Fault(
            held.module.path, held.expr.span, f'args is the string "{value.value}": each letter is an argument', f'write ("{value.value}",)',
            symbol=key if isinstance(key, str) else None, depends=value.files,
        )  # fmt: skip
