"""Django's part: which settings modules an app reads, and which applications are installed."""

from __future__ import annotations

import re

from taskguard.facts import changes, selections
from taskguard.facts.import_selections import imports_in
from taskguard.facts.model import Call, Const, Item, Ref
from taskguard.facts.questions import every, finds, holds
from taskguard.patterns import regex
from taskguard.project.celery.chosen import choices
from taskguard.project.celery.pieces import Pieces, list_pieces
from taskguard.project.celery.system import celery_of
from taskguard.project.python.evaluate import Bound, value_of
from taskguard.project.python.names import absolute_name
from taskguard.project.python.pin_files import PIN_FILES
from taskguard.project.python.testing import in_tests
from taskguard.project.tasks.declarations import tasks_in
from taskguard.query import query
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.project.celery.model import Service
    from taskguard.project.python.project import Module, Project

VARIABLE = "DJANGO_SETTINGS_MODULE"
BASES = ("base", "common", "production", "prod", "defaults", "default", "local", "dev", "development")
WEB = ("MIDDLEWARE", "WSGI_APPLICATION", "ASGI_APPLICATION")
HOLDERS = ("settings", "config", "conf", "environments", "envs")


class SettingsModules(Record):
    """The Django settings modules of a service: one a deployment, the one that code names first. `open` says why there may be others.

    `guessed` are those of them that nothing names: they stand beside a named one, and build upon the same modules.
    """

    modules: tuple[Module, ...]
    open: str
    guessed: tuple[Module, ...] = ()


def literals(project: Project) -> list[tuple[Module, str]]:
    """Where code names a settings module: `os.environ.setdefault("DJANGO_SETTINGS_MODULE", "…")`; the name is empty where it is computed."""
    said = ((one.module, value_of(one).value) for one in spoken(project))
    return [(module, value if isinstance(value, str) else "") for module, value in said]


ENVIRON = frozenset(("environ",))


def spoken(project: Project) -> list[Bound]:
    """What code gives the variable, as it is written."""
    made: list[Bound] = []
    for path in project.search(VARIABLE):
        module = project.modules[path]
        for site in selections.calling(module.facts, "setdefault"):
            call = site.call
            if call.callee.endswith("environ.setdefault") and len(call.args) == 2 and _is_variable(call.args[0]):
                made.append(Bound(call.args[1], module, site.scope))
        for assign in changes.assigns_through(module.facts, ENVIRON):
            target = assign.target
            if (
                isinstance(target, Item)
                and isinstance(target.of, Ref)
                and target.of.name.endswith("environ")
                and _is_variable(target.index)
            ):
                made.append(Bound(assign.value, module, assign.scope))
    return made


@query
def kept_elsewhere(project: Project) -> frozenset[str]:
    """The dotted names of settings modules that `manage.py`, a deployment and the like name, and that are not there: each machine has its own."""
    named = {name: module for module, name in literals(project) if name and not in_tests(module.path)}
    told = (name for name, _ in project.evidence.deployment.settings)
    return frozenset(one for one in (*named, *told) if project.find(one, named.get(one)) is None and "." in one)


def _is_variable(expr: object) -> bool:
    return isinstance(expr, Const) and expr.value == VARIABLE


def names_settings(service: Service) -> bool:
    """Whether the file of the app, or its package, names the Django settings module: Celery's fix-up is then at work."""
    return any(module in (service.module, service.maker) for module, _ in literals(service.project))


def deployed(service: Service) -> list[Module]:
    """The settings modules that deployment files name, as far as the project has them."""
    named = (service.project.find(name, service.module) for name, _ in service.project.evidence.deployment.settings)
    return [one for one in named if one is not None and one.root in service.roots and not in_tests(one.path)]


