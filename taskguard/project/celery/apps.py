"""The Celery apps of a project: where they are made, under which names they are reached, which tasks are theirs."""

from __future__ import annotations

import re

from taskguard.diagnostics import Span
from taskguard.facts import changes, selections
from taskguard.facts.model import Binding, Call, Item, Ref
from taskguard.facts.placed import class_calls
from taskguard.facts.selections import imports_any, imports_of_names, speaks_of_celery, written_name
from taskguard.project.celery.branches import either
from taskguard.project.celery.model import Service
from taskguard.project.python.evaluate import Bound, value_of
from taskguard.project.python.names import resolve
from taskguard.project.python.testing import for_tests
from taskguard.project.python.values import ABSENT, Value
from taskguard.project.tasks.app_names import app_name, inherits, makes_app, one_of_several
from taskguard.project.tasks.celery_names import CELERY_APP, CURRENT_APP
from taskguard.query import query
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.project.python.project import Module, Project

DEEPEST = 8
# A project with more apps is not followed to the end: those of tests go first.
MOST = 400


class Made(Record):
    """One expression that makes an app, and the name that it is bound to. `scope` is the function around it, empty at module level."""

    module: Module
    variable: str
    scope: str
    call: Call
    span: Span


def find_services(project: Project) -> tuple[tuple[Service, ...], str]:
    """All apps, by path and line; an app that a factory makes is one, whatever names it has. Also why there are more: beyond the bound those of
    tests are left out first, and what the left-out ones say is unknown."""
    made = [one for module in _about_celery(project) for one in _made_in(module, frozenset())]
    makers = {one.scope.rpartition(".")[2] for one in made if one.scope}
    for module in project.looked_at if makers else ():
        if not speaks_of_celery(module.facts) and imports_any(module.facts, frozenset(makers)):
            made.extend(_made_in(module, frozenset(makers)))
    factories: dict[tuple[str, str], Made] = {}
    for one in made:
        if one.scope:
            factories[one.module.path, one.scope] = one
    services: list[Service] = []
    used: set[tuple[str, str]] = set()
    for one in made:
        if one.scope:
            continue
        inner = _factory_of(one, factories)
        names = [_dotted(one)]
        if inner is not None:
            used.add((inner.module.path, inner.scope))
            names.append(_dotted(inner))
        services.append(_service(one, tuple(dict.fromkeys(names)), inner))
    for one in made:
        if one.scope and (one.module.path, one.scope) not in used and not _thrown_away(one):
            services.append(_service(one, (_dotted(one),), None))
    services.extend(_declared(project, {name for service in services for name in service.names}))
    services.sort(key=lambda service: (service.path, service.span))
    if len(services) > MOST:
        kept = sorted(services, key=lambda service: service.test)[:MOST]
        many = sum(not one.test for one in services) > MOST
        crowded = f"the project has more than {MOST} apps" if many else ""
        return tuple(sorted(kept, key=lambda one: (one.path, one.span))), crowded
    return tuple(services), ""


def _thrown_away(one: Made) -> bool:
    """Whether a function makes an app for its own use: it hands it to nobody, and declares no task with it."""
    function = one.module.function(one.scope)
    if function is None or "." in one.variable or one.variable == function.name:
        return False
    if any(
        name.startswith(f"{one.variable}.") and name.endswith((".task", "autodiscover_tasks"))
        for name in function.calls
    ):
        return False
    if any(
        isinstance(held, Ref) and held.name.startswith(f"{one.variable}.")
        for inner in one.module.facts.functions
        if inner.qualname.startswith(f"{one.scope}.")
        for decorator in inner.decorators
        for held in (decorator, decorator.func if isinstance(decorator, Call) else None)
    ):
        return False
    lines = (one.module.project.text(one.module.path) or "").splitlines()[
        function.span.line - 1 : function.span.end_line
    ]
    name = re.escape(one.variable)
    handed = re.compile(
        rf"\b(?:return|yield|global|nonlocal)\b[^#]*\b{name}\b(?!\s*\.)|=\s*{name}\s*$|[(,=]\s*{name}\s*[,)]"
    )
    return not any(handed.search(line) for line in lines)


