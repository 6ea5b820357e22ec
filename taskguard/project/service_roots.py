"""Import roots that no marker names: a folder whose files import each other as if Python had been started there (`backend/`, `services/mail/`)."""

from __future__ import annotations

import sys

from taskguard.facts.model import Binding, Facts, Import

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

FOREIGN = frozenset(("celery", "django", "flask", "kombu", *sys.stdlib_module_names))


def service_roots(
    paths: list[str], roots: list[str], eager: Iterable[str], facts_of: Callable[[str], Facts]
) -> list[str]:
    """Folders without `__init__.py`, none of `roots`, whose files import more by names that count from there than by its own name."""
    known = set(roots)
    packages = {path.rpartition("/")[0] for path in paths if path.endswith("/__init__.py")}
    files = set(paths)
    tops = {path.partition("/")[0].removesuffix(".py") for path in paths}
    inside: dict[str, int] = {}
    outside: dict[str, int] = {}
    for path in eager:
        folders = _above(path, known, packages)
        if not folders:
            continue
        for one in facts_of(path).imports:
            head = one.module.partition(".")[0]
            if not head or head in FOREIGN:
                continue
            for folder in folders:
                own = folder.rpartition("/")[2]
                if _holds(folder, one, files, path, facts_of):
                    if head not in tops or own == head:
                        inside[folder] = inside.get(folder, 0) + 1
                    break
                if head == folder.partition("/")[0] and one.module.startswith(folder.replace("/", ".") + "."):
                    outside[folder] = outside.get(folder, 0) + 1
                    break
    return sorted(folder for folder, count in inside.items() if count > outside.get(folder, 0))


def _above(path: str, known: set[str], packages: set[str]) -> list[str]:
    """The folders above a file that are no packages, up to the first import root."""
    made = []
    folder = path.rpartition("/")[0]
    while folder and folder not in known:
        if folder not in packages:
            made.append(folder)
        folder = folder.rpartition("/")[0]
    return made


def _holds(folder: str, one: Import, files: set[str], path: str, facts_of: Callable[[str], Facts]) -> bool:
    """Whether an absolute import, counted from `folder`, leads to a file there that has what is imported."""
    inside = f"{folder}/{one.module.replace('.', '/')}"
    if one.name not in (None, "", "*") and (
        f"{inside}/{one.name}.py" in files or f"{inside}/{one.name}/__init__.py" in files
    ):
        return True
    target = next((file for file in (f"{inside}.py", f"{inside}/__init__.py") if file in files), "")
    if not target or target == path:
        return False
    if "." in one.module:
        return True
    return any(isinstance(held, Binding) and held.name == one.name for held in facts_of(target).bindings)
