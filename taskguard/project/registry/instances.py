"""Methods that are tasks and are sent their instance: `scan.start.delay(scan)`."""

from __future__ import annotations

import re

from taskguard.facts.questions import finds

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.project.tasks.task import Task


def sends_instance(task: Task) -> bool:
    """Whether some code sends a method what it is called on, as its first argument: then it is passed its instance, where that can be serialised."""
    project, last = task.module.project, task.qualname.rpartition(".")[2]
    sent = re.compile(
        rf"\b(\w+)\.{re.escape(last)}\.(?:delay|s|si|apply_async)\([ \t]*(?:args[ \t]*=[ \t]*)?[\[(]?[ \t]*\1\b"
    )
    return any(finds(project, path, sent) for path in project.search(f".{last}."))
