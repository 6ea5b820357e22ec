"""Receivers of an app's `on_after_configure` and `on_after_finalize` or of a signal of `celery.signals` that are never called: gone, or connected after the signal."""

from __future__ import annotations

from taskguard.diagnostics import Related
from taskguard.facts.in_order import CONFIGURED, WORDS
from taskguard.facts.model import Call, Ref
from taskguard.facts.questions import finds
from taskguard.patterns import regex
from taskguard.project.celery.configuration import configuration
from taskguard.project.celery.discovery import discovery_of
from taskguard.project.celery.django import settings_modules
from taskguard.project.celery.entries import launched
from taskguard.project.celery.imports import Startup
from taskguard.project.celery.samples import is_sample
from taskguard.project.celery.system import celery_of
from taskguard.project.diagnosis.faults import Fault
from taskguard.project.python import text_questions as texts
from taskguard.project.python.evaluate import value_of
from taskguard.project.python.names import resolve
from taskguard.project.python.testing import in_tests
from taskguard.project.tasks.app_names import app_name
from taskguard.project.tasks.celery_names import CURRENT_APP
from taskguard.project.tasks.declarations import tasks_in

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.facts.in_order import Read
    from taskguard.facts.receivers import Receiver
    from taskguard.project.celery.model import Service
    from taskguard.project.celery.system import System
    from taskguard.project.python.project import Module

# What a file says that connects to signals of Celery's own.
SIGNALS = ("celery.signals", "celery import signals")
SOURCES = ("config_from_object", "config_from_envvar")
# What starts a worker or beat from Python: such a module is run before anything is discovered.
STARTERS = ("worker_main(", ".Worker(", ".Beat(", "app.start(", "celery.start(")
# What may import the modules of tasks before the configuration is read.
IMPORTING = regex(r"\bdjango\.setup\(|autodiscover_tasks\([^)]*force\s*=\s*True|\bwalk_packages\(|\bimport_string\(")
ONCE = "weak=False"
WHY = {
    "local": "{name} is gone when {scope} ends: Celery holds a receiver only by a weak reference, so it is never called",
    "lambda": "nothing holds this lambda: Celery has only a weak reference to a receiver, so it is never called",
    "partial": "nothing holds this partial: Celery has only a weak reference to a receiver, so it is never called",
    "temporary": "nothing holds the object of this method: Celery has only a weak reference to a receiver, so it is never called",
    "rebound": "the name {name} is bound again in line {line}, and Celery holds a receiver only by a weak reference: this one is never called",
    "refused": "Celery refuses {name}, which does not take `**kwargs`: to connect it is a ValueError",
    "unsent": "{name} wants {wants}, which {signal} never gives: each call of it is a TypeError, which Celery logs and goes on",
    "unset": "{wants} is None each time, as {signal} never gives it, and line {line} asks it for something: an error, which Celery logs and goes on",
}


def lost_handlers(system: System) -> Iterator[Fault]:
    """The receivers that Celery never calls, by path and line."""
    project = system.project
    for path in project.search(*WORDS, *SIGNALS):
        module = project.modules[path]
        if not project.is_readable(path) or in_tests(module.path) or path.endswith(".pyi") or module.unreadable:
            continue
        for one in texts.receivers(project, path):
            if is_sample(module, one):
                continue
            fault = _gone(module, one) or (_late(system, module, one) if one.signal in WORDS else None)
            if fault is not None:
                yield fault


def _gone(module: Module, one: Receiver) -> Fault | None:
    """A receiver that nothing holds."""
    if one.doubt:
        return Fault(
            module.path,
            one.span,
            "",
            doubt=f"whether {one.name} is still there when {one.signal} is sent cannot be told: {one.doubt}",
        )
    if not one.lost:
        return None
    scope = one.scope.rpartition(".")[2]
    if one.lost == "rebound":
        advice = "give each receiver a name of its own"
    elif one.lost == "refused":
        advice = "take what else the signal may give: `**kwargs`"
    elif one.lost == "unset":
        advice = f"ask the app itself, or take {one.wants[0]} from a signal that gives it"
    elif one.lost == "unsent":
        advice = f"leave {'it' if len(one.wants) == 1 else 'them'} out, or give {'it' if len(one.wants) == 1 else 'each'} a default"
    else:
        advice = f"define a function of the module and connect that, or connect with `{ONCE}`"
    message = WHY[one.lost].format(
        name=one.name, scope=scope, line=one.line, signal=one.signal, wants=", ".join(one.wants)
    )
    return Fault(module.path, one.span, message, advice, symbol=_symbol(module, one), certain=one.certain)


