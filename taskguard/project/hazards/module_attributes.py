"""What the bodies of tasks ask of modules of the project that these do not have: `orders.prices.total()`, where the module `prices` has no `total`."""

from __future__ import annotations

import re

from taskguard.facts.model import Ref
from taskguard.facts.questions import finds
from taskguard.project.hazards.handling import is_caught
from taskguard.project.python.exported import binds_name, namesake_has
from taskguard.project.python.flow import bound_in, parts_of
from taskguard.project.python.names import live, resolve
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.diagnostics import Span
    from taskguard.project.hazards.runs import Run
    from taskguard.project.python.project import Module, Project

EXPECTED = frozenset(("AttributeError",))


class Missing(Record):
    """An attribute `name` that a body asks of a module, by the name `of`, and that is not there."""

    of: str
    name: str
    span: Span
    holder: Module


def missing_of_modules(run: Run) -> Iterator[Missing]:
    """Each name once, where it first stands."""
    body, seen = run.body, set[str]()
    for spot, expr, _ in parts_of(body) if body is not None else ():
        if not isinstance(expr, Ref) or "." not in expr.name or is_caught(spot, EXPECTED) or body is None:
            continue
        head = expr.name.partition(".")[0]
        if len(live(run.module, head)) > 1 or bound_in(body, head):
            continue
        found = _missing(run, expr)
        if found is not None and f"{found.of}.{found.name}" not in seen:
            seen.add(f"{found.of}.{found.name}")
            if not _is_given(run.module.project, found):
                yield found


def _missing(run: Run, expr: Ref) -> Missing | None:
    parts = expr.name.split(".")
    for place in range(1, len(parts)):
        of = resolve(run.module, ".".join(parts[:place]), run.function.qualname)
        if of.kind != "module" or of.module is None:
            return None
        name = parts[place]
        if binds_name(of.module, name) is False:
            namesake = namesake_has(of.module, name)
            return None if namesake else Missing(".".join(parts[:place]), name, expr.span, of.module)
    return None


def _is_given(project: Project, one: Missing) -> bool:
    """Whether some code may give a module the attribute, or asks whether it is there."""
    last, word = re.escape(one.of.rpartition(".")[2]), re.escape(one.name)
    given = re.compile(rf"\b{last}\.{word}\s*(?::[^=\n]+)?=(?!=)|attr\([^()\n]*[\"']{word}[\"']")
    return any(finds(project, path, given) for path in project.search(one.name))
