"""A parsed TOML table -> typed tables, or every mistake in it, each with its line and the nearest valid spelling."""

from __future__ import annotations

import re
import types
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

import msgspec

from taskguard.errors import Problem, nearest
from taskguard.settings.catalogue import FIXED, is_code, is_prefix, unknown
from taskguard.settings.formats import MENTIONED, mark_fault
from taskguard.settings.hints import misplaced
from taskguard.settings.model import Mention
from taskguard.settings.schema import PackTable, SettingsTable, Table

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from taskguard.settings.model import OptionTypes
    from taskguard.settings.toml import KeyPath

    Lines = Mapping[KeyPath, int]

# The largest limit that a rule's option may have: beyond it nothing is left to find.
MOST = 1_000_000_000
WORDS = {
    "array": "a list", "object": "a table", "str": "a string", "int": "a whole number", "float": "a number",
    "bool": "true or false", "null": "nothing",
}  # fmt: skip


class Check:
    """Collects the mistakes of one file.

    `prefix` is the table that holds our keys (`("tool", "taskguard")`, or nothing). `pack_fault` says what is wrong with
    a pack's name, `option_types` gives the options of a rule by code. `plugins` are the
    codes of the other packages' checkers that are named, `declared` the task options of the house. `mentions` is filled with what
    only the project can confirm.
    """

    def __init__(
        self, file: str, prefix: tuple[str, ...], lines: Lines, pack_fault: Callable[[str], str | None],
        option_types: OptionTypes | None, plugins: Collection[str] = (), declared: Collection[str] = (),
    ) -> None:  # fmt: skip
        self.file, self.prefix, self.lines = file, prefix, lines
        self.pack_fault, self.option_types, self.plugins = pack_fault, option_types, plugins
        self.declared = declared
        self.shape: type[Table] = Table
        self.problems: list[Problem] = []
        self.mentions: list[Mention] = []

    def run(self, table: dict[str, Any], shape: type[Table]) -> Any:
        """The table as `shape`, or None when there are problems."""
        self.shape = shape
        self.value(table, shape, ())
        return None if any(one.certain for one in self.problems) else msgspec.convert(table, shape)

    def problem(self, path: KeyPath, message: str, *, certain: bool = True) -> None:
        line, key = self.place(path)
        self.problems.append(Problem(self.file, line, key, message, certain))

    def place(self, path: KeyPath) -> tuple[int, str]:
        """The line of a key, and the key as people write it."""
        full: KeyPath = (*self.prefix, *path)
        line = next((self.lines[full[:n]] for n in range(len(full), 0, -1) if full[:n] in self.lines), 0)
        return line, written(full)

    def value(self, value: Any, kind: Any, path: KeyPath) -> None:
        origin, arms = get_origin(kind), get_args(kind)
        if origin in (Union, types.UnionType):
            self.union(value, [arm for arm in arms if arm is not msgspec.UnsetType], path)
        elif origin is Annotated and not arms[1].extra:  # the description of a key
            self.value(value, arms[0], path)
        elif origin is Annotated:
            if self.typed(value, arms[0], path):
                self.mark(value, arms[1].extra["mark"], path)
        elif isinstance(kind, type) and issubclass(kind, Table):
            if self.typed(value, dict, path):
                self.table(value, kind, path)
        elif origin is dict:
            if self.typed(value, dict, path):
                self.entries(value, arms, path)
        elif origin is list:
            if self.typed(value, list, path):
                for place, one in enumerate(value):
                    self.value(one, arms[0], (*path, place))
        elif origin is Literal:
            if value not in arms:
                guess = nearest(value, arms) if isinstance(value, str) else None
                self.problem(path, f"{value!r} is none of {', '.join(map(str, arms))}{meant(guess)}")
        else:
            self.typed(value, kind, path)

    def union(self, value: Any, arms: list[Any], path: KeyPath) -> None:
        """A list or a table chooses the arm that is one, so that a mistake inside is told where it is."""
        shape = list if isinstance(value, list) else dict if isinstance(value, dict) else None
        fitting = [arm for arm in arms if shape is not None and _shape(arm) is shape]
        plain = [arm for arm in arms if _shape(arm) is None]
        if len(arms) == 1 or fitting:
            self.value(value, (fitting or arms)[0], path)
        elif len(plain) == 1 and shape is None:
            self.value(value, plain[0], path)
        else:
            self.typed(value, reduce(or_, arms), path)

    def typed(self, value: Any, kind: Any, path: KeyPath) -> bool:
        try:
            msgspec.convert(value, kind)
        except msgspec.ValidationError as error:
            self.problem(path, plainly(str(error)))
            return False
        return True

    def table(self, value: dict[str, Any], kind: type[Table], path: KeyPath) -> None:
        fields = fields_of(kind)
        hints = get_type_hints(kind, include_extras=True)
        for key, one in value.items():
            if key in fields:
                self.value(one, hints[fields[key].name], (*path, key))
            else:
                self.problem((*path, key), self.unknown_key(key, one, kind, path))
        for key, field in fields.items():
            if field.required and key not in value:
                self.problem(path, f"`{key}` is missing")

    def entries(self, value: dict[str, Any], arms: tuple[Any, ...], path: KeyPath) -> None:
        for key, one in value.items():
            before = len(self.problems)
            self.value(key, arms[0], (*path, key))
            if len(self.problems) > before:
                continue  # what the value should be, the key does not say
            self.value(one, arms[1], (*path, key))
            if key in FIXED and path and path[-1] == "levels" and one in ("off", "warn"):
                self.problem((*path, key), hidden_elsewhere(key))
            if path and path[-1] == "options" and isinstance(one, dict):
                self.options(key, one, (*path, key))

    def options(self, code: str, table: dict[str, Any], path: KeyPath) -> None:
        known = self.option_types(code) if self.option_types and self.known(code, "code") else None
        if known is None:
            return
        for key, value in table.items():
            if key in known:
                self.value(value, known[key], (*path, key))
                if known[key] is int and type(value) is int and is_code(code) and not 1 <= value <= MOST:
                    self.problem((*path, key), f"a number from 1 to {MOST} is wanted")
            else:
                some = f"; it has {', '.join(known)}" if known else "; it has none"
                guess = nearest(key, known)
                self.problem((*path, key), f"{code} has no such option{meant(guess) if guess else some}")

    def known(self, word: str, mark: str) -> bool:
        """Whether there is a code, or one that begins so."""
        if mark == "code":
            return is_code(word) or word in self.plugins
        return word == "ALL" or is_prefix(word) or any(code.startswith(word) for code in self.plugins)

    def mark(self, value: str, mark: str, path: KeyPath) -> None:
        wrong = mark_fault(mark, value, self.declared)
        if mark == "pack":
            wrong = self.pack_fault(value)
        elif mark in ("code", "prefix"):
            wrong = None if self.known(value, mark) else self.unknown_code(value, mark, path)
            if value in FIXED and path[0] == "ignore":
                wrong = hidden_elsewhere(value)
        elif mark == "checkers":
            from taskguard.settings import plugins

            wrong = plugins.fault(value)
        if wrong:
            self.problem(path, wrong)
        elif mark in MENTIONED:
            self.mentions.append(Mention(mark, value, self.file, *self.place(path)))

    def unknown_code(self, word: str, mark: str, path: KeyPath) -> str:
        """The message for a word that is no code: another key in the table of the codes, or a code that nobody knows."""
        table = path[:-1] if path and path[-1] == word else ()
        place = misplaced(word, None, table, self.shape, self.option_types) if table and not is_prefix(word) else ""
        return f"this is no code; {place}" if place else unknown(word, full=mark == "code")

    def unknown_key(self, key: str, value: object, kind: type[Table], path: KeyPath) -> str:
        """The message for a key that a table does not have."""
        other = PackTable if kind is SettingsTable else SettingsTable if kind is PackTable else None
        if other and key in fields_of(other):
            places = ("a settings file", "a pack") if kind is PackTable else ("a pack", "a settings file")
            return "this key belongs into {}, not into {}".format(*places)
        if key in ("tool", "taskguard") and not path:
            return f"outside of pyproject.toml the keys stand at the top, without `[{key}{'.taskguard' if key == 'tool' else ''}]`"
        fields = fields_of(kind)
        if key.replace("_", "-") in fields:
            return f"unknown key{meant(key.replace('_', '-'))}"
        if place := misplaced(key, value, path, self.shape, self.option_types):
            return f"unknown key here; {place}"
        return f"unknown key{meant(nearest(key, fields)) or '; known here: ' + ', '.join(sorted(fields))}"


