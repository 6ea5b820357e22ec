"""What the bodies of tasks ask of modules of the project that these do not have: `orders.prices.total()`, where the module `prices` has no `total`."""

from __future__ import annotations

import re

from taskguard.facts.model import Ref
from taskguard.facts.questions import finds
from taskguard.facts.selections import own_imports
from taskguard.project.facades.broken import may_be_module, settled
from taskguard.project.hazards.calls.handling import is_caught
from taskguard.project.python.exported import binds_name, namesake_has
from taskguard.project.python.flow import body_about, bound_in, is_own, parts_of
from taskguard.project.python.followed import reached
from taskguard.project.python.names import live, resolve
from taskguard.project.python.text_questions import words_behind
from taskguard.query import query
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.diagnostics import Span
    from taskguard.facts.model import Function
    from taskguard.project.hazards.calls.runs import Run
    from taskguard.project.python.project import Module, Project

EXPECTED = frozenset(("AttributeError",))
# In a file that imports more modules of the project than this, each function is parsed at once; of one function no more names are looked for.
MOST = 100


class Missing(Record):
    """An attribute `name` that a body asks of a module, by the name `of`, and that is not there."""

    of: str
    name: str
    span: Span
    holder: Module


def missing_of_modules(run: Run) -> Iterator[Missing]:
    """Each name once, where it first stands in the function of a task, or in one of its file that this calls."""
    seen: set[str] = set()
    for function in reached(run.module, run.function, awaited=True):
        for found in missing_in(run.module, function.qualname):
            if f"{found.of}.{found.name}" not in seen:
                seen.add(f"{found.of}.{found.name}")
                yield found


@query
def missing_in(module: Module, qualname: str) -> tuple[Missing, ...]:
    """What a function asks for in vain, which many tasks may call: so many names of it at most."""
    function = module.function(qualname)
    held: dict[str, Missing] = {}
    for one in _in_function(module, function) if function is not None else ():
        held.setdefault(f"{one.of}.{one.name}", one)
        if len(held) == MOST:
            break
    return tuple(one for one in held.values() if not _is_given(module.project, one))


def _in_function(module: Module, function: Function) -> Iterator[Missing]:
    named = {name for name, of, _ in _modules_in(module) if of in ("", function.qualname)}
    body = body_about(module, function, (), named) if _may_ask(module, function) else None
    for spot, expr, within in parts_of(body) if body is not None else ():
        if not isinstance(expr, Ref) or "." not in expr.name or is_caught(spot, EXPECTED) or body is None:
            continue
        head = expr.name.partition(".")[0]
        if len(live(module, head)) > 1 or bound_in(body, head) or is_own(within, head):
            continue
        found = _missing(module, function.qualname, expr)
        if found is not None:
            yield found


def _may_ask(module: Module, function: Function) -> bool:
    """Whether the text of a function asks a module of the project for what it does not have at once: no other function is parsed."""
    if len(_modules_in(module)) > MOST:
        return True
    for name, of, holder in _modules_in(module):
        if of not in ("", function.qualname):
            continue
        for first, _ in words_behind(module.project, module.path, function, name):
            if binds_name(holder, first) is False or resolve(module, f"{name}.{first}", of).kind == "module":
                return True
    return False


@query
def _modules_in(module: Module) -> tuple[tuple[str, str, Module], ...]:
    """The names that a file imports for modules of the project, each with the function that does so, empty for the file itself."""
    found = (
        (one.bound, one.scope, resolve(module, one.bound, one.scope))
        for one in own_imports(module.facts, module.project.heads)
        if one.name != "*"
    )
    return tuple(
        (name, of, held.module) for name, of, held in found if held.kind == "module" and held.module is not None
    )


def _missing(module: Module, scope: str, expr: Ref) -> Missing | None:
    """The first part of a dotted name that the module before it surely does not have."""
    parts = expr.name.split(".")
    for place in range(1, len(parts)):
        of, name = ".".join(parts[:place]), parts[place]
        holder = resolve(module, of, scope)
        if holder.kind != "module" or holder.module is None:
            return None
        if binds_name(holder.module, name) is False:
            known = settled(module, holder.module.name, holder.module) and not namesake_has(holder.module, name)
            return (
                Missing(of, name, expr.span, holder.module)
                if known and not may_be_module(holder.module, name)
                else None
            )
    return None


def _is_given(project: Project, one: Missing) -> bool:
    """Whether some code may give a module the attribute, or asks whether it is there."""
    last, word = re.escape(one.of.rpartition(".")[2]), re.escape(one.name)
    given = re.compile(rf"\b{last}\.{word}\s*(?::[^=\n]+)?=(?!=)|attr\([^()\n]*[\"']{word}[\"']")
    return any(finds(project, path, given) for path in project.search(one.name))