def _dotted(one: Made) -> str:
    return f"{one.module.name}.{one.variable}" if one.module.name else one.variable


def _service(one: Made, names: tuple[str, ...], inner: Made | None) -> Service:
    source = inner or one
    main = source.call.args[0] if source.call.args else source.call.keyword("main")
    value: Value = ABSENT if main is None else value_of(Bound(main, source.module, source.scope))
    roots: tuple[str, ...] = (one.module.root,)
    for setting in one.module.project.settings.apps:
        if setting.app.replace(":", ".") in names and setting.src:
            roots = tuple("" if src in (".", "") else src.strip("/") for src in setting.src)
    return Service(
        one.module,
        one.variable,
        names,
        one.span,
        value,
        roots,
        for_tests(one.module.path),
        source.call,
        source.module,
        source.scope,
    )


def _made_in(module: Module, makers: frozenset[str]) -> list[Made]:
    facts = module.facts
    made: dict[tuple[str, str], Made] = {}
    for binding in selections.worked_out(facts):
        for value in either(binding.value) if binding.kind == "variable" else ():
            if _makes(makers, module, value, ""):
                made[binding.name, ""] = Made(module, binding.name, "", value, value.span)
        if isinstance(binding.value, Item) and isinstance(binding.value.of, Call):
            back = one_of_several(module, binding.value)
            if back is not None and resolve(*back).kind == "local" and app_name(*back):
                made[binding.name, ""] = Made(module, binding.name, "", binding.value.of, binding.value.span)
    for klass, attribute in class_calls(facts):
        if isinstance(attribute.value, Call) and _makes(makers, module, attribute.value, klass):
            name = f"{klass}.{attribute.name}"
            made[name, ""] = Made(module, name, "", attribute.value, attribute.value.span)
    for assign in changes.given_apps(facts, makers, _app_classes(module.project)):
        if (
            isinstance(assign.value, Call)
            and isinstance(assign.target, Ref)
            and _makes(makers, module, assign.value, assign.scope)
        ):
            made[assign.target.name, assign.scope] = Made(
                module, assign.target.name, assign.scope, assign.value, assign.value.span
            )
    for function in selections.handing_on(facts):
        returned = function.returned_call()
        if (
            isinstance(returned, Call)
            and _makes(makers, module, returned, function.qualname)
            and not _is_factory(module, returned, function.qualname)
        ):
            made.setdefault(
                (function.name, function.qualname),
                Made(module, function.name, function.qualname, returned, returned.span),
            )
    return list(made.values())


@query
def _about_celery(project: Project) -> list[Module]:
    """The files that import from Celery, or something that is named after it."""
    return [module for module in project.looked_at if speaks_of_celery(module.facts)]


@query
def _app_classes(project: Project) -> frozenset[str]:
    """The names by which files call the class of Celery's apps, and those of the project that derive from it."""
    made = {"Celery"}
    for module in _about_celery(project):
        made.update(one.name for one in module.facts.classes if one.bases and inherits(module, one, CELERY_APP))
    known = frozenset(made)
    for module in _about_celery(project):
        made.update(one.bound for one in imports_of_names(module.facts, known))
        made.update(
            one.name for one in selections.renamed(module.facts) if written_name(one.value).rpartition(".")[2] in known
        )
    return frozenset(made)


def _declared(project: Project, names: set[str]) -> list[Service]:
    """The apps of `[[tool.taskguard.apps]]` that no `Celery(...)` in the project makes."""
    made = []
    for setting in project.settings.apps:
        name, _, variable = setting.app.partition(":")
        module = project.find(name)
        entry = module.entry(variable) if module is not None else None
        if module is not None and entry is not None and f"{name}.{variable}" not in names:
            span = entry.span
            made.append(
                _service(
                    Made(module, variable, "", Call(Ref("", span), (), (), span), span), (f"{name}.{variable}",), None
                )
            )
    return made


def _makes(makers: frozenset[str], module: Module, call: Call, scope: str) -> bool:
    return changes.perhaps_makes(call, makers) and makes_app(module, call, scope)


