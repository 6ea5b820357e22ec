"""Which projects a request is about: that of each path, by where it stands and not by where the command was typed."""

from __future__ import annotations

import os

from taskguard.settings.find import find_root, is_package, project_of, unrooted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from taskguard.request import Request


def by_project(request: Request) -> list[Request]:
    """The request for each project that it names a path of, each with its `root`, in the order of the paths.

    Without a path, and for a commit, it is the project of the working directory.
    """
    cwd = os.path.realpath(request.cwd)
    if request.root is not None:
        return [request.replace(cwd=cwd)]
    if request.stdin_text is not None:
        stands = Standing(cwd, ())
        return [request.replace(cwd=cwd, root=stands.root(os.path.join(cwd, request.stdin_filename or "stdin.py")))]
    stands = Standing(cwd, request.paths)
    paths: dict[str, list[str]] = {}
    if request.hook or not request.paths:
        paths[find_root(cwd)] = []
    for path in request.paths:
        paths.setdefault(stands.root(os.path.join(cwd, path)), []).append(path)
    return [request.replace(cwd=cwd, root=root, paths=tuple(own)) for root, own in paths.items()]


def visit(request: Request, project: Callable[[Request], tuple[str, ...]]) -> None:
    """Hands over the request for each project that it names, and for those below: `project` gives the roots of these."""
    waiting = {one.root or "": one for one in by_project(request)}
    while waiting:
        own = waiting.pop(min(waiting, key=len))
        below = project(own)
        for root in below if request.below else ():
            named = waiting[root].paths if root in waiting else ()
            waiting[root] = request.replace(root=root, cwd=own.cwd, paths=(*named, root))


class Standing:
    """The project root of each file or folder, where `paths` (absolute, or counted from `cwd`) were passed.

    What stands in no project belongs to the outermost folder that was passed around it. A file that was passed there itself
    belongs to the folder that its package stands in.
    """

    def __init__(self, cwd: str, paths: tuple[str, ...]) -> None:
        self._known: dict[str, str] = {}
        self._real: dict[str, str] = {}
        self._loose: list[str] = []
        loose = set()
        for path in paths:
            folder = self._folder(os.path.join(cwd, path))
            if not self._marked(folder):
                loose.add(folder if os.path.isdir(os.path.join(cwd, path)) else package_folder(folder))
        self._loose = sorted(loose - {*unrooted()}, key=len)

    def root(self, path: str) -> str:
        """The root for an absolute path."""
        folder = self._folder(path)
        marked = self._marked(folder)
        if marked:
            return marked
        for one in self._loose:
            if folder == one or folder.startswith(one + os.sep):
                return one
        return folder if os.path.isdir(path) else package_folder(folder)

    def _folder(self, path: str) -> str:
        """The folder that a path stands in without links: its own where it is one. A link counts as what it leads to, if that is in a project."""
        if os.path.islink(path):
            real = os.path.realpath(path)
            folder = real if os.path.isdir(real) else os.path.dirname(real)
            if os.path.isdir(real) or self._marked(folder):
                return folder
        folder, name = os.path.split(path)
        if folder not in self._real:
            self._real[folder] = os.path.realpath(folder)
        real = os.path.normpath(os.path.join(self._real[folder], name))
        return real if os.path.isdir(real) else self._real[folder]

    def _marked(self, folder: str) -> str:
        if folder not in self._known:
            self._known[folder] = project_of(folder)[0]
        return self._known[folder]


def package_folder(folder: str) -> str:
    """The folder that holds the outermost package around `folder`; itself where it is no package."""
    while is_package(folder):
        folder = os.path.dirname(folder)
    return folder
