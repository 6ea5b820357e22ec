"""Which functions and classes of a module are Celery tasks, and what each declaration says."""

from __future__ import annotations

from taskguard.celery_options import KNOWN
from taskguard.diagnostics import Span
from taskguard.facts import selections
from taskguard.facts.model import Call, Class, Expr, Function, Ref
from taskguard.facts.selections import written_name
from taskguard.project.python.evaluate import Bound, Mapping, mapping_of, value_of
from taskguard.project.python.names import resolve, resolved_name
from taskguard.project.python.testing import hidden
from taskguard.project.python.values import ABSENT, Unknown
from taskguard.project.tasks.app_names import key_of, parents, task_class
from taskguard.project.tasks.bases import IDLE_BASES
from taskguard.project.tasks.celery_names import CELERY_TASK, SILENT_TASKS
from taskguard.project.tasks.class_keywords import given_by_keywords, made_name
from taskguard.project.tasks.declarer import Declarer
from taskguard.project.tasks.decorators import declarer
from taskguard.project.tasks.inferred_values import told
from taskguard.project.tasks.loops import looped
from taskguard.project.tasks.naming import automatic_names
from taskguard.project.tasks.task import Option, Task
from taskguard.project.tasks.unmade import is_never_reached
from taskguard.project.tasks.wrappers import inside_wrapper
from taskguard.query import Keyed, cyclic, query

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.facts.model import CallSite
    from taskguard.project.python.project import Module, Project

# Nobody makes one function a task more often: what stands below is one task of which nothing is known.
MOST_STACKED = 50
CROWDED = f"more than {MOST_STACKED} decorators make this function a task"
IDLE_CLASS_ATTRIBUTES = ("__doc__", "__slots__", "__module__")


def declared(module: Module) -> tuple[Task, ...]:
    """The tasks that the module declares, in order of line; none where no worker can import it."""
    if hidden(module.path):
        return ()
    # A decorator that the settings name may be a library's.
    named = module.house.decorators
    functions = (
        selections.decorated(module.facts) if named else selections.own_decorated(module.facts, module.project.heads)
    )
    made = [task for function in functions for task in _decorated(module, function)]
    made.extend(_called(module))
    made.extend(_classes(module))
    made.sort(key=lambda task: (task.span.line, task.span.column, task.qualname))
    return tuple(made)


def enclosing(qualname: str) -> str:
    """The scope in which a definition stands."""
    return qualname.rpartition(".")[0].removesuffix(".<locals>")


def _decorated(module: Module, function: Function) -> list[Task]:
    if not function.decorators:
        return []
    scope = enclosing(function.qualname)
    places: list[tuple[int, Declarer]] = []
    for place, expr in enumerate(function.decorators):
        how = declarer(module, expr, scope)
        if how is not None:
            places.append((place, how))
    if not places or inside_wrapper(module, scope) or is_never_reached(module, function):
        return []
    names = [_resolved(module, expr, scope) for expr in function.decorators]
    automatic = automatic_names(module, function.decorators, scope)
    made = []
    for number, (place, how) in enumerate(places[: MOST_STACKED + 1]):
        expr = function.decorators[place]
        options, opened = declaration_options(module, expr, scope, how)
        if number == MOST_STACKED:
            # It stands for all that are left.
            options = {"name": Option(Unknown(CROWDED), expr.span, "decorator")}
            opened = CROWDED
        options.update(_set_later(module, function, options))
        lines = (expr.span.end_line, function.span.line, function.head_end)
        made.append(
            Task(
                module, function.qualname, "function", expr.span, function.span.line, options,
                opened=opened, app=how.app, decorator=how.name, function=function, above=tuple(names[:place]),
                below=(*names[place + 1 :], *(names[place : place + 1] if how.inner else ())), noqa_lines=tuple(dict.fromkeys(lines)), sources=how.files,
                automatic=how.automatic or automatic[place],
            )
        )  # fmt: skip
    return made


def _set_later(module: Module, function: Function, given: dict[str, Option]) -> dict[str, Option]:
    """`task.max_retries = 5` at module level, after the declaration: two values where the declaration gives one too."""
    if function.holder != "module":
        return {}
    made: dict[str, Option] = {}
    for one in module.places.assigns_below(function.name):
        name = one.target.name.partition(".")[2] if isinstance(one.target, Ref) else ""
        if not one.scope and name in KNOWN and one.op == "=":
            twice = one.guard or name in given or name in made
            value = Unknown("it is set in several places") if twice else value_of(Bound(one.value, module))
            made[name] = Option(value, one.target.span, "decorator")
    return made


