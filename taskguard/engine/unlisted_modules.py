"""What lies on disk beside the modules of a project, and may be one: extensions, folders that hold no source, files that git ignores."""

from __future__ import annotations

import os

CACHE = "__pycache__"


def beside(root: str, base: str) -> str:
    """Why there may be a module at `base`, a path below `root` without its ending; empty where nothing on disk says so."""
    folder, _, stem = os.path.join(root, base).replace(os.sep, "/").rpartition("/")
    try:
        names = sorted(os.listdir(folder))
    except OSError:
        return ""
    for name in names:
        if name.partition(".")[0] == stem and not _is_empty(f"{folder}/{name}"):
            return f"{base.rpartition('/')[0] or '.'}/{name} is there, and is no part of the project"
    from taskguard.discovery import ignored

    if ignored(root, f"{folder}/{stem}.py") or ignored(root, f"{folder}/{stem}", True):
        return f"git ignores {base}, so it may lie on other machines or be made by a build"
    return ""


def _is_empty(path: str) -> bool:
    """Whether a folder holds nothing that can be imported: what stays of a package that was deleted."""
    try:
        return all(
            name == CACHE or (os.path.isdir(f"{path}/{name}") and _is_empty(f"{path}/{name}"))
            for name in os.listdir(path)
        )
    except NotADirectoryError:
        return False
    except OSError:
        return True
