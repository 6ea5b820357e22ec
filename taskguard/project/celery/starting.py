"""Functions that run while a worker starts, beside the module level: what they import counts, whatever they call is followed."""

from __future__ import annotations

import re
import sys

from taskguard.facts import selections
from taskguard.facts.model import Attr, Call, Ref
from taskguard.facts.questions import every
from taskguard.facts.selections import inner_called, leading_calls
from taskguard.patterns import regex
from taskguard.project.celery.text_questions import CALLED
from taskguard.project.python.names import resolve
from taskguard.query import query

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.facts.model import Function
    from taskguard.project.celery.model import Service
    from taskguard.project.python.project import Module

    Called = tuple[Module, str]

# Sent before a worker takes its first message, or while its app is made ready.
START_SIGNALS = frozenset(
    "celeryd_after_setup celeryd_init import_modules worker_init on_configure on_after_configure on_after_finalize".split()
)
# The first is sent in each process of the pool, which with most pools is not the one that takes the messages; the other when it has begun to.
LATE_SIGNALS = frozenset(("worker_process_init", "worker_ready"))
# `Thread(target=load).start()` there.
HANDED = regex(
    r"^(?:[A-Za-z_]\w*[ \t]*=[ \t]*)?(?:\w+\.)?(?:Thread|Process|Timer)\([^()]*?\b(?:target|function)[ \t]*=[ \t]*([A-Za-z_][\w.]*)",
    re.MULTILINE,
)
# Calls that import what a name, a file or a folder says, whoever's they are.
SCANNERS = frozenset(
    "scan include setup bootstrap import_module __import__ import_string find_modules walk_packages iter_modules load_module loadapp "
    "get_app get_appsettings autodiscover autodiscover_modules autodiscover_tasks exec exec_module entry_points iter_entry_points "
    "spec_from_file_location add_api get_wsgi_application get_asgi_application symbol_by_name load_entry_point register_routers".split()
)
# Libraries whose objects import nothing of the project's by name, the calls above left out.
QUIET = (
    "flask",
    "sqlalchemy",
    "celery",
    "kombu",
    "redis",
    "sentry_sdk",
    "structlog",
    "prometheus_client",
    "fastapi",
    "starlette",
    "werkzeug",
    "decouple",
    "environ",
    "dotenv",
    "loguru",
    "opentelemetry",
    "datadog",
    "rollbar",
    "statsd",
    "boto3",
    "requests",
    "httpx",
)
# A library's question for one value, `get_config("sentry", "dsn")`: it gives that, and loads no application, module or plugin.
ASKED = regex(
    r"(?:get|is|has)_(?!\w*(?:app|module|class|object|import|plugin|load|handler|regist|task|tree|model|command|blueprint|router))\w+"
)
DEEPEST = 20


@query
def handlers(module: Module, signals: frozenset[str] = START_SIGNALS) -> tuple[str, ...]:
    """The functions of a module that a signal of the worker's start calls."""
    found = {
        one.qualname: None
        for one in selections.own_decorated(module.facts, module.project.heads)
        if any(_connects(decorator, signals) for decorator in one.decorators)
    }
    for site in selections.calling(module.facts, "connect"):  # worker_init.connect(load)
        given = site.call.args[0] if site.call.args else site.call.keyword("receiver")
        if isinstance(given, Ref) and _connects(site.call, signals):
            called = module.function(given.name)
            if called is not None:
                found[called.qualname] = None
    return tuple(found)


def late_handlers(module: Module) -> tuple[str, ...]:
    """The functions that a signal calls of which it depends on the pool whether what they import helps."""
    return handlers(module, LATE_SIGNALS)


def _connects(decorator: object, signals: frozenset[str]) -> bool:
    called = decorator.func if isinstance(decorator, Call) else decorator
    name = called.name if isinstance(called, Ref) else ""
    if isinstance(called, Attr):
        return called.name == "connect" and isinstance(called.of, Attr) and called.of.name in signals
    parts = name.split(".")
    return len(parts) > 1 and parts[-1] == "connect" and parts[-2] in signals