def _resolved(module: Module, expr: Expr, scope: str) -> str:
    written = written_name(expr)
    return (resolved_name(module, written, scope) or written) if written else ""


def declaration_options(module: Module, expr: Expr, scope: str, how: Declarer) -> tuple[dict[str, Option], str]:
    """What a task decorator passes, over what its wrapper passes, and why there may be more."""
    options: dict[str, Option] = {}
    opened = how.opened
    for key, value in how.options.items():
        options[key] = Option(value_of(value), expr.span, "wrapper")
    if isinstance(expr, Call):
        for keyword in expr.keywords:
            if keyword.name is not None:
                if keyword.name in how.fixed:
                    continue
                value = told(value_of(Bound(keyword.value, module, scope)), keyword.value, module, scope)
                options[keyword.name] = Option(value, keyword.span, "decorator")
                continue
            spread = _spread(keyword.value, module, scope)
            opened = opened or spread.open
            if spread.open and _constant(keyword.value):
                options.setdefault("name", Option(ABSENT, keyword.span, ""))
            for name, entry in spread.entries.items():
                if isinstance(name, str):
                    held = value_of(entry)
                    if spread.files and held.known:
                        held = held.replace(files=tuple(dict.fromkeys((*held.files, *spread.files))))
                    options[name] = Option(held, keyword.span, "decorator")
    return options, opened


def _constant(expr: Expr) -> bool:
    """Whether options are spread from a constant, which serves several tasks, so that no name of one can be among them."""
    return isinstance(expr, Ref) and expr.name.rpartition(".")[2].isupper()


def _spread(expr: Expr, module: Module, scope: str) -> Mapping:
    whole = mapping_of(Bound(expr, module, scope))
    value = told(Unknown(whole.open), expr, module, scope) if whole.open else None
    return mapping_of(value) if value is not None and isinstance(value.value, dict) else whole


def _called(module: Module) -> list[Task]:
    """`shared_task(f)`, `app.task(f)`, `app.task(...)(f)`, also of a variable that runs over functions."""
    made = []
    for site in selections.handing_one(module.facts):
        call = site.call
        expr = call.func
        if not isinstance(call.args[0], Ref):
            continue
        how = declarer(module, expr, site.scope)
        if how is None or how.name == "register" or inside_wrapper(module, site.scope):
            continue
        target, function = _function_at(module, call.args[0].name, site.scope)
        held = [(target, function)]
        if function is None:
            held = [_function_at(module, name, site.scope) for name in looped(module, site)]
        with_options = expr if isinstance(expr, Call) else call
        for target, function in held:
            if function is None or target is None:
                continue
            options, opened = declaration_options(module, with_options, site.scope, how)
            task = Task(
                target if target is module else module, function.qualname, "call", call.span, function.span.line if target is module else call.span.line,
                options, opened=opened, app=how.app, decorator=how.name, function=function,
                noqa_lines=tuple(dict.fromkeys((call.span.end_line,))), sources=how.files, home=target,
            )  # fmt: skip
            if target is not module and task.name_source == "automatic":
                from taskguard.project.python.values import Known

                task.name = Known(f"{target.name}.{function.name}", (target.path,))
            made.append(task)
    return made


def _function_at(module: Module, name: str, scope: str) -> tuple[Module | None, Function | None]:
    """The function that a name means, and the module that defines it."""
    found = resolve(module, name, scope)
    target = found.module if found.kind == "symbol" else None
    function = target.function(found.path) if target is not None else None
    if function is None and found.kind == "local":
        return module, module.function(f"{scope}.<locals>.{name}")
    return target, function


def _classes(module: Module) -> list[Task]:
    """Subclasses of Task that are registered: `app.register_task(C())`, `@app.register_task`."""
    made = []
    for klass in module.facts.classes:
        if klass.bases and task_class(module, klass) and registered(module, klass):
            options, opened = class_options(module, klass)
            first = klass.decorators[0].span if klass.decorators else None
            span = Span(klass.span.line, klass.span.column, klass.head_end, 1) if first is None else first
            made.append(
                Task(
                    module, klass.qualname, "class", span, klass.span.line, dict(options), opened=opened, klass=klass,
                    noqa_lines=tuple(dict.fromkeys((klass.span.line, klass.head_end))),
                )
            )  # fmt: skip
    return made


