"""Where the modules of a split go: a package beside the god file, under a name that nothing has yet."""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

ENDINGS = ("_tasks", "_task", "tasks_")


def package_for(path: str, free: Callable[[str], bool], *, early: bool = False) -> str | None:
    """The folder for the modules of the god file at `path`: `mail/` for `mail_tasks.py`, `tasks_parts/` for `tasks.py`; None where no name is free.

    `free` says whether nothing has a path, without an ending, and nobody would import something else under it. `early`: the god file does something before
    it defines anything, which wants the `__init__.py` of a package.
    """
    folder, _, file = path.rpartition("/")
    stem = file.removesuffix(".py")
    if stem == "__init__" and not early:
        return folder
    inside = f"{folder}/" if folder else ""
    if stem == "__init__":
        stem = folder.rpartition("/")[2]
    short = [stem.removesuffix(one) for one in ENDINGS if stem.endswith(one) and folder]
    names = [one for one in short if one.strip("_") and one not in sys.stdlib_module_names and one.isidentifier()]
    candidates = [*names, f"{stem}_parts", f"{stem}_modules", *(f"{stem}_parts_{number}" for number in range(2, 100))]
    return next((f"{inside}{one}" for one in candidates if free(f"{inside}{one}")), None)