def reads_settings(service: Service) -> bool:
    """Whether the app is configured by Django's settings: without the variable that names them no worker would start."""
    from taskguard.project.celery.sources import is_django

    for one in celery_of(service.project).statements(service):
        if one.kind == "config_from_object" and isinstance(one.expr, Call):
            given = one.expr.args[0] if one.expr.args else one.expr.keyword("obj")
            if given is not None and is_django(one.bound(given)):
                return True
    return False


@query
def settings_modules(service: Service) -> SettingsModules:
    """The settings modules that a service reads through `django.conf.settings`."""
    named: dict[str, Module] = {}
    own: dict[str, Module] = {}
    for module, name in literals(service.project):
        target = service.project.find(name, module) if name else None
        if target is None or (module.root not in service.roots and target.root not in service.roots):
            continue
        if module in (service.module, service.maker):
            own[target.path] = target
        elif not in_tests(module.path):
            named[target.path] = target
    for target in deployed(service):
        named.setdefault(target.path, target)
    lost = "" if own or named else _lost(service)
    chosen = [] if lost else list((own or named or _by_environment(service) or _conventional(service)).values())
    if chosen and all(_bare(one) for one in chosen):
        within = [one for one in named.values() if not _bare(one) and any(_is_below(one, each) for each in chosen)]
        if not within:
            return SettingsModules((), f"{chosen[0].path} is empty: which settings are used is said outside")
        chosen = within
    chosen = [one for one in chosen if not _bare(one)]
    if not chosen and lost:
        return SettingsModules((), f"the settings module {lost} is not among the files")
    if not chosen:
        return SettingsModules((), "the Django settings module cannot be told")
    held = _with_variants(chosen)
    return SettingsModules(tuple(held), "", tuple(one for one in held if one not in chosen))


def _by_environment(service: Service) -> dict[str, Module]:
    """The modules of the package of which the environment chooses one: those that are settings with applications."""
    made: dict[str, Module] = {}
    for one in spoken(service.project):
        if in_tests(one.module.path) or value_of(one).known:
            continue
        for target in choices(one):
            if target.root in service.roots and any(held.entries("INSTALLED_APPS") for held in lineage(target)):
                made[target.path] = target
    return made


def _is_below(module: Module, package: Module) -> bool:
    return module.root == package.root and module.name.startswith(f"{package.name}.")


def _bare(module: Module) -> bool:
    """Whether a settings package says nothing itself."""
    return module.is_package and not module.unreadable and not module.table() and not module.stars


def _lost(service: Service) -> str:
    """The settings module that the app's own file names and the project does not have."""
    return next(
        (name for module, name in literals(service.project) if name and module in (service.module, service.maker)), ""
    )


def _conventional(service: Service) -> dict[str, Module]:
    """`settings` beside the app, then the settings modules of its import root."""
    package = service.module.package
    names = [f"{package}.settings" if package else "settings", "settings", "config.settings"]
    for name in names:
        found = service.project.find(name, service.module)
        if found is not None and (not found.is_package or found.table() or found.stars):
            return {found.path: found}
        for base in BASES if found is not None else ():
            inner = service.project.find(f"{name}.{base}", service.module)
            if inner is not None:
                return {inner.path: inner}
    roots = service.roots
    made = [
        one
        for one in service.project.modules.values()
        if one.root in roots and one.name.rpartition(".")[2] == "settings" and not in_tests(one.path)
    ]
    made = [one for one in made if one.entries("INSTALLED_APPS") or one.stars]
    return {made[0].path: made[0]} if len(made) == 1 else {}


def _with_variants(chosen: list[Module]) -> list[Module]:
    """The chosen modules and their siblings for other environments: those that build upon the same modules."""
    made = {one.path: one for one in chosen}
    for module in chosen:
        folder, _, own = module.path.rpartition("/")
        if not folder or module.is_package:
            continue
        word = "" if folder.rpartition("/")[2] in HOLDERS else "settings"
        if word not in own:
            continue
        family = {one.path for one in lineage(module)}
        for path, other in module.project.modules.items():
            if (
                path.rpartition("/")[0] != folder
                or path in family
                or other.is_package
                or "test" in path.rpartition("/")[2]
            ):
                continue
            if word not in path.rpartition("/")[2]:
                continue
            if any(one.path in family for one in lineage(other)[1:]):
                made[path] = other
    return list(made.values())


