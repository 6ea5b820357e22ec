"""Rows of django-celery-beat that code makes or changes: `PeriodicTask.objects.create(…)`, `.filter(…).update(task=…)`, `row.task = …`."""

from __future__ import annotations

import re

from taskguard.facts.model import Attr, Binding, Call, Const, Dict, Expr, Ref, Seq
from taskguard.project.celery.entry_values import literal_places, task_of
from taskguard.project.celery.migration_files import in_migrations, undoing
from taskguard.project.celery.model import BeatEntry
from taskguard.project.celery.row_makers import handed
from taskguard.project.python.evaluate import Bound, Mapping, mapping_of, value_of
from taskguard.project.python.names import resolve
from taskguard.project.python.values import ABSENT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Final

    from taskguard.diagnostics import Span
    from taskguard.facts.model import CallSite
    from taskguard.project.python.project import Module

MODEL = "PeriodicTask"
MAKERS = frozenset("create get_or_create update_or_create".split())
HOW: Final = "PeriodicTask"


def rows(module: Module) -> Iterator[BeatEntry]:
    """What one file writes into the table; in a migration without what only undoes it."""
    if module.path not in module.project.holders(MODEL):
        return
    undone = undoing(module)
    for site in module.facts.calls:
        if site.scope not in undone:
            yield from _of_call(module, site)
    migration = in_migrations(module.path)
    for assign in module.facts.assigns:
        target = assign.target
        if (
            isinstance(target, Ref)
            and target.name.endswith(".task")
            and assign.op == "="
            and assign.scope not in undone
            and (migration or _is_row(module, target.name.removesuffix(".task"), assign.scope))
        ):
            yield _entry(Bound(assign.value, module, assign.scope), assign.value, assign.guard)


def _is_row(module: Module, name: str, scope: str) -> bool:
    """Whether a local name holds a row: `row = PeriodicTask(…)`, `row = PeriodicTask.objects.get(…)`."""
    held = [one.value for one in module.places.assigns_in(scope) if _is(one.target, name)]
    written = [one.callee or f"{_chained(one)}.objects" for one in held if isinstance(one, Call)]
    models = [one.partition(".objects")[0] for one in written]
    return bool(models) and len(models) == len(held) and all(is_model(module, one, scope) for one in models)


def _of_call(module: Module, site: CallSite) -> Iterator[BeatEntry]:
    call, scope = site.call, site.scope
    head, _, method = call.callee.rpartition(".")
    if not call.callee and isinstance(call.func, Attr) and call.func.name == "update":
        given = call.keyword("task")
        if given is not None and is_model(module, _chained(call.func.of), scope):
            yield from _updated(module, site, given)
        return
    model = head.removesuffix(".objects") if method in MAKERS and head.endswith(".objects") else call.callee
    if is_model(module, model, scope):
        row = _made(module, call, scope, site.guard)
        held = row.entry.entries.get("task")
        every = _each(held) if isinstance(held, Bound) and held.module is module and isinstance(held.expr, Ref) else []
        yield from [_entry(Bound(call, module, scope), one, site.guard) for one in every] or [row]
        yield from (_entry(here, given, "") for here, given in (handed(held) if not every else ()))


def _chained(expr: Expr) -> str:
    """The model that a chain of calls begins with: `Row` of `Row.objects.filter(…).exclude(…)`."""
    while isinstance(expr, Call | Attr):
        expr = expr.of if isinstance(expr, Attr) else expr.func
    return expr.name.partition(".objects")[0] if isinstance(expr, Ref) and ".objects" in expr.name else ""


def is_model(module: Module, written: str, scope: str) -> bool:
    """Whether a name is the model, by its own name or under the one that an import or `get_model` gives it."""
    if written.rpartition(".")[2] == MODEL:
        return True
    if not written:
        return False
    held = [one.value for one in module.places.assigns_to(written) if one.scope == scope and _is(one.target, written)]
    held += [one.value for one in _bindings(module, written) if one.value is not None]
    if any(_fetched(one) for one in held):
        return True
    found = resolve(module, written, scope)
    return found.kind == "external" and found.path.rpartition(".")[2] == MODEL


def _is(expr: Expr, name: str) -> bool:
    return isinstance(expr, Ref) and expr.name == name


def _fetched(expr: Expr) -> bool:
    """`apps.get_model("django_celery_beat", "PeriodicTask")`."""
    if not isinstance(expr, Call) or expr.callee.rpartition(".")[2] != "get_model":
        return isinstance(expr, Ref) and expr.name.rpartition(".")[2] == MODEL
    given = (*expr.args, *(one.value for one in expr.keywords))
    return any(isinstance(one, Const) and str(one.value).rpartition(".")[2] == MODEL for one in given)


