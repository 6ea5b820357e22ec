"""Options of `apply_async` that `delay` is given, and that the `**kwargs` of the task swallow: `delay(pk, countdown=300)` runs at once (celery/app/task.py, `delay`)."""

from __future__ import annotations

from taskguard.facts.model import Attr, Binding, Call, Const, Dict, Item, Op, Ref
from taskguard.facts.questions import holds
from taskguard.facts.statements import Let
from taskguard.project.hazards.calls.functions import sites_in
from taskguard.project.hazards.calls.takers import takers
from taskguard.project.python.flow import below, body_of, expressions, is_none, spots_of
from taskguard.project.python.names import resolve, resolved_name
from taskguard.project.registry.effective import base_attributes, base_files
from taskguard.query import query
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.facts.model import CallSite, Expr, Function, Keyword
    from taskguard.facts.statements import Body
    from taskguard.project.python.project import Module, Project
    from taskguard.project.tasks.task import Task

OPTIONS = ("countdown", "eta")
WRITTEN = tuple(f"{one}=" for one in OPTIONS)
# What is told of the keywords of a task, and what hands its own locals on.
HOOKS = frozenset(
    "before_start on_success on_failure on_retry after_return shadow_name __call__ __init_subclass__".split()
)
SIGNALS = ("task_prerun", "task_postrun", "task_received", "task_success", "task_failure", "task_retry", "task_publish", "task_sent")  # fmt: skip
OPENING = frozenset("locals vars eval exec signature".split())
# Calls that look at a dict and hand it to nobody who asks for a key of it.
SHOWING = frozenset("print str repr len bool debug info warning warn error exception critical log".split())
SUBSTITUTING = frozenset(("substitute", "safe_substitute"))
ASKING = frozenset(("get", "pop", "setdefault"))


class Swallowed(Record):
    """A `keyword` of `delay` that is an option of `apply_async`. `name` is the task as the code calls it, `rest` the parameter that gets it."""

    module: Module
    scope: str
    keyword: Keyword
    task: Task
    name: str
    rest: str


def swallowed_options(project: Project) -> Iterator[Swallowed]:
    """All of them, by file."""
    paths = [path for path in project.search(".delay(") if holds(project, path, *WRITTEN)]
    for module, site in sites_in(project, paths, ("delay",)):
        yield from _at(module, site)


def _at(module: Module, site: CallSite) -> Iterator[Swallowed]:
    given = [one for one in site.call.keywords if one.name in OPTIONS and not is_none(one.value)]
    head = site.call.callee.rpartition(".")[0]
    held = takers(module, head, site.scope) if given and head else ()
    if len(held) != 1 or held[0].doubt or held[0].own:
        return
    task, rest = held[0].task, next((one for one in held[0].params if one.kind == "rest"), None)
    if rest is None or "Unpack" in rest.annotation:
        return
    for one in given:
        name = one.name or ""
        if not any(param.name == name for param in held[0].params) and _is_lost(task, rest.name, name):
            yield Swallowed(module, site.scope, one, task, head, rest.name)


@query
def _is_lost(task: Task, rest: str, option: str) -> bool:
    """Whether surely nobody reads an option among the keywords of a task."""
    project = task.module.project
    words = (f'"{option}"', f"'{option}'")
    if not base_attributes(task).isdisjoint(HOOKS) and any(holds(project, path, *words) for path in base_files(task)):
        return False
    if any(holds(project, path, *SIGNALS) for path in project.search(*words)):
        return False
    function = task.function
    if function is None and task.klass is not None:
        function = task.module.function(f"{task.klass.qualname}.run")
    body = body_of(task.home, function) if function is not None else None
    return function is not None and body is not None and not _may_read(task.home, function, body, rest, option)


def _may_read(module: Module, function: Function, body: Body, rest: str, option: str) -> bool:
    """Whether a function asks its keywords for an option, or hands them to something that may."""
    held = _copies(body, rest)
    for spot in spots_of(body, inner=True):
        statement = spot.statement
        for expr in expressions(statement):
            for one, within in below(expr):
                if isinstance(one, Call) and one.method in OPENING:
                    return True
                if not isinstance(one, Ref):
                    continue
                head, _, method = one.name.partition(".")
                if head not in held:
                    if ".request" in one.name and one.name.endswith((".kwargs", ".request")):
                        return True
                elif one.name in held and isinstance(statement, Let) and _copied(statement, held):
                    continue
                elif one.name in held and isinstance(statement, Let) and one in statement.targets:
                    continue
                elif not _is_harmless(module, function, one, method, within, option):
                    return True
    return False