def _symbol(module: Module, one: Receiver) -> str:
    inner = f"{one.scope}.<locals>.{one.name}" if one.scope else one.name
    return f"{module.name}.{inner}" if module.name else inner


def _late(system: System, module: Module, one: Receiver) -> Fault | None:
    """A receiver that is connected after the signal was sent."""
    service = _service(system, app_name(module, one.app, one.scope))
    if one.early is not None:
        doubt = _again(system, service, module, one, one.span.line)
        if doubt:
            return _undecided(module, one, doubt)
        return _told(module, one, f"`{one.early.text}` in line {one.early.line}", (module, one.early))
    ready = one.scope.endswith(".ready") and module.klass(one.scope.rpartition(".")[0]) is not None
    if service is None or service.test or (one.scope and not ready):
        return None
    reading = _reading(service, one.signal) if not ready else None
    if reading is not None:
        return _after_app(system, service, module, one, *reading)
    if module is service.module:
        return None
    if discovery_of(service).holds(module) is False:
        return _never(service, module, one) if not ready else None
    if one.signal != CONFIGURED:
        return None
    return _discovered(service, module, one, "ready" if ready else "")


def _service(system: System, app: str) -> Service | None:
    """The service of an app; of the current one where there is just one service."""
    live = system.live
    return live[0] if app in CURRENT_APP and len(live) == 1 else system.service(app) if app else None


def _told(module: Module, one: Receiver, by: str, place: tuple[Module, Read], certain: bool = True) -> Fault:
    holder, read = place
    sent = "the configuration is read" if one.signal == CONFIGURED else "the app is finalised"
    return Fault(
        module.path,
        one.span,
        f"{one.name} is connected too late: {sent} by {by}, and {one.signal} is sent once",
        "connect it before, or use `on_after_finalize`, which is sent when the worker has imported its modules"
        if one.signal == CONFIGURED
        else "connect it before",
        symbol=_symbol(module, one),
        related=(Related(holder.path, read.line, f"{one.signal} is sent here"),),
        depends=(holder.path,),
        certain=certain,
    )


def _undecided(module: Module, one: Receiver, why: str) -> Fault:
    return Fault(module.path, one.span, "", doubt=f"whether {one.name} is connected in time cannot be told: {why}")


def _again(
    system: System, service: Service | None, holder: Module, receiver: Receiver, line: int, scope: str | None = None
) -> str:
    """Why the configuration may be read once more: a source that is given after a line sends the signal again."""
    scope = receiver.scope if scope is None else scope
    for owner in [service] if service is not None else [*system.services]:
        for one in (*system.statements(owner), *system.statements(None)):
            later = not (one.module is holder and one.scope == scope and one.span.line <= line)
            if one.kind in SOURCES and later and receiver.signal == CONFIGURED:
                return f"{one.kind} in {one.module.path} may be called after it"
    return ""


def _reading(service: Service, signal: str) -> tuple[Module, Read, str] | None:
    """What sends the signal while the app is made, or in the module that holds it."""
    places = [(service.maker, service.maker_scope, service.maker_variable)] if service.maker_scope else []
    for holder, scope, name in (*places, (service.module, "", service.variable)):
        read = texts.first_sent(holder.project, holder.path, scope, name, signal)
        if read is not None:
            return holder, read, scope
    return None


def _after_app(
    system: System, service: Service, module: Module, one: Receiver, holder: Module, read: Read, scope: str
) -> Fault | None:
    """A receiver whose module imports the app, which has sent the signal by then."""
    if module is service.module and not scope:
        return None  # both stand in one module, and the receiver comes first
    doubt = _again(system, service, holder, one, read.line, scope)
    if doubt:
        return _undecided(module, one, doubt)
    if module is not service.module:
        early = system.graph.reached([service.module], _all(service), unparsed=True)
        if module.path in early.paths or early.may_hold(module.name):
            return _undecided(module, one, f"{service.module.path} may import it before it sends {one.signal}")
    return _told(module, one, f"`{read.text}` in {holder.path}", (holder, read))


