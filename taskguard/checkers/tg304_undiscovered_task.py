from __future__ import annotations

from taskguard.project.python.imports import leads_out
from taskguard.project.python.testing import in_tests
from taskguard.rule import Finding, ProjectRule, Related, Unsure, listing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.project.diagnosis.registration.foreign_readers import Stranger
    from taskguard.rule import Findings, Module, Project, Task


class UndiscoveredTask(ProjectRule, heavy=True, shares="imports", code="TG304", since="0.1.0"):
    """
    No start-up path of the worker imports a module with tasks.

    ## Why is this bad?
    A worker knows the tasks of the modules that it has imported: the app's own, `imports`, `include`, what `autodiscover_tasks` finds
    (the module `tasks` of each package, and of a package `tasks/` only what its `__init__` imports), and what these import in turn. That
    the web process imports a module, from a view or a signal handler, helps the sender alone: the worker throws the message away
    as one of an unregistered task. So is one that the worker of a second app sends although only that of the first imports its module,
    and one that is sent to a queue which in the deployment files only workers of another app read.

    ## Example
    `shop/celery.py`:
    ```py
    from celery import Celery

    app = Celery("shop", include=["shop.tasks"])
    ```
    `shop/tasks.py`:
    ```py
    from celery import shared_task


    @shared_task(name="shop.send")
    def send(): ...
    ```
    `shop/cleaning.py`:
    ```py
    from celery import shared_task


    @shared_task(name="shop.clean_up")  # error
    def clean_up(): ...
    ```

    ## Use instead
    `shop/celery.py`:
    ```py
    from celery import Celery

    app = Celery("shop", include=["shop.tasks", "shop.cleaning"])
    ```

    ## Unknown
    Silent without an app outside tests, for tests and examples, for tasks that are made inside a function, for methods (TG206 says why they fail), for a trial that nobody sends, for tasks that nobody sends and that do nothing as yet, as their file says (they
    give back what is written there, or write it to a log),
    in folders for scraps (`_old/`, no package, named by no file outside), for a file that nothing names and that is kept beside one that is run (`tasks_old.py`, `old_tasks.py`,
    `tasks2.py`, also beside a package `tasks/`, or with nothing but the tasks of `tasks.py` under their names) or repeats tasks that a worker has,
    and where a comment takes the application or module out of a list. Silent too where nobody sends the tasks and an import of the module was commented
    out beside others, a scheduled task of the same function name took the place, or the module cannot be imported itself. Undecided where nobody sends them
    and the module is a script that is run by hand, or of a second app that no start names; where a file that is read only in part may import it; where the
    configuration, the packages that are searched or an import by a computed name cannot be told, for tasks of an app that a library makes,
    for `tasks` modules under django-celery where the settings are not in
    the tree, where an app has no start written anywhere and another start names its modules with `--include`, where what the worker is told of ends like the module under
    a package that is none here (`COPY . /app/backend/`), where code starts a worker within another process (`worker_main`), where an import of Python 2 may mean a module beside, where a start
    that imports it is only written down (README, comments), and where nothing says from which module a worker starts and another than the
    app's sets its configuration, has the app and imports the tasks, or is the only module with tasks of an app that is told
    nothing to import. Factories (`create_app`) count
    as called, unless a deployment file starts the worker and no file that it imports names them. Functions that a signal of
    the worker's start, `ready` or the app's own module calls are followed; undecided where a library there may import by name, and for
    signals that each process of a pool gets. What Django's checks of the URL configuration import counts as imported: a worker runs them too.
    """

    def check(self, project: Project) -> Findings:
        from taskguard.project.celery.system import celery_of
        from taskguard.project.diagnosis.registration.crossed_services import crossings
        from taskguard.project.diagnosis.registration.foreign_readers import strangers
        from taskguard.project.tasks.declarations import tasks_in

        if not project.complete:
            return
        for module in project.looked_at:
            tasks = [
                task
                for task in tasks_in(module)
                if "<locals>" not in task.qualname and task.guard != "type_checking" and not is_method(task)
            ]
            if tasks and importable(module) and not in_tests(module.path):
                yield from self._module(project, module, tasks)
        for one in crossings(celery_of(project)):
            name, owner, sender = one.task.module.name, one.owner.dotted, one.sender.dotted
            yield Finding(
                one.module.path,
                one.span,
                f"the worker of {sender} sends `{one.task.qualname}` and does not import {name}: only that of {owner} registers it",
                symbol=name,
                help=f"send it to a queue that the worker of {owner} reads, or have both import it",
                related=(
                    Related(one.task.path, one.task.line, "it is declared here"),
                    Related(one.sender.path, one.sender.span.line, f"the worker of {sender} starts here"),
                ),
                depends=tuple(dict.fromkeys((one.task.path, one.sender.path, one.owner.path))),
                certain=False,
            )

        for stranger in strangers(celery_of(project)):
            yield unknown_there(stranger)

    def _module(self, project: Project, module: Module, tasks: list[Task]) -> Findings:
        from taskguard.project.celery.called import called
        from taskguard.project.celery.discovered import holds_each
        from taskguard.project.celery.discovery import discovery_of
        from taskguard.project.celery.entries import beats_only
        from taskguard.project.celery.registered import services_of
        from taskguard.project.celery.system import celery_of
        from taskguard.project.diagnosis.registration.left_behind import left_behind, why_unwanted
        from taskguard.project.diagnosis.registration.unmissed import is_unmissed

        services = tuple(dict.fromkeys(service for task in tasks for service in services_of(task) if not service.test))
        services = tuple(one for one in services if not beats_only(one)) or services
        told_by = [discovery_of(service).files_for(module) for service in services]
        if not services or not project.wants(module.path, *(file for files in told_by for file in files)):
            return
        first = tasks[0]
        if all(celery_of(project).foreign(task) for task in tasks):
            why = celery_of(project).crowded or "its app is made outside the project"
            yield Unsure(module.path, first.span, f"which worker imports {module.name} cannot be told: {why}")
            return
        answers = holds_each([discovery_of(service) for service in services], module)
        if True in answers:
            return
        if None in answers:
            why = next(
                (discovery_of(service).doubt(module) for service in services if discovery_of(service).doubt(module)), ""
            )
            yield Unsure(module.path, first.span, f"whether a worker imports {module.name} cannot be told: {why}")
            return
        if is_unmissed(module, tasks, services) or left_behind(module, tasks):
            return
        why = why_unwanted(module, tasks)
        if why:
            yield Unsure(module.path, first.span, f"whether a worker should import {module.name} cannot be told: {why}")
            return
        name = called(module, services)
        their = "its task is" if len(tasks) == 1 else f"its {len(tasks)} tasks are"
        yield Finding(
            module.path,
            first.span,
            f"no worker imports {name} when it starts: {their} never registered",
            symbol=module.name,
            help=advice(name, discovery_of(services[0]).packages),
            related=tuple(
                Related(service.path, service.span.line, f"the worker of {service.dotted} starts here")
                for service in services
            ),
            depends=tuple(dict.fromkeys(file for files in told_by for file in files)),
            lines=first.noqa_lines,
        )


