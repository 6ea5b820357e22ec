"""What lies below the root of a project: other projects, which are cut off, and settings of parts of it, which count where they lie."""

from __future__ import annotations

import os

from taskguard.discovery.markers import BASELINE, ROOTS, is_note
from taskguard.engine.projects import package_folder
from taskguard.errors import UserError
from taskguard.settings.find import (
    BUILD,
    BUILD_NAMES,
    LOOSE,
    REPOSITORY,
    SETTINGS_NAMES,
    is_package,
    project_of,
    settings_in,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

    from taskguard.discovery import Walk
    from taskguard.errors import Problem
    from taskguard.settings.model import Settings


def projects_below(root: str, markers: Iterable[str]) -> list[str]:
    """The folders (relative, outermost only) that are projects of their own, by what these marker files say.

    In a repository there are none but repositories, which a walk leaves out by itself. So it is below a folder that says how what lies in it is
    built, tested or started: a checkout without its `.git`.
    """
    markers = tuple(markers)
    names: dict[str, set[str]] = {}
    for path in markers:
        folder, _, name = path.rpartition("/")
        if folder:
            names.setdefault(folder, set()).add(name)
    if not names:
        return []
    top, kind = project_of(root)
    if kind == REPOSITORY:
        return []
    inside = kind != LOOSE and top != root
    loose = inside or (kind in (BUILD, LOOSE) and not any(map(_starts, markers)))
    made: list[str] = []
    for folder in sorted(names):
        if any(folder.startswith(one + "/") for one in made):
            continue
        # As in `project_of`: a package that holds its `manage.py` is none by that.
        built = loose and names[folder].intersection(BUILD_NAMES) and not is_package(os.path.join(root, folder))
        if built or settings_in(os.path.join(root, folder)):
            made.append(folder)
    return made


def _starts(path: str) -> bool:
    """Whether a marker file in the root itself says how the whole is built, tested or started."""
    return "/" not in path and path not in ROOTS and not path.startswith(".") and path != BASELINE and not is_note(path)


def loose_folders(root: str, paths: Iterable[str]) -> list[str]:
    """The outermost folders below `root`, which is no project, that hold files, or packages, of their own."""
    made: list[str] = []
    folders = {os.path.join(root, path.rpartition("/")[0]) for path in paths if "/" in path}
    for folder in sorted({package_folder(one) for one in folders} - {root}, key=lambda one: (one.count(os.sep), one)):
        inside = os.path.relpath(folder, root).replace(os.sep, "/")
        if not any(inside.startswith(one + "/") for one in made):
            made.append(inside)
    return made


def without(walk: Walk, folders: Collection[str]) -> Walk:
    """A walk without what lies in these folders."""
    if not folders:
        return walk
    starts = tuple(f"{folder}/" for folder in folders)

    def outside(path: str) -> bool:
        return not path.startswith(starts)

    return walk.replace(
        sizes={path: size for path, size in walk.sizes.items() if outside(path)},
        times={path: time for path, time in walk.times.items() if outside(path)},
        stamps={path: one for path, one in walk.stamps.items() if outside(path)},
        markers=tuple(path for path in walk.markers if outside(path)),
        repositories=tuple(path for path in walk.repositories if outside(path)),
    )


class Nested:
    """The settings of folders below the root: `by_folder` has them by relative folder, the innermost first.

    `read` reads a settings file. Where that fails, and none of the files that `asked` names (None: all are asked about) lies there,
    the folder has the settings around it: whoever checks it will be told. Raises UserError else, with what is wrong in all of them.
    """

    def __init__(
        self,
        root: str,
        markers: Iterable[str],
        asked: Collection[str] | None,
        read: Callable[[str], Settings],
    ) -> None:
        folders = {path.rpartition("/")[0] for path in markers if path.rpartition("/")[2] in SETTINGS_NAMES}
        self.by_folder: dict[str, Settings] = {}
        wrong: list[Problem] = []
        for folder in sorted(folders - {""}, key=lambda folder: (-folder.count("/"), folder)):
            file = settings_in(os.path.join(root, folder))
            if file is None:
                continue
            try:
                self.by_folder[folder] = read(file)
            except UserError as error:
                if asked is None or any(path.startswith(folder + "/") for path in asked):
                    wrong += error.problems
        if wrong:
            raise UserError(*sorted(dict.fromkeys(wrong)))
        self._known: dict[str, Settings | None] = {}

    def at(self, path: str) -> Settings | None:
        """The settings of the innermost of the folders around a path; None where there is none."""
        folder = path.rpartition("/")[0]
        if folder not in self._known:
            above = folder
            while above and above not in self.by_folder:
                above = above.rpartition("/")[0]
            self._known[folder] = self.by_folder.get(above) if above else None
        return self._known[folder]

    def excluded(self, root: str, paths: Iterable[str], outer: Settings) -> frozenset[str]:
        """Those of the paths that the settings of such a folder exclude, and `outer`, those of the project, do not."""
        from taskguard import discovery

        options = {
            folder: discovery.Options(exclude=one.exclude, folder=folder)
            for folder, one in self.by_folder.items()
            if one.exclude != outer.exclude or any("/" in pattern for pattern in one.exclude)
        }
        if not options:
            return frozenset()
        made = set()
        for path in paths:
            held = self.at(path)
            found = options.get(held.folder) if held is not None else None
            if found is not None and discovery.is_excluded(root, os.path.join(root, path), found):
                made.add(path)
        return frozenset(made)

    def shared(self, outer: Settings) -> Settings:
        """What the whole project is linked by: the settings of the project, with what those of its folders say of import roots, apps and Celery."""
        if not self.by_folder and not outer.folder:
            return outer
        inner = sorted(self.by_folder.items())
        src, apps = [], []
        for one in (outer, *(one for _, one in inner)):
            src += [one.below(each) for each in one.src]
            apps += [app.replace(src=tuple(one.below(each) for each in app.src)) for app in one.apps]
        said = [outer.celery, *(one.celery for _, one in inner)]
        return outer.replace(
            src=tuple(dict.fromkeys(src)),
            apps=tuple(dict.fromkeys(apps)),
            celery=outer.celery.replace(
                queues=tuple(dict.fromkeys(queue for one in said for queue in one.queues)),
                imports=tuple(dict.fromkeys(name for one in said for name in one.imports)),
                task_names=tuple(dict.fromkeys(name for one in said for name in one.task_names)),
            ),
        )
