"""Where the settings of a folder are. Reads as little as it can, since every run asks."""

from __future__ import annotations

import os

NAMES = (".taskguard.toml", "taskguard.toml")


def find_root(folder: str) -> str:
    """The project root for a working directory: the nearest `.git` above it, else the folder of the settings found, else itself."""
    folder = os.path.abspath(folder)
    for place in _upward(folder):
        if os.path.lexists(os.path.join(place, ".git")):
            return place
    settings = find(folder, os.path.abspath(os.sep))
    return os.path.dirname(settings) if settings else folder


def find(start: str, root: str) -> str | None:
    """The absolute path of the nearest settings file in `start` or above, up to `root` (both absolute folders), or None."""
    root = os.path.normpath(root)
    for place in _upward(os.path.normpath(start)):
        if found := _in_folder(place):
            return found
        if place == root:
            break
    return None


def _upward(folder: str) -> list[str]:
    places = [folder]
    while (above := os.path.dirname(places[-1])) != places[-1]:
        places.append(above)
    return places


def _in_folder(folder: str) -> str | None:
    for name in NAMES:
        path = os.path.join(folder, name)
        if os.path.isfile(path):
            return path
    path = os.path.join(folder, "pyproject.toml")
    return path if os.path.isfile(path) and has_table(_bytes(path)) else None


def _bytes(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError:
        return b""


def has_table(data: bytes) -> bool:
    """Whether the bytes of a `pyproject.toml` hold `[tool.taskguard]`. The usual spelling is found without a TOML reader."""
    if b"taskguard" not in data:
        return False
    for line in data.splitlines():
        if line.startswith((b"[tool.taskguard]", b"[tool.taskguard.", b"[[tool.taskguard.")):
            return True
    from taskguard.settings.toml import TomlError, parse

    try:
        tool = parse(data.decode("utf-8-sig", "replace")).get("tool")
    except TomlError:
        return b"tool.taskguard" in data  # whoever loads it says what is wrong with it
    return isinstance(tool, dict) and "taskguard" in tool
