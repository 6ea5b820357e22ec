"""Decorators and handlers that ask a Celery app for what no app of Celery has: `@app.task_failure.connect`."""

from __future__ import annotations

import re

from taskguard.celery_exports import APP, NAMES
from taskguard.facts import selections
from taskguard.facts.questions import finds
from taskguard.facts.selections import written_name
from taskguard.patterns import regex
from taskguard.project.celery.system import celery_of
from taskguard.project.diagnosis.faults import Fault
from taskguard.project.python.names import resolved_name
from taskguard.project.tasks.celery_names import CELERY_APP
from taskguard.spelling import Spelling

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.facts.model import Expr
    from taskguard.project.celery.model import Service
    from taskguard.project.python.project import Module, Project

SIGNALS = NAMES["celery.signals"] - {"Signal"}
# Somebody may give an app, or the class of all apps, attributes whose names nobody sees.
_COMPUTED = regex(r"\bsetattr\(\s*(?:Celery\b|\w*app\b|\w*celery\w*\b)|\bCelery\.\w+\s*=(?!=)|\b__getattr__")


def lacking_of_apps(module: Module) -> Iterator[Fault]:
    """Each decorator and `connect` of a file that runs when the file is imported, and asks an app for such an attribute."""
    for expr in _run_at_import(module):
        head, name = _asked(written_name(expr))
        if name in APP or not head or name.startswith("_"):
            continue
        service = celery_of(module.project).apps.at(module, head)
        if service is not None and _is_plain(service) and not _is_given(module.project, service, name):
            yield Fault(
                module.path, expr.span, f"an app of Celery has no `{name}`: an AttributeError when the module is imported", _advice(name),
                symbol=f"{head}.{name}", depends=(service.maker.path,),
            )  # fmt: skip


def _run_at_import(module: Module) -> Iterator[Expr]:
    for function in selections.own_decorated(module.facts, module.project.heads):
        if function.holder != "function" and not function.guard:
            yield from function.decorators
    for site in selections.calling(module.facts, "connect"):
        if site.call.args and not (site.scope or site.guard or site.context):
            yield site.call


def _asked(written: str) -> tuple[str, str]:
    """What may be the app in a decorator, and the attribute that is asked of it: `app.task_failure.connect` asks for the last but one."""
    parts = written.split(".")
    if len(parts) > 2 and parts[-1] == "connect":
        parts.pop()
    return ".".join(parts[:-1]), parts[-1]


def _is_plain(service: Service) -> bool:
    """Whether an app is an object of Celery's own class, and its name is bound once."""
    entries = service.module.entries(service.variable)
    return resolved_name(service.maker, service.call.callee, service.maker_scope) in CELERY_APP and len(entries) == 1


def _is_given(project: Project, service: Service, name: str) -> bool:
    """Whether some code may give an app an attribute of that name."""
    given = re.compile(rf"\.{re.escape(name)}\s*(?::[^=\n]+)?=(?!=)|[\"']{re.escape(name)}[\"']")
    near = (service.path, service.maker.path)
    return any(finds(project, path, given) for path in project.search(name)) or any(
        finds(project, path, _COMPUTED) for path in near
    )


def _advice(name: str) -> str:
    if name in SIGNALS:
        return f"signals are in `celery.signals`: `from celery.signals import {name}`, and `@{name}.connect`"
    near = Spelling().nearest(name, APP)
    return f"did you mean `{near}`?" if near else "ask for what an app has"
