"""Packages of the project in which `autodiscover_tasks` finds nothing, although there are tasks in them."""

from __future__ import annotations

from taskguard.diagnostics import Related, Span
from taskguard.project.celery.configuration import configuration
from taskguard.project.celery.discovery import discovery_of
from taskguard.project.celery.pieces import list_pieces
from taskguard.project.celery.registered import tasks_of
from taskguard.project.celery.system import celery_of
from taskguard.project.diagnosis.faults import Fault
from taskguard.project.diagnosis.registration.unregistered import is_told
from taskguard.project.facades.broken import may_be_module
from taskguard.project.python.testing import in_test_path, in_tests
from taskguard.project.tasks.declarations import tasks_in
from taskguard.query import query
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from taskguard.project.celery.model import Service
    from taskguard.project.python.project import Module


class Fruitless(Record):
    """A package to which discovery is pointed. `found` is the module that it imports there, None where there is none; `missed` hold the tasks."""

    package: str
    related: str
    path: str
    span: Span
    found: Module | None
    missed: tuple[Module, ...]
    depends: tuple[str, ...]


def fruitless(service: Service) -> Iterator[Fault]:
    """Each related name once: where it is wrong, nothing is found in all packages. Where but one module is missed, and is told itself, that says the same."""
    for missed, fault in _barren(service):
        if len(missed) > 1 or not all(map(is_told, missed)):
            yield fault


def looked_past(service: Service, module: Module) -> list[Fault]:
    """The places that have the worker of a service look around a module of tasks, and not find it."""
    return [fault for missed, fault in _barren(service) if module in missed]


@query
def _barren(service: Service) -> tuple[tuple[tuple[Module, ...], Fault], ...]:
    """The modules that are missed, with what is to be said of the place that misses them."""
    made: dict[tuple[str, str, bool], list[Fruitless]] = {}
    for package, related, path, span in discovery_of(service).listed:
        found = _missed(service, package, related, path, span)
        if found is not None:
            made.setdefault((path, related, found.found is None), []).append(found)
    groups = list(made.values())
    for related, packages, path, span in discovery_of(service).searched:
        tried = [_missed(service, package, related, path, span) for package in packages]
        there = any(service.project.find(f"{package}.{related}", service.module) for package in packages)
        barren = [one for one in tried if one is not None]
        if barren and not there:
            groups.append(barren)
    told = ((group, _told(group)) for group in groups)
    return tuple(
        (tuple(dict.fromkeys(module for one in group for module in one.missed)), fault)
        for group, fault in (*told, *_barren_entries(service))
    )


def _barren_entries(service: Service) -> Iterator[tuple[list[Fruitless], Fault]]:
    """Packages that `include` or `imports` names and that import none of their modules, of which some have tasks. Who lists a package by name means what is
    in it, be it called an example."""
    settings = ((name, configuration(service).get(name)) for name in ("include", "imports"))
    for name, setting in settings:
        for one in (
            piece for part in (setting.parts if setting is not None else ()) for piece in list_pieces(part).items
        ):
            package = one.key.value
            if not isinstance(package, str) or one.guard not in ("", "function"):
                continue
            found = _missed(service, package, "", one.path, one.span, in_test_path)
            if found is not None:
                message = f'{name} names "{package}", and that imports none of its modules with tasks'
                yield [found], _told([found]).replace(message=message)


def _missed(
    service: Service, package: str, related: str, path: str, span: Span, aside: Callable[[str], bool] = in_tests
) -> Fruitless | None:
    """What discovery misses below a package; None where it finds something, or where it cannot be told what."""
    project, origin = service.project, service.module
    held = project.find(package, origin)
    if held is None or not held.is_package or held.unreadable or held.root != origin.root:
        return None
    found = project.find(f"{package}.{related}", origin) if related else held
    if found is None and (related and may_be_module(held, related.partition(".")[0])):
        return None
    around = found or held
    if found is not None and (not found.is_package or found.unreadable):
        return None
    tasks = [
        one
        for one in tasks_of(service)
        if one.module.name.startswith(f"{around.name}.") or one.module in (around, held)
    ]
    missed = tuple(dict.fromkeys(one.module for one in tasks if not aside(one.module.path)))
    if not missed or any(discovery_of(service).holds(one) is not False for one in missed):
        return None
    if any(
        discovery_of(other).holds(one) is not False
        for other in celery_of(project).live
        if other is not service
        for one in missed
    ):
        return None  # another service's
    depends = tuple(dict.fromkeys((service.path, around.path, *(one.path for one in missed))))
    return Fruitless(package, related, path, span, found, missed, tuple(one for one in depends if one != path))


def _told(group: list[Fruitless]) -> Fault:
    first = group[0]
    missed = [one for each in group for one in each.missed]
    others = f", nor in {len(group) - 1} more of its packages" if len(group) > 1 else ""
    if first.found is not None:
        message = f"discovery imports {first.found.name} here, and that imports none of its modules with tasks"
        advice = f"import {missed[0].name} in {first.found.path}, or list it in `include`"
    else:
        message = f"discovery finds nothing here: there is no {first.package}.{first.related}{others}"
        advice = f"the tasks are in {missed[0].name}: write the name that it has, or list it in `include`"
        lasts = {one.name.rpartition(".")[2] for one in missed}
        if len(lasts) == 1 and all(
            one.name.rpartition(".")[0] == each.package for each in group for one in each.missed
        ):
            advice = f'the tasks are in modules that are called otherwise: related_name="{lasts.pop()}"'
    related = [Related(one.path, tasks_in(one)[0].line, "a task here is never registered") for one in missed[:3]]
    files = tuple(dict.fromkeys(path for each in group for path in each.depends))
    return Fault(first.path, first.span, message, advice, first.package, tuple(related), files, certain=False)
