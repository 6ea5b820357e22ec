"""The commands that Python code runs, as far as each word that matters is written down."""

from __future__ import annotations

import ast

from taskguard.facts.expressions import dotted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_RUNS = frozenset("Popen call check_call check_output getoutput popen run system".split())
# Options of which a value that is worked out says nothing of what a worker reads or loads.
_ANY_VALUE = frozenset(
    "--autoscale --concurrency --hostname --logfile --loglevel --pidfile --pool -P -c -f -l -n".split()
)
_ANY = "X"
# Methods of an app that take the words of a command line behind `celery`.
_OF_APPS = ("worker_main", "start")


def run_commands(text: str, word: str) -> tuple[list[str], str] | None:
    """The commands with a word in them that a file hands to what runs commands, and the file's text without these; None where it does not parse."""
    from taskguard.facts.grammar import parse

    try:
        tree = parse(text)
    except (SyntaxError, RecursionError):
        return None
    lines = text.encode().splitlines(keepends=True)
    found: dict[tuple[int, int], tuple[ast.expr, str]] = {}
    for node in _run(tree):
        command = _written(node)
        if command is not None and word in command:
            found[node.lineno, node.col_offset] = node, command
    for node, command in _of_apps(tree):
        found[node.lineno, node.col_offset] = node, command
    for place in sorted(found, reverse=True):
        _cut(lines, found[place][0])
    return [found[place][1] for place in sorted(found)], b"".join(lines).decode(errors="replace")


def _run(tree: ast.Module) -> Iterator[ast.expr]:
    """What calls hand to what runs commands; for a variable of the function around, what it is bound to."""
    functions = [one for one in ast.walk(tree) if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef)]
    for scope in (*functions, tree):
        for node in ast.walk(scope):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            given = node.args[0]
            last = node.func.attr if isinstance(node.func, ast.Attribute) else dotted(node.func)
            if last not in _RUNS:
                continue
            if not isinstance(given, ast.Name):
                yield given
            elif not isinstance(scope, ast.Module) and (value := _bound(scope, given.id)) is not None:
                yield value


def _of_apps(tree: ast.Module) -> Iterator[tuple[ast.Call, str]]:
    """The calls that hand an app the words of a command (`app.worker_main(["worker", "-Q", "mail"])`), and that command."""
    imported = {
        name.asname or name.name: f"{node.module}:{name.name}"
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module and not node.level
        for name in node.names
    }
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute) or node.func.attr not in _OF_APPS:
            continue
        given = next(iter((*node.args, *(one.value for one in node.keywords if one.arg == "argv"))), None)
        words = _written(given) if isinstance(given, ast.List | ast.Tuple) else None
        app = dotted(node.func.value)
        if words is not None and app and "worker" in words.split():
            yield node, f"celery -A {imported.get(app, app)} {words}"


def _bound(scope: ast.AST, name: str) -> ast.expr | None:
    """The list that a variable of a function is bound to once, where the function does nothing to it afterwards."""
    values: list[ast.expr] = []
    stored, changed = 0, False
    for node in ast.walk(scope):
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and dotted(node.targets[0]) == name:
            values.append(node.value)
        elif isinstance(node, ast.Attribute | ast.Subscript | ast.AugAssign | ast.Starred):
            # `command.append(…)`, `command[3:] = …`, `command += …`
            changed = changed or dotted(node.target if isinstance(node, ast.AugAssign) else node.value) == name
        elif isinstance(node, ast.Global | ast.Nonlocal):
            changed = changed or name in node.names
        stored += isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Store)
    value = values[0] if values and stored == 1 and not changed else None
    return value if isinstance(value, ast.List | ast.Tuple) else None


def _written(node: ast.expr) -> str | None:
    """A command on one line; None where not all that matters of it is said."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if not isinstance(node, ast.List | ast.Tuple):
        return None
    words: list[str] = []
    for one in node.elts:
        if isinstance(one, ast.Constant) and isinstance(one.value, str):
            words.append(one.value)
        elif (not words and dotted(one) == "sys.executable") or (words and words[-1] in _ANY_VALUE):
            words.append(_ANY)
        elif isinstance(one, ast.JoinedStr) and (option := _option(one)) in _ANY_VALUE:
            words.append(option)
        else:
            return None
    return " ".join(words)


def _option(node: ast.JoinedStr) -> str:
    """The option that an f-string gives a value: `--concurrency` of `f"--concurrency={count}"`."""
    first = node.values[0] if node.values else None
    name, equals, _ = (
        first.value.partition("=") if isinstance(first, ast.Constant) and isinstance(first.value, str) else ("", "", "")
    )
    return name if equals else ""


def _cut(lines: list[bytes], node: ast.expr) -> None:
    """Takes an expression out of the lines of its file; the lines stay."""
    first, last = node.lineno - 1, (node.end_lineno or node.lineno) - 1
    end = node.end_col_offset or 0
    if first == last:
        lines[first] = lines[first][: node.col_offset] + lines[first][end:]
        return
    lines[first] = lines[first][: node.col_offset] + b"\n"
    lines[last] = lines[last][end:]
    for at in range(first + 1, last):
        lines[at] = b"\n"
