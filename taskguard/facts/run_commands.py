"""The commands that Python code runs, as far as each word that matters is written down."""

from __future__ import annotations

import ast

from taskguard.facts.expressions import dotted

_RUNS = frozenset("Popen call check_call check_output getoutput popen run system".split())
# Options of which a value that is worked out says nothing of what a worker reads or loads.
_ANY_VALUE = frozenset(
    "--autoscale --concurrency --hostname --logfile --loglevel --pidfile --pool -P -c -f -l -n".split()
)
_ANY = "X"


def run_commands(text: str, word: str) -> tuple[list[str], str] | None:
    """The commands with a word in them that a file hands to what runs commands, and the file's text without these; None where it does not parse."""
    from taskguard.facts.grammar import parse

    try:
        tree = parse(text)
    except (SyntaxError, RecursionError):
        return None
    made: list[str] = []
    lines = text.encode().splitlines(keepends=True)
    calls = [one for one in ast.walk(tree) if isinstance(one, ast.Call) and one.args]
    for node in sorted(calls, key=lambda one: (one.lineno, one.col_offset), reverse=True):
        last = node.func.attr if isinstance(node.func, ast.Attribute) else dotted(node.func)
        command = _written(node.args[0]) if last in _RUNS else None
        if command is not None and word in command:
            made.append(command)
            _cut(lines, node.args[0])
    return made[::-1], b"".join(lines).decode(errors="replace")


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
