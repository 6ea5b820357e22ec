"""What lies on disk beside the modules of a project, and may be one: extensions, folders that hold no source, files that git ignores."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.discovery.chain import Chains

CACHE = "__pycache__"


class Beside:
    """What lies on disk beside the modules below `root`. Each folder is read once."""

    def __init__(self, root: str) -> None:
        self._root = root
        self._names: dict[str, dict[str, list[str]]] = {}
        self._chains: Chains | None = None

    def __call__(self, base: str) -> str:
        """Why there may be a module at `base`, a path below the root without its ending; empty where nothing on disk says so."""
        folder, _, stem = os.path.join(self._root, base).replace(os.sep, "/").rpartition("/")
        if folder not in self._names:
            self._names[folder] = _by_stem(folder)
        if not os.path.isdir(folder):
            return ""
        for name in self._names[folder].get(stem, ()):
            if not _is_empty(f"{folder}/{name}"):
                return f"{base.rpartition('/')[0] or '.'}/{name} is there, and is no part of the project"
        from taskguard.discovery.chain import Chains, ignored

        if self._chains is None:
            self._chains = Chains()
        if ignored(self._root, f"{folder}/{stem}.py", chains=self._chains) or ignored(
            self._root, f"{folder}/{stem}", True, self._chains
        ):
            return f"git ignores {base}, so it may lie on other machines or be made by a build"
        return ""


def _by_stem(folder: str) -> dict[str, list[str]]:
    made: dict[str, list[str]] = {}
    try:
        for name in sorted(os.listdir(folder)):
            made.setdefault(name.partition(".")[0], []).append(name)
    except OSError:
        return {}
    return made


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
