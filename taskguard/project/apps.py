"""What declares a task: Celery's own decorators, those of an app, wrappers that the settings name or that the project defines."""

from __future__ import annotations

from taskguard.facts.model import Assign, Attr, Binding, Call, Class, Cond, Expr, Ref
from taskguard.project.evaluate import Bound, Mapping, mapping_of, value_of
from taskguard.project.leads import leads_away
from taskguard.project.values import Value
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.facts.model import Function
    from taskguard.project.module import Module

    Arguments = dict[str, Bound | Value | Mapping]

SHARED = frozenset(
    "celery.shared_task celery.app.shared_task celery.app.base.shared_task celery.task celery.task.task celery.task.base.task"
    " celery.decorators.task celery.task.periodic_task celery.decorators.periodic_task".split()
)
CELERY_APP = frozenset("celery.Celery celery.app.Celery celery.app.base.Celery".split())
# Subclasses that libraries make: `notifications_utils.celery.NotifyCelery`, `flask_celery.Celery`, `tenant_schemas_celery.app.CeleryApp`.
FOREIGN_APP = ("Celery", "CeleryApp")
CELERY_TASK = frozenset(
    "celery.Task celery.app.Task celery.app.task.Task celery.task.Task celery.task.base.Task".split()
)
# Task classes of libraries that are not named after Celery's; others tell by their module and their name (`is_task_class`).
FOREIGN_TASKS = frozenset(
    "celery_once.QueueOnce celery_once.tasks.QueueOnce celery_singleton.Singleton celery_singleton.singleton.Singleton celery_batches.Batches"
    " jobtastic.JobtasticTask jobtastic.task.JobtasticTask".split()
)
CURRENT_APP = frozenset("celery.current_app celery._state.current_app celery.app.current_app".split())
# Apps that libraries make, and what apps are called; the options tell those of Celery from those of others (faust, procrastinate, huey).
LIBRARY_APPS = frozenset(("girder_worker.app.app",))
APP_NAMES = frozenset("app capp celery celery_app".split())
CELERY_ONLY = frozenset(
    "acks_late autoretry_for bind default_retry_delay ignore_result max_retries rate_limit soft_time_limit time_limit".split()
)
DEEPEST = 8


class Declarer(Record):
    """How a decorator declares a task. `name` is what it finally is, `app` the app's dotted name (empty: shared).

    `options` are those that a wrapper passes by default, `fixed` the names that its caller cannot change, `opened` why there may be more.
    `files` are the files of the wrappers. `automatic` is the automatic name where a wrapper makes the task of a function of its own; `inner`
    says that it does so, whatever the name: what Celery passes arrives there, and not at the decorated function.
    """

    name: str
    app: str = ""
    options: dict[str, Value] = {}
    fixed: tuple[str, ...] = ()
    opened: str = ""
    files: tuple[str, ...] = ()
    automatic: Value | None = None
    inner: bool = False


def declarer(
    module: Module, expr: Expr, scope: str = "", depth: int = 0, around: Arguments | None = None
) -> Declarer | None:
    """How `expr`, used as a decorator in `module`, declares a task; None where it does not. `around` as in `wrappers.followed`."""
    written = expr.callee if isinstance(expr, Call) else expr.name if isinstance(expr, Ref) else ""
    if not written and depth:
        from taskguard.project.methods import by_super

        return by_super(module, expr, scope, depth, around)
    if not written or depth > DEEPEST or _elsewhere(module, written, scope):
        return None
    found = module.find(written, scope)
    if found.kind == "external":
        return _external(found.path, module, expr)
    dotted = found.dotted
    house = module.house.decorators
    if dotted and any(one in (dotted, dotted.rpartition(".")[2], written) for one in house):
        made = _project(module, found.module, found.path, expr, scope, depth) if found.module is not None else None
        if made is None:
            return Declarer(dotted, opened="a wrapper that cannot be followed")
        return made.replace(name=dotted, app="")
    head, _, last = written.rpartition(".")
    if head and (found.kind == "local" or "." in found.path):
        from taskguard.project.methods import by_method, held_app

        made = by_method(module, expr, scope, written, depth, around)
        if made is not None:
            return made
        if last == "task" and depth and (app := held_app(module, head, scope)):
            return Declarer(f"{app}.task", app)
    if last in ("task", "register_task") and head:
        app = app_name(module, head, scope)
        if app:
            return Declarer("register" if last == "register_task" else f"{app}.task", app)
    if found.kind == "symbol" and found.module is not None and "." not in found.path:
        return _project(module, found.module, found.path, expr, scope, depth, around)
    return None


def _elsewhere(module: Module, written: str, scope: str) -> bool:
    """Whether a name surely is no task decorator, since the file that it is imported from knows of none."""
    words = module.project.wrapper_words
    if words is None or written.rpartition(".")[2] in ("task", "register_task", "shared_task"):
        return False
    return leads_away(module, written, scope, (*words, "import *"))


