"""Old and new names in one source without a namespace (celery/app/utils.py, `detect_settings`; run on 5.3 and 5.7).

Where each old name stands beside its new one, the new one counts. Else Celery refuses the whole configuration.
"""

from __future__ import annotations

from taskguard.diagnostics import Related
from taskguard.facts.model import Import
from taskguard.project.celery.configuration import configuration
from taskguard.project.celery.loaded import in_use
from taskguard.project.celery.setting_names import names
from taskguard.project.diagnosis.faults import Fault
from taskguard.project.diagnosis.settings.mixed_on_app import doubled_in_call, set_on_app

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from taskguard.project.celery.model import Place, Service
    from taskguard.project.celery.system import System


def mixed(system: System, differ: Callable[[Place, Place], bool | None]) -> Iterator[Fault]:
    """The names that clash. Django hands on upper-case names alone, so that its settings never mix."""
    for service in in_use(system):
        yield from doubled_in_call(service, differ)
        yield from _clashing(service, *set_on_app(service))
        if configuration(service).namespace is None:
            new, old = _sourced(service)
            yield from _doubled(new, old, differ)
            yield from _clashing(service, new, old)


def _sourced(service: Service) -> tuple[dict[str, Place], dict[str, Place]]:
    """The places that surely set a new and an old name, by setting."""
    tables = names()
    new: dict[str, Place] = {}
    old: dict[str, Place] = {}
    for setting in configuration(service).settings.values():
        for place in setting.places:
            if place.how == "source" and not place.deployment and not place.guard and not _imported(service, place):
                (old if place.written in tables.old else new)[setting.name] = place
    return new, old


def _imported(service: Service, place: Place) -> bool:
    """Whether a name is there by an import alone: `timezone` of another library."""
    module = service.project.modules.get(place.path)
    return module is None or any(isinstance(one, Import) for one in module.entries(place.written))


def _doubled(
    new: dict[str, Place], old: dict[str, Place], differ: Callable[[Place, Place], bool | None]
) -> Iterator[Fault]:
    for name, place in old.items():
        other = new.get(name)
        if other is not None and differ(place, other):
            yield Fault(
                place.path, place.span, f"{place.written} is not read: the source sets {other.written} too, and the new name counts",
                "set it once", symbol=place.written, related=(Related(other.path, other.span.line, "the place that counts"),),
                depends=(other.path,) if other.path != place.path else (),
            )  # fmt: skip


def _clashing(service: Service, new: dict[str, Place], old: dict[str, Place]) -> Iterator[Fault]:
    few, many = (new, old) if len(old) > len(new) else (old, new)
    left = [place for name, place in few.items() if name not in many]
    if not left or not many:
        return
    left.sort(key=lambda one: (one.path, one.span))
    first = left[0]
    other = min(many.values(), key=lambda one: (one.path, one.span))
    said = ", ".join(one.written for one in left[:3]) + (", …" if len(left) > 3 else "")
    kind, rest = ("an old name", "new ones") if few is old else ("a new name", "old ones")
    tables = names()
    back = {setting: written for written, setting in tables.old.items()}
    right = first.setting if few is old else back.get(first.setting, "the old name")
    yield Fault(
        first.path, first.span, f"{said} is {kind} among {rest}: Celery raises ImproperlyConfigured" if len(left) == 1
        else f"{said} are {kind.removeprefix('an ').removeprefix('a ')}s among {rest}: Celery raises ImproperlyConfigured",
        f"write {right}", symbol=first.written, related=(Related(other.path, other.span.line, f"{other.written} is {'new' if few is old else 'old'}"),),
        depends=tuple(dict.fromkeys(path for path in (other.path, service.path) if path != first.path)), certain=not configuration(service).open,
    )  # fmt: skip
