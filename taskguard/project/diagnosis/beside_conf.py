"""Settings that are given to the app itself and not to its `conf`: `app.task_always_eager = True` is an attribute that nobody reads."""

from __future__ import annotations

from taskguard.facts import selections
from taskguard.facts.model import Ref
from taskguard.project.celery.loaded import in_use
from taskguard.project.celery.setting_names import names
from taskguard.project.diagnosis.faults import Fault
from taskguard.project.diagnosis.setting_reads import read_elsewhere
from taskguard.project.python.names import resolved_name
from taskguard.project.python.testing import in_tests
from taskguard.project.tasks.celery_names import CELERY_APP

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.project.celery.model import Service
    from taskguard.project.celery.system import System

# First words of settings of which no app has an attribute (celery/app/base.py, `Celery`).
FIRST = ("beat_", "broker_", "result_", "task_", "worker_")


def beside_conf(system: System) -> Iterator[Fault]:
    """Each such statement of a module that makes an app, once."""
    seen: set[tuple[str, object]] = set()
    for service in in_use(system):
        module, variable = service.maker, service.maker_variable
        if in_tests(module.path) or resolved_name(module, service.call.callee, service.maker_scope) not in CELERY_APP:
            continue
        for assign in selections.assigns_below(module.facts, variable):
            written = assign.target.name if isinstance(assign.target, Ref) else ""
            setting = _meant(written.removeprefix(f"{variable}."))
            if assign.op != "=" or not setting or (module.path, assign.target.span) in seen:
                continue
            if assign.scope not in ("", service.maker_scope) or _is_read(service, written):
                continue
            seen.add((module.path, assign.target.span))
            yield Fault(
                module.path, assign.target.span, f"{written} is an attribute of the app and no setting: nobody reads it",
                f"write `{variable}.conf.{setting}`", symbol=written,
            )  # fmt: skip


def _meant(written: str) -> str:
    """The setting that an attribute is called like; empty where it is called otherwise."""
    tables = names()
    if written.startswith(FIRST) and written in tables.new:
        return written
    return tables.old.get(written, "") if written.isupper() else ""


def _is_read(service: Service, written: str) -> bool:
    """Whether code of the project reads the attribute."""
    return read_elsewhere(service.project, written.rpartition(".")[2])
