"""The keys of settings files and packs, from the types that check them: type, default, example and what they are for."""

from __future__ import annotations

import re
import types
from functools import lru_cache
from inspect import cleandoc
from typing import TYPE_CHECKING, Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

import msgspec

from taskguard.errors import nearest
from taskguard.record import Record
from taskguard.selection import available, option_types, rule_class
from taskguard.settings.load import load
from taskguard.settings.model import CommandLine
from taskguard.settings.schema import PackTable, SettingsTable, Table

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE = "docs/settings.md"
NONE = "none"
PLAIN: dict[object, str] = {str: "string", bool: "boolean", int: "whole number", float: "number", Any: "value"}
# What a string is beyond its type, by its mark in `schema.py`.
MARKED = {
    "glob": "glob", "place": "glob", "folder": "folder", "wish": "task option", "option": "task option", "own-option": "name",
    "class": "class name", "decorator": "dotted name", "call": "dotted name", "dotted": "dotted name", "module": "module glob",
    "source": "module", "app": "module:name", "code": "code", "prefix": "code or prefix", "pack": "pack name or path",
    "checkers": "name", "version": "version range", "name": "name",
}  # fmt: skip


class Key(Record):
    """A key. `path` is written as in TOML, `overrides.levels` for what stands in each `[[overrides]]`; `default` and `example` are
    TOML, the latter of as many lines as it takes; `packs` says whether a pack may have it, `settings` whether a settings file may."""

    path: str
    kind: str
    default: str
    about: str
    example: str
    settings: bool = True
    packs: bool = True

    @property
    def anchor(self) -> str:
        """The name of its heading in the reference."""
        return self.path.replace(".", "").lower()


@lru_cache(maxsize=1)
def keys() -> dict[str, Key]:
    """All keys by path, in the order of the reference."""
    own = {key.path: key for key in _walk(SettingsTable, "", False)}
    pack = {key.path: key for key in _walk(PackTable, "", False)}
    made = {path: key.replace(packs=path in pack) for path, key in own.items()}
    made.update({path: key.replace(settings=False) for path, key in pack.items() if path not in own})
    return dict(sorted(made.items(), key=lambda pair: (pair[0].partition(".")[0], pair[0])))


@lru_cache(maxsize=1)
def option_keys() -> dict[str, Key]:
    """The options of all rules, as `options.TG101.max-lines`."""
    made = {}
    for code in available():
        rule = rule_class(code)
        for option, kind in (option_types(code) or {}).items():
            default = toml(getattr(rule, option.replace("-", "_")))
            example = f"[options.{code}]\n{option} = {default}"
            path = f"options.{code}.{option}"
            made[path] = Key(path, kind_of(kind), default, _said_of(rule.__doc__ or "", option), example)
    return made


def found(word: str) -> Key | None:
    """The key that a word names, as it stands in a settings file or in a message about one (`tool.taskguard.overrides[0].files`)."""
    path = re.sub(r"\[\d*\]", "", word).removeprefix("tool.taskguard").strip(".")
    known = {**keys(), **option_keys()}
    while path and path not in known:
        path = path.rpartition(".")[0]
    return known.get(path)


def guess(word: str) -> str | None:
    """The key that a wrong word most likely meant."""
    last = {path.rpartition(".")[2]: path for path in reversed([*keys(), *option_keys()])}
    near = nearest(word, keys()) or nearest(word.rpartition(".")[2], last)
    return None if near is None else last.get(near, near)


def _walk(shape: type[Table], path: str, many: bool) -> Iterator[Key]:
    """The keys of a table, written `path`, and of the tables in it; `many` says whether it is an element of an array."""
    hints = get_type_hints(shape, include_extras=True)
    fields = msgspec.structs.fields(shape)
    examples = {field.encode_name: _described(hints[field.name])[2] for field in fields}
    wanted = {field.encode_name: examples[field.encode_name] for field in fields if field.required}
    # What is required alone says nothing, as the files of an override: one more key shows what it is for.
    more = next(({field.encode_name: examples[field.encode_name]} for field in fields if not field.required), {})
    for field in fields:
        kind, about, example = _described(hints[field.name])
        own = f"{path}.{field.encode_name}" if path else field.encode_name
        default = "none: it is required" if field.required else _default(own, field)
        yield Key(
            own,
            kind_of(kind),
            default,
            about,
            _example(path, many, field.encode_name, example, {**wanted, **more} if field.required else wanted),
        )
        for inner, several in _inner(kind):
            yield from _walk(inner, own, several)


