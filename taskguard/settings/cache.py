"""Merged settings kept between runs, since reading and validating them anew costs several starts of the interpreter.

What is read is a list of words of six kinds, each record is held to its shape, and anything else is as good as no cache.
"""

from __future__ import annotations

import os
from zlib import crc32

from taskguard.errors import Problem
from taskguard.reading import read
from taskguard.settings.load import SILENT, hold_folders, load
from taskguard.settings.model import (
    AppSetting,
    Asked,
    CelerySetting,
    CommandLine,
    FacadeSetting,
    House,
    Mention,
    Named,
    Override,
    Policy,
    Settings,
)
from taskguard.version import __version__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from taskguard.cachefile import CacheFile
    from taskguard.sealing import Seal

DEEPEST = 20


def load_anew(
    path: str | None,
    root: str,
    cli: CommandLine = SILENT,
    option_types: Callable[[str], Mapping[str, Any] | None] | None = None,
    *,
    without_file: Callable[[], Settings | None] = lambda: None,
) -> Settings:
    """Like `load`. `without_file` may know the settings that hold where neither a file nor the command line says anything. Raises UserError."""
    plain = path is None and cli == SILENT
    return (without_file() if plain else None) or load(path, root, cli, option_types)


def load_stored(
    path: str | None,
    root: str,
    cli: CommandLine = SILENT,
    option_types: Callable[[str], Mapping[str, Any] | None] | None = None,
    *,
    kept: Callable[[str], CacheFile],
    without_file: Callable[[], Settings | None] = lambda: None,
) -> Settings:
    """Like `load`, with the answer kept in a file of the cache, which `kept` gives by its kind. Raises UserError.

    `without_file` is that of `load_anew`.

    A kept answer holds while the bytes of every file that it was made of are the same. A file that cannot be read or
    written is no error.
    """
    place = os.getcwd() if cli.config is not None or cli.packs is not None or cli.inline else ""
    # Two installations of one version may differ in their packs, as a checkout and a release do.
    key = f"taskguard {__version__}\t{__file__!r}\t{path!r}\t{root!r}\t{place!r}\t{cli!r}"
    head = key.encode("utf-8", "surrogateescape") + b"\n"
    file = kept(f"settings-{crc32(head):08x}")
    body = file.read(head)
    try:
        if body is not None:
            marks, _, text = body.decode("utf-8", "surrogateescape").partition("\n")
            settings = restore(text)
            if settings is not None and marks == _fingerprint(settings, file.seal):
                hold_folders(settings, root)
                return settings
    except OSError:
        pass
    settings = load_anew(path, root, cli, option_types, without_file=without_file)
    try:
        text = f"{_fingerprint(settings, file.seal)}\n{dump(settings)}"
    except (OSError, TypeError):
        return settings
    file.write(head, text.encode("utf-8", "surrogateescape"))
    return settings


def _fingerprint(settings: Settings, seal: Seal) -> str:
    return " ".join(seal.check(read(source)).hex() for source in settings.sources)


def dump(settings: Settings) -> str:
    """Settings as text, one word a line. Raises TypeError where an option holds what no word is for, as a date."""
    words: list[str] = []
    _write(settings, words)
    return "\n".join(words)


def _write(value: object, words: list[str]) -> None:
    if isinstance(value, tuple):
        words.append("(" if type(value) is tuple else f"({type(value).__name__}")
        for one in value:
            _write(one, words)
        words.append(")")
    elif isinstance(value, str):
        words.append("s" + value.replace("\\", "\\\\").replace("\n", "\\n"))
    elif value is None:
        words.append("n")
    elif isinstance(value, (bool, int, float)):
        words.append(f"{type(value).__name__[0]}{value!r}")
    else:
        raise TypeError(f"{value!r} cannot be kept")


def restore(text: str) -> Settings | None:
    """The settings that `dump` wrote, or None for any other text."""
    try:
        value = _read(text.split("\n"))
    except (ValueError, TypeError, KeyError, IndexError):
        return None
    return value if isinstance(value, Settings) and _fits(value, Settings) else None


def _read(words: list[str]) -> object:
    names: list[str] = []
    open_: list[list[object]] = [[]]
    for word in words:
        kind, rest = word[0], word[1:]
        if kind == "(":
            names.append(rest)
            open_.append([])
            if len(names) > DEEPEST:
                raise ValueError("too deep")
        elif kind == ")":
            values, name = open_.pop(), names.pop()
            open_[-1].append(RECORDS[name](*values) if name else tuple(values))
        elif kind == "s":
            open_[-1].append("\\".join(part.replace("\\n", "\n") for part in rest.split("\\\\")))
        else:
            open_[-1].append(PLAIN[kind](rest))
    (value,) = open_.pop()
    return value


PLAIN: dict[str, Callable[[str], object]] = {
    "n": lambda rest: None,
    "b": {"True": True, "False": False}.__getitem__,
    "i": int,
    "f": float,
}
RECORDS: dict[str, Any] = {
    kind.__name__: kind
    for kind in (
        AppSetting,
        Asked,
        CelerySetting,
        FacadeSetting,
        House,
        Mention,
        Named,
        Override,
        Policy,
        Problem,
        Settings,
    )
}

# What each field holds: a type, `[x]` for a tuple of any number of x, `(x, y)` for a pair, a frozenset for one of several.
WORDS = [str]
LEVELS = [(str, str)]
OPTIONS = [(str, [(str, object)])]
ALLOWED = [(str, [frozenset({str, int, float, bool, Named})])]


def _maybe(shape: object) -> tuple[str, object]:
    return "maybe", shape


SHAPES: dict[type, tuple[object, ...]] = {
    Named: (str,),
    Asked: (str, str, int, str),
    House: (WORDS, WORDS, ALLOWED, WORDS, WORDS, str, WORDS, WORDS),
    Policy: (WORDS, _maybe(WORDS), _maybe(WORDS), _maybe(ALLOWED), _maybe(WORDS), _maybe(str)),
    Override: (WORDS, LEVELS, OPTIONS, int, [Asked]),
    FacadeSetting: (str, WORDS, bool),
    AppSetting: (str, WORDS),
    CelerySetting: (WORDS, WORDS, WORDS),
    Mention: (str, str, str, int, str),
    Problem: (str, int, str, str, bool),
    Settings: (
        str, WORDS, WORDS, WORDS, bool, bool, LEVELS, [Override], OPTIONS, House, [Policy], WORDS, [FacadeSetting],
        [AppSetting], CelerySetting, _maybe(WORDS), WORDS, bool, bool, WORDS, _maybe(str), WORDS, [Asked],
        [Problem], [Mention],
    ),
}  # fmt: skip


def _fits(value: Any, shape: Any) -> bool:
    if shape is object:
        return True
    if isinstance(shape, list):
        return type(value) is tuple and all(_fits(one, shape[0]) for one in value)
    if isinstance(shape, frozenset):
        return any(_fits(value, one) for one in shape)
    if isinstance(shape, tuple) and shape[0] == "maybe":
        return value is None or _fits(value, shape[1])
    if isinstance(shape, tuple):
        return type(value) is tuple and len(value) == len(shape) and all(map(_fits, value, shape))
    if type(value) is not shape:
        return False
    return shape not in SHAPES or (len(value) == len(SHAPES[shape]) and all(map(_fits, value, SHAPES[shape])))
