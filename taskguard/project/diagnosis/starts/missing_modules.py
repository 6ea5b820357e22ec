"""Modules that the worker is told to import and that the project surely has not."""

from __future__ import annotations

import sys

from taskguard.project.celery.configuration import configuration
from taskguard.project.celery.discovery import discovery_of
from taskguard.project.celery.loaded import is_idle
from taskguard.project.celery.pieces import Piece, list_pieces
from taskguard.project.celery.unstarted import runs_nowhere
from taskguard.project.diagnosis.deployment.images_without_module import uncopied_apps
from taskguard.project.diagnosis.faults import Fault
from taskguard.project.diagnosis.imports.letter_case import miscased_settings
from taskguard.project.diagnosis.imports.unreachable import hiding_module, names_within
from taskguard.project.diagnosis.registration.empty_discovery import fruitless
from taskguard.project.diagnosis.registration.former_packages import lies_beside, once_had
from taskguard.project.diagnosis.starts.hidden_by_volumes import displaced_apps
from taskguard.project.diagnosis.starts.launched_modules import missing_launches
from taskguard.project.diagnosis.starts.lost_settings_modules import lost_settings
from taskguard.project.diagnosis.starts.missing_sources import faulty_sources, named_sources
from taskguard.project.diagnosis.starts.relative_imports import beyond_top
from taskguard.project.facades.broken import may_be_module
from taskguard.project.python.copied import copied_doubt
from taskguard.project.python.exported import binds_name
from taskguard.project.python.testing import in_tests
from taskguard.project.tasks.declarations import tasks_in
from taskguard.query import query
from taskguard.record import Record
from taskguard.spelling import Spelling

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from taskguard.diagnostics import Span
    from taskguard.project.celery.model import Service
    from taskguard.project.celery.system import System
    from taskguard.project.python.project import Module, Project

STOPS = "the worker stops when it starts"


class Gap(Record):
    """A dotted name that leads to nothing. `held` is the part of it that the project has and `next` the part that is missing below; `module` is what is
    held, None for a folder without `__init__`. `doubt` says why the module may be there all the same."""

    held: str
    next: str
    module: Module | None = None
    doubt: str = ""


def missing_modules(system: System) -> Iterator[Fault]:
    """What `include`, `imports` and `autodiscover_tasks` name and the project should have and has not."""
    seen: set[tuple[object, ...]] = set()
    for service in system.live:
        if service.test:
            continue
        for fault in (
            *_settings(service),
            *_packages(service),
            *fruitless(service),
            *faulty_sources(service),
            *_sources(service),
            *miscased_settings(service),
            *lost_settings(service),
        ):
            if (fault.path, fault.span) not in seen and not runs_nowhere(service):
                seen.add((fault.path, fault.span))
                yield fault
    yield from missing_launches(system)
    yield from beyond_top(system)
    yield from uncopied_apps(system.project)
    yield from displaced_apps(system.project)


def gap(service: Service, name: str, beside: Iterable[object] = ()) -> Gap | None:
    """Where a dotted name that the project should have ends; None where it has it, or where it may be a library's.

    `beside` is what is listed with it: of a folder without `__init__` that holds another one of these the project has all.
    """
    project, origin = service.project, service.module
    found = project.find(name, origin)
    if (
        found is not None
        and found.root == origin.root
        and names_within(found, name)
        and (hider := hiding_module(found))
    ):
        return Gap(name.rpartition(".")[0], name.rpartition(".")[2], project.modules[hider])
    if found is not None or _folder(service, name) or not _well_formed(name):
        return None
    parts = name.split(".")
    for cut in range(len(parts) - 1, 0, -1):
        held, following = ".".join(parts[:cut]), parts[cut]
        module = project.find(held, origin)
        folder = "" if module is not None else _folder(service, held)
        if module is None and not folder:
            continue
        near = any(
            isinstance(one, str) and one.rpartition(".")[0] == held and project.find(one, origin) for one in beside
        )
        return Gap(held, following, module, _doubt(service, name, held, following, module, folder, near))
    return None


def _well_formed(name: str) -> bool:
    return "." in name and all(one.isidentifier() for one in name.split("."))


