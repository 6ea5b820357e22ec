from __future__ import annotations

from taskguard.rule import Finding, ProjectRule, Related, Unsure, listing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.project.diagnosis.registration.foreign_readers import Stranger
    from taskguard.project.diagnosis.registration.unregistered import Unregistered
    from taskguard.rule import Findings, Project


class UndiscoveredTask(ProjectRule, heavy=True, shares="imports", code="TG304", since="0.1.0"):
    """
    No start-up path of the worker imports a module with tasks.

    ## Why is this bad?
    A worker knows the tasks of the modules that it has imported: the app's own, `imports`, `include`, what `autodiscover_tasks` finds
    (the module `tasks` of each package, and of a package `tasks/` only what its `__init__` imports), and what these import in turn. That
    the web process imports a module, from a view or a signal handler, helps the sender alone: the worker throws the message away
    as one of an unregistered task. So is one that the worker of a second app sends although only that of the first imports its module,
    and one that is sent to a queue which in the deployment files only workers of another app read. A line that has discovery look in the package of a module, and
    past it, is named beside it.

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
        from taskguard.project.diagnosis.registration.unregistered import to_register, told_by, unregistered

        if not project.complete:
            return
        for module in project.looked_at:
            if to_register(module) and project.wants(module.path, *told_by(module)):
                found = unregistered(module)
                if found is not None and found.doubt:
                    yield Unsure(module.path, found.tasks[0].span, found.doubt)
                elif found is not None:
                    yield nobody_imports(found)
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


def nobody_imports(one: Unregistered) -> Finding:
    """A module of tasks that no worker imports, with the places that are to have one look for it and do not."""
    from taskguard.project.celery.called import called
    from taskguard.project.celery.discovery import discovery_of
    from taskguard.project.diagnosis.registration.empty_discovery import looked_past
    from taskguard.project.diagnosis.registration.unregistered import told_by

    module, first, services = one.module, one.tasks[0], one.services
    name = called(module, services)
    their = "its task is" if len(one.tasks) == 1 else f"its {len(one.tasks)} tasks are"
    related = [Related(it.path, it.span.line, f"the worker of {it.dotted} starts here") for it in services]
    related += [
        Related(fault.path, fault.span.line, fault.message) for it in services for fault in looked_past(it, module)
    ]
    return Finding(
        module.path,
        first.span,
        f"no worker imports {name} when it starts: {their} never registered",
        symbol=module.name,
        help=advice(name, discovery_of(services[0]).packages),
        related=tuple(related),
        depends=told_by(module),
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


def advice(name: str, packages: frozenset[str]) -> str:
    """What to do, by what discovery does already for the packages around the module."""
    parent, _, _ = name.rpartition(".")
    if parent.rpartition(".")[2] == "tasks":
        return f"import it in {parent}, or add it to `include` or `imports`"
    if parent in packages:
        return f"discovery looks for {parent}.tasks: import it there, or add it to `include` or `imports`"
    return f'add "{name}" to `include` or `imports`, or import it from a module that the worker imports'
