"""Imports that no run reaches: in a module that nobody runs, in a test that is skipped, in an example that nothing calls."""

from __future__ import annotations

from taskguard.patterns import regex
from taskguard.project.facades.switched_off import not_run
from taskguard.project.facades.uncollected import stands_alone
from taskguard.project.facades.unrun import around, never_runs
from taskguard.project.python.testing import in_test_path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection

    from taskguard.facts.model import Import
    from taskguard.project.python.project import Module

# A comment that calls the code an example; `mail@example.com` in one does not.
SHOWS = regex(r"(?im)^[^#\n\"']*#(?:[^\n]*[\s(])?examples?(?![\w@/-]|\.\w)")
SHOWN = frozenset(("demo", "example", "sample"))


def unreached(module: Module, places: Collection[Import]) -> str:
    """Why none of these imports of a module may ever run; empty where one of them does."""
    why = not_run(module)
    if why or not all(one.scope for one in places):
        return why
    if in_test_path(module.path) and all(never_runs(module, one.span.line) for one in places):
        return "no run of the tests reaches it"
    if all(_shown_only(module, one) for one in places):
        return "it stands in an example that nothing calls"
    return ""


def _shown_only(module: Module, one: Import) -> bool:
    """Whether an import stands in a function that its name or a comment in it calls an example, and that nothing names."""
    name = one.scope.partition(".")[0]
    function = module.function(name)
    if function is None or function.holder != "module" or function.decorators:
        return False
    if SHOWN.isdisjoint(name.lower().split("_")) and not SHOWS.search(around(module, one.span.line)):
        return False
    return stands_alone(module, name)
