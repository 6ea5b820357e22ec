"""Files of settings and packs -> layers, lowest first, each validated and with the lines of its keys."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from taskguard.errors import Problem, UserError
from taskguard.reading import read
from taskguard.record import Record
from taskguard.settings.find import for_people
from taskguard.settings.model import Mention
from taskguard.settings.packs import is_path, pack_fault, pack_path
from taskguard.settings.schema import PackTable, SettingsTable, SharedTable
from taskguard.settings.toml import TomlError, error_line, lines, parse, repeated
from taskguard.settings.validate import Check, named, written

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from taskguard.settings.model import OptionTypes
    from taskguard.settings.toml import KeyPath

TABLE = ("tool", "taskguard")
INLINE = "--config"
PACK = "pack "
WORDS = "command line"


class Layer(Record):
    """One file's say. `name` is what to call it (`pack core`, `pyproject.toml`), `shown` its path for people."""

    name: str
    shown: str
    path: str
    prefix: tuple[str, ...]
    table: Any
    lines: dict[KeyPath, int]

    @property
    def shipped(self) -> bool:
        """Whether this is a pack of ours: all others are the user's own word."""
        return self.name.startswith(PACK) and not is_path(self.name.removeprefix(PACK))

    @property
    def is_words(self) -> bool:
        """Whether this is what the options of the command line come to."""
        return self.name == WORDS


class Source(Record):
    """A file that was read: its table as parsed, not yet validated."""

    path: str
    shown: str
    prefix: tuple[str, ...]
    raw: dict[str, Any]
    lines: dict[KeyPath, int]


class Pending(Record):
    """A file that was read and is validated once all of them are: its codes may be those of checkers that another one names."""

    source: Source
    shape: type[SharedTable]
    name: str
    folder: str


