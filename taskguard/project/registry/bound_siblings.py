"""Apps whose base class is not known, and of which bound tasks show that it passes no `self` of its own."""

from __future__ import annotations

from taskguard.project.python.testing import in_tests
from taskguard.project.python.values import Known
from taskguard.project.tasks.declarations import tasks_in
from taskguard.query import query

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.project.python.project import Project
    from taskguard.project.tasks.task import Task


def has_bound_siblings(task: Task) -> bool:
    """Whether other tasks of the same app, which have its base class like this one, ask for the task by `bind=True` and take it once: a class that passed it as well would pass them two."""
    return bool(task.app) and task.base.absent and task.app in _apps(task.module.project)


@query
def _apps(project: Project) -> frozenset[str]:
    made = set[str]()
    for path in project.search("bind"):
        for task in tasks_in(project.modules[path]) if path in project.modules and not in_tests(path) else ():
            bind, params = task.option("bind"), task.function.params if task.function is not None else ()
            taken = [one.name for one in params[:2]]
            bound = isinstance(bind, Known) and bind.value is True and task.origin("bind") == "decorator"
            if (
                bound
                and task.app
                and task.base.absent
                and not task.below
                and taken[:1] == ["self"]
                and "task" not in taken
            ):
                made.add(task.app)
    return frozenset(made)
