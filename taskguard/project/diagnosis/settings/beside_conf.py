"""Settings that are given to the app itself and not to its `conf`: `app.task_always_eager = True` is an attribute that nobody reads."""

from __future__ import annotations

import re

from taskguard.facts import changes
from taskguard.facts.model import Call, Ref
from taskguard.facts.questions import every, finds
from taskguard.patterns import regex
from taskguard.project.celery.loaded import in_use
from taskguard.project.celery.setting_names import names
from taskguard.project.diagnosis.faults import Fault
from taskguard.project.diagnosis.settings.read_by_project import read_elsewhere
from taskguard.project.python.names import resolved_name
from taskguard.project.python.testing import in_tests
from taskguard.project.tasks.celery_names import CELERY_APP

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.facts.model import Assign, Expr
    from taskguard.project.celery.system import System
    from taskguard.project.python.project import Module, Project

    # A module, the variable of an app in it, and the functions in which that is this app.
    Made = tuple[Module, str, frozenset[str]]

# First words of settings of which no app has an attribute (celery/app/base.py, `Celery`).
FIRST = ("beat_", "broker_", "result_", "task_", "worker_")
# An app that a function makes, under a name of its own.
MADE = regex(r"^[ \t]+(\w+)[ \t]*=[ \t]*(?:\w+\.)?Celery\(", re.MULTILINE)


def beside_conf(system: System) -> Iterator[Fault]:
    """Each such statement of a module that makes an app, once."""
    seen: set[tuple[str, object]] = set()
    for module, variable, scopes in (*_of_services(system), *_in_functions(system)):
        for assign in changes.assigns_below(module.facts, variable):
            written = assign.target.name if isinstance(assign.target, Ref) else ""
            setting = _meant(written.removeprefix(f"{variable}."))
            if assign.op != "=" or not setting or (module.path, assign.target.span) in seen:
                continue
            if assign.scope not in scopes or _is_read(system.project, setting, written):
                continue
            seen.add((module.path, assign.target.span))
            yield Fault(
                module.path, assign.target.span, f"{written} is an attribute of the app and no setting: nobody reads it",
                f"write `{variable}.conf.{setting}`", symbol=written,
            )  # fmt: skip


def _of_services(system: System) -> Iterator[Made]:
    for service in in_use(system):
        module, variable = service.maker, service.maker_variable
        if not in_tests(module.path) and _is_app(module, service.call, service.maker_scope):
            yield module, variable, frozenset(("", service.maker_scope))


def _in_functions(system: System) -> Iterator[Made]:
    """The apps that functions make for themselves, as one for each virtual host of a broker."""
    project = system.project
    for path in project.search("Celery("):
        module = project.modules[path]
        for variable in dict.fromkeys(every(project, path, MADE)) if not in_tests(path) else ():
            bound: dict[str, list[Assign]] = {}
            for one in changes.assigns_below(module.facts, variable):
                if isinstance(one.target, Ref) and one.target.name == variable:
                    bound.setdefault(one.scope, []).append(one)
            for scope, held in bound.items():
                if scope and len(held) == 1 and _is_app(module, held[0].value, scope):
                    yield module, variable, frozenset((scope,))


def _is_app(module: Module, call: Expr, scope: str) -> bool:
    return isinstance(call, Call) and bool(call.callee) and resolved_name(module, call.callee, scope) in CELERY_APP


def _meant(written: str) -> str:
    """The setting that an attribute is called like; empty where it is called otherwise."""
    tables = names()
    if written.startswith(FIRST) and written in tables.new:
        return written
    return tables.old.get(written, "") if written.isupper() else ""


def _is_read(project: Project, setting: str, written: str) -> bool:
    """Whether code of the project reads the attribute; the setting of that name of some `conf` is another thing."""
    name = written.rpartition(".")[2]
    if name != setting:
        return read_elsewhere(project, name)
    reads = re.compile(rf"(?<!\bconf)\.{name}\b(?!\s*=[^=])|attr\([^()\n]*[\"']{name}[\"']|__dict__|\bvars\(")
    return any(finds(project, path, reads) for path in project.search(name))
