"""TOML text -> its values, and the line of every key.

The readers of TOML keep no positions, so a second, small scan finds them. It trusts that the text has been parsed.
"""

from __future__ import annotations

import re
import sys

from taskguard.patterns import regex

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

TomlError = tomllib.TOMLDecodeError

KeyPath = tuple["str | int", ...]

TOKEN = regex(
    r'"""(?:\\.|[^\\])*?"{3,5}(?!")' + r"|'''.*?'{3,5}(?!')" + r'|"(?:\\.|[^"\\\n])*"' + r"|'[^'\n]*'"
    r"|#[^\n]*|[\[\]{}=,.\n]|[^\s\[\]{}=,.#\"']+",
    re.DOTALL,
)

LONG = regex(r"\d[\d_]{4000}")
# The whole numbers of TOML have 64 bits. Python reads longer ones, and prints not all of them; of those that it prints, whoever wants
# the number says what is wrong with it.
BITS = 64
PRINTED = 10_000


def parse(text: str) -> dict[str, Any]:
    """The values of a TOML text. Raises TomlError, also for whole numbers that are too long for TOML."""
    try:
        values = tomllib.loads(text.replace("\r\n", "\n"))
    except TomlError:
        raise
    except RecursionError:
        raise TomlError("nested too deeply") from None
    except ValueError as error:  # a number with more digits than Python reads
        line = next((text.count("\n", 0, one.start()) + 1 for one in LONG.finditer(text)), 1)
        raise TomlError(f"{str(error).partition(';')[0]} (at line {line})") from None
    try:
        path = next(_too_long(values, ()), None)
        places = lines(text) if path is not None else {}
    except RecursionError:
        raise TomlError("nested too deeply") from None
    if path is not None:
        line = next((places[path[:end]] for end in range(len(path), 0, -1) if path[:end] in places), 1)
        raise TomlError(f"a whole number of more than {BITS} bits (at line {line})")
    return values


def _too_long(value: Any, path: KeyPath) -> Iterator[KeyPath]:
    """Where the whole numbers stand that TOML has no room for."""
    if isinstance(value, dict):
        for key, one in value.items():
            yield from _too_long(one, (*path, key))
    elif isinstance(value, list):
        for place, one in enumerate(value):
            yield from _too_long(one, (*path, place))
    elif isinstance(value, int) and value.bit_length() > PRINTED:
        yield path


def error_line(error: ValueError, text: str) -> int:
    """The line of `text` that its TomlError names."""
    found = re.search(r"at line (\d+)", str(error))
    return int(found.group(1)) if found else max(1, len(text.splitlines()))


def lines(text: str) -> dict[KeyPath, int]:
    """Key path -> 1-based line of the key. Elements of arrays are counted from 0: `("overrides", 1, "files")`."""
    scan = _Scan(text.replace("\r\n", "\n"))
    while scan.more():
        scan.statement()
    return scan.found


def repeated(text: str) -> list[tuple[KeyPath, int, int]]:
    """The keys and tables that are given twice, with the lines of the first and of the next, in order. The text need not be valid."""
    scan = _Scan(text.replace("\r\n", "\n"))
    try:
        while scan.more():
            scan.statement()
    except RecursionError:
        pass  # what is nested too deeply is told as that
    return scan.repeated


class _Scan:
    def __init__(self, text: str) -> None:
        self.tokens: list[tuple[str, int]] = []
        line = 1
        for match in TOKEN.finditer(text):
            token = match.group()
            if not token.startswith("#"):
                self.tokens.append((token, line))
            line += token.count("\n")
        self.tokens.append(("\n", line))
        self.at = 0
        self.table: KeyPath = ()
        self.arrays: dict[KeyPath, int] = {}
        self.found: dict[KeyPath, int] = {}
        self.given: dict[KeyPath, int] = {}
        self.repeated: list[tuple[KeyPath, int, int]] = []

    def more(self) -> bool:
        return self.at < len(self.tokens)

    def peek(self) -> str:
        return self.tokens[self.at][0] if self.more() else ""

    def take(self, *wanted: str) -> bool:
        if self.peek() in wanted and self.more():
            self.at += 1
            return True
        return False

    def blank(self) -> None:
        while self.take("\n"):
            pass

    def statement(self) -> None:
        self.blank()
        if not self.more():
            return
        if self.take("["):
            many = self.take("[")
            self.table = self.header(self.keys(), many)
            while self.take("]"):
                pass
        else:
            self.pair(self.table)

    def keys(self) -> tuple[tuple[str, int], ...]:
        made: list[tuple[str, int]] = []
        while self.more() and self.peek() not in ("=", "]", "\n", ",", "}"):
            token, line = self.tokens[self.at]
            self.at += 1
            if token != ".":
                made.append((token[1:-1] if token[0] in "\"'" else token, line))
        return tuple(made)

    def header(self, keys: tuple[tuple[str, int], ...], many: bool) -> KeyPath:
        path: KeyPath = ()
        for place, (key, line) in enumerate(keys):
            path += (key,)
            self.found.setdefault(path, line)
            if many and place == len(keys) - 1:
                self.arrays[path] = self.arrays.get(path, 0) + 1
            if path in self.arrays:
                path += (self.arrays[path] - 1,)
                self.found.setdefault(path, line)
        if keys and not many:
            self.give(path, keys[-1][1])
        return path

    def give(self, path: KeyPath, line: int) -> None:
        if path in self.given:
            self.repeated.append((path, self.given[path], line))
        self.given.setdefault(path, line)

    def pair(self, table: KeyPath) -> None:
        start = self.at
        path = table
        for key, line in self.keys():
            path += (key,)
            self.found.setdefault(path, line)
        if path != table:
            self.give(path, line)
        self.take("=")
        self.value(path)
        if self.at == start:
            self.at += 1

    def value(self, path: KeyPath) -> None:
        if self.take("["):
            place = 0
            self.blank()
            while self.more() and not self.take("]"):
                element = (*path, place)
                self.found[element] = self.tokens[self.at][1]
                start = self.at
                self.value(element)
                self.blank()
                self.take(",")
                self.blank()
                place += 1
                if self.at == start:
                    self.at += 1
        elif self.take("{"):
            self.blank()
            while self.more() and not self.take("}"):
                self.pair(path)
                self.blank()
                self.take(",")
                self.blank()
        else:
            while self.more() and self.peek() not in ("\n", ",", "]", "}"):
                self.at += 1
