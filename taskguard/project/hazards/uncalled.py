"""A method by which tasks are sent that is asked of what a task gives back, and not called there: `in_thread(send(order).apply_async)`."""

from __future__ import annotations

from taskguard.facts.model import Attr, Call
from taskguard.patterns import regex
from taskguard.project.hazards.misuses import Misuse, run_for
from taskguard.project.hazards.text_questions import functions_with
from taskguard.project.python.aside import put_aside
from taskguard.project.python.flow import body_of, parts_of
from taskguard.project.python.testing import hidden, in_tests

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.project.python.project import Module, Project

METHODS = ("delay", "apply_async", "s", "si")
WORDS = tuple(f").{name}{end}" for name in METHODS for end in (")", ",", "\n"))
ASKED = regex(r"\)\.(?:delay|apply_async|s|si)\b(?!\s*[(.\[=])")


def uncalled_methods(project: Project) -> Iterator[Misuse]:
    """All of them, by file."""
    for path in project.search(*WORDS):
        module = project.modules[path]
        if in_tests(path) or hidden(path) or put_aside(module):
            continue
        for qualname in functions_with(project, path, module.facts, ASKED.pattern, ASKED.flags):
            yield from _in_function(module, qualname)


def _in_function(module: Module, qualname: str) -> Iterator[Misuse]:
    function = module.function(qualname)
    body = body_of(module, function) if function is not None else None
    for _, expr, within in parts_of(body) if body is not None else ():
        if not isinstance(expr, Attr) or expr.name not in METHODS or not isinstance(expr.of, Call):
            continue
        around = within[-1] if within else None
        if isinstance(around, Call) and around.func is expr:
            continue  # what is called is told anyway
        found = run_for(module, qualname, expr.of, expr)
        if found is not None:
            yield found
