"""Tasks that are error callbacks and nothing else: one that takes several arguments is called by the process that ran the task, and no queue carries it."""

from __future__ import annotations

import re

from taskguard.facts.questions import every
from taskguard.project.python.testing import in_tests

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.project.tasks.task import Task

SENDS = r"(?:delay|apply_async|delay_on_commit|apply_async_on_commit|si?|subtask|signature|chunks|starmap|map|set)\b"
# What stands before an error callback; another one may stand before it in the same list.
AFTER_ERROR = (
    r"(?:\blink_error[\"']?\s*[=:]\s*|\.(?:on_error|link_error)\(\s*)(?:[\[(][^\[\])=]*(?:\([^()]*\)[^\[\])=]*)*)?"
)


def is_called_on_error(task: Task) -> bool:
    """Whether a task is linked as an error callback, used as nothing else, and called without a message (celery/backends/base.py, `_call_task_errbacks`):
    its function takes more than one argument, and not the task itself."""
    function = task.function
    if function is None or task.form == "class" or task.in_class or not task.option("bind").absent:
        return False
    params = [one for one in function.params if one.kind in ("positional", "both")]
    if len(params) < 2 and all(one.kind != "var" for one in function.params):
        return False
    last = re.escape(task.qualname.rpartition(".")[2])
    words = {last}
    used = rf"(?<![\w.])(?:\w+\.)*{last}\.{SENDS}"
    if task.name.known:
        words.add(str(task.name.value))
        used += rf"|(?<!name=)(?<!name = )[\"']{re.escape(str(task.name.value))}[\"']"
    anywhere, on_error = re.compile(used), re.compile(f"{AFTER_ERROR}(?:{used})")
    project = task.module.project
    paths = [path for path in sorted({path for word in words for path in project.search(word)}) if not in_tests(path)]
    linked = sum(len(every(project, path, on_error)) for path in paths)
    return linked > 0 and linked == sum(len(every(project, path, anywhere)) for path in paths)
