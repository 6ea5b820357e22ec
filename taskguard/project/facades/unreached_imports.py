"""Imports that no run reaches: in a module that nobody runs, in a test that is skipped, in an example or another function that nothing calls."""

from __future__ import annotations

import re

from taskguard.patterns import regex
from taskguard.project.celery.forgotten import is_forgotten
from taskguard.project.facades.never_loaded import NEVER, never_loaded
from taskguard.project.facades.never_named import is_never_called
from taskguard.project.facades.switched_off import not_run
from taskguard.project.facades.text_questions import left_at
from taskguard.project.facades.uncollected import stands_alone
from taskguard.project.facades.unrun import around, never_runs
from taskguard.project.python.testing import in_test_path
from taskguard.project.tasks.declarations import tasks_in

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection

    from taskguard.facts.model import Import
    from taskguard.project.python.project import Module

# A comment that calls the code an example; `mail@example.com` in one does not.
SHOWS = regex(r"(?im)^[^#\n\"']*#(?:[^\n]*[\s(])?examples?(?![\w@/-]|\.\w)")
# A comment by which a checker of types leaves out that it finds no such module.
KNOWN_MISSING = r"\b[^\n#]*#[^\n]*(?:\btype:[ ]?ignore\[[^\]\n]*\bimport-not-found\b|\bpyright:[ ]?ignore\[[^\]\n]*\breportMissingImports\b)"
SHOWN = frozenset(("demo", "example", "sample"))


def unreached(module: Module, places: Collection[Import]) -> str:
    """Why none of these imports of a module may ever run; empty where one of them does."""
    why = not_run(module) or (NEVER if never_loaded(module) else "")
    if not why and in_test_path(module.path) and all(_is_left_before(module, one) for one in places):
        return "the file skips itself above it"
    if why or not all(one.scope for one in places):
        return why
    if in_test_path(module.path) and all(never_runs(module, one.span.line) for one in places):
        return "no run of the tests reaches it"
    if all(_shown_only(module, one) for one in places):
        return "it stands in an example that nothing calls"
    if all(is_never_called(module, one.scope) for one in places):
        return "nobody calls the function around it"
    if all(_is_known_missing(module, one) for one in places) and unasked_for(module, places):
        return "a comment says that it is not there, and nobody sends the task as yet"
    return ""


def unasked_for(module: Module, places: Collection[Import]) -> str:
    """Why nobody may miss what these imports bring, though a worker runs them once somebody sends the tasks; empty where somebody does."""
    return "nobody sends the task as yet" if all(one.scope and _is_of_forgotten(module, one) for one in places) else ""


def _is_left_before(module: Module, one: Import) -> bool:
    """Whether a file of tests skips itself above an import, whatever holds."""
    left = left_at(module.project, module.path, module.facts)
    return 0 < left < one.span.line


def _is_of_forgotten(module: Module, one: Import) -> bool:
    """Whether an import stands in the body of tasks for which nobody asks, tests included."""
    held = [
        task for task in tasks_in(module) if task.home is module and f"{one.scope}.".startswith(f"{task.qualname}.")
    ]
    return bool(held) and all(task.form == "function" and is_forgotten(task, True) for task in held)


def _is_known_missing(module: Module, one: Import) -> bool:
    """Whether a comment behind an import in a function says that a checker of types finds no such module."""
    written = re.compile(rf"^[ \t]*(?:from|import)[ \t]+{re.escape(one.module)}{KNOWN_MISSING}", re.M)
    return written.search(around(module, one.span.line)) is not None


def _shown_only(module: Module, one: Import) -> bool:
    """Whether an import stands in a function that its name or a comment in it calls an example, and that nothing names."""
    name = one.scope.partition(".")[0]
    function = module.function(name)
    if function is None or function.holder != "module" or function.decorators:
        return False
    if SHOWN.isdisjoint(name.lower().split("_")) and not SHOWS.search(around(module, one.span.line)):
        return False
    return stands_alone(module, name)
