"""What declares a task: Celery's own decorators, those of an app, wrappers that the settings name or that the project defines."""

from __future__ import annotations

from taskguard.facts.model import Binding, Call, Expr, Ref
from taskguard.facts.selections import written_name
from taskguard.project.python.calls import arguments
from taskguard.project.python.evaluate import Bound, mapping_of, value_of
from taskguard.project.python.names import frames, resolve, resolved_name
from taskguard.project.python.testing import in_tests
from taskguard.project.tasks.app_names import app_name
from taskguard.project.tasks.celery_names import (
    APP_NAMES,
    CELERY_APP,
    CELERY_ONLY,
    CURRENT_APP,
    DEEPEST,
    FOREIGN_APP,
    LIBRARY_APPS,
    SHARED,
)
from taskguard.project.tasks.declarer import Declarer
from taskguard.project.tasks.decorating import by_class, by_object
from taskguard.project.tasks.handing import attached, returned, unfollowed
from taskguard.project.tasks.leads import leads_away
from taskguard.project.tasks.methods import by_method, by_super, held_app
from taskguard.project.tasks.wrapper_bodies import followed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.facts.model import Function
    from taskguard.project.python.project import Module
    from taskguard.project.tasks.declarer import Arguments


def declarer(
    module: Module, expr: Expr, scope: str = "", depth: int = 0, around: Arguments | None = None
) -> Declarer | None:
    """How `expr`, used as a decorator in `module`, declares a task; None where it does not. `around` as in `wrappers.followed`."""
    written = written_name(expr)
    if not written and depth:
        return by_super(module, expr, scope, depth, around, handed)
    if not written or depth > DEEPEST or _elsewhere(module, written, scope):
        return None
    found = resolve(module, written, scope)
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
        made = by_method(module, expr, scope, written, depth, around, handed)
        if made is not None:
            return made
        if last == "task" and depth and (app := held_app(module, head, scope)):
            return Declarer(f"{app}.task", app)
    if last in ("task", "register_task") and head:
        app = app_name(module, head, scope) or (_handed_app(module, head, scope, expr) if found.kind == "local" else "")
        if app:
            return Declarer("register" if last == "register_task" else f"{app}.task", app)
    if found.kind == "symbol" and found.module is not None and "." not in found.path:
        return _project(module, found.module, found.path, expr, scope, depth, around)
    return None


def _handed_app(module: Module, head: str, scope: str, expr: Expr) -> str:
    """The name of a parameter by which a function around is handed an app, as its name, its annotation or the decorator tells; empty where it is none,
    and in tests, which are handed one to try something with it."""
    for frame in frames(scope) if not in_tests(module.path) else ():
        function = module.function(frame)
        given = next((one for one in function.params if one.name == head), None) if function is not None else None
        if given is not None:
            called = "celery" in head.lower() or given.annotation.strip("'\"").rpartition(".")[2].endswith(FOREIGN_APP)
            return f"{module.name}.{head}" if called or (head in APP_NAMES and _speaks_celery(module, expr)) else ""
        if module.local(frame, head) is not None:
            return ""
    return ""


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
        if klass is None or not klass.has("__call__") or not isinstance(expr, Call):
            return None
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
    made = followed(module, expr, scope, holder, function, depth, declarer, around) or unfollowed(
        expr, holder, function, depth, declarer
    )
    if made is not None:
        return made
    given = None
    if isinstance(expr, Call):
        given = arguments(Bound(expr, module, scope), expr, function, holder)
    return returned(holder, function, given, depth, declarer) or attached(holder, function)


def _made_before(module: Module, expr: Expr, scope: str, holder: Module, value: Call, depth: int) -> Declarer | None:
    """`task = shared_task(queue="x")`, used as `@task`; or an object whose class makes tasks when it is called."""
    if makes_decorators(holder, value):
        return by_object(module, expr, scope, holder, value)
    made = declarer(holder, value, "", depth + 1)
    return None if made is None or value.args else _with_keywords(made, holder, value)


def makes_decorators(holder: Module, value: Call) -> bool:
    """Whether a call makes an object of a project class that can be called and hands functions to `shared_task`."""
    found = resolve(holder, value.callee) if value.callee else None
    if found is None or found.kind != "symbol" or found.module is None:
        return False
    klass = found.module.klass(found.path)
    if klass is None or not klass.has("__call__"):
        return False
    methods = found.module.places.methods_of(klass.qualname)
    return any(
        resolved_name(found.module, name, method.qualname) in SHARED for method in methods for name in method.calls
    )


def _partial(holder: Module, value: Call, depth: int) -> Declarer | None:
    """`task = functools.partial(shared_task, queue="x")`."""
    if resolved_name(holder, value.callee) != "functools.partial" or not value.args:
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