def _all(service: Service) -> Startup:
    """Imports in functions may be run, too."""
    return Startup(lambda module: tuple(one.qualname for one in module.facts.functions), ("def ",))


def _never(service: Service, module: Module, one: Receiver) -> Fault | None:
    """A receiver in a module that no worker imports; not where its tasks are missing, too, which TG304 says."""
    if tasks_in(module) or not module.name or not launched(service, own=True):
        return None
    return Fault(
        module.path,
        one.span,
        f"no worker imports {module.name} when it starts: {one.name} is never connected to {one.signal}",
        f'add "{module.name}" to `include` or `imports`, or import it from a module that the worker imports'
        if one.signal != CONFIGURED
        else f"import {module.name} from a module that the worker imports",
        symbol=_symbol(module, one),
        related=(Related(service.path, service.span.line, f"the worker of {service.dotted} starts here"),),
        depends=discovery_of(service).files_for(module),
        certain=False,
    )


def _sources(service: Service) -> list[Module]:
    """The modules that `config_from_object` is given: they are imported before the signal is sent."""
    made: list[Module | None] = []
    for one in celery_of(service.project).statements(service):
        if one.kind != SOURCES[0] or not isinstance(one.expr, Call) or not one.expr.args:
            continue
        given = one.expr.args[0]
        written = value_of(one.bound(given)).value
        if isinstance(written, str):
            name = written.partition(":")[0]
            made += [service.project.find(name, one.module), service.project.find(name.rpartition(".")[0], one.module)]
        elif isinstance(given, Ref):
            made.append(resolve(one.module, given.name, one.scope).module)
    return [module for module in made if module is not None]


def _discovered(service: Service, module: Module, one: Receiver, called: str) -> Fault | None:
    """A receiver whose module the worker imports only after it has read the configuration: by `include`, `imports` or discovery."""
    project, discovery = service.project, discovery_of(service)
    held = discovery.holds(module)
    starts = [project.modules[one.path] for one in discovery.wanted if one.how == "app" and one.path]
    starts += settings_modules(service).modules
    starts += _sources(service)
    starts += [one for one in map(project.modules.__getitem__, project.search(*STARTERS)) if not in_tests(one.path)]
    graph = celery_of(project).graph
    surely = graph.reached(starts, Startup(lambda module: (), ()), unparsed=True)
    if module.path in surely.paths and not called:
        return None
    if held is None:
        return _undecided(module, one, discovery.doubt(module))
    perhaps = graph.reached(starts, _all(service), unparsed=True)
    loud = next((path for path in surely.paths if finds(project, path, IMPORTING)), "")
    if (module.path in perhaps.paths and not called) or perhaps.may_hold(module.name) or loud:
        why = f"{loud} may import it" if loud else "a function may import it before"
        return _undecided(module, one, why)
    told = next((wanted for wanted in discovery.wanted if wanted.path == module.path), None)
    by = {"imports": "`imports`", "include": "`include`", "autodiscover": "`autodiscover_tasks`"}.get(
        told.how if told else "", "discovery"
    )
    doing = f"calls {called}()" if called else f"imports {module.name} by {by}"
    instead = f"connect it in {service.module.name}" if called else f"import {module.name} in {service.module.name}"
    return Fault(
        module.path,
        one.span,
        f"{one.name} is connected too late: the worker {doing}, after it has read the configuration and sent {CONFIGURED}",
        "connect it to `on_after_finalize`" + ("" if settings_modules(service).modules else f", or {instead}"),
        symbol=_symbol(module, one),
        related=(Related(service.path, service.span.line, f"the worker of {service.dotted} starts here"),),
        depends=tuple(dict.fromkeys((service.path, *discovery.files_for(module)))),
        certain=bool(launched(service, own=True)) and not configuration(service).open and not called,
    )
