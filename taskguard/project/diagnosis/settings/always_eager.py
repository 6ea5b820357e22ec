"""`task_always_eager` in settings of a worker at work: then nothing is sent, and each task runs in who calls it."""

from __future__ import annotations

from taskguard.facts.model import Binding
from taskguard.project.celery.configuration import configuration
from taskguard.project.diagnosis.faults import Fault
from taskguard.project.diagnosis.settings.development import apart, place_of, to_copy, words
from taskguard.project.python.evaluate import Bound, value_of
from taskguard.project.python.testing import in_tests
from taskguard.project.python.values import Known

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.diagnostics import Span
    from taskguard.project.celery.model import Place, Service, Setting
    from taskguard.project.celery.system import System
    from taskguard.project.python.project import Module

ENDING = "ALWAYS_EAGER"
AT_WORK = frozenset("deploy deployment heroku live prod production server stage staging".split())


def always_eager(system: System) -> Iterator[Fault]:
    """Each place once."""
    seen: set[tuple[str, Span]] = set()
    for service in system.live:
        setting = configuration(service).get("task_always_eager")
        if setting is None or service.test or _in_memory(service):
            continue
        for place in _in_force(setting):
            if place.guard or apart(place) or to_copy(place.path) or (place.path, place.span) in seen:
                continue
            seen.add((place.path, place.span))
            others = _set_elsewhere(service, {one.path for one in setting.places})
            if others:
                yield Fault(place.path, place.span, "", doubt=f"{others} sets it, too")
                continue
            yield Fault(
                place.path, place.span, f"{place.written} runs each task in who calls it: nothing is sent to a worker",
                "set it in the settings of tests alone", depends=setting.known.files, certain=_has_workers(service),
            )  # fmt: skip


def _in_force(setting: Setting) -> list[Place]:
    """The place that switches it on, where that holds for all settings modules; else those of the modules in which it does."""
    place = place_of(setting)
    if setting.known.known:
        return [place] if place is not None and setting.known.value is True else []
    if any(one.how != "source" for one in setting.places):
        return []
    last = {one.deployment: one for one in setting.places}
    guarded = {one.deployment for one in setting.places if one.guard}
    return [
        one
        for name, one in last.items()
        if name not in guarded and value_of(one.value).value is True and _at_work(name)
    ]


def _at_work(deployment: str) -> bool:
    """Whether a settings module is by its name that of a server."""
    return not AT_WORK.isdisjoint(words(deployment.replace(".", "/"), ""))


def _set_elsewhere(service: Service, own: set[str]) -> str:
    """Another file of the project, tests left out, that gives such a setting another value."""
    project = service.project
    for path in project.search(ENDING):
        if path in own or in_tests(path):
            continue
        module = project.modules[path]
        for one in module.facts.bindings:
            if isinstance(one, Binding) and one.name.endswith(ENDING) and not _is_true(module, one):
                return path
        classes = (held for klass in module.facts.classes for held in klass.attributes)
        if any(one.name.endswith(ENDING) and not _is_true(module, one) for one in classes):
            return path
    return ""


def _is_true(module: Module, one: Binding) -> bool:
    value = value_of(Bound(one.value, module, one.scope)) if one.value is not None else None
    return isinstance(value, Known) and value.value is True


def _in_memory(service: Service) -> bool:
    """Whether the broker is one that no other process sees: then no worker is meant at all."""
    url = configuration(service).value("broker_url").value
    return isinstance(url, str) and url.startswith("memory:")


def _has_workers(service: Service) -> bool:
    """Whether deployment files start workers: then tasks are meant to be sent."""
    return any(one.step == "worker" for one in service.project.evidence.deployment.launches)