def _entry(here: Bound, task: Expr, guard: str) -> BeatEntry:
    """A row of which only the task is said."""
    return BeatEntry(
        ABSENT, task.span, value_of(here.other(task)), task.span, None, task.span, ABSENT, ABSENT, ABSENT, Mapping(),
        here.module.path, None, HOW, guard, here.scope,
    )  # fmt: skip


def _updated(module: Module, site: CallSite, given: Expr) -> Iterator[BeatEntry]:
    """`.update(task=…)`: one name, or all that a loop over a mapping gives it."""
    here = Bound(site.call, module, site.scope)
    every = list(_looped(here, given)) if isinstance(given, Ref) else []
    for one, before in every:
        if _was_row(here, before):
            yield _entry(here, one, site.guard)
    if not every:
        yield _entry(here, given, site.guard)


def _was_row(here: Bound, before: Expr) -> bool:
    """Whether some other migration names the task that a row of a mapping stands for: tables of old names hold many that no row ever had."""
    name = value_of(here.other(before)).value
    others = here.module.project.search(name) if isinstance(name, str) else []
    return any(in_migrations(path) and path != here.module.path for path in others)


def _looped(here: Bound, given: Ref) -> Iterator[tuple[Expr, Expr]]:
    """The values that a variable has in `for old, new in RENAMED.items()`, each with that of the other variable."""
    for names, rows in _loops(here, given.name):
        place = names.index(given.name)
        yield from ((row[place], row[1 - place]) for row in rows if len(row) == len(names) == 2)


def _each(held: Bound) -> list[Expr]:
    """The strings that a variable has in `for name, task in ROWS`; none where they are not all written out."""
    assert isinstance(held.expr, Ref)
    loops = list(_loops(held, held.expr.name, held.expr.span.line))
    if not loops:
        return []
    names, rows = loops[-1]
    made = [row[names.index(held.expr.name)] for row in rows if len(row) == len(names)]
    written = all(isinstance(one, Const) and isinstance(one.value, str) for one in made)
    return made if written and len(made) == len(rows) else []


def _loops(here: Bound, name: str, before: int = 0) -> Iterator[tuple[list[str], list[tuple[Expr, ...]]]]:
    """The loops of the function around an expression that bind a name, up to a line: what they bind, and what they go over."""
    function = here.module.function(here.scope)
    text = here.module.project.text(here.module.path)
    if function is None or text is None:
        return
    lines = text.splitlines()[function.span.line - 1 : before or function.span.end_line]
    for found in re.finditer(r"\bfor\s+\(?([\w\s,]+?)\)?\s+in\s+(\w+)(\.items\(\))?\s*:", "\n".join(lines)):
        names = [one.strip() for one in found.group(1).split(",")]
        if name not in names:
            continue
        for held in _named(here, found.group(2)):
            yield names, _pairs(held, bool(found.group(3)), len(names) == 1)


def _pairs(held: Expr, items: bool, single: bool) -> list[tuple[Expr, ...]]:
    if single:
        return [(one,) for one in held.items] if isinstance(held, Seq) and not items else []
    if items and isinstance(held, Dict):
        return [(key, value) for key, value in held.items if key is not None]
    return [one.items for one in held.items if isinstance(one, Seq)] if not items and isinstance(held, Seq) else []


def _named(here: Bound, name: str) -> list[Expr]:
    module = here.module
    held = [one.value for one in module.places.assigns_in(here.scope) if _is(one.target, name)]
    return held or [one.value for one in _bindings(module, name) if one.value is not None]


def _bindings(module: Module, name: str) -> list[Binding]:
    return [one for one in module.entries(name) if isinstance(one, Binding)]


def _made(module: Module, call: Call, scope: str, guard: str) -> BeatEntry:
    """`PeriodicTask(...)`, `PeriodicTask.objects.update_or_create(..., defaults={...})`."""
    here = Bound(call, module, scope)
    whole = Mapping()
    places: dict[object, Span] = {}
    for keyword in call.keywords:
        if keyword.name in ("defaults", "create_defaults"):
            whole.merge(mapping_of(here.other(keyword.value)))
            places.update(literal_places(keyword.value))
        elif keyword.name is None:
            whole.merge(mapping_of(here.other(keyword.value)))
        else:
            whole.entries[keyword.name] = here.other(keyword.value)
            places[keyword.name] = keyword.value.span
    task, task_span = task_of(whole, places, call.span)
    held = whole.entries.get("task")
    if "task" not in places and isinstance(held, Bound) and held.module is module:
        task_span = held.expr.span
    name = whole.entries.get("name")
    key = ABSENT if name is None else value_of(name)
    return BeatEntry(
        key, places.get("name", call.span), task, task_span, None, call.span, whole.entries.get("args", ABSENT),
        whole.entries.get("kwargs", ABSENT), ABSENT, whole, module.path, None, HOW, guard, scope,
    )  # fmt: skip
