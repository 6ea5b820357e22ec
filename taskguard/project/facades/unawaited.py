"""Tests that are coroutines and that nothing awaits: pytest passes them by, or fails them, before they do anything."""

from __future__ import annotations

import re

from taskguard.facts.model import Call, Ref
from taskguard.facts.questions import finds
from taskguard.patterns import regex
from taskguard.project.facades.text_questions import AWAITING, gives_more
from taskguard.project.tasks.app_names import family, parents
from taskguard.query import query

DEEPEST = 20

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from taskguard.facts.model import Class, Expr, Function
    from taskguard.project.python.project import Module, Project

# Decorators that change nothing of who runs a test, and marks for somebody who awaits it.
PATCHING = regex(r"(?:^|\.)(?:patch|usefixtures|parametrize)(?:\.|$)|^(?:pytest\.)?mark\.\w+$")
# What runs tests of this kind without a mark: settings of pytest-asyncio and anyio, and plugins of others.
_RUNNING = (
    r"anyio_mode|pytest[-_](?:aiohttp|tornas\w*|tornado|twisted|trio|asyncio[-_]cooperative|sanic|curio)|asynctest"
)
RUNNING = regex(rf"asyncio[-_]mode[\s=:\"']*(?!strict)(?![\s=:\"'])\S|{_RUNNING}")
# The same in a `TestCase`, for which pytest-asyncio does nothing, and anyio does.
AWAITING_CASES = regex(r"^(?!(?:pytest\.)?mark\.asyncio$).*(?:async|anyio|trio|tornado|twisted|curio|loop)")
RUNNING_CASES = regex(_RUNNING)
TEST_CASE = frozenset(("unittest.TestCase", "unittest.case.TestCase"))
# What a class that runs its tests in a way of its own defines.
OWN_RUNS = ("run", "__call__", "_callTestMethod", "__getattribute__", "__init_subclass__", "__new__", "__init__")
# How code of the project may run tests itself, or give marks to them.
BY_HOOK = ("pytest_pyfunc_call", "pytest_runtest_call", "asyncio_mode")
BY_MARK = ("add_marker", "pytest_collection_modifyitems")


def never_awaited(user: Module, functions: Iterable[Function]) -> bool:
    """Whether the outermost of these functions of a test file is such a test."""
    test = next((one for one in functions if one.holder != "function" and one.name.startswith("test")), None)
    if test is None or not test.is_async or any(one.name == "pytestmark" for one in user.facts.bindings):
        return False
    if test.holder != "class":
        return _all_known(test.decorators, AWAITING) and not _runs_coroutines(user.project, RUNNING)
    around = user.klass(test.qualname.rpartition(".")[0])
    if around is None or around.sets("pytestmark"):
        return False
    # unittest calls the methods of a TestCase by itself, and pytest leaves that to it: what pytest-asyncio knows does nothing there.
    cased = bool(around.bases)
    if cased and not _is_test_case(user, around):
        return False
    awaiting, running = (AWAITING_CASES, RUNNING_CASES) if cased else (AWAITING, RUNNING)
    return _all_known((*test.decorators, *around.decorators), awaiting) and not _runs_coroutines(user.project, running)


def _is_test_case(user: Module, klass: Class) -> bool:
    """Whether a class is surely a `unittest.TestCase` that runs its tests as that does."""
    held = family(user, klass, DEEPEST)
    above = [parent for one in held for parent in parents(*one)]
    return all(parent.klass is not None or parent.dotted in TEST_CASE for parent in above) and not any(
        one.keywords or one.has(*OWN_RUNS) or one.sets(*OWN_RUNS, "pytestmark") for _, one in held
    )


def _all_known(decorators: Iterable[Expr], awaiting: re.Pattern[str]) -> bool:
    """Whether none of the decorators may have the test awaited."""
    for one in decorators:
        called = one.func if isinstance(one, Call) else one
        name = called.name if isinstance(called, Ref) else ""
        if PATCHING.search(name) is None or awaiting.search(name) is not None:
            return False
    return True


@query
def _runs_coroutines(project: Project, running: re.Pattern[str]) -> bool:
    """Whether something may run tests that are coroutines without a mark on each: `running` is what of settings and plugins does."""
    if project.search(*BY_HOOK) or any(gives_more(project, path) for path in project.search(*BY_MARK)):
        return True
    started = (path for path in project.notes if path.endswith((".yml", ".yaml")))
    return any(finds(project, path, running) for path in sorted({*project.markers, *started}))
