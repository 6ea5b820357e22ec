"""Which modules a worker of one app imports: the app's own, `imports`, `include`, autodiscovery, and what these import in turn.

It is the worker's graph alone. What Django's system checks pull in through the URL configuration, which a worker runs too, is told apart.
"""

from __future__ import annotations

from taskguard.diagnostics import TOP, Span
from taskguard.facts.lambdas import returned
from taskguard.facts.model import Call, Const, Opaque, Ref
from taskguard.facts.questions import finds
from taskguard.patterns import regex
from taskguard.project.celery.checked import checked_modules
from taskguard.project.celery.configuration import configuration
from taskguard.project.celery.django import has_old_loader, settings_modules
from taskguard.project.celery.entries import entry_modules
from taskguard.project.celery.guessed import COMPUTED, guesses
from taskguard.project.celery.imports import Reached, Startup, remembered
from taskguard.project.celery.installed import (
    Installed,
    gives_packages,
    installed_apps,
    is_installed_apps,
    speaks_of_django,
    written_out,
)
from taskguard.project.celery.model import Service, Wanted
from taskguard.project.celery.pieces import list_pieces, of_function
from taskguard.project.celery.starting import START_SIGNALS, application_made, calls_of, handlers, made_by, started
from taskguard.project.celery.system import celery_of
from taskguard.project.celery.uncalled import application_startup
from taskguard.project.python.evaluate import value_of
from taskguard.project.python.values import Known, Value
from taskguard.query import query
from taskguard.tracing import TRACE, Frame

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Set

    from taskguard.project.celery.model import WantedKind
    from taskguard.project.celery.statements import Statement
    from taskguard.project.python.project import Module

# INSTALLED_APPS, handed on entry by entry.
AS_THEY_ARE = regex(r"lambda: (?:(?:list|tuple|set)\()?settings\.INSTALLED_APPS\)?")
GROWN = regex(
    r"\.conf(?:\.|\[[\"'])(?:imports|include|CELERY_IMPORTS|CELERY_INCLUDE)(?:[\"']\])?\.(?:append|extend|insert|add|update)\("
)