def started(module: Module) -> Iterator[Called]:
    """The functions that run when a worker starts from a module: handlers of signals, and what its module level calls."""
    for qualname in handlers(module):
        yield module, qualname
    project, path = module.project, module.path
    for name in dict.fromkeys((*every(project, path, CALLED), *every(project, path, HANDED))):
        called = function_at(module, name, "")
        if called is not None:
            yield called


def made_by(service: Service) -> list[Called]:
    """The functions in which an app is made, and the methods of its class where that is the project's: they run while it is."""
    maker, scope = service.maker, service.maker_scope
    made: list[Called] = [(maker, scope)] if scope and maker.function(scope) is not None else []
    name = service.call.callee
    found = resolve(maker, name, scope) if name else None
    klass = found.module.klass(found.path) if found is not None and found.kind == "symbol" and found.module else None
    if found is not None and found.module is not None and klass is not None:
        made += [(found.module, f"{klass.qualname}.{method}") for method in klass.methods]
    return made


def calls_of(module: Module, qualname: str) -> Iterator[Called]:
    """The functions of the project that a function calls."""
    function = module.function(qualname)
    for name in _may_be_own(module, function) if function is not None else ():
        called = _of_package(module, name) or function_at(module, name, qualname)
        if called is not None:
            yield called


def _may_be_own(module: Module, function: Function) -> dict[str, None]:
    """The names that a function calls, as far as they may be functions of the project: calls of libraries come and go, and lead nowhere."""
    made = dict.fromkeys(leading_calls(module.facts, module.project.heads, function.qualname))
    made.update(dict.fromkeys(inner_called(module.facts, function.qualname)))
    for head in ("self.module", *(one.name for one in module.facts.classes if one.holder == "module")):
        made.update(dict.fromkeys(function.called_below(head)))
    return made


def _of_package(module: Module, name: str) -> Called | None:
    """`self.module.autodiscover()` in the configuration of a Django application: a function of the application's package."""
    package = module.project.module(module.package) if name.startswith("self.module.") else None
    function = package.function(name.removeprefix("self.module.")) if package is not None else None
    return (package, function.qualname) if package is not None and function is not None else None


def function_at(module: Module, name: str, scope: str) -> Called | None:
    """The function of the project that a name is, where it is one; one that the function `scope` itself makes, too."""
    inner = f"{scope}.<locals>.{name}"
    if scope and "." not in name and module.function(inner) is not None:
        return module, inner
    found = resolve(module, name, scope)
    if found.kind != "symbol" or found.module is None or found.module.function(found.path) is None:
        return None
    return found.module, found.path


def application_made(module: Module) -> str:
    """What a handler calls of which cannot be told what it imports: an application that a framework puts together."""
    for qualname in handlers(module):
        function = module.function(qualname)
        for name in function.calls if function is not None else ():
            called = function_at(module, name, qualname)
            if called is not None and called[0] is not module and not followed(*called, {}):
                return f"{called[0].name}.{called[1]}"
    return ""


def followed(module: Module, qualname: str, seen: dict[tuple[str, str], None]) -> bool:
    """Whether all that a function calls is the project's, or imports nothing of it by name."""
    if (module.path, qualname) in seen:
        return True
    seen[module.path, qualname] = None
    function = module.function(qualname)
    if function is None or module.unreadable or len(seen) > 500:
        return False
    return all(_is_followed(module, function, name, seen) for name in function.calls)


def _is_followed(module: Module, function: Function, name: str, seen: dict[tuple[str, str], None]) -> bool:
    last = name.rpartition(".")[2]
    if last in SCANNERS:
        return False
    found = resolve(module, name, function.qualname)
    if found.kind == "symbol" and found.module is not None:
        if found.module.function(found.path) is not None:
            return followed(found.module, found.path, seen)
        klass = found.module.klass(found.path)
        if klass is not None and klass.has("__init__"):
            return followed(found.module, f"{found.path}.__init__", seen)
        return True
    head = found.dotted.partition(".")[0] if found.kind == "external" else ""
    return not head or head in sys.stdlib_module_names or head.startswith(QUIET) or bool(ASKED.fullmatch(last))