def _external(path: str, module: Module, expr: Expr) -> Declarer | None:
    if path in SHARED:
        return Declarer(path)
    if path in module.house.decorators:
        return Declarer(path, opened="a wrapper outside the project")
    head, _, last = path.rpartition(".")
    if last != "task":
        return None
    if head in CELERY_APP:
        return Declarer("celery.app.task")  # `Celery.task(self, …)` in a method of a subclass
    if head in CURRENT_APP:
        return Declarer(path, head)
    # An app imported from a module that is not among the files: `from acme.celery import app`.
    owner = head.split(".")
    if len(owner) > 1 and owner[0] != "celery" and any("celery" in part.lower() for part in owner):
        return Declarer(path, head)
    if head in LIBRARY_APPS or (owner[-1] in APP_NAMES and len(owner) > 1 and _speaks_celery(module, expr)):
        return Declarer(path, head)
    return None


def _speaks_celery(module: Module, expr: Expr) -> bool:
    """Whether a decorator of an app that nobody knows is Celery's: it has an option that only Celery has, or the file imports from Celery."""
    if isinstance(expr, Call) and any(one.name in CELERY_ONLY for one in expr.keywords):
        return True
    return any(one.module.partition(".")[0] in ("celery", "kombu") for one in module.facts.imports)


def app_name(module: Module, written: str, scope: str = "", depth: int = 0) -> str:
    """The dotted name of the Celery app that `written` is; empty where it is none."""
    found = module.find(written, scope)
    if found.kind == "external":
        return found.path if found.path in CURRENT_APP else ""
    if found.kind == "local":
        for assign in module.places.assigns_to(written):
            if isinstance(assign.target, Ref) and makes_app(module, assign.value, assign.scope):
                return f"{module.name}.{written}"
        return ""
    if found.kind != "symbol" or found.module is None:
        return ""
    holder = found.module
    if any(one.app.replace(":", ".") == found.dotted for one in module.project.settings.apps):
        return found.dotted
    first, _, rest = found.path.partition(".")
    if rest:
        klass = holder.klass(first)
        bindings = [one for one in klass.attributes if one.name == rest] if klass else []
        if klass is None and rest in APP_NAMES:
            from taskguard.project.extensions import app_of_variable

            return app_of_variable(holder, first, rest)
    else:
        bindings = [one for one in holder.table().get(first, ()) if isinstance(one, Binding)]
    if any(_holds_app(holder, one) for one in bindings):
        return found.dotted
    if not rest and bindings:
        from taskguard.project.extensions import made_later

        if made_later(holder, first):
            return found.dotted
    others = [one.value.name for one in bindings if isinstance(one.value, Ref) and depth < DEEPEST]
    return next((name for name in (app_name(holder, other, "", depth + 1) for other in others) if name), "")


def _holds_app(module: Module, binding: Binding) -> bool:
    """Whether a variable holds a Celery app, by its value or by its annotation (`app: Celery = Proxy(make_app)`)."""
    if binding.value is not None and makes_app(module, binding.value, ""):
        return True
    if isinstance(binding.value, Attr | Call):
        from taskguard.project.extensions import gives_app

        if gives_app(module, binding.value):
            return True
    return bool(binding.annotation) and module.resolve(binding.annotation) in CELERY_APP


def makes_app(module: Module, value: Expr, scope: str, depth: int = 0) -> bool:
    """Whether an expression is a Celery app: `Celery(...)`, a subclass of it, or a project function that returns one."""
    if isinstance(value, Ref):
        found = module.find(value.name, scope)
        return found.kind == "external" and found.path in CURRENT_APP
    if isinstance(value, Cond):
        return any(makes_app(module, one, scope, depth + 1) for one in (value.body, value.orelse))
    if not isinstance(value, Call) or not value.callee or depth > DEEPEST:
        return False
    if leads_away(module, value.callee, scope, ("import *",)):
        return False
    found = module.find(value.callee, scope)
    if found.kind == "external":
        return found.path in CELERY_APP or found.path.endswith(FOREIGN_APP) or _used_as_app(module, value)
    if found.kind != "symbol" or found.module is None:
        return _used_as_app(module, value)
    klass = found.module.klass(found.path)
    if klass is not None:
        return inherits(found.module, klass, CELERY_APP)
    function = found.module.function(found.path)
    return _used_as_app(module, value) if function is None else _returns_app(found.module, function, depth + 1)


def _used_as_app(module: Module, value: Call) -> bool:
    """Whether the variable that holds what a call makes is configured as only a Celery app is: `app.config_from_object(...)`."""
    names = [one.name for one in module.facts.bindings if one.value == value]
    called = {site.call.callee for site in module.facts.calls if not site.scope} if names else set()
    return any(
        f"{name}.{method}" in called for name in names for method in ("autodiscover_tasks", "config_from_object")
    )


def _returns_app(module: Module, function: Function, depth: int) -> bool:
    """Whether a function makes an app and binds it to a name, or returns it."""
    local = [one for one in module.places.assigns_in(function.qualname) if isinstance(one.target, Ref)]
    if any(makes_app(module, one.value, function.qualname, depth) for one in local):
        return True
    returned = [step.expr for step in function.steps or () if step.kind == "return"]
    return any(one is not None and makes_app(module, one, function.qualname, depth) for one in returned)


