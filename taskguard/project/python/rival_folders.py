"""Folders that hold packages of one name, of which no two can count at once: `services/web/app/` and `services/worker/app/`."""

from __future__ import annotations

from taskguard.project.python.testing import in_put_aside, in_test_path
from taskguard.query import query

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.project.python.project import Module, Project


def nearer_folder(module: Module, target: Module) -> bool:
    """Whether a folder above a module, nearer than that from which `target` counts, holds what an import of `target` may begin with.

    Tests import the package of their own service, whose folder a `conftest.py` there puts first; tests of two services do not run in one process.
    """
    head, rest = target.name.partition(".")[0], target.name.replace(".", "/")
    files = module.project.modules
    return any(
        _begins(files, f"{folder}/{head}", f"{folder}/{rest}", module.path)
        for folder in _above(module, target.root)
        if f"{folder}/__init__.py" not in files and not in_test_path(f"{folder}/")
    )


def _begins(files: dict[str, Module], package: str, whole: str, own: str) -> bool:
    """Whether a file is there for a package, or for a whole name: not the `own` one, which no import in it means."""
    return any(one in files and one != own for one in (f"{package}/__init__.py", f"{whole}.py", f"{whole}/__init__.py"))


def _above(module: Module, root: str) -> Iterator[str]:
    """The folders above a module, the nearest first, up to `root` where that is one of them, and to the project's otherwise; neither is among them."""
    folder = module.path.rpartition("/")[0]
    while folder and folder != root:
        yield folder
        folder = folder.rpartition("/")[0]


def has_rivals(module: Module, target: Module) -> bool:
    """Whether an import of `target` in a module that lies elsewhere may mean another service's: one as near holds a file for the same name."""
    return any(
        _shared(module, folder) >= _shared(module, target.root)
        for folder in _holding(module.project, target.name)
        if folder != target.root
    )


def _holding(project: Project, name: str) -> Iterator[str]:
    """The folders from which a dotted name could lead to a file, those of tests and of what was put aside left out."""
    inside = name.replace(".", "/")
    for folder in _folders_of(project).get(name.rpartition(".")[2], ()):
        base = folder.removesuffix(f"/{inside}")
        if base == folder or f"{base}/__init__.py" in project.modules:
            continue
        if not in_test_path(f"{base}/") and not in_put_aside(f"{base}/"):
            yield base


@query
def _folders_of(project: Project) -> dict[str, tuple[str, ...]]:
    """The paths of all modules, without what ends them, by their last words."""
    made: dict[str, dict[str, None]] = {}
    for path in project.modules:
        whole = path.rpartition(".")[0].removesuffix("/__init__")
        made.setdefault(whole.rpartition("/")[2], {})[whole] = None
    return {last: tuple(found) for last, found in made.items()}


def _shared(module: Module, folder: str) -> int:
    """The number of folders that lie around both a module and a folder."""
    own, other = module.path.split("/")[:-1], folder.split("/")
    return next(
        (number for number, pair in enumerate(zip(own, other)) if pair[0] != pair[1]), min(len(own), len(other))
    )