def lineage(module: Module) -> list[Module]:
    """A settings module and those that it builds upon: star imports, and modules of the same folder."""
    made = {module.path: module}
    queue = [module]
    folder = module.path.rpartition("/")[0]
    for current in queue:
        for one in imports_in(current.facts, current.project.heads, ""):
            if one.name is None and not one.module:
                continue
            target = current.project.find(absolute_name(current, one.module), current)
            if one.name and one.name != "*" and target is not None and target.is_package:
                target = target.submodule(one.name) or target
            if target is None or target.path in made or len(made) > 60:
                continue
            if one.name == "*" or target.path.rpartition("/")[0] == folder:
                made[target.path] = target
                queue.append(target)
    return list(made.values())


def setting_pieces(service: Service, name: str) -> Pieces:
    """All items that a list of Django's own settings may have, over all deployments."""
    made = Pieces()
    from taskguard.project.celery.sources import definition

    held = settings_modules(service)
    if held.open:
        made.shut(held.open)
    seen: set[tuple[str, str]] = set()
    for module in held.modules:
        bound, why = definition(module, name)
        if bound is None:
            if why:
                made.shut(why)
            continue
        pieces = list_pieces(bound)
        made.files.update(pieces.files)
        if pieces.open:
            made.shut(pieces.open)
        for one in pieces.items:
            mark = (one.path, repr(one.span))
            if mark not in seen:
                seen.add(mark)
                made.items.append(one)
    return made


def named_objects(service: Service) -> list[Module]:
    """The modules of the objects that Django settings name by dotted strings: `PLUGINS = ["shop.gifts.Gifts"]`, storages, log handlers.

    Something may import them while a worker starts. Tasks are left out, since naming one in a schedule imports nothing, and so is what the web process alone loads.
    """
    project, origin = service.project, service.module
    web = {piece.key.value for name in WEB for piece in setting_pieces(service, name).items}
    made: dict[str, Module] = {}
    family = {one.path for module in settings_modules(service).modules for one in lineage(module)}
    for path in sorted(family):
        for name in dict.fromkeys(every(project, path, DOTTED_STRING)):
            holder, _, last = name.rpartition(".")
            target = project.find(holder, origin)
            if target is None or name in web or target.path in made or celery_of(project).named(name):
                continue
            tasks = tasks_in(target) if target.path in project.looked_at_paths else ()
            if project.find(name, origin) is None and all(last != task.qualname for task in tasks):
                made[target.path] = target
    return list(made.values())


DOTTED_STRING = regex(r"""["']([A-Za-z_]\w*(?:\.\w+)+)["']""")
OLD_LOADER = regex(r"^[ \t]*(?:djcelery\.)?setup_loader\(", re.M)


def has_old_loader(service: Service) -> bool:
    """Whether the settings take the loader of django-celery, which looks for `tasks` in all applications (djcelery/loaders.py, `autodiscover`)."""
    project = service.project
    return any(
        holds(project, one.path, "djcelery") and finds(project, one.path, OLD_LOADER)
        for module in settings_modules(service).modules
        for one in lineage(module)
    )


NEEDS_OLD_LOADER = regex(r"\bdjango[-_]celery(?![\w-])|\bdjcelery\b", re.I)


def may_have_old_loader(service: Service) -> bool:
    """Whether the project needs django-celery, and the settings that would say whether its loader is used are not among the files."""
    project = service.project
    if settings_modules(service).modules:
        return False
    paths = [f"{root}/{name}".lstrip("/") for root in dict.fromkeys(("", *project.roots)) for name in PIN_FILES]
    return any(finds(project, one, NEEDS_OLD_LOADER) for one in (*paths, *sorted(project.holders("djcelery"))))
