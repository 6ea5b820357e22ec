"""Calls and imports with which no task is declared, since they fail: what is given to a task decorator, and modules that Celery has not any more."""

from __future__ import annotations

from taskguard.celery_exports import GONE
from taskguard.diagnostics import Fix, Related
from taskguard.facts import selections
from taskguard.facts.model import Binding, Call, Const, Dict, Import, Item, Opaque, Ref, Seq
from taskguard.facts.questions import finds
from taskguard.facts.selections import written_name
from taskguard.project.celery.django import NEEDS_OLD_LOADER
from taskguard.project.celery.system import celery_of
from taskguard.project.diagnosis.declarations.app_attributes import lacking_of_apps
from taskguard.project.diagnosis.faults import Fault
from taskguard.project.diagnosis.imports.missing_in_celery import lacking
from taskguard.project.editing.edits import edits_of
from taskguard.project.python.evaluate import Bound, value_of
from taskguard.project.python.names import live, resolve, resolved_name
from taskguard.project.python.old_python import speaks_python_2
from taskguard.project.python.own_names import writes_own_names
from taskguard.project.python.pin_files import PIN_FILES
from taskguard.project.python.pins import pinned_below
from taskguard.project.python.requirements import MORE_FILES, names_celery
from taskguard.project.python.values import Known, Unknown
from taskguard.project.tasks.celery_names import APP_NAMES, CELERY_APP, CURRENT_APP
from taskguard.project.tasks.declarations import tasks_in
from taskguard.project.tasks.decorators import declarer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.diagnostics import Span
    from taskguard.facts.model import CallSite, Expr
    from taskguard.project.python.project import Module, Project
    from taskguard.project.tasks.declarer import Declarer
    from taskguard.project.tasks.task import Task

INSTEAD = {
    "celery.task": "`shared_task` and `Task` are in `celery`, schedules in `beat_schedule`",
    "celery.decorators": "`shared_task` is in `celery`, schedules in `beat_schedule`",
    "celery.contrib.batches": "install `celery-batches`",
    "celery.contrib.methods": "make it a function, and pass what it needs of the instance",
    "celery.datastructures": "`LRUCache` is in `celery.utils.functional`, the others in `celery.utils.collections`",
    "celery.utils.encoding": "import it from `kombu.utils.encoding`",
    "celery.utils.timeutils": "it is called `celery.utils.time`",
    "celery.worker.job": "it is called `celery.worker.request`",
}
LONG = 3
STILL = frozenset(("celery.shared_task", "celery.app.shared_task", "celery.app.base.shared_task"))
BROKEN_WORDS = ("broker", "redis", "amqp", "rabbit")


def broken_calls(module: Module) -> Iterator[Fault]:
    """All of a file, in no order."""
    for site in selections.calling(module.facts, "Celery"):
        yield from _loader(module, site)
    for site in selections.calling(module.facts, "task", "shared_task"):
        if site.call.args:
            yield from _positional(module, site)
            yield from _given(module, site)
    for site in selections.calling_made(module.facts, "task", "shared_task"):
        if site.call.args:
            yield from _given(module, site)
    yield from _no_decorators(module)
    yield from lacking_of_apps(module)
    yield from _gone(module)
    yield from lacking(module, _is_gone)


# -- what is given to a task decorator -----------------------------------------------------------------------------------


def _positional(module: Module, site: CallSite) -> Iterator[Fault]:
    """`@shared_task("shop.send")`: the one argument that a decorator takes without its name is the function."""
    call, arg = site.call, site.call.args[0]
    if call.callee.rpartition(".")[2] not in ("task", "shared_task") or not isinstance(arg, Const | Dict | Seq | Ref):
        return
    value = value_of(Bound(arg, module, site.scope))
    if not isinstance(value, Known) or not isinstance(value.value, str | int | float | dict | list | tuple | None):
        return
    if _is_celery(module, declarer(module, call, site.scope)):
        advice = "write `name=` before it" if isinstance(value.value, str) else "give options by their names"
        yield Fault(
            module.path, arg.span, f"a task decorator takes no {_said(value.value)} by position: a TypeError when the module is imported",
            advice, depends=value.files, fix=_named(module, call) if isinstance(value.value, str) else None,
        )  # fmt: skip


def _named(module: Module, call: Call) -> Fix | None:
    """`name=` before the one argument that has no name."""
    if len(call.args) > 1 or call.keyword("name") is not None or any(one.name is None for one in call.keywords):
        return None
    edits = edits_of(module).around(call.args[0].span, "name=", "")
    return Fix(edits, False) if edits else None


