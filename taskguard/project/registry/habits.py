"""What most tasks of a house do, for rules that are given no setting: the base class, and whether a queue is set."""

from __future__ import annotations

from collections import Counter

from taskguard.project.celery.registered import services_of
from taskguard.project.celery.system import celery_of
from taskguard.project.python.testing import hidden, in_tests
from taskguard.project.python.values import Known
from taskguard.project.registry.annotations import option_in_force
from taskguard.project.registry.base_purpose import changes_arguments, says_itself, wants_none
from taskguard.project.registry.effective import base_of, base_open
from taskguard.project.registry.routing import is_routed
from taskguard.project.tasks.app_names import task_class
from taskguard.project.tasks.bases import ancestry, locate
from taskguard.project.tasks.celery_names import CELERY_TASK
from taskguard.project.tasks.declarations import tasks_in
from taskguard.query import query
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from taskguard.project.celery.model import Service
    from taskguard.project.python.project import Module, Project
    from taskguard.project.tasks.task import Task

# Of five real projects 50 of 50, 42 of 45, 25 of 106, 0 of 47 and 0 of 22 tasks set a queue, and the three exceptions of the second are meant
# (the caller, the schedule or the default queue chooses): several exceptions are a choice, one is an oversight. A base class of their own
# serves all tasks of one project by `task_cls`, and at most 5 of 50 elsewhere.
LEAST_TASKS = 5
# Where nothing is seen of the workers, a queue is a habit of more tasks only, all but one.
CLEAR_TASKS = 10
# So many of a handful of tasks set a queue themselves where there is a habit.
FEW_SHARE = 0.6
# The same holds for the base class: 13 of 123 without it were meant.
BASE_SHARE = 0.8
EXCEPTIONS = 0.05
# A class of this name is meant for all tasks: half of them is enough.
MEANT_FOR_ALL = "BaseTask"
# So many tasks that have another class of the project's own have it on purpose.
SEVERAL = 2


class Share(Record):
    """`count` of `total` tasks do it; `what` is the dotted name of the base class, or `queue`; `spared` are tasks that do without on purpose."""

    what: str
    count: int
    total: int
    spared: tuple[Task, ...] = ()

    def __str__(self) -> str:
        return f"{self.count} of {self.total} tasks"


class Habits(Record):
    """The habits of the tasks of one house, tests and examples left out; None where there is no clear one."""

    base: Share | None = None
    queue: Share | None = None


def habits_at(module: Module) -> Habits:
    """The habits that the tasks of a file are measured by."""
    project = module.project
    if not project.complete or not judged(module):
        return Habits()
    return _habits(project, house_of(module))


@query
def _habits(project: Project, house: str) -> Habits:
    tasks = _by_house(project).get(house, [])
    return Habits(_base(tasks), _queue(tasks))


@query
def _by_house(project: Project) -> dict[str, list[Task]]:
    """The tasks that count, by whose habits they are measured by."""
    made: dict[str, list[Task]] = {}
    for module in project.looked_at:
        if judged(module) and tasks_in(module):
            made.setdefault(house_of(module), []).extend(task for task in tasks_in(module) if not task.trial)
    return made


@query
def house_of(module: Module) -> str:
    """Whose habits count for a file: those of the apps that its tasks are of, or of its import root where there are none."""
    services = (one for task in tasks_in(module) for one in services_of(task))
    return " ".join(sorted({one.dotted for one in services})) or f"/{module.root}"


def judged(module: Module) -> bool:
    """Whether the tasks of a file count: not those of tests, examples and hidden folders; nor does a task to try the worker out with."""
    return not in_tests(module.path) and not hidden(module.path)


def sets_queue(task: Task) -> bool:
    """Whether the declaration or the base class gives a queue, known or not."""
    value = option_in_force(task, "queue")
    return bool(value.value) if isinstance(value, Known) else "queue" in task.options


def _queue(tasks: list[Task]) -> Share | None:
    without = [task for task in tasks if not sets_queue(task) and not is_routed(task)]
    share = Share("queue", len(tasks) - len(without), len(tasks))
    # Three of six are no habit, whoever chooses the queues of the others.
    few = share.count < LEAST_TASKS and share.count < FEW_SHARE * share.total
    if share.total < LEAST_TASKS or 2 * share.count < share.total or few:
        return None
    chosen = sum(1 for task in without if sender_chooses(task))
    if not _few_exceptions(share, chosen):
        return None
    if _is_left_alone(tasks):
        return share
    alone = share.total >= CLEAR_TASKS and len(without) - chosen == 1
    return share if alone and _workers_unseen(tasks) and not _named(tasks) else None


def sender_chooses(task: Task) -> bool:
    """Whether somebody who sends or schedules a task names a queue, or no queue carries it: its declaration needs none."""
    from taskguard.project.registry.errbacks import is_called_on_error
    from taskguard.project.registry.sends import sendings

    return any(sendings(celery_of(task.module.project), task)) or is_called_on_error(task)


