"""Tests and fixtures that never run: skipped ones, also by a mark of the whole module, tests within functions, fixtures that nobody asks for."""

from __future__ import annotations

import re

from taskguard.facts.model import Call, Const, Seq
from taskguard.facts.questions import every, finds
from taskguard.patterns import regex
from taskguard.project.facades.text_questions import (
    attributes_asked,
    first_line,
    leaves_at_load,
    names_fixture,
    written_whole,
)
from taskguard.project.facades.unawaited import never_awaited
from taskguard.project.facades.uncollected import RUN_BY_NAME, uncalled_in_tests
from taskguard.query import query

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from taskguard.facts.model import Binding, Expr, Function
    from taskguard.project.python.project import Module

CONFTEST = "conftest.py"
TOGETHER = 64
TEST_FILE = regex(r"(?:^|/)(?:test_\w+|\w+_test)\.py$")


def never_runs(user: Module, line: int) -> bool:
    """Whether a line of a test file belongs to what no run of the tests reaches."""
    functions = functions_at(user, line)
    return (
        _skipped(user, line)
        or any(
            (one.holder == "function" and (one.name.startswith("test_") or _uncalled(user, one)))
            or _unasked(user, one)
            or (line < one.span.line and _unnamed(user, one))
            or uncalled_in_tests(user, one)
            for one in functions
        )
        or never_awaited(user, functions)
    )


def asks_first(user: Module, name: str) -> bool:
    """Whether a test file asks somewhere if an object has an attribute before it uses it."""
    return name in _asked_for(user)


@query
def _asked_for(user: Module) -> frozenset[str]:
    """The attributes that a file asks for before it uses them."""
    return frozenset(attributes_asked(user.project, user.path))


