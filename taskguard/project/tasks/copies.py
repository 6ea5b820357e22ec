"""Copies that lie about: files that no code imports, and that repeat what another one declares."""

from __future__ import annotations

import re

from taskguard.facts.questions import finds
from taskguard.project.python.aside import old_copy
from taskguard.project.python.imports import imports_of
from taskguard.project.python.shown import says

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.project.python.project import Module
    from taskguard.project.tasks.task import Task


def laid_aside(module: Module) -> bool:
    """Whether a file lies in a folder for scraps: its name begins with an underscore, it is no package, and no file outside says the name.

    Or it is called like what is put aside, and repeats what lies elsewhere.
    """
    project, parts = module.project, module.path.split("/")[:-1]
    for place, name in enumerate(parts):
        folder = "/".join(parts[: place + 1])
        if not name.startswith("_") or name.startswith("__") or f"{folder}/__init__.py" in project.modules:
            continue
        outside = [path for path in {*project.holders(name), *project.markers} if not path.startswith(f"{folder}/")]
        if not any(says(project.text(path) or "", name) for path in outside):
            return True
    return old_copy(module)


def imported(module: Module) -> bool:
    """Whether other code imports a module, or may, by what its text says."""
    project, last = module.project, module.name.rpartition(".")[2]
    if not last or imports_of(project).importers(module):
        return True
    others = [path for path in project.holders(last) if path != module.path]
    if not others:
        return False
    told = re.compile(rf"(?<![\w.]){re.escape(module.name)}\b|\bimport\b[^\n]*\b{re.escape(last)}\b")
    return any(finds(project, path, told) for path in others)


def code(task: Task) -> str:
    """The text of a declaration, decorators and all; empty where it cannot be told, and where nothing is done: stubs are all alike."""
    held = task.function or task.klass
    text = task.module.project.text(task.home.path)
    if held is None or text is None:
        return ""
    lines = text.splitlines()[
        (held.span.line if task.form == "call" else min(task.span.line, held.span.line)) - 1 : held.span.end_line
    ]
    return "" if not lines or lines[-1].rstrip().endswith(("...", "pass", '"""')) else "\n".join(lines)