def _is_left_alone(tasks: list[Task]) -> bool:
    """Whether it is seen that no worker reads the default queue, and nothing is sent there by its name: else tasks may go there on purpose."""
    services = dict.fromkeys(service for task in tasks for service in services_of(task))
    return bool(services) and all(_unread(one) for one in services) and not _named(tasks)


def _workers_unseen(tasks: list[Task]) -> bool:
    """Whether nothing says which queues the workers read."""
    from taskguard.project.registry.sends import queue_names
    from taskguard.project.registry.spoken import in_notes

    project = tasks[0].module.project
    services = {service for task in tasks for service in services_of(task)}
    told = in_notes(celery_of(project))
    return (
        bool(services)
        and not told.names
        and not told.unclear
        and not project.evidence.deployment.launches
        and all(queue_names(one) is None for one in services)
    )


def _unread(service: Service) -> bool:
    """Whether `task_queues` or the command lines of workers name queues and leave out the default one."""
    from taskguard.project.celery.queues import default_queues
    from taskguard.project.registry.sends import queue_names
    from taskguard.project.registry.spoken import spoken

    defaults, told = default_queues(service), spoken(celery_of(service.project))
    if not defaults.isdisjoint(told):
        return False
    declared = queue_names(service)
    if declared is not None:
        return defaults.isdisjoint(declared)
    launches = service.project.evidence.deployment.launches
    plain = any(one.open or one.queues is None for one in launches if one.step in ("worker", "multi"))
    return bool(told) and not plain


def _named(tasks: list[Task]) -> bool:
    """Whether some task is sent to the default queue by its name."""
    from taskguard.project.celery.queues import default_queues
    from taskguard.project.celery.routes import queue_by_route

    for task in tasks:
        for service in services_of(task):
            name = task.name.value
            routed = queue_by_route(service, name).value if isinstance(name, str) else None
            if not default_queues(service).isdisjoint({option_in_force(task, "queue").value, routed} - {None}):
                return True
    return False


def _few_exceptions(share: Share, chosen: int = 0) -> bool:
    """Whether few tasks do otherwise, besides those of which it is seen that they are meant to."""
    return share.total - share.count - chosen <= max(1, EXCEPTIONS * share.total)


def _base(tasks: list[Task]) -> Share | None:
    users: dict[str, set[int]] = {}
    for place, task in enumerate(tasks):
        for dotted in _own_bases(task):
            users.setdefault(dotted, set()).add(place)
    # The first of equals is the nearest: a subclass comes before its own base.
    for dotted in sorted(users, key=lambda one: -len(users[one])):
        share = Share(dotted, len(users[dotted]), len(tasks))
        others = [task for place, task in enumerate(tasks) if place not in users[dotted]]
        if dotted.rpartition(".")[2] == MEANT_FOR_ALL and 2 * share.count >= share.total > share.count:
            return share.replace(spared=(*_of_one_mind(others), *(one for one in others if _declares_all(one, dotted))))
        if share.total >= LEAST_TASKS and share.count >= BASE_SHARE * share.total:
            those = [tasks[place] for place in sorted(users[dotted])]
            if any(changes_arguments(task.module, dotted) for task in those[:1]):
                return None
            spared = tuple(
                task
                for task in others
                if base_is_chosen(task) or wants_none(task, dotted, those) or _declares_all(task, dotted)
            )
            few = _few_exceptions(share, len(spared))
            return share.replace(spared=(*spared, *_of_one_mind(others))) if few else None
    return None


def _of_one_mind(others: list[Task]) -> tuple[Task, ...]:
    """The tasks among those without the usual class that share another one of the project's own: a class for several tasks was written for them, and is a habit too."""
    shared = Counter(dotted for task in others for dotted in _own_bases(task))
    return tuple(task for task in others if any(shared[dotted] >= SEVERAL for dotted in _own_bases(task)))


def _declares_all(task: Task, dotted: str) -> bool:
    """Whether a task declares each of the options itself that are all there is to a base class."""
    said = frozenset(name for name, one in task.options.items() if one.origin == "decorator")
    return says_itself(task.module, dotted, said)


def base_is_chosen(task: Task) -> bool:
    """Whether a task has another base class on purpose: one of a library."""
    return bool(base_open(task))


def _own_bases(task: Task) -> Iterable[str]:
    """The project's own subclasses of Task among the bases of a task, the nearest first."""
    base = base_of(task)
    if not isinstance(base, Known):
        return
    project = task.module.project
    for dotted in ancestry(task.module, base.value.dotted)[0]:
        held = locate(project, dotted, task.module) if dotted not in CELERY_TASK else None
        if held is not None and dotted != task.dotted and task_class(*held):
            yield dotted
