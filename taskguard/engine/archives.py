"""Applications that are called like what was put aside: an `archive` with the module of a site, or the configuration or migrations of an application, is run."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.settings.model import Settings

# What an application may be called that archives things; a folder `old` or `deprecated` is no such one, whatever it holds.
NAMES = frozenset(("archive", "archives"))
# How the packs name these folders. They alone are lifted: who writes such a glob for a place of one's own means it.
GLOBS = frozenset(f"**/{name}/**" for name in NAMES)
# What Django loads of a package: who puts files aside in a folder makes no package of it that has these at its top.
SITE = ("wsgi.py", "asgi.py", "apps.py", "migrations/__init__.py")


class Archives:
    """The applications of one root that are called so, by what lies on disk. Each folder is looked at once."""

    def __init__(self, root: str) -> None:
        self._root = root
        self._folders: dict[str, bool] = {}
        # By the identity of the settings, which are held with what is made of them.
        self._lifted: dict[int, tuple[Settings, Settings]] = {}

    def settings(self, path: str, settings: Settings) -> Settings:
        """The settings that hold at a root-relative path, of which `settings` are those of its folder: without the globs for what was put aside where
        every folder around the path that they mean is an application."""
        folders = path.split("/")[:-1]
        if NAMES.isdisjoint(folders):
            return settings
        named = [place for place, name in enumerate(folders) if name in NAMES]
        if not all(self._is_application("/".join(folders[: place + 1])) for place in named):
            return settings
        held = self._lifted.get(id(settings))
        if held is None:
            held = self._lifted[id(settings)] = settings, without_archives(settings)
        return held[1]

    def _is_application(self, folder: str) -> bool:
        held = self._folders.get(folder)
        if held is None:
            there = os.path.join(self._root, folder)
            held = os.path.isfile(os.path.join(there, "__init__.py")) and any(
                os.path.isfile(os.path.join(there, one)) for one in SITE
            )
            self._folders[folder] = held
        return held


def without_archives(settings: Settings) -> Settings:
    """The settings without the globs of the lowest pack that mean folders of these names; the other globs beside them stay."""
    lifted = [
        one.replace(files=tuple(glob for glob in one.files if glob not in GLOBS))
        if one.layer == 0 and GLOBS.issubset(one.files)
        else one
        for one in settings.overrides
    ]
    return settings.replace(overrides=tuple(lifted))
