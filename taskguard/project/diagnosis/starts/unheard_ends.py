"""Workers that a container's script starts as a child of the shell: what ends the container tells the shell alone."""

from __future__ import annotations

from posixpath import normpath

from taskguard.diagnostics import Related
from taskguard.project.diagnosis.deployment.queue_readers import TRYING
from taskguard.project.diagnosis.faults import Fault
from taskguard.project.python.last_commands import child_of_shell, scripts_copied, scripts_run
from taskguard.project.python.testing import in_tests

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.project.python.project import Project


def unheard_ends(project: Project) -> Iterator[Fault]:
    """Each script once."""
    paths = sorted({one.path for one in project.evidence.deployment.launches if one.step == "worker"})
    recipes = [one for one in sorted(project.markers) if _runs(one) and not (in_tests(one) or TRYING.search(one))]
    for path in paths:
        span = child_of_shell(project, path, path) if not (_runs(path) or in_tests(path)) else None
        runner = _runner(project, recipes, path) if span is not None else ""
        if span is None or not runner:
            continue
        yield Fault(
            path, span, f"the shell stays the first process of the container that {runner} has run this: SIGTERM does not reach the worker, whose tasks are killed at each stop",
            "write `exec celery …`: the worker takes the place of the shell", symbol=path, depends=(runner,), certain=False,
            related=(Related(runner, 1, "the script is what a container runs"),),
        )  # fmt: skip


def _runs(path: str) -> bool:
    """Whether a file says what a container runs."""
    name = path.rpartition("/")[2]
    return "ockerfile" in name or ("compose" in name and name.endswith((".yml", ".yaml")))


def _runner(project: Project, recipes: list[str], path: str) -> str:
    """The file by which a container runs a script, under its own name or the one that a recipe copies it to; empty where none does."""
    names = {path.rpartition("/")[2]} if path.endswith(".sh") else set[str]()
    for recipe in recipes:
        for source, target in scripts_copied(project, recipe):
            inside = normpath(source.lstrip("/"))
            if target and (path == inside or path.endswith(f"/{inside}")):
                names.add(target)
    return next((one for one in recipes if not names.isdisjoint(scripts_run(project, one))), "")
