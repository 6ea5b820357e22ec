"""`.gitignore` as git reads it, without git: patterns of one file, and the chain of files that hold for a folder.

No `re`: its import costs more than most trees take to match.
"""

from __future__ import annotations

import os

from taskguard.reading import read
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

# A set as in `*.py[cod]` becomes plain endings as long as there are no more than these.
MOST_ENDINGS = 32
PYTHON = (".py", ".pyi")


class Pattern(Record):
    """One line. `parts` are the names of the path, `**` among them; a pattern that is not `anchored` has one part."""

    parts: tuple[str, ...]
    anchored: bool
    folders_only: bool
    negated: bool


def read_pattern(line: str) -> Pattern | None:
    """The pattern of a line, None for a blank line or a comment."""
    line = _strip_end(line)
    if not line or line.startswith("#"):
        return None
    negated = line.startswith("!")
    body = line[1:] if negated else line
    folders_only = body.endswith("/")
    body = body.rstrip("/")
    anchored = "/" in body
    parts = tuple(part for part in body.split("/") if part)
    while len(parts) > 1 and parts[0] == "**" and parts[1] == "**":
        parts = parts[1:]
    if len(parts) == 2 and parts[0] == "**" and parts[1] != "**":
        anchored, parts = False, parts[1:]
    return Pattern(parts, anchored, folders_only, negated) if parts else None


def _strip_end(line: str) -> str:
    """Without the line's end and blanks there, unless a backslash keeps one."""
    line = line.rstrip("\r\n")
    bare = line.rstrip(" ")
    backslashes = len(bare) - len(bare.rstrip("\\"))
    return bare + " " if len(bare) < len(line) and backslashes % 2 else bare


class Rules:
    """The patterns of one file, whose bytes are `source`. Paths are relative to the folder that they count from."""

    def __init__(self, patterns: Iterable[Pattern], source: bytes = b"") -> None:
        self.source = source
        held = list(patterns)
        self._groups = _grouped(held)
        self._python = _grouped([pattern for pattern in held if _may_match_python(pattern)])

    def __bool__(self) -> bool:
        return bool(self._groups)

    @property
    def python(self) -> bool:
        """Whether any pattern can match the name of a Python file."""
        return bool(self._python)

    def verdict(self, path: str, name: str, folder: bool) -> bool | None:
        """True: ignored, False: kept by a negation, None: no pattern matches. The last that matches decides."""
        for group in self._python if not folder and name.endswith(PYTHON) else self._groups:
            if group.always.matches(path, name) or (folder and group.folders.matches(path, name)):
                return not group.negated
        return None


def _grouped(patterns: list[Pattern]) -> list[_Group]:
    """The groups of these patterns, the last first."""
    groups: list[_Group] = []
    for pattern in patterns:
        if not groups or groups[-1].negated != pattern.negated:
            groups.append(_Group(pattern.negated))
        groups[-1].add(pattern)
    return groups[::-1]


def _may_match_python(pattern: Pattern) -> bool:
    """Whether the last name of a pattern can be that of a Python file: most are not, and there is one question for each file."""
    last = pattern.parts[-1]
    if pattern.folders_only:
        return False
    if last == "**" or "\\" in last:
        return True
    tails = _endings(last) or (last[max(last.rfind(sign) for sign in "*?]") + 1 :],)
    exact = not _is_wild(last)
    return any(tail.endswith(PYTHON) or (not exact and any(one.endswith(tail) for one in PYTHON)) for tail in tails)


class _Group:
    """Neighbouring patterns that are all negated, or all not: among them the order is of no account."""

    def __init__(self, negated: bool) -> None:
        self.negated = negated
        self.always = _Tests()
        self.folders = _Tests()

    def add(self, pattern: Pattern) -> None:
        (self.folders if pattern.folders_only else self.always).add(pattern)


class _Tests:
    """The cheapest test that does for each pattern."""

    def __init__(self) -> None:
        self._names: set[str] = set()
        self._endings: tuple[str, ...] = ()
        self._wild: list[Callable[[str], bool]] = []
        self._paths: set[str] = set()
        self._trees: list[tuple[Callable[[str], bool] | None, ...]] = []

    def add(self, pattern: Pattern) -> None:
        plain = not any(_is_wild(part) for part in pattern.parts)
        if pattern.anchored and plain:
            self._paths.add("/".join(_unescaped(part) for part in pattern.parts))
        elif pattern.anchored:
            self._trees.append(tuple(None if part == "**" else name_test(part) for part in pattern.parts))
        elif plain:
            self._names.add(_unescaped(pattern.parts[0]))
        elif endings := _endings(pattern.parts[0]):
            self._endings += endings
        else:
            self._wild.append(name_test(pattern.parts[0]))

    def matches(self, path: str, name: str) -> bool:
        if name in self._names or name.endswith(self._endings) or path in self._paths:
            return True
        for test in self._wild:
            if test(name):
                return True
        if self._trees:
            parts = path.split("/")
            return any(_tree_matches(tree, parts) for tree in self._trees)
        return False


def _is_wild(part: str) -> bool:
    return "*" in part or "?" in part or "[" in part


def _unescaped(part: str) -> str:
    if "\\" not in part:
        return part
    made, place = "", 0
    while place < len(part):
        if part[place] == "\\" and place + 1 < len(part):
            place += 1
        made += part[place]
        place += 1
    return made


def _endings(part: str) -> tuple[str, ...]:
    """The plain endings that `*.log` or `*.py[cod]` stands for, empty where it is no such pattern."""
    body = part[1:]
    if not part.startswith("*") or "*" in body or "?" in body or "\\" in body:
        return ()
    made = [""]
    for item in _items(body):
        letters = item if isinstance(item, str) else _listed(item)
        if not letters or len(made) * len(letters) > MOST_ENDINGS:
            return ()
        made = [ending + letter for ending in made for letter in letters]
    return tuple(made)


