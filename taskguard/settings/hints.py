"""Where a key belongs that stands in the wrong table: looked up in the whole schema."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, get_args, get_origin, get_type_hints

import msgspec

from taskguard.settings.catalogue import is_prefix, modules
from taskguard.settings.formats import OPTIONS
from taskguard.settings.schema import Table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.settings.model import OptionTypes
    from taskguard.settings.toml import KeyPath

# A table within arrays of tables is written with this after its name.
EACH = "[]"


def misplaced(key: str, value: object, path: KeyPath, shape: type[Table], option_types: OptionTypes | None) -> str:
    """Where `key`, unknown in the table at `path`, belongs: "`require` belongs under `tasks` (`tasks.require`)"; empty where nowhere.

    `shape` is the outermost table of the file.
    """
    here = _table_name(path)
    if is_prefix(key) or key == "ALL":
        table = "options" if isinstance(value, dict) else "levels"
        return _said(key, table) if table != here else ""
    word = key.replace("_", "-")
    places = [place for place, name in keys(shape) if name == word and place != here]
    if places:
        plain = [place for place in places if EACH not in place]
        return _said(word, *(plain or places))
    if key in OPTIONS and key != "name":
        return _said(key, "tasks.allowed")
    rules = [code for code in modules() if option_types and word in (option_types(code) or ())]
    if rules:
        others = f"; {' and '.join(rules[1:])} have one, too" if rules[1:] else ""
        return _said(word, f"options.{rules[0]}") + others
    return ""


def keys(shape: Any, table: str = "") -> Iterator[tuple[str, str]]:
    """Every key of a table and the tables in it: the name of its table, empty for the outermost, and its own."""
    hints = get_type_hints(shape, include_extras=True)
    for field in msgspec.structs.fields(shape):
        yield table, field.encode_name
        for inner, many in _tables(hints[field.name]):
            name = f"{table}.{field.encode_name}" if table else field.encode_name
            yield from keys(inner, name + EACH if many else name)


def _tables(kind: Any, many: bool = False) -> Iterator[tuple[type[Table], bool]]:
    """The tables that a value of this type holds under fixed keys, and whether there may be several."""
    origin = get_origin(kind)
    if isinstance(kind, type) and issubclass(kind, Table):
        yield kind, many
    elif origin is not dict:
        for one in get_args(kind):
            yield from _tables(one, many or origin is list)


def _table_name(path: KeyPath) -> str:
    """The name of the table at a path, as `keys` gives it."""
    made = ""
    for part in path:
        made += EACH if isinstance(part, int) else f".{part}" if made else part
    return made


def _said(word: str, *tables: str) -> str:
    if not tables[0]:
        return f"`{word}` belongs at the top, under no other key"
    if EACH in tables[0]:
        return f"`{word}` belongs under " + " or ".join(f"`[[{table.replace(EACH, '')}]]`" for table in tables)
    return f"`{word}` belongs under `{tables[0]}` (`{tables[0]}.{word}`)"
