"""Tests and fixtures that never run: skipped ones, tests within functions, fixtures that nobody asks for."""

from __future__ import annotations

import re

from taskguard.facts.model import Call, Const

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.facts.model import Class, Function
    from taskguard.project.module import Module


def never_runs(user: Module, line: int) -> bool:
    """Whether a line of a test file belongs to what no run of the tests reaches."""
    return _skipped(user, line) or any(
        (one.holder == "function" and one.name.startswith("test_")) or _unasked(user, one)
        for one in user.facts.functions
        if _first(one) <= line <= one.span.end_line
    )


def _first(one: Function | Class) -> int:
    return min([one.span.line, *(expr.span.line for expr in one.decorators)])


def _names(one: Function | Class) -> list[str]:
    return [expr.callee if isinstance(expr, Call) else getattr(expr, "name", "") for expr in one.decorators]


def _skipped(user: Module, line: int) -> bool:
    """Whether a line belongs to a test that a decorator skips."""
    decorated: list[Function | Class] = [*user.facts.functions, *user.facts.classes]
    return any(
        _first(one) <= line <= one.span.end_line
        for one in decorated
        if any("skip" in name or "xfail" in name for name in _names(one))
    )


def _unasked(user: Module, one: Function) -> bool:
    """Whether a function is a fixture whose name stands nowhere else."""
    if not any(name.rpartition(".")[2] == "fixture" for name in _names(one)):
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
