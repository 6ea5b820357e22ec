"""Imports from modules of Celery of names that these do not have: `from celery import crontab`."""

from __future__ import annotations

from taskguard.celery_exports import GONE, NAMES, ONCE, SINCE
from taskguard.facts.selections import imports_from
from taskguard.project.diagnosis.faults import Fault
from taskguard.spelling import Spelling

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from taskguard.project.python.project import Module, Project


def lacking(module: Module, is_gone: Callable[[Project, tuple[int, int]], tuple[bool | None, str]]) -> Iterator[Fault]:
    """Each such import. `is_gone` says whether the project's version is one that the table of names speaks of."""
    found = [
        one
        for one in imports_from(module.facts, "celery")
        if one.module in NAMES
        and not one.guard
        and one.name not in (None, "", "*")
        and not str(one.name).startswith("_")
        and one.name not in NAMES[one.module]
        and not (one.module == "celery" and f"celery.{one.name}" in GONE)  # is told as that
    ]
    if not found or module.project.find("celery", module) is not None:
        return
    sure, doubt = is_gone(module.project, SINCE)
    for one in found:
        never = one.module == "celery" and one.name not in ONCE
        if sure is False and not never:
            continue
        if doubt and not never:
            yield Fault(module.path, one.span, "", doubt=f"{one.module}.{one.name}: {doubt}")
            continue
        message = f"{one.module} has no `{one.name}`: this import fails"
        yield Fault(module.path, one.span, message, _advice(one.module, str(one.name)), certain=bool(sure) or never)


def _advice(home: str, name: str) -> str:
    homes = [other for other, names in NAMES.items() if name in names and other != home]
    if homes:
        return f"`{name}` is in {homes[-1] if 'celery.schedules' not in homes else 'celery.schedules'}"
    same = next((one for one in sorted(NAMES[home]) if one.lower() == name.lower()), "")
    near = same or Spelling().nearest(name, NAMES[home])
    return f"did you mean `{near}`?" if near else "import what the module has"