class Discovery:
    """What the worker of a service imports.

    `wanted` are the modules that it is told to import; ask `holds` about a module. `open` says why there may be more of any name, `loose` why there may be more whose name's last part is the key.
    `listed` are the packages that the calls of `autodiscover_tasks` themselves name: package, related name, place. `searched` are those of the calls
    that look for a related name in all installed applications: related name, packages, place.
    """

    def __init__(self, service: Service) -> None:
        self.service = service
        self.memo: dict[object, object] = {}
        self.open = ""
        self.loose: dict[str, str] = {}
        self.listed: list[tuple[str, str, str, Span]] = []
        self.searched: list[tuple[str, tuple[str, ...], str, Span]] = []
        self._wanted: dict[tuple[str, str], Wanted] = {}
        self._find(service)
        self.wanted: tuple[Wanted, ...] = tuple(self._wanted.values())
        self._told = tuple(dict.fromkeys([service.path, *(one.place for one in self.wanted if one.place)]))
        self._near_packages: dict[str, list[str]] = {}
        for one in self.wanted:
            if one.path and one.package:
                self._near_packages.setdefault(one.package, []).append(one.path)
        self.graph = celery_of(service.project).graph
        starts = [service.project.modules[one.path] for one in self.wanted if one.path]
        self.starts: tuple[Module, ...] = tuple(starts)
        run = remembered(self._started)
        self.startup = (
            Startup(remembered(_ready), ("def ready(", *START_SIGNALS), run, calls_of)
            if self.is_django
            else application_startup(service, self.graph, starts, run)
        )
        self._guesses = guesses(self)
        self._possible: dict[str, tuple[int, str]] = {}
        self._computed: list[tuple[int, str, Reached]] = []
        self._guessed = 0
        self._guessing = Frame()  # one for all guesses: each goes on where the last one has stopped

    @property
    @query
    def modules(self) -> Set[str]:
        """The paths of the modules that the worker surely imports, as far as parsed files tell; ask `holds` about a module."""
        return self.graph.reached(self.starts, self.startup, unparsed=False).paths.keys()

    @property
    @query
    def plain(self) -> Set[str]:
        """As `modules`, without what is imported by functions alone: no function has to be read to tell."""
        return self.graph.reached(self.starts, Startup(lambda _: (), ()), unparsed=False).paths.keys()

    @property
    @query
    def named(self) -> Set[str]:
        """As `modules`, without what is imported only by functions that the start of a worker calls: cheaper to tell."""
        startup = self.startup.replace(started=None, calls=None)
        return self.graph.reached(self.starts, startup, unparsed=False).paths.keys()

    def _started(self, module: Module) -> Iterator[tuple[Module, str]]:
        """The functions that run when a worker starts from a module."""
        yield from started(module)
        if module is self.service.module:
            yield from made_by(self.service)

    def shut(self, why: str, *last: str) -> None:
        """Says that more may be imported; with `last` only modules whose names end so."""
        if not last:
            self.open = self.open or why
        for name in last:
            self.loose.setdefault(name, why)

    def files_for(self, module: Module) -> tuple[str, ...]:
        """The files that tell whether the worker imports a module: where it is configured, and what it imports of the packages around."""
        near: list[str] = []
        package = module.name.rpartition(".")[0]
        while package:
            near += self._near_packages.get(package, ())
            package = package.rpartition(".")[0]
        return tuple(dict.fromkeys([*self._told, *near]))

    @property
    def packages(self) -> frozenset[str]:
        """The packages that autodiscovery looks into."""
        return frozenset(one.package for one in self.wanted if one.package)

    def holds(self, module: Module) -> bool | None:
        """Whether the worker imports a module: False only where that is certain.

        Before it imports tasks, a worker with Django's fix-up runs the system checks, and these import the URL configuration with all its views
        (celery/fixups/django.py, `validate_models`); `by_checks` tells those.
        """
        if module.path in self.plain or module.path in self.named or module.path in self.modules:
            return True
        if self.open:
            return None
        if module.path in self._whole().paths or self.by_checks(module):
            return True
        return None if self._whole().may_hold(module.name) or self._guess(module) else False

    @query
    def _whole(self) -> Reached:
        return self.graph.reached(self.starts, self.startup, unparsed=True)

    def may_come_upon(self, module: Module) -> bool:
        """Whether the worker may import a module that nothing names: by the last part of its name, or by a name that is put together."""
        return module.name.rpartition(".")[2] in self.loose or self._whole().may_hold(module.name)

    def doubt(self, module: Module) -> str:
        """Why it cannot be told whether the worker imports a module; empty where it can."""
        if self.holds(module) is not None:
            return ""
        last = module.name.rpartition(".")[2]
        return (
            self.open or self.loose.get(last) or next(iter(self.loose.values()), "") or self._guess(module) or COMPUTED
        )

    def by_checks(self, module: Module) -> bool:
        """Whether Django's system checks make the worker import a module, through a URL configuration."""
        return self.is_django and module.path in self._checked().paths

    @query
    def _checked(self) -> Reached:
        begun = checked_modules(self.service, self._apps().admin)
        return self.graph.reached(begun, self.startup, unparsed=True)

    def _guess(self, module: Module) -> str:
        """Why the worker may import a module for all that is certain; empty where it does not."""
        with TRACE.within(self._guessing):
            return self._first_guess(module)

    def _first_guess(self, module: Module) -> str:
        while True:
            # The first guess that holds it counts, by its path or by a computed name.
            place, why = self._possible.get(module.path, (self._guessed + 1, ""))
            for other, by_name, found in self._computed:
                if other < place and found.may_hold(module.name):
                    return by_name
            if why:
                return why
            more = next(self._guesses, None)
            if more is None:
                return ""
            self._guessed += 1
            for path in more[1].paths:
                self._possible.setdefault(path, (self._guessed, more[0]))
            if more[1].dynamic:
                self._computed.append((self._guessed, *more))

    # -- what is wanted ----------------------------------------------------------------------------------------------

    def _find(self, service: Service) -> None:
        self._add("app", service.module.name, service.module, service.path, service.span)
        started = entry_modules(service)
        for module in started:
            self._add("app", module.name, module, module.path, TOP)
        for module in (service.module, *started):
            made = application_made(module)
            if made:
                self.shut(f"a worker calls {made} when it starts")
        if service.call.keyword("loader") is not None:
            self.shut("a loader of its own imports what it wants")
        for name in ("imports", "include"):
            self._setting(name)
        self._grown()
        for launch in service.project.evidence.deployment.launches:
            for name in launch.include:
                self._add("include", name, service.project.find(name, service.module), launch.path, TOP)
        for written in service.project.settings.celery.imports:
            self._patterned(written)
        for one in celery_of(service.project).statements(service):
            if one.kind == "autodiscover_tasks":
                self._autodiscover(one)
        if self.is_django:
            self._django()

    def _add(self, how: WantedKind, name: str, module: Module | None, path: str, span: Span, package: str = "") -> None:
        made = Wanted(how, name, module.path if module is not None else "", path, span, package)
        self._wanted.setdefault((name, made.path), made)

    def _setting(self, name: WantedKind) -> None:
        conf = configuration(self.service)
        setting = conf.get(name)
        if setting is None and conf.open:
            self.shut(conf.open)
        for part in setting.parts if setting is not None else ():
            pieces = list_pieces(part)
            if pieces.open:
                self.shut(pieces.open)
            for piece in pieces.items:
                self._named(name, piece.key, piece.path, piece.span)
        if setting is not None and any(place.partial for place in setting.places):
            self.shut(f"{name} is added to")

    def _grown(self) -> None:
        """`app.conf.imports.append(…)`, wherever code configures the app."""
        told = celery_of(self.service.project).statements(self.service)
        paths = {self.service.path, *(one.module.path for one in told)}
        if any(finds(self.service.project, path, GROWN) for path in paths):
            self.shut("imports or include is added to")

    def _named(self, how: WantedKind, value: Value, place: str, span: Span) -> None:
        if isinstance(written := value.value, str):
            self._add(how, written, self.service.project.reached_by(written, self.service.module), place, span)
        else:
            self.shut(f"a module in {how} cannot be told")

    def _patterned(self, written: str) -> None:
        from fnmatch import fnmatchcase

        for module in self.service.project.modules.values():
            if module.name and fnmatchcase(module.name, written):
                self._add("settings", module.name, module, "", self.service.span)

    def _autodiscover(self, one: Statement) -> None:
        call = one.expr
        if not isinstance(call, Call):
            return
        given = call.keyword("related_name") or (call.args[1] if len(call.args) > 1 else None)
        related = Known("tasks") if given is None else value_of(one.bound(given))
        if not isinstance(related, Known) or not isinstance(related.value, str | None):
            self.shut("a related_name that cannot be told")
            return
        packages = call.keyword("packages") or (call.args[0] if call.args else None)
        found = self._packages(one, packages, related.value or "")
        for name, place, span in found:
            self._related(name, related.value or "", place, span)
        if given is not None and packages is None:
            self.searched.append(
                (related.value or "", tuple(name for name, _, _ in found), one.module.path, given.span)
            )

    def _packages(self, one: Statement, packages: object, related: str) -> list[tuple[str, str, Span]]:
        """The packages that autodiscovery looks into, with the place that names each."""
        last = related.rpartition(".")[2]
        packages = written_out(packages, one.module)
        if (
            packages is None
            or (isinstance(packages, Const) and not packages.value)
            or is_installed_apps(packages, one.module, one.scope)
        ):
            if not self.is_django:
                if speaks_of_django(one.module):
                    self.shut("which applications are installed is said outside", last)
                return []
            held = self._apps()
            if held.open:
                self.shut(held.open, last)
            raw = packages is not None and not isinstance(packages, Const) and not gives_packages(packages)
            changed = isinstance(packages, Opaque) and raw and not AS_THEY_ARE.fullmatch(packages.text)
            if changed and any(app.written != app.package for app in held.apps):
                self.shut("the names of the installed applications are changed on the way", last)
            return [(app.written if raw else app.package, app.place, app.span) for app in held.apps]
        if isinstance(packages, Opaque):
            packages = returned(packages) or packages
        if isinstance(packages, Opaque) or (not isinstance(packages, Ref | Call) and not hasattr(packages, "span")):
            self.shut("autodiscover_tasks is given a function that cannot be followed", last)
            return []
        pieces = list_pieces(of_function(one.bound(packages)))  # type: ignore[arg-type]
        if pieces.open:
            self.shut(pieces.open, last)
        made = []
        for piece in pieces.items:
            if isinstance(piece.key.value, str):
                made.append((piece.key.value, piece.path, piece.span))
                if piece.guard not in ("try", "except") and one.guard not in ("try", "except"):
                    self.listed.append((piece.key.value, related, piece.path, piece.span))
            else:
                self.shut("a package in autodiscover_tasks cannot be told", last)
        return made

    def _related(self, package: str, related: str, place: str, span: Span) -> None:
        project, origin = self.service.project, self.service.module
        if not related:
            self._add("autodiscover", package, project.reached_by(package, origin), place, span, package)
            return
        held = project.reached_by(package, origin)
        if held is not None:  # Celery imports it on its way (celery/loaders/base.py, `find_related_module`)
            self._add("autodiscover", package, held, place, span, package)
        found = project.reached_by(f"{package}.{related}", origin)
        name = f"{package}.{related}"
        if found is None and held is None and "." in package:
            inner = package.rpartition(".")[0]  # to look for `shop.tasks.send` is to import `shop.tasks` first
            above, on_the_way = (project.reached_by(one, origin) for one in (f"{inner}.{related}", inner))
            if above is not None:
                name, found = f"{inner}.{related}", above
            if on_the_way is not None:
                self._add("autodiscover", inner, on_the_way, place, span, package)
        self._add("autodiscover", name, found, place, span, package)

    # -- Django ------------------------------------------------------------------------------------------------------

    @property
    def is_django(self) -> bool:
        """Whether Celery's Django fix-up is at work: the settings module is known before the app is made."""
        return bool(settings_modules(self.service).modules) and self._has_fixup()

    def _has_fixup(self) -> bool:
        from taskguard.project.celery.django import deployed, names_settings, reads_settings

        named = configuration(self.service).namespace is not None or names_settings(self.service)
        return named or bool(deployed(self.service)) or reads_settings(self.service)

    @query
    def _apps(self) -> Installed:
        held = installed_apps(self.service)
        if held.open:
            self.shut(held.open, "", "apps", "models", "admin", "urls")
        return held

    def _django(self) -> None:
        """`django.setup()`: the settings, each application's package, `apps`, `models`, and what `ready` imports."""
        project, origin = self.service.project, self.service.module
        for module in settings_modules(self.service).modules:
            self._add("django", module.name, module, module.path, Span(1, 1, 1, 1))
        held, old_loader = self._apps(), has_old_loader(self.service)
        for app in held.apps:
            names = [app.package, f"{app.package}.apps", f"{app.package}.models", app.config]
            if held.admin:
                names.append(f"{app.package}.admin")
            for name in names:
                found = project.reached_by(name, origin) if name else None
                if found is not None:
                    self._add("django", name, found, app.place, app.span)
            if old_loader:
                self._related(app.package, "tasks", app.place, app.span)


def _ready(module: Module) -> tuple[str, ...]:
    """The `ready` of an application's configuration, which Django calls at start-up."""
    found = (f"{klass.qualname}.ready" for klass in module.facts.classes if klass.has("ready"))
    return (*found, *handlers(module))


@query
def discovery_of(service: Service) -> Discovery:
    """Which modules the worker of a service imports."""
    return Discovery(service)
