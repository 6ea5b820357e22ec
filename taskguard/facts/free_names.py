"""Names that a function reads and nothing binds."""

from __future__ import annotations

import re
from bisect import bisect_left
from functools import lru_cache

TYPE_CHECKING = False
if TYPE_CHECKING:
    from symtable import SymbolTable


def reads_unbound(text: str, first: int, last: int, name: str) -> bool:
    """Whether the function whose `def` stands on the line `first` (its body ends on `last`) reads `name` as a global that the file never binds.

    False where this Python cannot read the file.
    """
    lines = _lines(text, name)
    place = bisect_left(lines, first)
    if place == len(lines) or lines[place] > last:
        return False
    found = _functions(text, name).get(first)
    return found is not None and any(_is_global(one, name) for one in (found, *_below(found)))


def globals_read(text: str, first: int) -> frozenset[str]:
    """The names that the function whose `def` stands on the line `first` takes from its module, functions inside of it included.

    None of them where this Python cannot read the file.
    """
    found = _by_line(text).get(first)
    tables = (found, *_below(found)) if found is not None else ()
    return frozenset(name for one in tables for name in one.get_identifiers() if _is_global(one, name))


@lru_cache(maxsize=2)
def _by_line(text: str) -> dict[int, SymbolTable]:
    """The functions of a file by the line of their `def`."""
    import symtable

    try:
        whole = symtable.symtable(text, "<file>", "exec")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return {}
    return {one.get_lineno(): one for one in reversed(_below(whole)) if one.get_type() == "function"}


# A file may hold thousands of tasks: it is read once for all of them.
@lru_cache(maxsize=2)
def _lines(text: str, name: str) -> tuple[int, ...]:
    """The lines on which the name stands as a word, in order."""
    if name not in text:
        return ()
    word = re.compile(rf"\b{re.escape(name)}\b")
    return tuple(number for number, line in enumerate(text.splitlines(), 1) if name in line and word.search(line))


@lru_cache(maxsize=2)
def _functions(text: str, name: str) -> dict[int, SymbolTable]:
    """The functions of a file by the line of their `def`; none where the file binds the name, or cannot be read."""
    import symtable

    try:
        whole = symtable.symtable(text, "<file>", "exec")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return {}
    if _binds(whole, name):
        return {}
    return {one.get_lineno(): one for one in reversed(_below(whole)) if one.get_type() == "function"}


def _below(table: SymbolTable) -> list[SymbolTable]:
    made: list[SymbolTable] = []
    waiting = list(table.get_children())
    while waiting:
        one = waiting.pop()
        made.append(one)
        waiting.extend(one.get_children())
    return made


def _binds(table: SymbolTable, name: str) -> bool:
    """Whether the module binds a name, also by `global` in a function."""
    for one in (table, *_below(table)):
        if name in one.get_identifiers():
            held = one.lookup(name)
            bound = held.is_assigned() or held.is_imported() or held.is_namespace()
            if bound and (one is table or held.is_declared_global()):
                return True
    return False


def _is_global(table: SymbolTable, name: str) -> bool:
    return name in table.get_identifiers() and table.lookup(name).is_global() and table.lookup(name).is_referenced()


def never_bound(cut: str) -> frozenset[str]:
    """The names that the function whose lines are these reads, those left out that it gives a value or takes as parameters; none where it does not parse."""
    import ast

    from taskguard.facts.grammar import function_of

    function = function_of(cut)
    if function is None:
        return frozenset()
    read, bound = set[str](), set[str]()
    for node in (one for statement in function.body for one in ast.walk(statement)):
        if isinstance(node, ast.Name):
            (read if isinstance(node.ctx, ast.Load) else bound).add(node.id)
        elif isinstance(node, ast.arg):
            bound.add(node.arg)
        elif isinstance(node, ast.ExceptHandler) and node.name is not None:
            bound.add(node.name)
    bound.update(node.arg for node in ast.walk(function.args) if isinstance(node, ast.arg))
    return frozenset(read - bound)