def _folder(service: Service, name: str) -> str:
    """The folder without `__init__` that a dotted name is, as the app's own import root has it; empty where there is none."""
    inside = name.replace(".", "/")
    folder = f"{service.module.root}/{inside}" if service.module.root else inside
    return folder if any(path.startswith(f"{folder}/") for path in service.project.modules) else ""


def _doubt(
    service: Service, name: str, held: str, following: str, module: Module | None, folder: str, near: bool
) -> str:
    project, origin = service.project, service.module
    if image := copied_doubt(project, name):
        return image
    if held.partition(".")[0] in sys.stdlib_module_names:
        return f"{held} may be a module of Python itself"
    tail = "/" + name.replace(".", "/")
    twin = next((path for path in project.modules if f"/{path}".endswith((f"{tail}.py", f"{tail}/__init__.py"))), "")
    if twin:
        return f"{twin} may be meant"
    if module is not None:
        if module.root != origin.root or module.path.endswith(".pyi"):
            return f"{module.path} counts from another import root"
        return may_be_module(module, following)
    base = f"{folder}/{following}"
    if not near and not origin.name.startswith(f"{held}."):
        return f"{held} has no __init__.py, and may have parts elsewhere"
    if any(project.left_out(f"{base}{end}") for end in (".py", "/__init__.py")):
        return f"{base} is left out by the settings"
    return project.beside(base)


# -- include, imports --------------------------------------------------------------------------------------------------------


def _settings(service: Service) -> Iterator[Fault]:
    for name in ("include", "imports"):
        setting = configuration(service).get(name)
        if setting is None:
            continue
        guards = {
            (one.path, one.span): one.guard for place in setting.places for one in list_pieces(place.value, place.guard).items
        }  # fmt: skip
        beside = [
            one.key.value for part in setting.parts for one in list_pieces(part).items if isinstance(one.key.value, str)
        ]
        for part in setting.parts:
            for one in list_pieces(part).items:
                guard = guards.get((one.path, one.span), one.guard) or one.guard
                if isinstance(one.key.value, str) and guard not in ("try", "except"):
                    yield from _named(service, name, one, one.key.value, guard, beside)
                    if guard in ("", "function") and once_had(service, one.key.value, beside):
                        yield _former(service, name, one, one.key.value)
                    elif guard in ("", "function") and lies_beside(service, one.key.value):
                        yield _beside(service, name, one.path, one.span, one.key.value)


def _former(service: Service, setting: str, piece: Piece, written: str) -> Fault:
    message = f'{setting} names "{written}", and neither the project nor its requirements have it: {STOPS}'
    files = (service.path,) if service.path != piece.path else ()
    return Fault(
        piece.path, piece.span, message, _advice(service, written), symbol=written, depends=files, certain=False
    )


def _beside(service: Service, setting: str, path: str, span: Span, written: str) -> Fault:
    meant = f"{service.module.name.rpartition('.')[0]}.{written}"
    message = (
        f'{setting} names "{written}", and the worker is started from the folder above, where it is {meant}: {STOPS}'
    )
    files = (service.path,) if service.path != path else ()
    return Fault(path, span, message, f'write "{meant}"', symbol=written, depends=files, certain=False)


def _named(
    service: Service, setting: str, piece: Piece, written: str, guard: str, beside: Iterable[object]
) -> Iterator[Fault]:
    found = gap(service, written, beside)
    if found is None:
        return
    depends = _depends(service, found, piece.path)
    if found.doubt:
        yield Fault(
            piece.path, piece.span, "", depends=depends, doubt=f"whether there is a module {written} cannot be told: {found.doubt}"
        )  # fmt: skip
        return
    certain = guard in ("", "function") and not configuration(service).open
    if found.module is not None and not found.module.is_package:
        rest = written[len(found.held) + 1 :]
        task = found.module.entry(rest.partition(".")[0]) is not None
        message = f'{setting} names "{written}", and {found.held} is a module, not a package: {STOPS}'
        advice = f'{setting} lists modules, not tasks: write "{found.held}"' if task else _advice(service, written)
        if service.project.find(written, service.module) is not None:
            advice = "give the folder of its name another one, or an `__init__.py` in place of the module"
    else:
        message = f'{setting} names "{written}", and the project has no such module: {STOPS}'
        advice = _advice(service, written)
    yield Fault(piece.path, piece.span, message, advice, symbol=written, depends=depends, certain=certain)