def inherits(module: Module, klass: Class, bases: frozenset[str]) -> bool:
    """Whether a class has one of `bases` (dotted names) among its ancestors, as far as the project says."""
    from taskguard.project.bases import family, parents

    for place, one in family(module, klass, 20):
        for parent in parents(place, one):
            if parent.dotted in bases:
                return True
            if parent.klass is not None:
                continue
            if bases is CELERY_APP and parent.dotted.endswith(FOREIGN_APP):
                return True
            if bases is CELERY_TASK and is_task_class(parent.dotted):
                return True
    return False


def is_task_class(dotted: str) -> bool:
    """Whether a class outside the project surely descends from Celery's Task: one of Celery, or of a library that is named after it."""
    return dotted in FOREIGN_TASKS or (dotted.endswith("Task") and "celery" in dotted.rpartition(".")[0])


def task_class(module: Module, klass: Class) -> bool:
    """Whether a class is a subclass of Celery's Task."""
    scope = klass.qualname.rpartition(".")[0].removesuffix(".<locals>")
    words = ("Task", "import *", "celery_")
    if all(isinstance(one, Ref) and leads_away(module, one.name, scope, words) for one in klass.bases):
        return False
    return inherits(module, klass, CELERY_TASK)


def _project(
    module: Module, holder: Module, path: str, expr: Expr, scope: str, depth: int, around: Arguments | None = None
) -> Declarer | None:
    """A project function that hands on to a task decorator, or a variable that holds one."""
    entry = holder.entry(path)
    if isinstance(entry, Binding) and entry.kind == "variable" and isinstance(entry.value, Call):
        return _partial(holder, entry.value, depth) or _made_before(module, expr, scope, holder, entry.value, depth)
    if isinstance(entry, Binding) and entry.kind == "variable" and isinstance(entry.value, Ref):
        return declarer(holder, entry.value, "", depth + 1)
    function = holder.function(path)
    if function is None:
        klass = holder.klass(path)
        if klass is None or "__call__" not in klass.methods or not isinstance(expr, Call):
            return None
        from taskguard.project.decorating import by_class

        return by_class(module, expr, scope, holder, klass)
    return handed(module, expr, scope, holder, function, depth, around)


def handed(
    module: Module,
    expr: Expr,
    scope: str,
    holder: Module,
    function: Function,
    depth: int,
    around: Arguments | None = None,
) -> Declarer | None:
    """What a function of the project, used as the decorator `expr`, hands on to a task decorator; None where it does not."""
    from taskguard.project.handing import attached, returned, unfollowed
    from taskguard.project.wrappers import followed

    made = followed(module, expr, scope, holder, function, depth, around) or unfollowed(expr, holder, function, depth)
    if made is not None:
        return made
    given = None
    if isinstance(expr, Call):
        from taskguard.project.calls import arguments

        given = arguments(Bound(expr, module, scope), expr, function, holder)
    return returned(holder, function, given, depth) or attached(holder, function)


def _made_before(module: Module, expr: Expr, scope: str, holder: Module, value: Call, depth: int) -> Declarer | None:
    """`task = shared_task(queue="x")`, used as `@task`; or an object whose class makes tasks when it is called."""
    if makes_decorators(holder, value):
        from taskguard.project.decorating import by_object

        return by_object(module, expr, scope, holder, value)
    made = declarer(holder, value, "", depth + 1)
    return None if made is None or value.args else _with_keywords(made, holder, value)


def makes_decorators(holder: Module, value: Call) -> bool:
    """Whether a call makes an object of a project class that can be called and hands functions to `shared_task`."""
    found = holder.find(value.callee) if value.callee else None
    if found is None or found.kind != "symbol" or found.module is None:
        return False
    klass = found.module.klass(found.path)
    if klass is None or "__call__" not in klass.methods:
        return False
    methods = found.module.places.methods_of(klass.qualname)
    return any(found.module.resolve(name, method.qualname) in SHARED for method in methods for name in method.calls)


def _partial(holder: Module, value: Call, depth: int) -> Declarer | None:
    """`task = functools.partial(shared_task, queue="x")`."""
    if holder.resolve(value.callee) != "functools.partial" or not value.args:
        return None
    made = declarer(holder, value.args[0], "", depth + 1)
    if made is None:
        return None
    return _with_keywords(made, holder, value)


def _with_keywords(made: Declarer, holder: Module, value: Call) -> Declarer:
    """The declarer with what the keywords of `value` set."""
    spread = mapping_of(Bound(Call(Ref("dict", value.span), (), value.keywords, value.span), holder))
    options = {str(key): value_of(entry) for key, entry in spread.entries.items()}
    return Declarer(
        made.name,
        made.app,
        {**made.options, **options},
        made.fixed,
        made.opened or spread.open,
        (*made.files, holder.path),
    )


__all__ = ["Assign", "Declarer", "app_name", "declarer", "inherits", "makes_app", "task_class"]
