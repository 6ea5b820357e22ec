"""Where the settings of a folder are, and which project it stands in. Reads as little as it can, since every run asks."""

from __future__ import annotations

import os

from taskguard.reading import read

NAMES = (".taskguard.toml", "taskguard.toml")
SETTINGS_NAMES = frozenset((*NAMES, "pyproject.toml"))
# Our name in UTF-16, in either order of bytes.
WIDE = b"\0".join(bytes((one,)) for one in b"taskguard")
# Where neither a repository nor settings say it, the nearest of these marks the project.
BUILD_NAMES = ("pyproject.toml", "setup.cfg", "manage.py")
# What makes a folder the root of a project, the strongest first; nothing does in `LOOSE`.
REPOSITORY, SETTINGS, BUILD, LOOSE = ".git", "settings", "build", ""


def project_of(folder: str) -> tuple[str, str]:
    """The root of the project that a folder (absolute, without links) stands in, and what makes it one; ("", LOOSE) where nothing does.

    It is the nearest folder with a `.git` (a file in worktrees and submodules), else the nearest with settings, else the nearest
    with one of `BUILD_NAMES`. What marks the home folder or `/` counts for nothing.
    """
    places = _upward(folder)
    never = unrooted()
    for number, place in enumerate(places):
        if place in never:
            del places[number:]
            break
        if os.path.lexists(os.path.join(place, ".git")):
            return place, REPOSITORY
    for place in places:
        if settings_in(place):
            return place, SETTINGS
    for place in places:
        if is_package(place):
            continue  # a package with its `manage.py`: the project is what holds it
        if any(os.path.isfile(os.path.join(place, name)) for name in BUILD_NAMES):
            return place, BUILD
    return "", LOOSE


def is_package(folder: str) -> bool:
    """Whether a folder is a package with a file of its own."""
    return os.path.isfile(os.path.join(folder, "__init__.py"))


def unrooted() -> tuple[str, str]:
    """The folders that are never the root of a project: `/`, and the user's home."""
    return os.path.abspath(os.sep), os.path.realpath(os.path.expanduser("~"))


def find_root(folder: str) -> str:
    """The project root for a folder that was passed: that of the project it stands in, else itself."""
    folder = os.path.realpath(folder)
    return project_of(folder)[0] or folder


def find(start: str, root: str) -> str | None:
    """The absolute path of the nearest settings file in `start` or above, up to `root` (both absolute folders), or None.

    What lies in the home folder or in `/` counts for nothing.
    """
    root, never = os.path.normpath(root), unrooted()
    for place in _upward(os.path.normpath(start)):
        if place in never:
            break
        if found := settings_in(place):
            return found
        if place == root:
            break
    return None


def _upward(folder: str) -> list[str]:
    places = [folder]
    while (above := os.path.dirname(places[-1])) != places[-1]:
        places.append(above)
    return places


def settings_in(folder: str) -> str | None:
    """The settings file of this very folder, or None. One that cannot be read counts: whoever loads it says what is wrong with it."""
    for name in NAMES:
        path = os.path.join(folder, name)
        if os.path.lexists(path):
            return path
    path = os.path.join(folder, "pyproject.toml")
    try:
        return path if has_table(read(path)) else None
    except FileNotFoundError:
        return None
    except OSError:
        return path


def has_table(data: bytes) -> bool:
    """Whether the bytes of a `pyproject.toml` hold `[tool.taskguard]`. The usual spelling is found without a TOML reader."""
    if b"taskguard" not in data:
        return WIDE in data  # whoever loads it says that it is UTF-16
    for line in data.splitlines():
        if line.startswith((b"[tool.taskguard]", b"[tool.taskguard.", b"[[tool.taskguard.")):
            return True
    from taskguard.settings.toml import TomlError, parse

    try:
        tool = parse(data.decode("utf-8-sig", "replace")).get("tool")
    except TomlError:
        return b"tool.taskguard" in data  # whoever loads it says what is wrong with it
    return isinstance(tool, dict) and "taskguard" in tool


def for_people(path: str) -> str:
    """A path relative to the working directory where that is shorter to read, else as it is."""
    try:
        relative = os.path.relpath(path)
    except ValueError:
        return path
    return path if relative.startswith("..") else relative
