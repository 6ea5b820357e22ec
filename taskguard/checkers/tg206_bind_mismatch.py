from __future__ import annotations

from taskguard.project.python.testing import in_tests
from taskguard.rule import FileRule, Known, about, doubt, mended

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.rule import Findings, Module, Task

# Annotations that say nothing of what a parameter is.
IDLE = ("", "Any", "object", "typing.Any")
# What people call the task that `bind=True` passes.
SELVES = frozenset("self task cls this me _ __ celery_task current_task bound_task _task".split())
# What a bound method may well mean the task's own by.
OF_TASKS = frozenset(
    "retry apply apply_async delay run s si signature subtask update_state replace chunks map starmap".split()
)


class BindMismatch(FileRule, code="TG206", since="0.1.0"):
    """
    `bind=True` and the first parameter do not agree.

    ## Why is this bad?
    With `bind=True` the task itself is passed first. A function without a parameter for it fails at each `delay()`, and each time it runs; one whose first parameter is
    meant for something else gets the task there. Without `bind=True` a parameter `self` is an ordinary argument, which each caller must pass: so
    too that of a method, of which a worker has no instance. A body that uses `self` without such a parameter is a NameError.

    ## Example
    ```py
    from celery import shared_task


    @shared_task(bind=True)  # error
    def report(): ...


    @shared_task  # error
    def export(self, path): ...
    ```

    ## Use instead
    ```py
    from celery import shared_task


    @shared_task
    def report(): ...


    @shared_task(bind=True)
    def export(self, path): ...
    ```

    ## Fix
    Unsafe: adds what is missing and takes nothing away, so that what callers pass and what the body uses stays. `bind=True` without any parameter
    gets `self`; `self` without `bind` gets `bind=True`, with which a caller who passes something for `self` has to stop. Whether `bind=True` or the
    first parameter is wrong where it has another name is left to you, and so is `bind=False`.

    ## Unknown
    Silent on functions with a decorator between the task decorator and the `def`, which may add or drop the argument, those of a wrapper that
    makes the task of a function of its own among them; on a `self` with a default that the body does not use; on methods with `bind=True` whose bodies call no other method of the class; on stubs in tests for which a wrapper sets `bind`; and where
    `bind` or what the base class does cannot be told (a `__call__` that only runs the body can; so can a class of an app that is not known, where other tasks of the app have `bind=True` and take `self` once). With `bind=True` a first parameter that is called neither `self`, `task`, `cls` nor `_`, and
    that is annotated with no task class, is a warning; not where the body asks it for a task's own (`.request`, `.retry`), or does not use
    it and says no type of it. Undecided about methods that are sent their instance (`scan.start.delay(scan)`), which pickle may carry. Silent on tasks that nobody sends, schedules, calls or names, where other files send some. Files in hidden folders (`.github`) are no modules of a worker.
    """

    def check(self, module: Module) -> Findings:
        from taskguard.project.tasks.declarations import tasks_in

        for task in tasks_in(module):
            found = tuple(_said(module, task))
            if found and not _is_idle(task):
                yield from found


def _said(module: Module, task: Task) -> Findings:
    from taskguard.project.editing.edits import edits_of
    from taskguard.project.registry.usage import reads_unbound, takes_itself, unused

    function = task.function
    if function is None:
        return
    bind = task.option("bind")
    if not isinstance(bind, Known) and not bind.absent:
        yield doubt(task, "bind is not known")
        return
    first = next((one for one in function.params if one.kind in ("positional", "both", "var")), None)
    name = first.name if first is not None else ""
    if reads_unbound(task, "self"):
        yield about(
            task,
            "the body uses self, and nothing passes it: a NameError",
            "put `self` first, and have it passed by `bind=True`",
        )
        return
    if first is not None and first.default is not None and not bind.value and unused(task, name):
        return  # `self=None`, for nothing: a worker can run it
    if task.in_class:
        if name == "self" and not bind.value:
            yield from _method(task)
        elif name == "self" and bind.value is True and not in_tests(module.path):
            yield from _of_instance(module, task)
        return
    if bind.value and task.origin("bind") == "wrapper" and in_tests(module.path):
        return  # a stub of which only the declaration counts
    if not bind.value:
        if name == "self" and first is not None and first.kind != "var":
            yield from _unbound(task)
    elif first is None:
        if task.below:
            yield doubt(task, "a decorator below the task decorator may take the task")
        else:
            yield about(
                task,
                "bind=True, and the function takes no argument: each run is a TypeError",
                "add `self`, or leave out `bind`",
                fix=mended(edits_of(module).parameter(task, "self"), safe=False),
            )
    elif (
        first.kind != "var"
        and not task.below
        and not _takes_task(name, first.annotation)
        and not takes_itself(task, name, idle=first.annotation in IDLE)
    ):
        yield about(
            task,
            f"bind=True passes the task as the first argument, which is called {name}",
            "put `self` before it, or leave out `bind`",
            certain=False,
        )  # fmt: skip


def _takes_task(name: str, annotation: str) -> bool:
    return name in SELVES or name.lstrip("_") in SELVES or name.endswith("task") or "Task" in annotation


def _method(task: Task) -> Findings:
    from taskguard.project.registry.effective import wraps_body
    from taskguard.project.registry.instances import sends_instance

    if sends_instance(task):
        yield doubt(task, "it is sent its instance")
        return
    if task.below or task.sources or not task.option("filter").absent:
        yield doubt(task, "the decorators may bind the method")
    elif wraps_body(task) is not False:
        yield doubt(task, "the base class may pass self")
    elif not in_tests(task.module.path):
        yield about(
            task,
            "a task decorator on a method: a worker has no instance to pass, so self is an ordinary argument",
            "make it a function, and pass what it needs of the instance",
        )


def _of_instance(module: Module, task: Task) -> Findings:
    """With `bind=True` a method gets the task for its instance, and the task has not the methods of the class."""
    from taskguard.project.registry.effective import wraps_body

    klass = module.klass(task.qualname.rpartition(".")[0])
    asked = (one[5:] for one in (task.function.calls if task.function is not None else ()) if one.startswith("self."))
    own = next((one for one in asked if klass is not None and klass.has(one) and one not in OF_TASKS), "")
    if own and not (task.below or task.sources or klass is None or klass.bases) and wraps_body(task) is False:
        yield about(
            task,
            f"a task decorator on a method: bind=True passes the task for self, and a task has no {own}",
            "make it a function, and pass what it needs of the instance",
        )


def _is_idle(task: Task) -> bool:
    """Whether nobody sends a task as yet, and nothing has its name: no test, and nobody who calls its function."""
    from taskguard.project.celery.forgotten import is_forgotten, is_unsent

    return is_unsent(task) and is_forgotten(task, True)


def _unbound(task: Task) -> Findings:
    from taskguard.project.editing.edits import edits_of
    from taskguard.project.registry.bound_siblings import has_bound_siblings
    from taskguard.project.registry.effective import wraps_body
    from taskguard.project.registry.handing_on import hands_on

    if task.below:
        yield doubt(task, "a decorator below the task decorator may pass self")
    elif (
        (between := wraps_body(task)) is not False and not hands_on(task) and (between or not has_bound_siblings(task))
    ):
        yield doubt(task, "the base class may pass self")
    else:
        yield about(
            task,
            "the first parameter is self, and bind=True is missing: self is an ordinary argument",
            "add `bind=True`, or drop `self`",
            fix=mended(edits_of(task.module).option(task, "bind", "True"), safe=False),
        )
