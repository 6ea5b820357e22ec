"""Settings that a module takes from the environment, and sets anew further down to a plain value: what the environment says counts for nothing."""

from __future__ import annotations

import re

from taskguard.diagnostics import Related
from taskguard.facts.model import Binding
from taskguard.facts.questions import every
from taskguard.project.celery.configuration import configuration
from taskguard.project.celery.loaded import in_use
from taskguard.project.diagnosis.faults import Fault
from taskguard.project.diagnosis.settings.from_environment import variable_asked
from taskguard.project.python.evaluate import Bound, value_of
from taskguard.project.python.testing import in_test_settings
from taskguard.project.python.values import Known

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.diagnostics import Span
    from taskguard.project.celery.model import Place
    from taskguard.project.celery.system import System
    from taskguard.project.python.project import Module


def set_anew(system: System) -> Iterator[Fault]:
    """The first of such assignments of each name."""
    told: set[tuple[str, Span]] = set()
    for service in in_use(system):
        for name, setting in configuration(service).settings.items():
            for place in setting.places:
                module = service.project.modules.get(place.path)
                if place.direct or place.guard or place.partial or module is None or in_test_settings(place.path):
                    continue
                found = _before(module, place)
                if found is None or (place.path, found[0].span) in told:
                    continue
                first, variable = found
                told.add((place.path, first.span))
                yield Fault(
                    place.path, first.span, f"{place.written} is set again in line {place.span.line}: what the environment says by {variable} counts for nothing",
                    "drop one of the two", symbol=name, related=(Related(place.path, place.span.line, "it is set again here"),), certain=False,
                )  # fmt: skip


def _before(module: Module, place: Place) -> tuple[Binding, str] | None:
    """The assignment to the same name that asks the environment, and the variable, where the last one is plain and nothing reads the name in the file but these two."""
    held = [one for one in module.entries(place.written) if isinstance(one, Binding)]
    if len(held) != 2 or any(one.guard or one.value is None for one in held) or held[1].span != place.span:
        return None
    first, last = held
    if first.value is None or last.value is None or not isinstance(value_of(Bound(last.value, module)), Known):
        return None
    variable = variable_asked(Bound(first.value, module))
    if not variable or variable_asked(Bound(last.value, module)):
        return None
    # A fallback of its own (`X = os.getenv("X") or X`) and the name in a string are no reads of it.
    read = re.compile(rf"^(?![ \t]*{re.escape(place.written)}\b)[^#\n\"']*\b{re.escape(place.written)}\b", re.MULTILINE)
    return None if every(module.project, module.path, read) else (first, variable)