def functions_at(user: Module, line: int) -> list[Function]:
    """The functions around a line, their decorators included, in order."""
    return [one for one in _by_lines(user).get(line // TOGETHER, ()) if first_line(one) <= line <= one.span.end_line]


@query
def _by_lines(user: Module) -> dict[int, list[Function]]:
    """The functions by the groups of lines that they have a part in."""
    made: dict[int, list[Function]] = {}
    for one in user.facts.functions:
        for group in range(first_line(one) // TOGETHER, one.span.end_line // TOGETHER + 1):
            made.setdefault(group, []).append(one)
    return made


def around(user: Module, line: int) -> str:
    """The text of the outermost function around a line, its decorators included; empty outside of functions."""
    held = functions_at(user, line)
    if not held:
        return ""
    whole = min(held, key=first_line)
    first, named = first_line(whole), user.function(whole.qualname)
    if named is not None and named.span == whole.span:
        return written_whole(user.project, user.path, whole, whole.span.line - first)
    return "\n".join(_lines(user)[first - 1 : whole.span.end_line])


def lines_around(user: Module, line: int) -> tuple[int, int]:
    """The first and the last line of the outermost function around a line, its decorators included; (0, 0) outside of functions."""
    held = functions_at(user, line)
    if not held:
        return 0, 0
    whole = min(held, key=first_line)
    return first_line(whole), whole.span.end_line


@query
def _lines(user: Module) -> tuple[str, ...]:
    return tuple((user.project.text(user.path) or "").splitlines())


def _names(exprs: Iterable[Expr]) -> list[str]:
    return [expr.callee if isinstance(expr, Call) else getattr(expr, "name", "") for expr in exprs]


def _skips(exprs: Iterable[Expr]) -> bool:
    return any("skip" in name.lower() or "xfail" in name for name in _names(exprs))


def _marked(bindings: Iterable[Binding]) -> bool:
    """Whether `pytestmark` of a module or class holds a mark that skips, or `__test__` says that it is no test."""
    for one in bindings:
        if one.name == "pytestmark" and one.value is not None:
            if _skips(one.value.items if isinstance(one.value, Seq) else (one.value,)):
                return True
        elif one.name == "__test__" and isinstance(one.value, Const) and one.value.value is False:
            return True
    return False


def _skipped(user: Module, line: int) -> bool:
    """Whether a line belongs to a test that a decorator or a mark skips, or to a file that is skipped as a whole."""
    if _skipped_whole(user) or any(_skips(one.decorators) for one in functions_at(user, line)):
        return True
    return any(first <= line <= last for first, last in _skipped_classes(user))


@query
def _skipped_whole(user: Module) -> bool:
    """Whether no test of a file is run."""
    return _marked(one for one in user.facts.bindings if not one.scope) or _left(user)


@query
def _skipped_classes(user: Module) -> tuple[tuple[int, int], ...]:
    """The lines of the classes that are skipped as a whole."""
    return tuple(
        (first_line(one) if _skips(one.decorators) else one.span.line, one.span.end_line)
        for one in user.facts.classes
        if _skips(one.decorators) or _marked(one.attributes)
    )


def _left(user: Module) -> bool:
    """Whether a file calls `pytest.skip` for all of itself; not where it does so only if something that it tries fails."""
    return leaves_at_load(user.project, user.path, user.facts)


def _unnamed(user: Module, one: Function) -> bool:
    """Whether a function in a test file is no test, and nothing calls it by its name: what its decorators patch is patched never."""
    if one.holder == "function" or one.name.startswith(("test", "__")) or one.name in RUN_BY_NAME or _fixture(one):
        return False
    if any(name.rpartition(".")[2] == "fixture" for name in _names(one.decorators)):
        return False  # one that is always used
    if user.project.search(one.name) != [user.path]:
        return False
    return len(every(user.project, user.path, re.compile(rf"\b{re.escape(one.name)}\b"))) == 1


def _unasked(
    user: Module, one: Function, away: frozenset[str] = frozenset(), seen: set[tuple[str, str]] | None = None
) -> bool:
    """Whether a function is a fixture for which no test asks, also not through other fixtures: those that were `seen` on the way there ask for nobody else.

    Tests in the folders `away` are known not to reach it. Nor do those in a folder whose `conftest.py` has another fixture of the name, whichever fixture
    asks on their behalf, and those of a file that has one itself.
    """
    name = _fixture(one)
    if not name:
        return False
    seen = set() if seen is None else seen
    seen.add((user.path, one.qualname))
    word = re.compile(rf"\b{re.escape(name)}\b")
    project = user.project
    holders = [path for path in project.search(name) if path != user.path]
    if user.path.endswith(f"/{CONFTEST}") and not _lent(user):
        holders = [path for path in holders if path.startswith(user.path.removesuffix(CONFTEST))]
    away |= {
        path.removesuffix(CONFTEST)
        for path in holders
        if path.endswith(f"/{CONFTEST}") and user.path.endswith(CONFTEST) and _replaces(project.modules[path], name)
        if path.startswith(user.path.removesuffix(CONFTEST))
    }
    near = (
        path
        for path in holders
        if not any(path.startswith(folder) for folder in away)
        and not (TEST_FILE.search(path) and _replaces(project.modules[path], name))
    )
    if any(finds(project, path, word) and _asked_in(project.modules[path], name, away, seen) for path in near):
        return False
    return not _asked_in(user, name, away, seen, one)


def _asked_in(
    user: Module, name: str, away: frozenset[str], seen: set[tuple[str, str]], own: Function | None = None
) -> bool:
    """Whether something in a file may ask for a fixture of that name, which is `own` in its own file."""
    idle = [] if own is None else [own.qualname]
    for asking in user.facts.functions:
        if asking is own or all(param.name != name for param in asking.params):
            continue
        asks = not patched_in(user, asking, name) and (user.path, asking.qualname) not in seen
        if asks and not _unasked(user, asking, away, seen):
            return True
        idle.append(asking.qualname)
    return names_fixture(user.project, user.path, user.facts, name, tuple(idle))


def patched_in(user: Module, one: Function, name: str) -> bool:
    """Whether patches above a function, or above its class, fill the parameter of that name, and not a fixture: they come first, one for each that is given no `new`."""
    klass = user.klass(one.qualname.rpartition(".")[0]) if one.holder == "class" else None
    above = (*one.decorators, *(klass.decorators if klass is not None and one.name.startswith("test") else ()))
    filled = sum(isinstance(expr, Call) and _fills(expr) for expr in above)
    params = [param.name for param in one.params if param.kind in ("positional", "both")]
    return name in params[klass is not None :][:filled]


def _fills(patch: Call) -> bool:
    """Whether a patch gives the function below it what it has put in place."""
    names = patch.callee.split(".")
    places = 1 if names[-1] == "patch" else 2 if names[-2:] == ["patch", "object"] else 0
    return places > 0 and len(patch.args) <= places and patch.keyword("new") is None


@query
def _lent(user: Module) -> bool:
    """Whether a file elsewhere may take the fixtures of a `conftest.py`, which else serve the tests in its folder."""
    taken = re.compile(r"\bconftest[ \t]+import\b|\bimport[ \t][^\n#]*\bconftest\b|[\"'][\w.]+\.conftest[\"']")
    return any(finds(user.project, path, taken) for path in user.project.search("conftest") if path != user.path)


def _uncalled(user: Module, inner: Function) -> bool:
    """Whether a function is only what a fixture returns, and who asks for that fixture never uses what it gets."""
    around = [
        one
        for one in user.facts.functions
        if one is not inner and one.span.line < inner.span.line <= one.span.end_line and _fixture(one)
    ]
    if len(around) != 1:
        return False
    fixture, name, project = around[0], _fixture(around[0]), user.project
    lines = (project.text(user.path) or "").splitlines()[fixture.head_end : fixture.span.end_line]
    returned = re.compile(rf"^\s*(?:return|yield)\s+{re.escape(inner.name)}\s*$")
    used = [line for line in lines if re.search(rf"\b{re.escape(inner.name)}\b", line)]
    if len(used) != 2 or not any(returned.match(line) for line in used):
        return False
    word = re.compile(rf"\b{re.escape(name)}\b")
    return not any(word.search(_bodies(project.modules[path])) for path in {user.path, *project.search(name)})


def _bodies(user: Module) -> str:
    """The text of a file without the heads of its functions, where fixtures are asked for, and without comments."""
    lines = (user.project.text(user.path) or "").splitlines()
    for one in user.facts.functions:
        if one.head_end < one.span.end_line:  # else the body stands in the same line
            for number in range(first_line(one) - 1, one.head_end):
                lines[number] = ""
    return "\n".join(line.partition("#")[0] for line in lines)


def _fixture(one: Function) -> str:
    """The name under which a function is a fixture that has to be asked for; empty where it is none, or that cannot be told."""
    if not any(name.rpartition(".")[2] == "fixture" for name in _names(one.decorators)):
        return ""
    name = one.name
    for expr in one.decorators:
        if isinstance(expr, Call):
            if expr.keyword("autouse") is not None:
                return ""
            given = expr.keyword("name")
            if given is not None:
                if not isinstance(given, Const) or not isinstance(given.value, str):
                    return ""
                name = given.value
    return name


def _replaces(module: Module, name: str) -> bool:
    """Whether a module has a fixture of that name that does not ask for the one that it replaces."""
    made = [one for one in module.facts.functions if one.holder == "module" and one.name == name]
    return any(_fixture(one) == name and all(param.name != name for param in one.params) for one in made)
