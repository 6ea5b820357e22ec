"""Starts of Celery that a script never comes to, since it waits for a worker or a server before them."""

from __future__ import annotations

import re

from taskguard.diagnostics import Related
from taskguard.facts.questions import finds
from taskguard.project.diagnosis.faults import Fault
from taskguard.project.python.blocked_commands import blocked_starts
from taskguard.project.python.testing import in_tests

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.project.python.blocked_commands import Blocked
    from taskguard.project.python.project import Project


def unreached_starts(project: Project) -> Iterator[Fault]:
    """All of them, by file: of scripts that another file names, for one that nobody runs may be a list of commands to copy."""
    for path in sorted({one.path for one in project.evidence.deployment.launches}):
        found = () if in_tests(path) else blocked_starts(project, path, path)
        runner = _runner(project, path) if found else ""
        for one in found if runner else ():
            yield Fault(
                path, one.span, _said(one),
                "give each a process of its own, a service or a line of the Procfile, or put `&` behind the first", one.app,
                (Related(path, one.line, "this does not end"), Related(runner, 1, "the script is run, or named, here")), (runner,), False,
            )  # fmt: skip


def _said(one: Blocked) -> str:
    if one.instead:
        return f"line {one.line} has `{one.first}` take the place of the shell: celery {one.step} never starts"
    return (
        f"the shell waits for the `{one.first}` of line {one.line}: celery {one.step} starts only when that has ended"
    )


def _runner(project: Project, path: str) -> str:
    """The first file that names a script: one of the deployment, else one that is written about the project."""
    named = re.compile(rf"(?<![\w.-]){re.escape(path.rpartition('/')[2])}(?![\w-])")
    held = (*sorted(project.markers), *project.notes)
    return next((one for one in held if one != path and not in_tests(one) and finds(project, one, named)), "")