def _described(kind: Any) -> tuple[Any, str, Any]:
    """A type, its description and its example."""
    metas = get_args(kind)[1:] if get_origin(kind) is Annotated else ()
    for meta in metas:
        if meta.description:
            return (kind if len(metas) > 1 else get_args(kind)[0]), meta.description, meta.examples[0]
    raise LookupError(f"{kind} has no description")


def _inner(kind: Any, many: bool = False) -> Iterator[tuple[type[Table], bool]]:
    """The tables that a value holds under fixed keys, and whether there may be several."""
    origin = get_origin(kind)
    if isinstance(kind, type) and issubclass(kind, Table):
        yield kind, many
    elif origin is not dict:
        for one in get_args(kind):
            yield from _inner(one, many or origin is list)


def _default(path: str, field: msgspec.structs.FieldInfo) -> str:
    """What holds where nobody says anything, as TOML; what packs say does not count."""
    settings = load(None, ".", CommandLine(isolated=True, packs=()))
    table, _, name = path.replace("-", "_").rpartition(".")
    holders = {"": settings, "tasks": settings.house, "celery": settings.celery, "contract": settings}
    value = getattr(holders.get(table), name, field.default)
    if path == "packs":
        return '["core"]'
    if path == "extend-exclude":
        return "[]"
    if (
        value is None
        or isinstance(value, msgspec.UnsetType)
        or value is msgspec.NODEFAULT
        or type(value) not in DEFAULTS
    ):
        return NONE
    return toml(value) if value != () or path not in ("levels", "options", "tasks.allowed") else "{}"


DEFAULTS = (bool, str, int, tuple)


def kind_of(kind: Any) -> str:
    """A type in words."""
    origin, arms = get_origin(kind), get_args(kind)
    if kind in PLAIN:
        return PLAIN[kind]
    if origin in (Union, types.UnionType):
        return " or ".join(dict.fromkeys(kind_of(arm) for arm in arms if arm is not msgspec.UnsetType))
    if origin is Annotated:
        marks = [MARKED[meta.extra["mark"]] for meta in arms[1:] if getattr(meta, "extra", None)]
        return marks[0] if marks else kind_of(arms[0])
    if origin in (list, tuple, frozenset, set):
        if isinstance(arms[0], type) and issubclass(arms[0], Table):
            return "array of tables"
        return f"list of {' or '.join(f'{word}s' for word in kind_of(arms[0]).split(' or '))}"
    if origin is dict:
        return f"table of {kind_of(arms[0])} = {kind_of(arms[1])}"
    if origin is Literal:
        return " or ".join(toml(one) for one in arms)
    return "table" if isinstance(kind, type) and issubclass(kind, Table) else str(getattr(kind, "__name__", kind))


def _example(path: str, many: bool, key: str, value: Any, wanted: dict[str, Any]) -> str:
    """A key with a value in a settings file; an element of an array has the keys that are `wanted` of it, too."""
    own = f"{path}.{key}" if path else key
    if isinstance(value, dict) and not many:
        return _table(f"[{own}]", value)
    if isinstance(value, list) and isinstance(value[0], dict):
        return _table(f"[[{own}]]", value[0])
    if many:
        return _table(f"[[{path}]]", {**wanted, key: value})
    return _table(f"[{path}]" if path else "", {key: value})


def _table(head: str, values: dict[str, Any]) -> str:
    return "\n".join([head, *(f"{name} = {toml(one)}" for name, one in values.items())]).lstrip()


def _said_of(text: str, option: str) -> str:
    """What a rule's page says of one of its options."""
    section = cleandoc(text).partition("\n## Options\n")[2].partition("\n## ")[0]
    for item in re.split(r"\n(?=- )", f"\n{section}"):
        if item.startswith(f"- `{option}`"):
            about = " ".join(item.partition(": ")[2].split())
            return about[:1].upper() + about[1:]
    return ""


def toml(value: Any) -> str:
    """A value as TOML writes it on one line."""
    import json

    if isinstance(value, dict):
        return f"{{ {', '.join(f'{name} = {toml(one)}' for name, one in value.items())} }}"
    if isinstance(value, (list, tuple, set, frozenset)):
        return f"[{', '.join(toml(one) for one in value)}]"
    return json.dumps(value, ensure_ascii=False)