def registered(module: Module, klass: Class) -> bool:
    """Whether some file of the project registers the class, as far as the looked-at files say."""
    return (module.path, klass.qualname) in registrations(module.project)


@cyclic(frozenset())
def registrations(project: Project) -> set[tuple[str, str]]:
    """Path and qualified name of all classes that some app registers."""
    made: set[tuple[str, str]] = set()
    for other in project.looked_at:
        for site in selections.calling(other.facts, "register_task", "register"):
            last = site.call.callee.rpartition(".")[2]
            if last and site.call.args:
                if last == "register" and ".tasks." not in site.call.callee:
                    continue
                made.update(registered_by(other, site))
        for klass in other.facts.classes:
            for expr in klass.decorators:
                if isinstance(expr, Ref) and expr.name.rpartition(".")[2] == "register_task":
                    made.add((other.path, klass.qualname))
    return made


def registered_by(module: Module, site: CallSite) -> list[tuple[str, str]]:
    """Path and qualified name of what a call of `register_task` is given, loops included: variables, and the classes whose instances these are."""
    arg = site.call.args[0]
    name = written_name(arg)
    found = [resolve(module, one, site.scope) for one in (name, *looped(module, site)) if name]
    made = [(one.module.path, one.path) for one in found if one.kind == "symbol" and one.module is not None]
    instance = instance_of(module, name, site.scope) if isinstance(arg, Ref) else None
    return [*made, instance] if instance is not None else made


def instance_of(module: Module, name: str, scope: str = "") -> tuple[str, str] | None:
    """Path and qualified name of the class of which a variable holds an instance, at some time; None where that cannot be told."""
    from taskguard.facts.model import Binding

    local = [
        one.value
        for one in (module.places.assigns_in(scope) if scope else ())
        if isinstance(one.target, Ref) and one.target.name == name
    ]
    found = resolve(module, name, scope) if name else None
    holder = found.module if found is not None and found.kind == "symbol" and not local else None
    path = found.path if holder is not None and found is not None else name
    entries = (holder or module).entries(path) if not local else ()
    for value in (*local, *(one.value for one in entries if isinstance(one, Binding))):
        if isinstance(value, Call) and value.callee:
            klass = resolve((holder or module), value.callee, scope if local else "")
            if klass.kind == "symbol" and klass.module is not None and klass.module.klass(klass.path) is not None:
                return klass.module.path, klass.path
    return None


def class_options(module: Module, klass: Class, depth: int = 0) -> tuple[dict[str, Option], str]:
    """The class attributes of a task class, its project bases included; a base's `name` is not inherited. Not to be changed."""
    return _class_options(module, Keyed(klass, key_of(module, klass)), depth)


@query
def _class_options(module: Module, keyed: Keyed, depth: int) -> tuple[dict[str, Option], str]:
    klass = keyed.held
    options: dict[str, Option] = {}
    opened = ""
    for parent in reversed(parents(module, klass)):
        if parent.module is not None and parent.klass is not None and depth < 20:
            inherited, more = class_options(parent.module, parent.klass, depth + 1)
            opened = opened or more
            options.update(
                (name, held.replace(origin="base"))
                for name, held in inherited.items()
                if name not in ("name", "abstract")
            )
        elif not parent.dotted:
            opened = opened or "a base class that cannot be followed"
        elif parent.dotted not in CELERY_TASK | SILENT_TASKS and not parent.dotted.startswith(IDLE_BASES):
            opened = opened or f"the class {parent.dotted} is outside the project"
    for attribute in klass.attributes:
        if attribute.kind == "variable" and attribute.value is not None and attribute.name not in IDLE_CLASS_ATTRIBUTES:
            value = told(
                value_of(Bound(attribute.value, module, klass.qualname)), attribute.value, module, klass.qualname
            )
            options[attribute.name] = Option(value, attribute.span, "class")
    for name, value in given_by_keywords(module, klass).items():
        options[name] = Option(value, klass.span, "class")
    name_made = made_name(module, klass) if depth == 0 else None
    if name_made is not None:
        options["name"] = Option(name_made, klass.span, "class")
    return options, opened


@cyclic(())  # a declaration that asks for itself while it is read
def tasks_in(module: Module) -> tuple[Task, ...]:
    """The tasks declared in a file, in order of line."""
    return () if module.never_loaded else declared(module)


@query
def all_tasks(project: Project) -> tuple[Task, ...]:
    """All task declarations of the files that rules look at, by path and line."""
    return tuple(task for module in project.looked_at for task in tasks_in(module))
