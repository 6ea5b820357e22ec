"""Values of task options that are set elsewhere than in a declaration: by `task_annotations`, and by `app.control.rate_limit`."""

from __future__ import annotations

from taskguard.facts.model import Const
from taskguard.facts.questions import holds
from taskguard.facts.selections import functions_calling
from taskguard.project.celery.configuration import configuration
from taskguard.project.celery.loaded import in_use
from taskguard.project.celery.registered import services_of
from taskguard.project.celery.system import celery_of
from taskguard.project.diagnosis.declarations.option_values import NUMBERS, wrong_rate, wrong_value
from taskguard.project.python.evaluate import Bound, mapping_of, value_of
from taskguard.project.python.flow import body_about, calls_of
from taskguard.project.python.values import Known
from taskguard.project.tasks.declarations import all_tasks
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.diagnostics import Span
    from taskguard.project.celery.model import Service
    from taskguard.project.diagnosis.declarations.option_values import Wrong
    from taskguard.project.python.project import Module

EVERY = "*"
# What is read of a task when it runs, or when a worker starts: others are looked at when it is declared, before any annotation.
OPTIONS = ("rate_limit", *NUMBERS)
# Celery's own remote control (celery/app/control.py).
CONTROL = "control.rate_limit"
REFUSED = "the workers leave the limit as it was"


class Set(Record):
    """A wrong value, where it stands, and for whom it is set."""

    path: str
    span: Span
    wrong: Wrong
    of: str


def annotated_wrongly(module: Module) -> Iterator[Set]:
    """The values that the annotations of the apps of a file give to tasks which are there. Of several apps with the same ones they are those of the first."""
    project = module.project
    if not project.complete or not any(one.path == module.path for one in in_use(celery_of(project))):
        return
    told: set[tuple[str, Span]] = set()
    for service in in_use(celery_of(project)):
        held = configuration(service).get("task_annotations")
        for name, given in held.mapping.entries.items() if held is not None else ():
            options = mapping_of(given).entries
            for option in OPTIONS:
                value = options.get(option)
                if not isinstance(value, Bound) or (value.module.path, value.expr.span) in told:
                    continue
                place = value.module.path, value.expr.span
                told.add(place)
                said = value_of(value)
                wrong = wrong_value(option, said.value) if isinstance(said, Known) else None
                if wrong is not None and service.path == module.path and _is_for_some(service, name):
                    yield Set(*place, wrong, str(name))


def _is_for_some(service: Service, name: object) -> bool:
    """Whether a key of the annotations is that of a task of the app."""
    return any(
        (name == EVERY or task.name.value == name) and service in services_of(task)
        for task in all_tasks(service.project)
        if isinstance(task.name, Known)
    )


def limited_wrongly(module: Module) -> Iterator[Set]:
    """The calls of `app.control.rate_limit` with a limit that no worker takes."""
    if not holds(module.project, module.path, f"{CONTROL}("):
        return
    for qualname, _ in functions_calling(module.facts, "rate_limit"):
        function = module.function(qualname)
        body = body_about(module, function, ("rate_limit",)) if function is not None else None
        for called in calls_of(body) if body is not None else ():
            call = called.call
            if not call.callee.endswith(f".{CONTROL}"):
                continue
            given = call.keyword("rate_limit") or (call.args[1] if len(call.args) > 1 else None)
            wrong = wrong_rate(given.value, REFUSED) if isinstance(given, Const) else None
            if given is not None and wrong is not None:
                yield Set(module.path, given.span, wrong, qualname)
