"""Schedules, routes and annotations that a second assignment replaces: what only the first one holds is lost."""

from __future__ import annotations

import re
from itertools import pairwise

from taskguard.diagnostics import Related
from taskguard.facts.model import Binding, Dict
from taskguard.project.celery.configuration import beats_app, configuration
from taskguard.project.celery.discovery import discovery_of
from taskguard.project.celery.loaded import in_use
from taskguard.project.diagnosis.faults import Fault
from taskguard.project.diagnosis.settings.repeated import replaced_sources, written_twice
from taskguard.project.diagnosis.settings.set_anew import set_anew
from taskguard.project.diagnosis.settings.unread_settings import overridden_settings
from taskguard.project.python.evaluate import Bound, Mapping, mapping_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.diagnostics import Span
    from taskguard.project.celery.model import Place, Service
    from taskguard.project.celery.system import System

# Settings that hold a dict of which each entry is wanted for itself.
WHOLE = {"beat_schedule": "entries", "task_routes": "routes", "task_annotations": "annotations"}


def replaced(system: System) -> Iterator[Fault]:
    """Each lost assignment once."""
    seen: set[tuple[str, Span]] = set()
    for service in in_use(system):
        for name, what in WHOLE.items():
            setting = configuration(service).get(name)
            for first, second, lost in _pairs(service, setting.places if setting is not None else ()):
                if (first.path, first.span) in seen:
                    continue
                seen.add((first.path, first.span))
                said = ", ".join(f'"{one}"' for one in lost[:3]) + (", …" if len(lost) > 3 else "")
                where = f"in line {second.span.line}" if second.path == first.path else f"in {second.path}"
                yield Fault(
                    first.path, first.span, f"{first.written} is set again {where}, and the {what} {said} are lost",
                    "put both into one dict, or add to the first", symbol=name,
                    related=(Related(second.path, second.span.line, "it is set again here"),),
                    depends=(second.path,) if second.path != first.path else (),
                )  # fmt: skip


def lost_to_another_file(system: System) -> Iterator[Fault]:
    """Dicts that two files which a worker imports set on the app, neither for the other's sake: only what is set last stays."""
    told: set[tuple[str, Span]] = set()
    for service in in_use(system):
        for name, what in WHOLE.items():
            setting = configuration(service).get(name)
            places = [one for one in setting.places if one.direct] if setting is not None else []
            if len({one.path for one in places}) < 2 or any(one.guard or one.partial for one in places):
                continue
            keyed = ((one, _keys(one)) for one in sorted(places, key=lambda one: (one.path, one.span)))
            held = [(one, keys) for one, keys in keyed if keys and _is_imported(service, one.path)]
            for (place, own), (other, theirs) in pairwise(held):
                if place.path == other.path or own <= theirs or theirs <= own or (place.path, place.span) in told:
                    continue
                told.add((place.path, place.span))
                yield Fault(
                    place.path, place.span, f"{place.written} is set in {other.path} as well: of the {what} of both only those stay that are set last",
                    "put them into one dict, or add to what is there: `update`", symbol=name,
                    related=(Related(other.path, other.span.line, "it is set here, too"),), depends=(other.path,),
                )  # fmt: skip


def _is_imported(service: Service, path: str) -> bool:
    """Whether each process of an app surely imports a file."""
    module = service.project.modules.get(path)
    return module is not None and (module is service.module or discovery_of(service).holds(module) is True)


def _pairs(service: Service, places: tuple[Place, ...]) -> Iterator[tuple[Place, Place, list[str]]]:
    """Assignments of one setting and the one that replaces each, with the keys that are lost: within one file, or on the app what its source has."""
    plain = [one for one in places if not one.guard and not one.partial and one.how != "defaults"]
    for last in plain:
        for first in _before(service, last) if not last.direct else ():
            held, kept = _keys(first), _keys(last)
            if held is not None and kept and held - kept:
                yield first, last, sorted(held - kept)
    for first in plain:
        if first.direct:
            later = [
                one
                for one in plain
                if one.direct and one.written == first.written and one.path == first.path and one.span > first.span
            ]
        elif (
            not beats_app(first, configuration(service).namespace)
            and len([one for one in plain if not one.direct]) == 1
            and not first.deployment
        ):
            later = [one for one in plain if one.direct]
        else:
            later = []
        if not later or any((one.guard or one.partial) and one.path == first.path for one in places):
            continue
        last = max(later, key=lambda one: one.span)
        held, kept = _keys(first), _keys(last)
        if held is not None and kept is not None and held - kept and kept:
            yield first, last, sorted(held - kept)


def _before(service: Service, last: Place) -> Iterator[Place]:
    """The assignments of a settings module to the same name that stand before one, if nothing reads the name in between."""
    module = service.project.modules.get(last.path)
    lines = (service.project.text(last.path) or "").splitlines()
    entries = module.entries(last.written) if module is not None else ()
    if not any(one.span == last.span for one in entries):
        return  # an attribute of a class
    for one in entries:
        if not isinstance(one, Binding) or one.guard or not isinstance(one.value, Dict) or not one.span < last.span:
            continue
        between = "\n".join(lines[one.value.span.end_line : last.span.line - 1])
        if module is not None and not re.search(rf"\b{re.escape(last.written)}\b", between):
            yield last.replace(span=one.span, value=Bound(one.value, module))


def _keys(place: Place) -> set[str] | None:
    """The keys of the dict; None where they cannot be told."""
    whole = place.value if isinstance(place.value, Mapping) else mapping_of(place.value)
    if whole.open or not all(isinstance(key, str) for key in whole.entries):
        return None
    return {str(key) for key in whole.entries}


def settings_set_twice(system: System) -> Iterator[Fault]:
    """Settings that two places set, so that the version of Celery decides which one counts, or that a later one replaces."""
    yield from overridden_settings(system)
    yield from replaced(system)
    yield from lost_to_another_file(system)
    yield from written_twice(system)
    yield from replaced_sources(system)
    yield from set_anew(system)
