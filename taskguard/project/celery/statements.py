"""The statements that configure an app, wherever they stand: collected in one pass over the facts."""

from __future__ import annotations

from taskguard.diagnostics import Span
from taskguard.facts import changes, selections
from taskguard.facts.model import Assign, Call, CallSite, Const, Expr, Item, Ref
from taskguard.project.python.evaluate import Bound, value_of
from taskguard.project.python.names import resolve
from taskguard.project.tasks.celery_names import CELERY_APP
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.project.celery.apps import Apps
    from taskguard.project.celery.model import Service
    from taskguard.project.python.project import Module, Project

METHODS = frozenset("config_from_object config_from_envvar add_defaults autodiscover_tasks add_periodic_task".split())
LIKELY = frozenset("app application capp sender self.app self.celery".split())


class Statement(Record):
    """A statement about an app. `app` is how it writes the app, `kind` one of `set` (`name` is the setting), `partial` (`name` is the setting that is
    added to), `update`, `Task` (the app's base class), `namespace` (that of its settings), or a method's name. `expr` is the value, or the call. `place` is the place of the name.
    """

    module: Module
    app: str
    kind: str
    name: str
    expr: Expr
    span: Span
    scope: str
    guard: str

    @property
    def under(self) -> str:
        """The guard; `function` where it stands in a function."""
        return self.guard or ("function" if self.scope else "")

    def bound(self, expr: Expr | None = None) -> Bound:
        """An expression of this statement in its place."""
        return Bound(self.expr if expr is None else expr, self.module, self.scope)


# What names of an app's configuration and of its parts have in them.
PARTS = ("conf", "Task", "namespace")


def statements(project: Project) -> tuple[Statement, ...]:
    """All statements that may be about an app, by path and line."""
    made: list[Statement] = []
    for module in project.looked_at:
        names = _aliases(module)
        parts = frozenset((*PARTS, *(name for _, name in names)))
        for assign in changes.assigns_through(module.facts, parts):
            one = _assigned(module, assign, names)
            if one is not None:
                made.append(one)
        for site in selections.calling(module.facts, *METHODS, "update", "setattr"):
            one = _called(module, site, names)
            if one is not None:
                made.append(one)
    made.sort(key=lambda one: (one.module.path, one.span))
    return tuple(made)


def _aliases(module: Module) -> dict[tuple[str, str], str]:
    """What local names for an app's configuration stand for, by scope and name: `conf = app.conf`."""
    made: dict[tuple[str, str], str] = {}
    for one in selections.renamed(module.facts):
        if isinstance(one.value, Ref) and one.value.name.endswith(".conf") and not one.scope:
            made["", one.name] = one.value.name
    for assign in changes.given_parts(module.facts, ".conf"):
        value = assign.value
        if isinstance(value, Ref) and value.name.endswith(".conf") and isinstance(assign.target, Ref):
            made[assign.scope, assign.target.name] = value.name
    return made


def _written(name: str, scope: str, names: dict[tuple[str, str], str]) -> str:
    """A dotted name without an alias."""
    first, dot, rest = name.partition(".")
    meant = (names.get((scope, first)) or names.get(("", first))) if names else None
    return f"{meant}{dot}{rest}" if meant else name


def _assigned(module: Module, assign: Assign, names: dict[tuple[str, str], str]) -> Statement | None:
    target = assign.target
    if isinstance(target, Ref):
        head, dot, name = _written(target.name, assign.scope, names).rpartition(".")
        if not dot:
            return None
        if name in ("Task", "namespace") and assign.op == "=" and not head.endswith(".conf"):
            return Statement(module, head, name, "", assign.value, target.span, assign.scope, assign.guard)
        if head.endswith(".conf"):
            kind = "set" if assign.op == "=" else "partial"
            return Statement(module, head[:-5], kind, name, assign.value, target.span, assign.scope, assign.guard)
        return None
    if isinstance(target, Item) and isinstance(target.of, Ref):
        of = _written(target.of.name, assign.scope, names)
        if of.endswith(".conf"):
            key = value_of(Bound(target.index, module, assign.scope))
            if isinstance(key.value, str):
                return Statement(
                    module, of[:-5], "set", key.value, assign.value, target.span, assign.scope, assign.guard
                )
            return Statement(module, of[:-5], "update", "", target.index, target.span, assign.scope, assign.guard)
        app, conf, name = of.rpartition(".conf.")
        if conf and "." not in name:
            return Statement(module, app, "partial", name, target, target.span, assign.scope, assign.guard)
    return None


def _called(module: Module, site: CallSite, names: dict[tuple[str, str], str]) -> Statement | None:
    call = site.call
    head, dot, method = _written(call.callee, site.scope, names).rpartition(".")
    if not dot:
        return _set_by_name(module, site)
    if method in METHODS:
        return Statement(module, head, method, "", call, call.span, site.scope, site.guard)
    if method == "update":
        if head.endswith(".conf"):
            return Statement(module, head[:-5], "update", "", call, call.span, site.scope, site.guard)
        app, conf, name = head.rpartition(".conf.")
        if conf and "." not in name:
            return Statement(module, app, "partial", name, call, call.span, site.scope, site.guard)
    return None


def _set_by_name(module: Module, site: CallSite) -> Statement | None:
    """`setattr(app.conf, name, value)`."""
    call = site.call
    if call.callee != "setattr" or len(call.args) != 3:
        return None
    of, name, value = call.args
    if not isinstance(of, Ref) or not of.name.endswith(".conf"):
        return None
    if isinstance(name, Const) and isinstance(name.value, str):
        return Statement(module, of.name[:-5], "set", name.value, value, call.span, site.scope, site.guard)
    return Statement(module, of.name[:-5], "update", "", name, call.span, site.scope, site.guard)


def owner(one: Statement, apps: Apps) -> Service | None:
    """The service that a statement is about; for a parameter that looks like an app, the only one there is."""
    service = apps.at(one.module, one.app, one.scope)
    if service is not None:
        return service
    if one.app == "self" and one.scope:
        return apps.made_by(one.module, one.scope.rpartition(".")[0])
    last = one.app.rpartition(".")[2]
    if one.scope and _made_here(one):
        return None  # an app that the function makes for its own use
    if one.scope and (one.app in LIKELY or "celery" in last.lower()):
        signal = _signalled(one, apps)
        return signal or apps.only(one.module.root)
    return None


def _made_here(one: Statement) -> bool:
    """Whether the function around the statement makes the app itself."""
    return any(
        isinstance(site.target, Ref)
        and site.target.name == one.app
        and isinstance(site.value, Call)
        and resolve(one.module, site.value.callee, site.scope).path in CELERY_APP
        for site in one.module.places.assigns_in(one.scope)
    )


def _signalled(one: Statement, apps: Apps) -> Service | None:
    """The app whose `on_after_configure` (or the like) the function around the statement is connected to."""
    function = one.module.function(one.scope)
    for decorator in function.decorators if function is not None else ():
        written = decorator.name if isinstance(decorator, Ref) else getattr(decorator, "callee", "")
        head = written.partition(".on_")[0]
        if head and head != written:
            return apps.at(one.module, head, one.scope.rpartition(".<locals>.")[0])
    return None
