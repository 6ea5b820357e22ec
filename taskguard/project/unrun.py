"""Tests and fixtures that never run: skipped ones, also by a mark of the whole module, tests within functions, fixtures that nobody asks for."""

from __future__ import annotations

import re

from taskguard.facts.model import Call, Const, Seq
from taskguard.patterns import regex

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from taskguard.facts.model import Binding, Class, Expr, Function
    from taskguard.project.module import Module

# What ends the collection of a whole file, at its top level.
LEFT = regex(r"\bskip\((?s:.*)\ballow_module_level\s*=\s*True\b|^\s*raise\s+(?:\w+\.)*SkipTest\b")


def never_runs(user: Module, line: int) -> bool:
    """Whether a line of a test file belongs to what no run of the tests reaches."""
    return _skipped(user, line) or any(
        (one.holder == "function" and one.name.startswith("test_")) or _unasked(user, one)
        for one in user.facts.functions
        if _first(one) <= line <= one.span.end_line
    )


def _first(one: Function | Class) -> int:
    return min([one.span.line, *(expr.span.line for expr in one.decorators)])


def _names(exprs: Iterable[Expr]) -> list[str]:
    return [expr.callee if isinstance(expr, Call) else getattr(expr, "name", "") for expr in exprs]


def _skips(exprs: Iterable[Expr]) -> bool:
    return any("skip" in name or "xfail" in name for name in _names(exprs))


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
    facts = user.facts
    if _marked(one for one in facts.bindings if not one.scope) or _left(user):
        return True
    decorated: list[Function | Class] = [*facts.functions, *facts.classes]
    if any(_first(one) <= line <= one.span.end_line for one in decorated if _skips(one.decorators)):
        return True
    return any(one.span.line <= line <= one.span.end_line for one in facts.classes if _marked(one.attributes))


def _left(user: Module) -> bool:
    """Whether a file calls `pytest.skip` for all of itself; not where it does so only if something that it tries fails."""
    text = user.project.text(user.path) or ""
    if "allow_module_level" not in text and "SkipTest" not in text:
        return False
    lines = text.splitlines()
    logic = user.facts.logic
    tried = [one.span for one in logic if one.kind == "try"]
    return any(
        LEFT.search("\n".join(lines[one.span.line - 1 : one.span.end_line]))
        for one in logic
        if one.kind in ("call", "raise") and not any(span.line <= one.span.line <= span.end_line for span in tried)
    )


def _unasked(user: Module, one: Function) -> bool:
    """Whether a function is a fixture whose name stands nowhere else."""
    if not any(name.rpartition(".")[2] == "fixture" for name in _names(one.decorators)):
        return False
    name = one.name
    for expr in one.decorators:
        if isinstance(expr, Call):
            if expr.keyword("autouse") is not None:
                return False
            given = expr.keyword("name")
            if given is not None:
                if not isinstance(given, Const) or not isinstance(given.value, str):
                    return False
                name = given.value
    word = re.compile(rf"\b{re.escape(name)}\b")
    project = user.project
    texts = ((path, project.text(path) or "") for path in {user.path, *project.search(name)})
    return all(len(word.findall(text)) <= (path == user.path) for path, text in texts)