def _depends(service: Service, found: Gap, place: str) -> tuple[str, ...]:
    files = [service.path]
    if found.module is not None:
        files.append(found.module.path)
        base = f"{found.module.path.rpartition('/')[0]}/{found.next}".lstrip("/")
        files += [f"{base}.py", f"{base}/__init__.py"]
    return tuple(dict.fromkeys(one for one in files if one != place))


def _advice(service: Service, written: str) -> str:
    """The module that was most likely meant: the only one with the same last part, or the only one with tasks of nearly that name."""
    same = _by_last_part(service.module).get(written.rpartition(".")[2], [])
    if len(same) == 1:
        return f'write "{same[0]}", or drop the entry'
    close = _spelling(service.project).nearest(written, _with_tasks(service.module))
    return (
        f'write "{close}", or drop the entry' if close else "name the module where the tasks are now, or drop the entry"
    )


@query
def _spelling(project: Project) -> Spelling:
    """What names of modules that are not there are compared by."""
    return Spelling()


@query
def _by_last_part(origin: Module) -> dict[str, list[str]]:
    """The dotted names of the modules below the import root of a module, tests left out, by their last parts."""
    made: dict[str, list[str]] = {}
    for one in _below_root(origin):
        if "." in one.name:
            made.setdefault(one.name.rpartition(".")[2], []).append(one.name)
    return made


@query
def _with_tasks(origin: Module) -> tuple[str, ...]:
    """The names of those that have tasks."""
    return tuple(one.name for one in _below_root(origin) if tasks_in(one))


def _below_root(origin: Module) -> list[Module]:
    return [one for one in origin.project.looked_at if one.name and not in_tests(one.path) and one.root == origin.root]


# -- config_from_object ------------------------------------------------------------------------------------------------------


def _sources(service: Service) -> Iterator[Fault]:
    """A module of settings that is not there. It may be one that each machine has its own of, so it is never certain."""
    for one, given, value in named_sources(service):
        name = value.partition(":")[0]
        found = gap(service, name)
        if found is None or is_idle(service, one.module):
            continue
        module = found.module
        if module is not None and (not module.is_package or binds_name(module, found.next) is not False):
            continue  # it may be something in that module
        depends = _depends(service, found, one.module.path)
        doubt = f"whether there is a module {name} cannot be told: {found.doubt}" if found.doubt else ""
        message = f'config_from_object names "{value}", and the project has no such module: {STOPS}'
        advice = "name the module where the configuration is now"
        yield Fault(one.module.path, given.span, "" if doubt else message, advice, symbol=value, depends=depends, doubt=doubt, certain=False)  # fmt: skip


# -- autodiscover_tasks ------------------------------------------------------------------------------------------------------


def _packages(service: Service) -> Iterator[Fault]:
    """A package whose import fails is looked for one level higher (celery/loaders/base.py, `find_related_module`): then nothing is found, or nothing can be imported."""
    project, origin = service.project, service.module
    for package, related, place, span in discovery_of(service).listed:
        found = gap(service, package)
        if found is None and once_had(service, package, [one[0] for one in discovery_of(service).listed]):
            message = (
                f'autodiscover_tasks names "{package}", and neither the project nor its requirements have it: {STOPS}'
            )
            files = (service.path,) if service.path != place else ()
            yield Fault(place, span, message, _advice(service, package), symbol=package, depends=files, certain=False)
        elif found is None and lies_beside(service, package):
            yield _beside(service, "autodiscover_tasks", place, span, package)
        if found is None or (found.module is not None and not found.module.is_package):
            continue
        above = package.rpartition(".")[0]
        depends = _depends(service, found, place)
        if found.doubt:
            yield Fault(
                place, span, "", depends=depends, doubt=f"whether there is a package {package} cannot be told: {found.doubt}"
            )  # fmt: skip
        elif above != found.held:
            message = f'autodiscover_tasks names "{package}", and the project has no {found.held}.{found.next}: {STOPS}'
            yield Fault(place, span, message, _advice(service, package), symbol=package, depends=depends)
        elif not related or project.find(f"{above}.{related}", origin) is None:
            message = f'autodiscover_tasks names "{package}", and the project has no such package: discovery finds nothing there'
            yield Fault(place, span, message, _advice(service, package), symbol=package, depends=depends, certain=False)
