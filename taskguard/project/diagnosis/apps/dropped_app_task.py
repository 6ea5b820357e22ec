"""Tasks whose `base=` replaces the task class of their app, which opens what the body works in: an application context, a tenant."""

from __future__ import annotations

from taskguard.facts import selections
from taskguard.facts.model import Attr, Call, Item, Ref
from taskguard.facts.questions import finds
from taskguard.patterns import regex
from taskguard.project.celery.registered import services_of
from taskguard.project.celery.system import celery_of
from taskguard.project.celery.task_class import task_class_of
from taskguard.project.python.evaluate import Bound
from taskguard.project.python.names import resolve
from taskguard.project.python.testing import in_tests
from taskguard.project.python.values import Known, Name
from taskguard.project.registry.usage import body_calls
from taskguard.project.tasks.app_names import app_name, inherits, parents
from taskguard.project.tasks.bases import locate
from taskguard.project.tasks.celery_names import CELERY_TASK
from taskguard.project.tasks.declarations import all_tasks
from taskguard.project.tasks.needs import needs_context, needs_tenant
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Literal

    from taskguard.facts.model import Class
    from taskguard.project.celery.model import Service
    from taskguard.project.python.project import Module, Project
    from taskguard.project.tasks.task import Task

    Opening = Literal["context", "tenant"]

# What opens a context of Flask (flask/app.py), by the last part of its name, and what switches the tenant.
OPENERS = {
    "context": ("app_context", "test_request_context", "request_context"),
    "tenant": ("schema_context", "tenant_context", "set_tenant", "set_schema"),
}
# The app whose task class knows the tenant (tenant_schemas_celery/app.py), and what its tasks inherit from.
TENANT_APPS = frozenset(("tenant_schemas_celery.app.CeleryApp",))
TENANTS = "tenant_schemas_celery."
# Task classes of libraries that inherit from Celery's own and open nothing.
PLAIN = frozenset(
    "celery_once.QueueOnce celery_once.tasks.QueueOnce celery_singleton.Singleton celery_singleton.singleton.Singleton"
    " celery_batches.Batches celery.contrib.abortable.AbortableTask celery.contrib.django.task.DjangoTask".split()
)
# What enters a context by hand, or runs a worker inside of one.
ENTERED = regex(r"\.push\(|__enter__|enter_context|worker_main|\.start\(")
# A signal of Celery's around each run, where the tenant may be switched, too.
HANDLED = regex(r"\b(?:task_prerun|task_received|before_task_publish)\b")
HELD = regex(r"\bwith\b|\.push\(|__enter__|enter_context|\bset_|\bactivate\(")


class Dropped(Record):
    """A task without what the task class of its app (`klass`) opens around each run: `kind` is `context` or `tenant`; `base` is the class in its place.

    `sure` where the body surely needs it. `doubt` is set where the verdict cannot be given. `files` are those on which it rests.
    """

    task: Task
    base: str
    klass: str
    kind: Opening
    sure: bool
    files: tuple[str, ...]
    doubt: str = ""


class Carrier(Record):
    """A task class that opens something around each run. `klass` is its dotted name, `holder` its module (None: a library's)."""

    kind: Opening
    klass: str
    holder: Module | None
    files: tuple[str, ...]


def dropped_bases(project: Project) -> Iterator[Dropped]:
    """The tasks that lose what the task class of their app opens, by path and line."""
    if not project.complete:
        return
    held: dict[int, Carrier | None] = {}
    for task in all_tasks(project):
        if isinstance(task.base, Known) and isinstance(task.base.value, Name) and not in_tests(task.module.path):
            carrier = _carrier(task, held)
            made = _judged(task, task.base.value.dotted, carrier) if carrier is not None else None
            if made is not None:
                yield made


# -- the task class of the app -------------------------------------------------------------------------------------------


def _carrier(task: Task, held: dict[int, Carrier | None]) -> Carrier | None:
    """What all apps of a task give to their tasks."""
    found: list[Carrier] = []
    for service in services_of(task):
        if id(service) not in held:
            held[id(service)] = _of_app(service)
        one = held[id(service)]
        if one is None:
            return None
        found.append(one)
    return found[0] if found and len({(one.kind, one.klass) for one in found}) == 1 else None


