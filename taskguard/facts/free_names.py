"""Names that a function reads and nothing binds."""

from __future__ import annotations

import re
from bisect import bisect_left
from functools import lru_cache

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection
    from symtable import Symbol, SymbolTable


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


def taken_from_nowhere(text: str, known: Collection[str], built_in: Collection[str]) -> frozenset[str] | None:
    """The names that a file reads somewhere without binding them there, in a scope around, or for the module: those of functions beside what is `known`, those of
    the module and of its classes beside what Python has. When they are bound is not asked.

    None where this Python cannot read the file.
    """
    try:
        whole = _scopes_of(text)
    except SyntaxError:
        return None
    read, bound = set[str](), set[str]()
    for table in (whole, *_below(whole)):
        left_out = known if table.get_type() == "function" else built_in
        for name in frozenset(table.get_identifiers()).difference(left_out):
            held = table.lookup(name)
            if (table is whole or held.is_declared_global()) and _is_given(held):
                bound.add(name)
            elif held.is_global() and held.is_referenced():
                read.add(name)
    return frozenset(read - bound)


@lru_cache(maxsize=2)
def _scopes_of(text: str) -> SymbolTable:
    """The scopes of a file. Raises SyntaxError, and nothing else, where this Python cannot read it."""
    import symtable

    try:
        return symtable.symtable(text, "<file>", "exec")
    except (ValueError, RecursionError, MemoryError) as error:
        raise SyntaxError(str(error)) from error


@lru_cache(maxsize=2)
def _by_line(text: str) -> dict[int, SymbolTable]:
    """The functions of a file by the line of their `def`."""
    try:
        whole = _scopes_of(text)
    except SyntaxError:
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
    try:
        whole = _scopes_of(text)
    except SyntaxError:
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
            if _is_given(held) and (one is table or held.is_declared_global()):
                return True
    return False


def _is_given(held: Symbol) -> bool:
    """Whether a scope gives a name a value, imports or defines it."""
    return held.is_assigned() or held.is_imported() or held.is_namespace()


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