def fields_of(kind: type[Table]) -> dict[str, msgspec.structs.FieldInfo]:
    """The fields of a table by their keys in TOML."""
    return {field.encode_name: field for field in msgspec.structs.fields(kind)}


def _shape(kind: Any) -> type | None:
    origin = get_origin(kind)
    if origin in (list, dict):
        return list if origin is list else dict
    return dict if isinstance(kind, type) and issubclass(kind, Table) else None


def written(path: KeyPath) -> str:
    """A key path as people write it: `tool.taskguard.overrides[0].files`."""
    made = ""
    for part in path:
        made += f"[{part}]" if isinstance(part, int) else f".{part}" if made else part
    return made


def meant(guess: str | None) -> str:
    """The end of a message that offers a spelling."""
    return f"; did you mean `{guess}`?" if guess else ""


def named(value: object) -> str:
    """What a value of TOML is, in words."""
    kinds = {"dict": "object", "list": "array"}
    kind = type(value).__name__
    return WORDS.get(kinds.get(kind, kind), "a date or time")


def hidden_elsewhere(code: str) -> str:
    """What to say to settings that would hide what is said where they cannot be believed."""
    return f"{code} is an error whatever settings say; `flake8 --extend-ignore {code}` hides it"


def plainly(message: str) -> str:
    """A message of msgspec in the words of TOML."""
    message = re.sub(r" - at `[^`]*`$", "", message)
    if found := re.fullmatch(r"Expected `([^`]*)`, got `([^`]*)`", message):
        wanted = " or ".join(WORDS.get(word.strip(), word.strip()) for word in found.group(1).split("|"))
        return f"expected {wanted}, got {WORDS.get(found.group(2), found.group(2))}"
    return message[:1].lower() + message[1:]