def _of_app(service: Service) -> Carrier | None:
    given = [
        one
        for one in celery_of(service.project).statements(service)
        if one.kind == "Task" and (service.test or not in_tests(one.module.path))
    ]
    expr = service.call.keyword("task_cls")
    if len(given) > 1 or any(one.guard for one in given):
        return None
    bound = given[0].bound() if given else None
    if bound is None and expr is not None:
        bound = Bound(expr, service.maker, service.maker_scope)
    if bound is None and task_class_of(service).absent:
        bound = _set_by_factory(service) or _set_by_class(service)
    if bound is not None:
        klass = _class_at(bound)
        if klass is not None:
            return _opened(*klass, service)
    elif task_class_of(service).absent:
        return (
            Carrier("tenant", f"{TENANTS}task.TenantTask", None, (service.path,)) if _knows_tenants(service) else None
        )
    value = task_class_of(service)
    if not isinstance(value, Known) or not isinstance(value.value, Name):
        return None
    if value.value.dotted.startswith(TENANTS):
        return Carrier("tenant", value.value.dotted, None, (service.path,))
    held = locate(service.project, value.value.dotted, service.maker)
    return _opened(*held, service) if held is not None else None


def _set_by_factory(service: Service) -> Bound | None:
    """The class that the function around `Celery(…)` sets, or the one that makes the app, where several apps come from there: `celery.Task = ContextTask`."""
    module, scope = service.maker, service.maker_scope
    found = resolve(module, service.call.callee, scope) if service.call.callee else None
    if found is not None and found.module is not None and found.module.function(found.path) is not None:
        module, scope = found.module, found.path
    made = [
        Bound(one.value, module, scope)
        for one in (module.places.assigns_in(scope) if scope else ())
        if isinstance(one.target, Ref) and one.target.name.endswith(".Task")
    ]
    made += [
        Bound(expr, module, scope)
        for site in (module.places.calls_in(scope) if scope else ())
        for expr in (site.call.keyword("task_cls"),)
        if expr is not None
    ]
    return made[0] if len(made) == 1 else None


def _set_by_class(service: Service) -> Bound | None:
    """The class that a method of the app's own class hands to Celery: `super().__init__(name, task_cls=make_task(app))`."""
    found = resolve(service.maker, service.call.callee, service.maker_scope) if service.call.callee else None
    klass = found.module.klass(found.path) if found is not None and found.module is not None else None
    if klass is None or found is None or found.module is None:
        return None
    made = [
        Bound(expr, found.module, site.scope)
        for site in selections.giving(found.module.facts, "task_cls")
        for expr in (site.call.keyword("task_cls"),)
        if expr is not None
        and site.scope.startswith(f"{klass.qualname}.")
        and isinstance(site.call.func, Attr)
        and site.call.func.name == "__init__"
    ]
    return made[0] if len(made) == 1 else None


def _class_at(bound: Bound) -> tuple[Module, Class] | None:
    """The class inside of a function that an expression is, also where a function makes it: `task_cls=make_task(app)`."""
    expr, module = bound.expr, bound.module
    if isinstance(expr, Ref) and "." not in expr.name:
        scope = bound.scope
        while scope:
            klass = module.klass(f"{scope}.<locals>.{expr.name}")
            if klass is not None:
                return module, klass
            scope = scope.rpartition(".<locals>.")[0]
        return None
    found = resolve(module, expr.callee, bound.scope) if isinstance(expr, Call) and expr.callee else None
    if found is None or found.kind != "symbol" or found.module is None or found.module.function(found.path) is None:
        return None
    inner = [one for one in found.module.facts.classes if one.qualname.rpartition(".<locals>.")[0] == found.path]
    return (found.module, inner[0]) if len(inner) == 1 else None


def _opened(holder: Module, klass: Class, service: Service) -> Carrier | None:
    """What the `__call__` of a task class opens around each run."""
    family, _ = _family(holder, klass)
    for module, one in family:
        function = module.function(f"{one.qualname}.__call__")
        if function is None:
            continue
        kind: Opening | None = "context" if function.may_call(*OPENERS["context"]) else None
        if not kind and (
            function.may_call(*OPENERS["tenant"]) or any("tenant" in name.lower() for name in function.calls)
        ):
            kind = "tenant"
        files = tuple(dict.fromkeys((*(place.path for place, _ in family), service.path)))
        return Carrier(kind, f"{holder.name}.{klass.qualname}", holder, files) if kind else None
    return None


