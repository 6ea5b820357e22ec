from __future__ import annotations

from taskguard.rule import FileRule, about, celery_options, doubt, listing, mended

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.rule import Findings, Module, Task

# So many names of a file are looked for.
MOST = 200
# What `celery.task.periodic_task` (up to Celery 4) reads besides the options of a task.
PERIODIC = frozenset(("options", "relative", "run_every"))


class UnknownOption(FileRule, code="TG207", since="0.1.0"):
    """
    A task option that Celery does not know.

    ## Why is this bad?
    Celery takes any keyword and makes it an attribute of the task. A misspelt option is no error anywhere, and the task runs with the default.
    So does a schedule: since Celery 4 no task has one, and one with `run_every` never runs by itself.

    ## Example
    ```py
    from celery import shared_task


    @shared_task(max_retry=5)  # error
    def report(): ...
    ```

    ## Use instead
    ```py
    from celery import shared_task


    @shared_task(max_retries=5)
    def report(): ...
    ```

    ## Fix
    Safe: spells the option as Celery does, where the declaration does not set that one as well. The task then runs with what it says.

    ## Unknown
    Silent about the options that the house declares as its own: `options = ["owner"]` under `tasks`. An option that resembles no known one is reported only if the project never reads an attribute of that name and no class outside the project
    stands among the bases, since a base class, a signal handler or a library may well read it. So is one that other tasks use too.
    Undecided from the 201st such name of a file on, and without a fix in that file: each is looked for in the whole project.
    """

    def check(self, module: Module) -> Findings:
        from taskguard.project.editing.edits import edits_of
        from taskguard.project.registry.effective import base_attributes, base_files, base_open
        from taskguard.project.registry.usage import is_read
        from taskguard.project.tasks.declarations import tasks_in

        unknown = [
            (task, option)
            for task in tasks_in(module)
            for option, held in task.options.items()
            if held.origin == "decorator" and not _known(task, option)
        ]
        names = list(dict.fromkeys(option for _, option in unknown))
        looked_for = frozenset(names[:MOST])
        for task, option in unknown:
            if option not in looked_for:
                yield doubt(task, f"{option}: the file has more than {MOST} options that Celery does not know")
                continue
            held = task.options[option]
            if option in base_attributes(task) or is_read(task, option):
                continue
            near = celery_options.meant(option)
            if near and near not in task.options:
                yield about(
                    task, f"Celery knows no option {option}", f"did you mean `{near}`?", depends=base_files(task),
                    fix=mended(edits_of(module).renamed_option(task, option, near)) if len(names) <= MOST else None,
                )  # fmt: skip
            elif near:
                yield about(
                    task,
                    f"Celery knows no option {option}; {near} is set as well",
                    "leave it out",
                    depends=base_files(task),
                )
            elif celery_options.is_schedule(option, held.value.value) and not base_open(task) and not task.sources:
                yield about(
                    task, f"a task has no schedule of its own: nothing reads {option}",
                    "name the task in `beat_schedule`, or give it to `add_periodic_task`",
                    certain=option == "run_every", depends=base_files(task),
                )  # fmt: skip
            elif (
                option == "options" and isinstance(held.value.value, dict) and not base_open(task) and not task.sources
            ):
                yield about(
                    task, f"Celery knows no option options: nothing reads {listing(map(str, held.value.value))} in it",
                    "give each to the decorator itself", certain=False, depends=base_files(task),
                )  # fmt: skip
            elif why := _readable(task, option):
                yield doubt(task, f"{option}: {why}")
            else:
                yield about(
                    task, f"Celery knows no option {option}, and nothing reads it", "leave it out, or pass it where it is read",
                    certain=False, depends=base_files(task),
                )  # fmt: skip


def _known(task: Task, option: str) -> bool:
    """Whether an option is one of Celery, of the house, or private."""
    if option in celery_options.KNOWN or option in celery_options.CALL_ONLY:
        return True
    if option in task.module.house.options or option.startswith("_"):
        return True
    return option in PERIODIC and task.decorator.endswith(".periodic_task")


def _readable(task: Task, option: str) -> str:
    """Why somebody may read an option that Celery does not know; empty where nobody does."""
    from taskguard.project.registry.effective import base_open
    from taskguard.project.registry.usage import is_mentioned

    if base_open(task):
        return base_open(task)
    if task.sources:
        return "the wrapper may read it"
    if is_mentioned(task, option) is not False:
        return "it is mentioned elsewhere in the project"
    return ""
