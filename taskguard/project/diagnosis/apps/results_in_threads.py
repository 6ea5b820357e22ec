"""Results that threads of FastAPI ask for by their id alone: `AsyncResult(pk)` belongs to the current app, and in such a thread that is the default one, which keeps no results.

As `other_threads` tells of shared tasks: the app is the current one of the thread that makes it, and a route that is a plain `def` runs in another one.
"""

from __future__ import annotations

from taskguard.diagnostics import Related
from taskguard.facts.model import Attr, Call, Ref
from taskguard.facts.questions import finds
from taskguard.facts.selections import functions_calling
from taskguard.facts.statements import Inner
from taskguard.patterns import regex
from taskguard.project.celery.configuration import configuration
from taskguard.project.celery.discovery import discovery_of
from taskguard.project.celery.django import names_settings
from taskguard.project.diagnosis.apps.default_app import default_is_configured, results_are_told
from taskguard.project.diagnosis.apps.other_threads import ROUTERS
from taskguard.project.diagnosis.apps.unloaded_web import is_route
from taskguard.project.diagnosis.faults import Fault
from taskguard.project.python.flow import body_of, bound_in, parts_of
from taskguard.project.python.names import resolve
from taskguard.project.python.testing import hidden, in_tests
from taskguard.project.python.text_questions import finds_within

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.facts.model import Function
    from taskguard.project.celery.model import Service
    from taskguard.project.celery.system import System
    from taskguard.project.python.project import Module

RESULT = "AsyncResult"
RESULTS = frozenset((f"celery.result.{RESULT}", f"celery.{RESULT}"))
# What a result asks the backend for.
STATES = frozenset(
    "status state result info traceback date_done ready successful failed get wait collect forget as_dict children".split()
)
ASKED = regex(rf"\.\s*(?:{'|'.join(sorted(STATES))})\b")
FROM_CELERY = regex(r"\bcelery\b")


def results_in_threads(system: System) -> Iterator[Fault]:
    """The first such result of each file, with the others beside."""
    services = [one for one in system.serving if not one.test]
    if not services or not all(map(_is_of_its_thread, services)):
        return
    project = services[0].project
    for path in project.search(f"{RESULT}("):
        module = project.modules[path]
        if in_tests(path) or hidden(path) or not finds(project, path, FROM_CELERY):
            continue
        found = [
            (name, call)
            for name, _ in functions_calling(module.facts, RESULT)
            for call in _asked(module, module.function(name))
        ]
        if found:
            yield _told(services[0], module, found)


def _is_of_its_thread(service: Service) -> bool:
    """Whether an app has a result backend, and the default app surely has none."""
    if service.module.unreadable or discovery_of(service).is_django or names_settings(service):
        return False
    if service.call.keyword("set_as_current") is not None or configuration(service).get("result_backend") is None:
        return False
    return not default_is_configured(service) and not results_are_told(service)


def _asked(module: Module, function: Function | None) -> Iterator[Call]:
    """The results that a route makes of an id alone, and asks for something."""
    if function is None or function.is_async or not is_route(module, function, ROUTERS):
        return
    body = body_of(module, function) if finds_within(module.project, module.path, function, ASKED) else None
    seen: set[Call] = set()
    for _, one, within in parts_of(body) if body is not None else ():
        if any(isinstance(held, Inner) and held.kind == "lambda" for held in within):
            continue
        of, _, name = one.name.rpartition(".") if isinstance(one, Ref | Attr) else ("", "", "")
        if name not in STATES or body is None:
            continue
        bound = [value for value, _ in bound_in(body, of)]
        made = one.of if isinstance(one, Attr) else bound[0] if len(bound) == 1 else None
        if isinstance(made, Call) and made not in seen and _is_by_id(module, function, made):
            seen.add(made)
            yield made


def _is_by_id(module: Module, function: Function, call: Call) -> bool:
    """Whether a call makes a result of an id, and names no app."""
    if len(call.args) != 1 or call.keywords or not call.callee.endswith(RESULT):
        return False
    return resolve(module, call.callee, function.qualname).path in RESULTS


def _told(service: Service, module: Module, found: list[tuple[str, Call]]) -> Fault:
    (scope, call), *others = found
    app = service.variable
    return Fault(
        module.path, call.span, f"{RESULT} has the default app here, which keeps no results: FastAPI runs {scope} in a thread of its own, and {app} is the current app of the thread that makes it alone",
        f"ask the app for it: `{app}.{RESULT}(…)`", symbol=f"{module.name}.{scope}", certain=False,
        related=(Related(service.path, service.span.line, "the app"), *(Related(module.path, each.span.line, "so it is here") for _, each in others[:5])),
        depends=() if service.path == module.path else (service.path,),
    )  # fmt: skip
