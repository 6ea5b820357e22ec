"""`.gitignore` as git reads it, without git: nested files, negation, anchoring, folders only."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    import re


class IgnoreFile:
    """The patterns of one ignore file. `folder` is where they count from, relative to the root (`""` for the root)."""

    __slots__ = ("_names", "_patterns", "folder")

    def __init__(self, folder: str, text: str) -> None:
        self.folder = folder
        self._patterns: list[tuple[str, bool, bool, bool]] = []
        self._names: dict[str, re.Pattern[str]] = {}
        for line in text.splitlines():
            pattern = _pattern(line)
            if pattern is not None:
                self._patterns.append(pattern)

    def verdict(self, path: str, is_folder: bool) -> bool | None:
        """True: ignored, False: taken back by a `!`, None: these patterns say nothing. `path` is relative to the root."""
        inside = path[len(self.folder) + 1 :] if self.folder else path
        name = inside.rpartition("/")[2]
        for body, negated, folders_only, anchored in reversed(self._patterns):
            if folders_only and not is_folder:
                continue
            subject = inside if anchored else name
            if body == subject or (_wild(body) and self._compiled(body).fullmatch(subject)):
                return not negated
        return None

    def _compiled(self, body: str) -> re.Pattern[str]:
        if body not in self._names:
            import re

            self._names[body] = re.compile(_translate(body), re.DOTALL)
        return self._names[body]


def _wild(body: str) -> bool:
    return "*" in body or "?" in body or "[" in body or "\\" in body


def _pattern(line: str) -> tuple[str, bool, bool, bool] | None:
    """Body, negated, folders only, anchored; None for a blank line or a comment."""
    if not line.endswith("\\ "):
        line = line.rstrip()
    if not line or line.startswith("#"):
        return None
    negated = line.startswith("!")
    line = line[1:] if negated else line
    folders_only = line.endswith("/")
    line = line.rstrip("/")
    anchored = "/" in line
    line = line.removeprefix("/")
    if line.startswith("**/") and "/" not in line[3:]:
        line, anchored = line[3:], False
    return (line, negated, folders_only, anchored) if line else None


def _translate(body: str) -> str:
    import re

    made, place = "", 0
    while place < len(body):
        letter = body[place]
        if body.startswith("**/", place) and (place == 0 or body[place - 1] == "/"):
            made += "(?:.*/)?"
            place += 3
            continue
        if body[place:] == "**":
            made += ".*"
            break
        if letter == "*":
            made += "[^/]*"
        elif letter == "?":
            made += "[^/]"
        elif letter == "[" and (end := body.find("]", place + 2)) > 0:
            inside = body[place + 1 : end]
            inside = "^" + inside[1:] if inside.startswith("!") else inside
            made += "[" + inside.replace("\\", "\\\\") + "]"
            place = end
        elif letter == "\\" and place + 1 < len(body):
            place += 1
            made += re.escape(body[place])
        else:
            made += re.escape(letter)
        place += 1
    return made


def ignored(files: tuple[IgnoreFile, ...], path: str, is_folder: bool) -> bool:
    """Whether the innermost ignore file that says anything about `path` ignores it. `files` are outermost first."""
    for one in reversed(files):
        verdict = one.verdict(path, is_folder)
        if verdict is not None:
            return verdict
    return False


def read_ignore(path: str, folder: str) -> IgnoreFile | None:
    """The ignore file at the absolute `path`, None where there is none to read."""
    try:
        with open(path, encoding="utf-8", errors="surrogateescape") as file:
            return IgnoreFile(folder, file.read())
    except (OSError, ValueError):
        return None


def of_repository(root: str) -> tuple[IgnoreFile, ...]:
    """The ignore files that git reads beside the `.gitignore` of folders: the user's own and `.git/info/exclude`."""
    home = os.environ.get("XDG_CONFIG_HOME") or os.path.join(os.path.expanduser("~"), ".config")
    places = (os.path.join(home, "git", "ignore"), os.path.join(root, ".git", "info", "exclude"))
    return tuple(one for one in (read_ignore(place, "") for place in places) if one is not None)