class _Set(Record):
    """`[a-z]`: pairs of first and last letter."""

    pairs: tuple[tuple[str, str], ...]
    negated: bool

    def holds(self, letter: str) -> bool:
        return any(first <= letter <= last for first, last in self.pairs) != self.negated


STAR, ANY = _Set((), False), _Set((), True)


def _listed(one: _Set) -> str:
    """All letters of a set; empty where they are too many."""
    if one.negated or sum(ord(last) - ord(first) for first, last in one.pairs) > MOST_ENDINGS:
        return ""
    return "".join(chr(code) for first, last in one.pairs for code in range(ord(first), ord(last) + 1))


def _items(part: str) -> list[str | _Set]:
    """The letters of a pattern for one name, with sets and wildcards among them."""
    made: list[str | _Set] = []
    place = 0
    while place < len(part):
        letter = part[place]
        if letter == "*":
            if not made or made[-1] is not STAR:
                made.append(STAR)
        elif letter == "?":
            made.append(ANY)
        elif letter == "\\" and place + 1 < len(part):
            place += 1
            made.append(part[place])
        elif letter == "[" and (end := _set_end(part, place)) > 0:
            made.append(_read_set(part[place + 1 : end]))
            place = end
        else:
            made.append(letter)
        place += 1
    return made


def _set_end(part: str, start: int) -> int:
    first = start + 1
    if part[first : first + 1] in ("!", "^"):
        first += 1
    place = first
    while place < len(part):
        if part.startswith("[:", place) and (close := part.find(":]", place)) > 0:
            place = close + 2
            continue
        if part[place] == "\\":
            place += 1
        elif part[place] == "]" and place > first:
            return place
        place += 1
    return -1


CLASSES = {
    "alpha": "AZaz", "digit": "09", "alnum": "AZaz09", "upper": "AZ", "lower": "az", "xdigit": "09AFaf", "space": "\t\r  ",
    "punct": "!/:@[`{~",
}  # fmt: skip


def _read_set(inside: str) -> _Set:
    negated = inside[:1] in ("!", "^")
    if negated:
        inside = inside[1:]
    pairs: list[tuple[str, str]] = []
    place = 0
    while place < len(inside):
        if inside.startswith("[:", place) and (end := inside.find(":]", place)) > 0:
            ends = CLASSES.get(inside[place + 2 : end], "")
            pairs += zip(ends[::2], ends[1::2])
            place = end + 2
            continue
        first, place = _set_letter(inside, place)
        last = first
        if inside[place : place + 1] == "-" and place + 1 < len(inside):
            last, place = _set_letter(inside, place + 1)
        pairs.append((first, last))
    return _Set(tuple(pairs), negated)


def _set_letter(inside: str, place: int) -> tuple[str, int]:
    if inside[place] == "\\" and place + 1 < len(inside):
        place += 1
    return inside[place], place + 1


def name_test(part: str) -> Callable[[str], bool]:
    """A test of one name against a pattern with `*`, `?`, `[…]` and backslashes."""
    items = _items(part)
    head = "".join(_leading(items))
    tail = "".join(_leading(items[::-1]))[::-1]
    core = max(_runs(items), key=len)

    def test(name: str) -> bool:
        return core in name and name.startswith(head) and name.endswith(tail) and _name_matches(items, name)

    return test


def _leading(items: list[str | _Set]) -> Iterator[str]:
    for item in items:
        if not isinstance(item, str):
            return
        yield item


def _runs(items: list[str | _Set]) -> list[str]:
    """The stretches of plain letters: a name without the longest of them cannot match."""
    made = [""]
    for item in items:
        if isinstance(item, str):
            made[-1] += item
        else:
            made.append("")
    return made


def _name_matches(items: list[str | _Set], name: str) -> bool:
    """The usual walk with one point of return: the last star."""
    at = place = 0
    star = back = -1
    while place < len(name):
        item = items[at] if at < len(items) else None
        if item is STAR:
            star, back = at, place
            at += 1
        elif item is not None and (item == name[place] if isinstance(item, str) else item.holds(name[place])):
            at += 1
            place += 1
        elif star >= 0:
            back += 1
            at, place = star + 1, back
        else:
            return False
    return all(item is STAR for item in items[at:])


def _tree_matches(tests: tuple[Callable[[str], bool] | None, ...], parts: list[str]) -> bool:
    """Whether the names of a path match in order; None (`**`) stands for any number of them, at the end for one or more."""
    reached = {0}
    for part in parts:
        following: set[int] = set()
        for at in _past_stars(reached, tests):
            if at < len(tests):
                test = tests[at]
                if test is None:
                    following.add(at + 1 if at == len(tests) - 1 else at)
                    if at == len(tests) - 1:
                        following.add(at)
                elif test(part):
                    following.add(at + 1)
        reached = following
        if not reached:
            return False
    return len(tests) in reached


def _past_stars(reached: set[int], tests: tuple[Callable[[str], bool] | None, ...]) -> set[int]:
    made = set(reached)
    for start in reached:
        at = start
        while at < len(tests) - 1 and tests[at] is None:
            at += 1
            made.add(at)
    return made


def read_rules(path: str, follow: bool = True) -> Rules:
    """The rules of an ignore file; none where it cannot be read, is no regular file, or a link that is not to be followed."""
    try:
        data = read(path, follow)
    except OSError:
        return Rules(())
    lines = os.fsdecode(data.removeprefix(b"\xef\xbb\xbf")).split("\n")
    return Rules((pattern for line in lines if (pattern := read_pattern(line))), data)