class Stack:
    """Loads a settings file and its packs, and keeps every mistake on the way."""

    def __init__(self, option_types: OptionTypes | None) -> None:
        self.option_types = option_types
        self.problems: list[Problem] = []
        self.pending: list[Pending] = []
        self.checkers: dict[str, None] = {}
        self.seen: dict[str, bool] = {}
        self.warnings: list[Problem] = []
        self.mentions: list[Mention] = []

    def declared(self) -> frozenset[str]:
        """The task options that any of the files declares as the house's own."""
        tasks = [one.source.raw.get("tasks") for one in self.pending]
        return frozenset(word for one in tasks if isinstance(one, dict) for word in _strings(one.get("options")) or ())

    def plugins(self) -> Mapping[str, object]:
        """The codes of the other packages' checkers that any of the files names."""
        if not self.checkers:
            return {}
        from taskguard.settings.plugins import codes

        return codes(tuple(self.checkers))

    def finish(self) -> list[Layer]:
        """All layers, lowest first. Raises UserError with every mistake, in the order of the files."""
        plugins = self.plugins()
        declared = self.declared()
        layers = [layer for one in self.pending if (layer := self.layer(one, plugins, declared)) is not None]
        if self.problems:
            raise UserError(*sorted(set(self.problems), key=lambda one: (one.file, one.line, one.key, one.message)))
        return layers

    def settings(self, path: str, folder: str) -> tuple[Pending | None, tuple[str, ...] | None]:
        """The settings file, not yet stacked, and the packs it wants (None where it does not say)."""
        source = self.read(path, TABLE if os.path.basename(path) == "pyproject.toml" else ())
        if source is None:
            return None, None
        self.name_checkers(source)
        return Pending(source, SettingsTable, os.path.basename(path), folder), _strings(source.raw.get("packs"))

    def inline(self, texts: Sequence[str]) -> tuple[Pending | None, tuple[str, ...] | None]:
        """What the command line sets key by key, not yet stacked, and the packs it wants (None where it does not say)."""
        try:
            raw: dict[str, Any] = parse("\n".join(texts))
        except TomlError:
            self.problems += [Problem(WORDS, 0, INLINE, wrong) for text in texts if (wrong := not_toml(text))]
            return None, None
        source = Source("", INLINE, (), raw, {})
        self.name_checkers(source)
        return Pending(source, SettingsTable, INLINE, os.getcwd()), _strings(raw.get("packs"))

    def pack(self, word: str, folder: str) -> None:
        """Stacks a pack above what it extends; each pack once."""
        path = pack_path(word, folder)
        if path in self.seen or pack_fault(word, folder):
            return
        self.seen[path] = False
        source = self.read(path, (), None if is_path(word) else os.path.basename(path))
        if source is not None:
            own = os.path.dirname(path)
            self.name_checkers(source)
            for below in _strings(source.raw.get("extends")) or ():
                if self.seen.get(pack_path(below, own)) is False:
                    line = source.lines.get(("extends",), 0)
                    self.problems.append(Problem(source.shown, line, "extends", f"`{below}` extends this pack in turn"))
                else:
                    self.pack(below, own)
            self.pending.append(Pending(source, PackTable, f"{PACK}{word}", own))
        self.seen[path] = True

    def name_checkers(self, source: Source) -> None:
        self.checkers.update(dict.fromkeys(_strings(source.raw.get("checkers")) or ()))

    def layer(self, one: Pending, plugins: Mapping[str, object], declared: frozenset[str]) -> Layer | None:
        source = one.source
        check = Check(
            source.shown, source.prefix, source.lines, lambda word: pack_fault(word, one.folder), self.option_types, plugins,
            declared,
        )  # fmt: skip
        table = check.run(source.raw, one.shape)
        self.problems += [problem for problem in check.problems if problem.certain]
        self.warnings += [
            problem.replace(file=source.path or source.shown) for problem in check.problems if not problem.certain
        ]
        if one.shape is SettingsTable:  # a pack serves other projects, too
            self.mentions += [mention.replace(file=source.path or source.shown) for mention in check.mentions]
        return (
            Layer(one.name, source.shown, source.path, source.prefix, table, source.lines)
            if table is not None
            else None
        )

    def read(self, path: str, prefix: tuple[str, ...], shown: str | None = None) -> Source | None:
        shown = shown or for_people(path)
        try:
            data = read(path)
            if b"\0" in data:
                self.problems.append(Problem(shown, 1, "", "is UTF-16, or no text at all: TOML is UTF-8, save it so"))
                return None
            text = data.decode("utf-8-sig")
            raw: Any = parse(text)
        except OSError as error:
            self.problems.append(Problem(shown, 0, "", f"cannot be read: {error.strerror}"))
        except UnicodeDecodeError as error:
            line = data.count(b"\n", 0, error.start) + 1
            self.problems.append(Problem(shown, line, "", "is not UTF-8: save it so"))
        except TomlError as error:
            self.problems.append(Problem(shown, *unparsed(error, text)))
        else:
            for place, key in enumerate(prefix, 1):
                if key not in raw:
                    self.problems.append(Problem(shown, 0, "", f"has no table [{'.'.join(prefix)}]"))
                    return None
                raw = raw[key]
                if not isinstance(raw, dict):
                    line = lines(text).get(prefix[:place], 0)
                    self.problems.append(
                        Problem(shown, line, ".".join(prefix[:place]), f"expected a table, got {named(raw)}")
                    )
                    return None
            return Source(path, shown, prefix, raw, lines(text))
        return None


def not_toml(text: str) -> str:
    """What is wrong with `KEY=VALUE` of the command line; "" where it is TOML by itself, and only clashes with another one."""
    try:
        parse(text)
    except TomlError as error:
        key, _, value = text.partition("=")
        try:
            parse(f"{key}='{value.strip()}'")
        except TomlError:
            return f"`{text}` is no valid TOML: {error}"
        return f"`{text}` is no valid TOML; a text wants quotes: '{key.strip()}=\"{value.strip()}\"'"
    return f"`{text}` sets again what is set before"


def _strings(value: object) -> tuple[str, ...] | None:
    return tuple(one for one in value if isinstance(one, str)) if isinstance(value, list) else None


def unparsed(error: ValueError, text: str) -> tuple[int, str, str]:
    """Line, key and message for a text that is no TOML. A key that is given twice is named."""
    line = error_line(error, text)
    for path, first, again in repeated(text):
        if again <= line:
            return again, written(path), "given twice" + (f"; the first is in line {first}" if first < again else "")
    return line, "", f"is no valid TOML: {error}"