def _is_factory(module: Module, call: Call, scope: str) -> bool:
    found = resolve(module, call.callee, scope)
    return found.kind == "symbol" and found.module is not None and found.module.function(found.path) is not None


def _factory_of(one: Made, factories: dict[tuple[str, str], Made], depth: int = 0) -> Made | None:
    """The place in a factory where the app is really made."""
    found = resolve(one.module, one.call.callee, one.scope)
    if found.kind != "symbol" or found.module is None or depth > 8:
        return None
    inner = factories.get((found.module.path, found.path))
    if inner is None:
        return None
    return _factory_of(inner, factories, depth + 1) or inner


class Apps:
    """Which service an expression is."""

    def __init__(self, services: tuple[Service, ...]) -> None:
        self.services = services
        self.memo: dict[object, object] = {}
        self._by_symbol: dict[tuple[str, str], Service] = {}
        self._by_factory: dict[tuple[str, str, str], Service] = {}
        self._by_name = {service.dotted: service for service in services}
        for service in services:
            self._by_symbol[service.path, service.variable] = service
            if service.maker_scope:
                self._by_factory[service.maker.path, service.maker_scope, service.maker_variable] = service

    def at(self, module: Module, written: str, scope: str = "", depth: int = 0) -> Service | None:
        """The service that the name `written` is in `module`; for the current app the only one there is."""
        if not written or depth > DEEPEST:
            return None
        found = resolve(module, written, scope)
        if found.kind == "symbol" and found.module is not None:
            held = self._by_symbol.get((found.module.path, found.path))
            if held is not None:
                return held
            entry = found.module.entry(found.path.partition(".")[0])
            if (
                isinstance(entry, Binding)
                and isinstance(entry.value, Ref)
                and entry.value.name != written
                and found.path == entry.name
            ):
                return self.at(found.module, entry.value.name, "", depth + 1)
            if isinstance(entry, Binding) and isinstance(entry.value, Item) and found.path == entry.name:
                back = one_of_several(found.module, entry.value)
                return self.at(*back, depth + 1) if back is not None else None
            # `celery = make_celery(flask_app)`: what a function of the project has from elsewhere and gives back.
            return self._by_name.get(app_name(found.module, found.path)) if "." not in found.path else None
        if found.kind == "local":
            return self._local(module, written, scope)
        if found.kind == "external" and found.path in CURRENT_APP:
            return self.only(module.root)
        return None

    def _local(self, module: Module, written: str, scope: str) -> Service | None:
        held = self._by_factory.get((module.path, scope, written))
        if held is None and scope:
            outer = scope.rpartition(".<locals>.")[0]
            sent = self._signalling(module, scope, outer) if written == "sender" else None
            return sent or (self._local(module, written, outer) if outer else None)
        return held

    def _signalling(self, module: Module, scope: str, outer: str) -> Service | None:
        """The app whose `on_after_configure` (or the like) a function receives: it comes as `sender`."""
        function = module.function(scope)
        for decorator in function.decorators if function is not None else ():
            written = decorator.func if isinstance(decorator, Call) else decorator
            name = written.name if isinstance(written, Ref) else ""
            head, signal, _ = name.partition(".on_")
            if signal and name.endswith(".connect"):
                return self.at(module, head, outer)
        return None

    def made_by(self, module: Module, qualname: str) -> Service | None:
        """The service whose app is an instance of a class of the project."""
        for service in self.services:
            found = resolve(service.maker, service.call.callee, service.maker_scope) if service.call.callee else None
            if found is not None and found.module is module and found.path == qualname:
                return service
        return None

    @query
    def only(self, root: str) -> Service | None:
        """The one service of an import root, tests left out; None where there are several."""
        live = [one for one in self.services if not one.test]
        near = [one for one in live if root in one.roots] or live
        return near[0] if len(near) == 1 else None

    def is_app(self, module: Module, written: str, scope: str = "") -> bool:
        """Whether the name is a Celery app, also one that no single service is known for."""
        if self.at(module, written, scope) is not None:
            return True
        found = resolve(module, written, scope)
        if found.kind == "external":
            return found.path in CURRENT_APP or found.path in CELERY_APP
        return False
