from __future__ import annotations

from taskguard.rule import FileRule, Known, about, doubt, listing, mended, told_apart

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.rule import Finding, Findings, Fix, Module, Task, Unsure


class MissingBase(FileRule, code="TG201", since="0.1.0", habit="base"):
    """
    A task without the base class that this house wants.

    ## Why is this bad?
    What a house does for every task (metrics, log context, what happens on failure) stands in one base class. A task that is declared
    without it runs without all of that, and nobody sees it until the task fails.

    Without settings the rule learns from the project: where at least five tasks exist and all but one of them, or 95 of 100, have one base class of
    the project's own (or half of them one that is called `BaseTask`), the others are probably forgotten. More exceptions are a choice. Then it warns. Settings that turn the
    rule on by its code and name no base want one of the project's own for every task, whichever it is.

    ## Example
    ```py
    from celery import Task, shared_task


    class BaseTask(Task):
        abstract = True


    @shared_task  # error
    def report(): ...
    ```
    `taskguard.toml`:
    ```toml
    [tasks]
    base = ["BaseTask"]
    ```

    ## Use instead
    ```py
    from celery import Task, shared_task


    class BaseTask(Task):
        abstract = True


    @shared_task(base=BaseTask)
    def report(): ...
    ```

    ## Fix
    Unsafe, since the task then does what its new base class does, and an import is new: adds `base=` and the import of the (first) wanted class, as the
    file writes its imports. Left to you where the task has another base class, where its decorator is the project's own, and where the name of the
    class means something else in the file.

    ## Unknown
    Silent where the base class cannot be followed. A subclass counts, and so does the `task_cls` of the app. By habit: tests, examples
    and hidden folders are neither judged nor counted, modules that surely no worker imports and tasks that nobody sends are not judged, and a class of a library is a choice, as is another class of the project's own that two or more tasks have; a task to try the worker out with (`debug_task`, `celery.ping`, `health_check`, a name with the word `test`, `add(x, y)`) needs none, nor does one that uses nothing
    of what the class looks after (a session of the project's) where all tasks with it do. A task that declares each option itself which the class gives, where that is all that it does, needs it not. A class whose `__call__` passes other arguments than were sent (a row for its key) is no habit. Where only one file is looked at (`--no-project`), the app's class is not seen, so
    that a task without a base class is a warning.
    """

    def check(self, module: Module) -> Findings:
        from taskguard.project.celery.forgotten import is_unsent
        from taskguard.project.registry.effective import base_files, base_of, base_open, has_own_base, inherits
        from taskguard.project.registry.habits import habits_at
        from taskguard.project.tasks.declarations import tasks_in

        wanted = module.house.base
        habit = habits_at(module).base if not wanted and tasks_in(module) else None
        asked = not wanted and self.code in module.house.asked
        if not wanted and habit is None and not asked:
            return
        for task in tasks_in(module):
            if asked and not has_own_base(task):
                yield _without_own(task)
                continue
            if not wanted and habit is None:
                continue
            names = wanted or (habit.what if habit else "",)
            answer = inherits(task, names)
            if answer is None:
                yield doubt(task, "the base class is not known")
            elif not wanted and (base_open(task) or task.perhaps_trial or (habit and task in habit.spared)):
                continue  # a class of a library is chosen, and what tries the worker out wants none
            elif not answer and habit is not None and (not _in_use(module) or is_unsent(task)):
                continue
            elif not answer:
                base = base_of(task)
                *wanted_names, own = told_apart(*names, base.value.dotted if isinstance(base, Known) else "")
                wish = listing(wanted_names).replace(" and ", " or ")
                settle = '; or settle it with `base = ["…"]` under `tasks` in the settings' if habit else ""
                share = f": {habit} have it" if habit else ""
                yield about(
                    task,
                    _present(task, own, wish) + share,
                    f"{_cure(names[0], wanted_names[0])}{settle}",
                    certain=habit is None and (module.project.complete or not base_of(task).absent),
                    depends=base_files(task),
                    fix=fix(task, names[0]),
                )


def _in_use(module: Module) -> bool:
    """Whether a worker may import the module: a script's own task need not be like the others."""
    from taskguard.project.celery.discovered import is_discovered

    return is_discovered(module) is not False


def _without_own(task: Task) -> Finding | Unsure:
    """What is said of a task that has no base class of the project's own, or perhaps none."""
    from taskguard.project.registry.effective import base_files, base_of, has_own_base

    if has_own_base(task) is None:
        return doubt(task, "the base class is not known")
    base = base_of(task)
    return about(
        task,
        _present(task, base.value.last if isinstance(base, Known) else "", "a class of the project's own"),
        'add `base=…`; `base = ["…"]` under `tasks` in the settings says which',
        certain=task.module.project.complete or not base.absent,
        depends=base_files(task),
    )


def fix(task: Task, name: str) -> Fix | None:
    from taskguard.project.editing.edits import edits_of
    from taskguard.project.registry.effective import importable

    held = importable(task, name)
    if held is None or task.open or task.function is None:
        return None
    edits = edits_of(task.module)
    return mended(edits.reaching(held, task.span.line), edits.option(task, "base", held.name), safe=False)


def _cure(name: str, told: str) -> str:
    """What to do; a name that stands here for another class is said in full."""
    last = name.rpartition(".")[2]
    return f"add `base={last}`" if told == last else f"import `{name}` and set `base={last}`"


def _present(task: Task, own: str, wish: str) -> str:
    if not own:
        return f"the base class is Celery's own Task, not {wish}"
    if task.form == "class":
        return f"{own} is no subclass of {wish}"
    return f"the base class is {own}, not {wish}"
