"""Globs over root-relative paths, as `.gitignore` and ruff read them.

A pattern without `/` matches a name at any depth, one with `/` starts at the folder of the settings. `*` and `?` stay
within one name, `**` crosses names, `[a-z]` and `[!a-z]` are sets. A pattern that matches a folder matches all below.
"""

from __future__ import annotations

from functools import lru_cache

TYPE_CHECKING = False
if TYPE_CHECKING:
    import re
    from collections.abc import Callable, Iterable

WILD = frozenset("*?[")


def matcher(patterns: Iterable[str]) -> Callable[[str], bool]:
    """A test whether a path (relative, with `/`) matches one of `patterns`. Built once for the same patterns."""
    return _matcher(tuple(patterns))


def fault(pattern: str) -> str | None:
    """What is wrong with a pattern, in words, or None."""
    if not pattern.strip() or not pattern.strip("./"):
        return "the pattern is empty"
    if pattern.startswith("!"):
        return "a pattern cannot be negated with `!`"
    if "\\" in pattern:
        return "paths are written with `/`, also on Windows"
    if ".." in pattern.split("/"):
        return "a pattern cannot leave its folder with `..`"
    place = 0
    while (place := pattern.find("[", place)) >= 0:
        end = _set_end(pattern, place)
        if end < 0:
            return "`[` is never closed"
        inside = pattern[place + 1 : end]
        for at in range(1, len(inside) - 1):
            if inside[at] == "-" and inside[at - 1] not in "!^" and inside[at - 1] > inside[at + 1]:
                return f"the range `{inside[at - 1 : at + 2]}` is backwards"
        place = end + 1
    return None


@lru_cache(maxsize=256)
def _matcher(patterns: tuple[str, ...]) -> Callable[[str], bool]:
    """Plain names and folders are answered without `re`, whose import is felt by a check of one file."""
    names: set[str] = set()
    places: list[str] = []
    rest: list[str] = []
    inside: list[str] = []
    ends: list[tuple[str, str]] = []
    for pattern in patterns:
        pattern = pattern.removeprefix("./")
        body = pattern.removesuffix("/**")
        anywhere = body.removeprefix("**/")
        start, star, end = pattern.partition("*")
        if anywhere != body and pattern != body and not WILD & set(anywhere):
            inside.append(f"/{anywhere.strip('/')}/")
        elif star and "/" not in pattern and not WILD & set(start + end):
            ends.append((start, end))
        elif WILD & set(body):
            rest.append(pattern)
        elif pattern != body or pattern.endswith("/"):
            anchored = "/" in pattern.rstrip("/")
            (places if anchored else rest).append(body.strip("/") + "/" if anchored else pattern)
        elif "/" in pattern:
            places += [pattern.strip("/"), pattern.strip("/") + "/"]
        else:
            names.add(pattern)
    below = tuple(place for place in places if place.endswith("/"))
    exact = frozenset(place for place in places if not place.endswith("/"))
    wild: list[re.Pattern[str]] = []

    def match(path: str) -> bool:
        parts = path.split("/")
        if path in exact or path.startswith(below) or not names.isdisjoint(parts):
            return True
        for folder in inside:
            if folder in f"/{path}":
                return True
        for start, end in ends:
            for part in parts:
                if part.startswith(start) and part.endswith(end) and len(part) >= len(start) + len(end):
                    return True
        if rest and not wild:
            wild.append(_compiled(rest))
        return any(pattern.fullmatch(path) for pattern in wild)

    return match


def _compiled(patterns: list[str]) -> re.Pattern[str]:
    import re

    return re.compile("|".join(f"(?:{_translated(pattern)})" for pattern in patterns), re.DOTALL)


def _translated(pattern: str) -> str:
    body = pattern.strip("/")
    anchored = "/" in pattern.rstrip("/")
    parts = body.split("/")
    last = parts.pop()
    made = "" if anchored else "(?:.*/)?"
    for part in parts:
        made += "(?:.*/)?" if part == "**" else _one_name(part) + "/"
    if last == "**":
        return made + ".+"
    return made + _one_name(last) + ("/.*" if pattern.endswith("/") else "(?:/.*)?")


def _one_name(part: str) -> str:
    import re

    made, place = "", 0
    while place < len(part):
        letter = part[place]
        end = _set_end(part, place) if letter == "[" else -1
        if letter == "*":
            made += "[^/]*"
        elif letter == "?":
            made += "[^/]"
        elif end > 0:
            inside = part[place + 1 : end]
            negated = inside[0] in "!^"
            chosen = re.sub(r"([\\\[\]^&~|])", r"\\\1", inside[1:] if negated else inside)
            made += f"[^/{chosen}]" if negated else f"[{chosen}]"
            place = end
        else:
            made += re.escape(letter)
        place += 1
    return made


def _set_end(text: str, start: int) -> int:
    """Where the `]` of the set that opens at `start` is, or -1. A `]` in the first place is a member of the set."""
    first = start + 1
    if text[first : first + 1] in ("!", "^"):
        first += 1
    end = text.find("]", first + 1)
    slash = text.find("/", first)
    return -1 if end < 0 or 0 <= slash < end else end
