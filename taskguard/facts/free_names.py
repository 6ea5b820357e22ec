"""Names that a function reads and nothing binds."""

from __future__ import annotations

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from symtable import SymbolTable


def reads_unbound(text: str, first: int, last: int, name: str) -> bool:
    """Whether the function whose `def` stands on the line `first` (its body ends on `last`) reads `name` as a global that the file never binds.

    False where this Python cannot read the file.
    """
    word = re.compile(rf"\b{re.escape(name)}\b")
    if word.search(text) is None or not any(word.search(line) for line in text.splitlines()[first - 1 : last]):
        return False
    import symtable

    try:
        whole = symtable.symtable(text, "<file>", "exec")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    if _binds(whole, name):
        return False
    found = next((one for one in _below(whole) if one.get_type() == "function" and first == one.get_lineno()), None)
    return found is not None and any(_is_global(one, name) for one in (found, *_below(found)))


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
