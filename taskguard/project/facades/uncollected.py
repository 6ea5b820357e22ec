"""Functions among the tests that no runner collects and that nothing calls."""

from __future__ import annotations

import re

from taskguard.facts.model import Call
from taskguard.facts.questions import every, finds
from taskguard.patterns import regex
from taskguard.project.python.testing import in_test_path
from taskguard.query import query

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.facts.model import Function
    from taskguard.project.python.project import Module, Project

# What unittest, nose, pytest, Django and behave call by its name.
RUN_BY_NAME = frozenset(
    "asyncSetUp asyncTearDown load_tests runTest setUp setUpClass setUpModule setUpTestData setup setup_class setup_function setup_method setup_module"
    " setup_package tearDown tearDownClass tearDownModule teardown teardown_class teardown_function teardown_method teardown_module teardown_package".split()
)
HOOK = regex(r"pytest_|(?:before|after)_(?:all|feature|rule|scenario|step|tag)\b|__")
# What goes through the names of a module, or has a runner collect the file itself.
GOES_THROUGH = regex(
    r"\bglobals\(|\b(?:locals|vars|dir)\(\)|\bgetmembers\b|\bmodules\[__name__|\bpytest\.main\b|\bimport[ \t]+__main__\b"
)
# Hooks by which a project collects what it likes.
COLLECTS = ("pytest_pycollect_makeitem", "pytest_collect_file", "pytest_pycollect_makemodule")
# Settings by which other files or functions are collected than those called `test…`.
OTHER_FILES = regex(r"\bpython_files\b")
OTHER_FUNCTIONS = regex(r"\bpython_functions\b(?!\s*=\s*[\[\"']*\s*test[\w*]*[\"'\]]*\s*$)", re.M)
OTHER_CLASSES = regex(r"\bpython_classes\b")
# Files of which the names alone have some runner look into them.
LOOKED_INTO = regex(r"test|spec|conftest|__init__|__main__", re.IGNORECASE)


def uncalled_in_tests(user: Module, one: Function) -> bool:
    """Whether a function of a test file is called by nobody: no runner collects it, and its name stands nowhere else.

    One that is called `test…` is collected, unless no runner looks into its file. Patches above it leave it what it is; any other decorator may
    have a use for it.
    """
    if one.holder == "class":
        return _is_of_unnamed_class(user, one)
    if one.holder != "module" or one.name in RUN_BY_NAME or HOOK.match(one.name) or not in_test_path(user.path):
        return False
    names = (expr.callee if isinstance(expr, Call) else getattr(expr, "name", "") for expr in one.decorators)
    if not all("patch" in name for name in names) or finds(user.project, user.path, GOES_THROUGH):
        return False
    if one.name.startswith("test"):
        if not _passed_by(user):
            return False
    elif _collects(user.project, OTHER_FUNCTIONS):
        return False
    return stands_alone(user, one.name)


def _is_of_unnamed_class(user: Module, one: Function) -> bool:
    """Whether a method is of a plain class that no runner collects by its name and that nothing names: nobody has one."""
    klass = user.klass(one.qualname.rpartition(".")[0])
    if klass is None or klass.bases or klass.decorators or klass.holder != "module" or klass.name.startswith("Test"):
        return False
    if finds(user.project, user.path, GOES_THROUGH) or _collects(user.project, OTHER_CLASSES):
        return False
    return in_test_path(user.path) and stands_alone(user, klass.name)


def stands_alone(user: Module, name: str) -> bool:
    """Whether a name stands in one place of the whole project, as does that of a function which nothing calls."""
    project, word = user.project, re.compile(rf"\b{re.escape(name)}\b")
    if len(every(project, user.path, word)) != 1:
        return False
    others = (path for path in project.search(name) if path != user.path)
    return not any(finds(project, path, word) for path in (*others, *sorted(project.markers)))


@query
def _passed_by(user: Module) -> bool:
    """Whether no runner looks into a file: its name says nothing to any, no settings say more, and nothing else has its name."""
    stem = user.path.rpartition("/")[2].removesuffix(".py")
    if LOOKED_INTO.search(stem) or _collects(user.project, OTHER_FILES):
        return False
    project, word = user.project, re.compile(rf"\b{re.escape(stem)}\b")
    held = (path for path in project.search(stem) if path != user.path)
    return not any(finds(project, path, word) for path in (*held, *sorted(project.markers), *project.notes))


@query
def _collects(project: Project, other: re.Pattern[str]) -> bool:
    """Whether a project may collect more than runners do by themselves."""
    return bool(project.search(*COLLECTS)) or any(finds(project, path, other) for path in sorted(project.markers))
