from __future__ import annotations

from taskguard.project.python.evaluate import final_name
from taskguard.rule import FileRule, Known, Name, Named, Spelling, about, doubt, listing, told_apart

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.rule import Findings, Module, Task, Value


class OptionNotAllowed(FileRule, code="TG204", since="0.1.0", house="allowed"):
    """
    An option has a value that this house does not allow.

    ## Why is this bad?
    Celery takes any queue name, and creates a queue that no worker listens to. Which queues, priorities and serializers there are is known to
    those who run the workers; the settings write it down.

    ## Example
    ```py
    from celery import shared_task


    @shared_task(queue="repots")  # error
    def report(): ...
    ```
    `taskguard.toml`:
    ```toml
    [tasks.allowed]
    queue = ["mail", "reports"]
    ```

    ## Use instead
    ```py
    from celery import shared_task


    @shared_task(queue="reports")
    def report(): ...
    ```

    ## Unknown
    An allowed value is a literal, or `{ name = "django.conf.settings.MAIL_QUEUE" }`: then the option must be given by that name, and a literal
    in its place is not allowed. Silent on values that cannot be followed, and on names that may stand for an allowed literal.
    """

    def check(self, module: Module) -> Findings:
        from taskguard.project.registry.effective import base_files, effective_option
        from taskguard.project.tasks.declarations import tasks_in

        spelling = Spelling()
        for option, allowed in module.house.allowed:
            for task in tasks_in(module):
                value = effective_option(task, option)
                unwritten = (
                    option not in task.options and not task.open and not isinstance(value, Known) and not value.name
                )
                if unwritten or (isinstance(value, Known) and value.value is None):
                    continue
                answer = _allowed(task, value, allowed)
                if answer is None:
                    yield doubt(task, f"the value of {option} is not known")
                elif not answer:
                    shown = _shown(value, allowed)
                    yield about(
                        task,
                        f"{option} {shown} is not allowed",
                        _help(shown, allowed, spelling),
                        depends=(*value.files, *base_files(task)),
                    )


def _allowed(task: Task, value: Value, allowed: tuple[object, ...]) -> bool | None:
    names = [one.name for one in allowed if isinstance(one, Named)]
    literals = [one for one in allowed if not isinstance(one, Named)]
    written = value.name.removesuffix(".value")
    if written and any(written == final_name(task.module.project, name).removesuffix(".value") for name in names):
        return True
    if isinstance(value, Known):
        if isinstance(value.value, Name):
            return any(isinstance(one, str) and f".{value.value.dotted}".endswith(f".{one}") for one in literals)
        if isinstance(value.value, str | int | float | bool):
            return any(
                one == value.value and isinstance(one, bool) is isinstance(value.value, bool) for one in literals
            )
        return None
    return False if written and names and not literals else None


def _shown(value: Value, allowed: tuple[object, ...]) -> str:
    if isinstance(value, Known) and isinstance(value.value, Name):
        return told_apart(value.value.dotted, *(one for one in allowed if isinstance(one, str)))[0]
    return _literal(value.value) if isinstance(value, Known) else value.name


def _literal(value: object) -> str:
    return f'"{value}"' if isinstance(value, str) else str(value)


def _help(shown: str, allowed: tuple[object, ...], spelling: Spelling) -> str:
    words = [one.name if isinstance(one, Named) else _literal(one) for one in allowed]
    near = spelling.nearest(shown, words) if len(words) > 1 else None
    return f"allowed: {listing(words, 12)}" + (f"; did you mean {near}?" if near else "")