def _said(value: object) -> str:
    return "name" if isinstance(value, str) else "options"


def _is_celery(module: Module, how: Declarer | None) -> bool:
    """Whether a decorator surely is Celery's own: `shared_task`, or that of an app which the project makes."""
    if how is None or how.files or how.opened:
        return False
    if not how.app:
        return how.name in STILL
    return how.app in CURRENT_APP or celery_of(module.project).service(how.app) is not None


def _given(module: Module, site: CallSite) -> Iterator[Fault]:
    """`app.task(lambda: …)`, `shared_task(partial(f, 1))`, `shared_task(name="old")(task)`, `app.task(Object())`."""
    call, arg = site.call, site.call.args[0]
    func = call.func.func if isinstance(call.func, Call) else call.func
    if not isinstance(func, Ref) or len(call.args) > 1 or func.name.rpartition(".")[2] not in ("task", "shared_task"):
        return
    kind = _kind(module, arg, site.scope)
    if not kind:
        return
    how = declarer(module, call.func, site.scope)
    if not _is_celery(module, how):
        return
    if kind == "shared":
        if how is not None and how.name in STILL:
            message = "shared_task of what shared_task has made: Celery 5.7 raises TypeError, before it is chance whether the app starts"
            yield Fault(module.path, call.span, message, "give the bare function to each of the two")
        return
    yield Fault(
        module.path, call.span, f"{kind} is no function: the app does not start", "define a function with `def`, and decorate that one"
    )  # fmt: skip


def _kind(module: Module, arg: Expr, scope: str) -> str:
    """What an argument is that no task can be made of; empty where it may be a function."""
    if isinstance(arg, Opaque):
        return "a lambda" if arg.kind == "lambda" else ""
    if isinstance(arg, Call):
        if resolved_name(module, arg.callee, scope) == "functools.partial":
            return "a partial"
        return _object(module, arg, scope)
    if not isinstance(arg, Ref):
        return ""
    found = resolve(module, arg.name, scope)
    if found.kind != "symbol" or found.module is None or "." in found.path:
        return ""
    function = found.module.function(found.path)
    if function is None or not function.decorators:
        return ""
    made = (one for one in tasks_in(found.module) if one.function is function and one.form == "function")
    return "shared" if any(one.decorator in STILL and not one.sources for one in made) else ""


def _object(module: Module, arg: Call, scope: str) -> str:
    """An object of a class of the project that can be called, and has no name as a function has."""
    found = resolve(module, arg.callee, scope) if arg.callee else None
    if found is None or found.kind != "symbol" or found.module is None:
        return ""
    klass = found.module.klass(found.path)
    if klass is None or not klass.has("__call__") or klass.bases:
        return ""
    lines = (found.module.project.text(found.module.path) or "").splitlines()[klass.span.line - 1 : klass.span.end_line]
    named = any(word in line for line in lines for word in ("__name__", "update_wrapper", "wraps"))
    return "" if named else f"an object of {klass.name}"


def _loader(module: Module, site: CallSite) -> Iterator[Fault]:
    """`Celery("shop", "redis://…")`: the second argument is the loader."""
    call = site.call
    if len(call.args) < 2 or resolved_name(module, call.callee, site.scope) not in CELERY_APP:
        return
    arg = call.args[1]
    value = value_of(Bound(arg, module, site.scope))
    url = isinstance(value.value, str) and "://" in value.value
    name = arg.name if isinstance(arg, Ref) else ""
    key = arg.index if isinstance(arg, Item) else arg.args[0] if isinstance(arg, Call) and arg.args else None
    if isinstance(key, Const) and isinstance(key.value, str):
        name = key.value  # `os.environ["REDIS_URL"]`
    if url or (isinstance(value, Unknown) and any(word in name.lower() for word in BROKEN_WORDS)):
        yield Fault(
            module.path, arg.span, "the second argument of Celery() is the loader: a URL there is an error as soon as the app is used",
            "pass it as `broker=`", depends=value.files,
        )  # fmt: skip


