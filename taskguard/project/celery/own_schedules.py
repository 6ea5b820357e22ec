"""Schedules that a module keeps under a name of its own (`SHOP_BEAT_SCHEDULE`): beat sees them only where some code takes them by that name."""

from __future__ import annotations

import re

from taskguard.facts.questions import Question, finds
from taskguard.project.python.testing import in_tests
from taskguard.project.python.text_questions import without_imports

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.project.python.project import Module


def is_read(module: Module, name: str) -> bool:
    """Whether somebody may take what a variable of a module holds: tests left out, another file names it, or ends a string as it ends, or its own does so elsewhere."""
    project = module.project
    if times_used(project, module.path, name) != 1:
        return True
    others = [path for path in project.search(name) if path != module.path and not in_tests(path)]
    if any(finds(project, path, re.compile(rf"\b{re.escape(name)}\b")) for path in others):
        return True
    return any(
        finds(project, path, re.compile(rf"[\"'}}*]{ending}\b"))
        for ending in _endings(name)
        for path in project.search(ending)
        if not in_tests(path)
    )


@Question
def times_used(text: str, name: str) -> int:
    """How often a name stands in a text as a whole word; what comments say of it, imports and `__all__` hand nothing to anybody."""
    return sum(
        1
        for found in re.finditer(rf"\b{re.escape(name)}\b", without_imports(text))
        if not found.string[: found.start()].rpartition("\n")[2].lstrip().startswith("#")
    )


def _endings(name: str) -> list[str]:
    """The last word of a name and the last two, as a string has them that names are put together with or told by: `f"{part}_BEAT_SCHEDULE"`."""
    words = name.split("_")
    return ["_".join(("", *words[-count:])) for count in (1, 2) if len(words) > count]