def _knows_tenants(service: Service) -> bool:
    found = resolve(service.maker, service.call.callee, service.maker_scope) if service.call.callee else None
    if found is None:
        return False
    if found.kind == "external":
        return found.path in TENANT_APPS
    klass = found.module.klass(found.path) if found.kind == "symbol" and found.module is not None else None
    return klass is not None and found.module is not None and inherits(found.module, klass, TENANT_APPS)


def _family(holder: Module, klass: Class) -> tuple[list[tuple[Module, Class]], str]:
    """A class and its ancestors in the project, and why there may be more that matter."""
    made, opened = [(holder, klass)], ""
    for module, one in made:
        for parent in parents(module, one):
            if parent.module is not None and parent.klass is not None:
                if (parent.module, parent.klass) not in made and len(made) < 100:
                    made.append((parent.module, parent.klass))
            elif parent.dotted.startswith(TENANTS):
                opened = TENANTS
            elif parent.dotted not in CELERY_TASK and parent.dotted not in PLAIN:
                opened = opened or f"{parent.dotted or 'a base class of it'} is outside the project"
    return made, opened


# -- one task ------------------------------------------------------------------------------------------------------------


def _judged(task: Task, base: str, carrier: Carrier) -> Dropped | None:
    project = task.module.project
    held = locate(project, base, task.module)
    family, opened = _family(*held) if held is not None else ([], "")
    if held is None and base not in CELERY_TASK and base not in PLAIN:
        opened = f"the class {base} is outside the project"
    if base.startswith(TENANTS) or opened == TENANTS:
        return None
    names = {f"{module.name}.{one.qualname}" for module, one in family}
    if carrier.klass in names or any(_of_an_app(module, one) for module, one in family):
        return None
    need = needs_context(task) if carrier.kind == "context" else needs_tenant(task)
    if not need:
        return None
    # Celery's own class, written out, changes nothing else: it may be meant.
    if base in CELERY_TASK and need != "sure":
        return None
    if any(_opens_itself(module, one, carrier.kind) for module, one in family) or _opened_in(task, carrier.kind):
        return None
    files = tuple(dict.fromkeys((*carrier.files, *task.base.files, *(module.path for module, _ in family))))
    doubt = opened or _doubt(task, family) or _opened_before(project, carrier.kind)
    return Dropped(task, base, carrier.klass, carrier.kind, need == "sure", files, doubt)


def _of_an_app(module: Module, klass: Class) -> bool:
    """Whether a class inherits from the task class of an app: `class Base(app.Task)`."""
    scope = klass.qualname.rpartition(".")[0].removesuffix(".<locals>")
    for one in klass.bases:
        expr = one.of if isinstance(one, Item) else one
        head, _, last = expr.name.rpartition(".") if isinstance(expr, Ref) else ("", "", "")
        if last == "Task" and head and app_name(module, head, scope):
            return True
    return False


def _opens_itself(module: Module, klass: Class, kind: Opening) -> bool:
    """Whether a method of a class opens the same."""
    lasts = {
        name.rpartition(".")[2]
        for method in klass.methods
        for function in (module.function(f"{klass.qualname}.{method}"),)
        if function is not None
        for name in function.calls
    }
    return bool(lasts.intersection(OPENERS[kind]))


def _opened_in(task: Task, kind: Opening) -> bool:
    """Whether the body, or a function that it calls, opens it; also where that cannot be told."""
    return any(body_calls(task, name) is not False for name in OPENERS[kind])


def _doubt(task: Task, family: list[tuple[Module, Class]]) -> str:
    if task.below or task.automatic is not None or task.origin("base") == "wrapper":
        return "a decorator of the project may open it"
    for module, one in family:
        for method in ("__call__", "before_start"):
            function = module.function(f"{one.qualname}.{method}")
            text = module.project.text(module.path) if function is not None else None
            if function is not None and text is not None:
                lines = text.splitlines()[function.span.line - 1 : function.span.end_line]
                if any(HELD.search(line) for line in lines):
                    return f"{one.name}.{method} may open it"
    return ""


def _opened_before(project: Project, kind: Opening) -> str:
    """Why a worker may be in a context already when it runs its tasks."""
    entered = ENTERED if kind == "context" else HANDLED
    for path in project.search(*OPENERS[kind]):
        module = project.modules[path]
        if not in_tests(module.path) and finds(project, path, entered):
            return f"{path} may open it for the whole process"
    return ""