def _no_decorators(module: Module) -> Iterator[Fault]:
    """`@app.task` where the file binds no `app`, and `@app.tasks`, which is the registry of the app."""
    celery = bool(selections.imports_from(module.facts, "celery"))
    for function in selections.own_decorated(module.facts, module.project.heads):
        for expr in function.decorators if function.holder == "module" else ():
            name = written_name(expr)
            head, _, last = name.rpartition(".")
            if celery and last == "task" and head in APP_NAMES and _is_unbound(module, head):
                yield Fault(
                    module.path, expr.span, f"nothing in this file is called {head}: a NameError when the module is imported",
                    "import the app, or use `shared_task`",
                )  # fmt: skip
            elif last == "tasks" and head and celery_of(module.project).apps.is_app(module, head):
                yield Fault(
                    module.path, expr.span, f"{name} is the registry of the app and no decorator: a TypeError when the module is imported",
                    f"write `{head}.task`",
                )  # fmt: skip


def _is_unbound(module: Module, name: str) -> bool:
    """Whether surely nothing in a file binds a name at module level."""
    return not (module.entries(name) or module.stars or module.unreadable or writes_own_names(module))


# -- modules that are gone -----------------------------------------------------------------------------------------------


def _gone(module: Module) -> Iterator[Fault]:
    """One finding a file: what it imports of Celery that Celery has no more, by the version that the project pins."""
    found = []
    imported = selections.imports_from(module.facts, "celery")
    for one in imported:
        if not one.guard:
            dotted = f"{one.module}.{one.name}" if one.module == "celery" and one.name else one.module
            held = ".".join(
                dotted.split(".")[: 2 if dotted.count(".") == 1 or dotted.startswith("celery.task") else LONG]
            )
            if held in GONE:
                found.append((one.span, held, "import"))
    found += _gone_decorators(module) if any(one.name in ("", None) for one in imported) else []
    if not found:
        return
    span, held, what = found[0]
    sure, why = _is_gone(module.project, GONE[held])
    if why:
        yield Fault(module.path, span, "", doubt=f"{held}: {why}")
    elif sure is not False:
        major, minor = GONE[held]
        related = tuple(
            Related(module.path, other.line, f"so is this {kind} of {name}") for other, name, kind in found[1:LONG]
        )
        yield Fault(
            module.path, span, f"Celery has no {held} since {major}.{minor}: this {what} fails", INSTEAD.get(held, "leave it out"), None, related,
            certain=bool(sure),
        )  # fmt: skip


def _gone_decorators(module: Module) -> list[tuple[Span, str, str]]:
    """The decorators that ask the package itself for a module which it has no more: `import celery`, `@celery.task`."""
    made = []
    for function in selections.own_decorated(module.facts, module.project.heads):
        scope = function.qualname.rpartition(".")[0].removesuffix(".<locals>")
        for expr in function.decorators:
            name = written_name(expr)
            entry = module.entry(name.partition(".")[0]) if "." in name else None
            if isinstance(entry, Import) and entry.module == "celery" and not entry.guard:
                held = ".".join(resolve(module, name, scope).dotted.split(".")[:2])
                if held in GONE:
                    made.append((expr.span, held, "decorator"))
    return made


def _is_gone(project: Project, since: tuple[int, int]) -> tuple[bool | None, str]:
    """Whether the version in use has lost it; None where an older one may be in use. With a reason where nothing says which it is."""
    before = pinned_below(project, since)
    if before is not None:
        return not before, ""
    if speaks_python_2(project) is not False:
        return False, ""
    paths = _requirements(project)
    if any(finds(project, path, NEEDS_OLD_LOADER) for path in paths):
        return False, ""
    if not any(names_celery(project, path) for path in paths):
        return None, "which version of Celery is in use cannot be told"
    return None, ""


def _requirements(project: Project) -> list[str]:
    paths = [f"{root}/{name}".lstrip("/") for root in ("", *project.roots) for name in (*PIN_FILES, *MORE_FILES)]
    return list(dict.fromkeys(paths))


def base_made_object(task: Task) -> bool:
    """Whether the base of a task is a name of its file that the lines above bind to what `register_task` of the app gives back, an object: `Send = app.register_task(Send())`."""
    given = [
        one.keyword("base")
        for one in (task.function.decorators if task.function is not None else ())
        if isinstance(one, Call)
    ]
    name = next((one.name for one in given if isinstance(one, Ref)), "")
    above = [one for one in live(task.home, name) if one.span < task.span] if name and task.home is task.module else []
    last = above[-1] if above else None
    value = last.value if isinstance(last, Binding) and not last.guard else None
    return (
        isinstance(value, Call)
        and bool(task.app)
        and resolved_name(task.home, value.callee) == f"{task.app}.register_task"
    )