def unknown_there(one: Stranger) -> Finding:
    """A place that sends to a queue whose workers do not import the task."""
    sent, task = one.sent, one.tasks[0]
    others = f" and {len(one.tasks) - 1} more" if len(one.tasks) > 1 else ""
    readers = listing([reader.dotted for reader in one.readers], 3)
    return Finding(
        sent.path,
        sent.span,
        f'only the worker of {readers} reads the queue "{sent.queue}", and it does not import {task.module.name}: it throws `{task.qualname}`{others} away',
        symbol=task.dotted,
        help=f"send it to a queue that the worker of {one.owner.dotted} reads, or have that of {readers} import {task.module.name}",
        related=(
            Related(task.path, task.line, "it is declared here"),
            Related(one.launch.path, 1, "the worker that reads the queue is started here"),
            *(Related(reader.path, reader.span.line, f"{reader.dotted} is made here") for reader in one.readers[:2]),
        ),
        depends=tuple(
            dict.fromkeys((task.path, *sent.files, *(reader.path for reader in one.readers), one.owner.path))
        ),
        certain=False,
        lines=sent.lines,
    )


def is_method(task: Task) -> bool:
    """Whether a task is a method that wants its instance, which nothing passes: each run fails, whoever registers it (TG206)."""
    if not task.in_class or task.function is None or task.option("bind").value:
        return False
    return any(one.name == "self" for one in task.function.params[:1])


def importable(module: Module) -> bool:
    """Whether an import can name the module at all, and does not fail at once: one whose dots lead out of its root is a draft for another place."""
    if not module.name or not all(part.isidentifier() for part in module.name.split(".")):
        return False
    return not leads_out(module)


def advice(name: str, packages: frozenset[str]) -> str:
    """What to do, by what discovery does already for the packages around the module."""
    parent, _, _ = name.rpartition(".")
    if parent.rpartition(".")[2] == "tasks":
        return f"import it in {parent}, or add it to `include` or `imports`"
    if parent in packages:
        return f"discovery looks for {parent}.tasks: import it there, or add it to `include` or `imports`"
    return f'add "{name}" to `include` or `imports`, or import it from a module that the worker imports'