def _copies(body: Body, rest: str) -> frozenset[str]:
    """The names that a function has for its keywords, and for dicts that have them."""
    held, before = {rest}, 0
    while len(held) != before:
        before = len(held)
        for spot in spots_of(body, inner=True):
            if isinstance(spot.statement, Let) and _copied(spot.statement, held):
                held.update(one.name for one in spot.statement.targets if isinstance(one, Ref))
    return frozenset(held)


def _copied(one: Let, held: set[str] | frozenset[str]) -> bool:
    """`values = {"n": n, **context}`, `values = dict(context)`, `values = context.copy()`."""
    if one.op != "=" or not all(isinstance(each, Ref) and "." not in each.name for each in one.targets):
        return False
    value = one.value
    if isinstance(value, Dict):
        spread = [each for key, each in value.items if key is None]
        others = [each for key, each in value.items if key is not None]
        return any(_is(each, held) for each in spread) and not any(_names(each, held) for each in others)
    if not isinstance(value, Call):
        return _is(value, held)
    if value.callee == "dict":
        given = (*value.args, *(each.value for each in value.keywords if each.name is None))
        others = [each.value for each in value.keywords if each.name is not None]
        return any(_is(each, held) for each in given) and not any(_names(each, held) for each in others)
    return value.method == "copy" and value.callee.removesuffix(".copy") in held


def _is(expr: Expr, held: set[str] | frozenset[str]) -> bool:
    return isinstance(expr, Ref) and expr.name in held


def _names(expr: Expr, held: set[str] | frozenset[str]) -> bool:
    return any(isinstance(one, Ref) and one.name.partition(".")[0] in held for one, _ in below(expr))


def _is_harmless(
    module: Module, function: Function, one: Ref, method: str, within: tuple[Expr, ...], option: str
) -> bool:
    """Whether a use of the keywords surely does not read the option."""
    around = within[-1] if within else None
    if method:
        called = isinstance(around, Call) and around.func is one and method in ASKING
        return called and isinstance(around, Call) and _another(around.args[0] if around.args else None, option)
    if isinstance(around, Item) and around.of is one:
        return _another(around.index, option)
    if isinstance(around, Op) and around.op in ("in", "not in") and len(around.operands) == 2:
        return around.operands[1] is one and _another(around.operands[0], option)
    calls = [each for each in within if isinstance(each, Call)]
    if not calls:
        return False
    call = calls[-1]
    if call.method in SHOWING and (call.callee in SHOWING or _is_log(call)):
        return True
    if call is not around:
        return False
    if call.method == "format" and isinstance(call.func, Attr):
        return _lacks(call.func.of, option)
    return call.method in SUBSTITUTING and _lacks(_template(module, function, call), option)


def _another(key: Expr | None, option: str) -> bool:
    return isinstance(key, Const) and key.value != option


def _is_log(call: Call) -> bool:
    return "log" in call.callee.rpartition(".")[0].lower()


def _lacks(text: Expr | None, option: str) -> bool:
    return isinstance(text, Const) and isinstance(text.value, str) and option not in text.value


def _template(module: Module, function: Function, call: Call) -> Expr | None:
    """The text of a `string.Template` whose values a call fills in."""
    made: Expr | None = call.func.of if isinstance(call.func, Attr) else None
    home = module
    head = call.callee.rpartition(".")[0]
    if head:
        found = resolve(module, head, function.qualname)
        entries = found.module.entries(found.path) if found.kind == "symbol" and found.module is not None else ()
        entry = entries[0] if len(entries) == 1 else None
        made = entry.value if isinstance(entry, Binding) else None
        home = found.module or module
    named = isinstance(made, Call) and resolved_name(home, made.callee) == "string.Template"
    return made.args[0] if named and isinstance(made, Call) and made.args else None
