"""One key of the settings, explained: for `taskguard settings KEY`, and beside an error that names a key."""

from __future__ import annotations

import os
import re

from taskguard.handbook.keys import PAGE, Key, found, guess, keys, option_keys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from taskguard.errors import Problem
    from taskguard.settings.load import Explained

INDENT = " " * 10


def wanted(word: str) -> Key | None:
    """The key that a word means. A path is written with `/` where a key has the same name."""
    known = {**keys(), **option_keys()}
    return known.get(word.replace("_", "-")) or known.get(word)


def missing(word: str) -> str:
    """What to say of a word that is neither a path nor a key."""
    if word.endswith((".py", ".pyi")):
        return f"there is no {word}"
    from taskguard.settings.formats import OPTIONS

    if (option := word.replace("-", "_")) in OPTIONS:
        return f"there is no path and no key {word}; did you mean tasks.allowed (`tasks.allowed.{option}`)?"
    near = guess(word)
    return f"there is no path and no key {word}; " + (f"did you mean {near}?" if near else "--keys lists all keys")


def page(key: Key, have: Explained, here: Iterable[tuple[str, object, str]]) -> Iterator[str]:
    """What the key is for, and what is in force. `here` are keys, values as TOML and origins, as `taskguard settings` prints them."""
    yield f"{key.path}\n\n{key.about}\n\n"
    yield f"Type:     {key.kind}\nDefault:  {key.default}\n"
    said = [
        (name, value, origin) for name, value, origin in here if name == key.path or name.startswith(f"{key.path}.")
    ]
    for place, (name, value, origin) in enumerate(said):
        own = "" if name == key.path else f"{name.removeprefix(key.path + '.')} = "
        yield f"{'Here:' if not place else '':<10}{own}{value}  # {origin}\n"
    number = sum(1 for name in have.origins if re.fullmatch(rf"{re.escape(key.path)}\[\d+\]", name))
    if number:
        yield f"Here:     {number} of them\n"
    yield f"Example:  {key.example.replace(chr(10), chr(10) + INDENT)}\n"
    if key.packs != key.settings:
        yield f"Only in:  {'packs' if key.packs else 'settings files'}\n"
    yield f"Page:     {PAGE}#{key.anchor}\n" if not key.path.startswith("options.") else f"Page:     {rule_of(key)}\n"


def rule_of(key: Key) -> str:
    return f"taskguard rule {key.path.split('.')[1]}"


def listed() -> Iterator[str]:
    """All keys, a line each."""
    known = {**keys(), **option_keys()}
    width = max(map(len, known))
    for key in known.values():
        yield f"{key.path:<{width}}  {key.about.partition('. ')[0].rstrip('.')}\n"


def hint(problems: Iterable[Problem]) -> str:
    """Where the first key that is wrong in a settings file is explained; empty where none is."""
    for one in problems:
        if one.key and os.path.splitext(one.file)[1] == ".toml":
            key = found(one.key)
            if key is None:
                return f"`taskguard settings --keys` lists all keys, {PAGE} explains them"
            page = "" if key.path.startswith("options.") else f", or {PAGE}#{key.anchor}"
            return f"`taskguard settings {key.path}` explains the key{page}"
    return ""
