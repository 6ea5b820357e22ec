"""A method by which tasks are sent that is asked of what a task gives back, and not called there: `in_thread(send(order).apply_async)`."""

from __future__ import annotations

from taskguard.facts.model import Attr, Call
from taskguard.patterns import regex
from taskguard.project.hazards.arguments.misuses import Misuse, run_for
from taskguard.project.hazards.calls.functions import functions_saying
from taskguard.project.python.aside import put_aside
from taskguard.project.python.flow import body_about, parts_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.facts.model import Function
    from taskguard.project.python.project import Module, Project

METHODS = ("delay", "apply_async", "s", "si")
WORDS = tuple(f").{name}{end}" for name in METHODS for end in (")", ",", "\n"))
ASKED = regex(r"\)\.(?:delay|apply_async|s|si)\b(?!\s*[(.\[=])")


def uncalled_methods(project: Project) -> Iterator[Misuse]:
    """All of them, by file."""
    for module, function in functions_saying(project, project.search(*WORDS), ASKED):
        if not put_aside(module):
            yield from _in_function(module, function)


def _in_function(module: Module, function: Function) -> Iterator[Misuse]:
    body = body_about(module, function, METHODS)
    for _, expr, within in parts_of(body) if body is not None else ():
        if not isinstance(expr, Attr) or expr.name not in METHODS or not isinstance(expr.of, Call):
            continue
        around = within[-1] if within else None
        if isinstance(around, Call) and around.func is expr:
            continue  # what is called is told anyway
        found = run_for(module, function.qualname, expr.of, expr)
        if found is not None:
            yield found
