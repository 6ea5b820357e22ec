from __future__ import annotations

from taskguard.rule import FileRule, Finding, Known, Name, about, doubt, said

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.rule import Findings, Module, Task, Value

# Options that Celery makes a tuple or a number of as soon as it makes the task (celery/app/autoretry.py).
TUPLES = ("autoretry_for", "dont_autoretry_for")
NUMBERS = ("retry_backoff", "retry_backoff_max")


class BrokenDeclaration(FileRule, code="TG211", since="0.1.0"):
    """
    A declaration that fails as soon as Celery evaluates it.

    ## Why is this bad?
    The module cannot be imported, the worker does not start, or the first use of the task raises an error that names Celery's inside and not the
    line: a name given by position, a `lambda` or a `partial` for a function, a task decorator around `@staticmethod` or `@classmethod`, a
    class method around a task, a `base` that is a string or an object, a bare class in `autoretry_for`, `None` for `retry_backoff`, the broker's
    URL in the place of the loader, a decorator that asks an app for what none has (`@app.task_failure.connect`: signals are in `celery.signals`), an import of what Celery has no more, or of a name that its module does not have
    (`from celery import crontab`).

    ## Example
    ```py
    from celery import shared_task


    @shared_task("shop.send")  # error
    def send(): ...


    @shared_task(autoretry_for=(ConnectionError))  # error
    def fetch(url): ...
    ```

    ## Use instead
    ```py
    from celery import shared_task


    @shared_task(name="shop.send")
    def send(): ...


    @shared_task(autoretry_for=(ConnectionError,))
    def fetch(url): ...
    ```

    ## Fix
    Unsafe: writes `name=` before a string that is given by position. Of the other mistakes none is mended.

    ## Unknown
    Silent about decorators of the project's own, which may take what Celery's do not, and about those of an app that is made outside the project.
    Modules that are gone (`celery.task`, `celery.decorators`, `celery.five` …), and names that a module has in no version from 5.2 on, are told by the version that the project pins: an error
    where only versions without them fit, a warning where older ones fit too, undecided where the requirements do not speak of Celery, silent where
    the import stands under `if` or in a `try`, and in projects of Python 2 or with django-celery.
    """

    def check(self, module: Module) -> Findings:
        from taskguard.project.diagnosis.declarations.broken_calls import broken_calls
        from taskguard.project.tasks.declarations import tasks_in

        yield from said(broken_calls(module))
        for task in tasks_in(module):
            yield from _of_method(task)
            yield from _of_base(task)
            for option in (*TUPLES, *NUMBERS):
                held = task.options.get(option)
                wrong = _wrong(option, held.value) if held is not None and held.origin in ("decorator", "class") else ""
                if wrong:
                    yield about(
                        task,
                        f"{option} is {wrong}: the task cannot be made, and the app does not start",
                        _advice(option),
                    )
        yield from _of_classes(module)


def _of_method(task: Task) -> Findings:
    """A static method or class method under the task decorator, or a class method above it."""
    from taskguard.project.diagnosis.registration.unmissed import only_called

    near = _last(task.below[0]) if task.below else ""
    if near in ("staticmethod", "classmethod") and task.form == "function":
        if task.sources:
            yield doubt(task, f"the wrapper may take what @{near} makes")
        else:
            yield about(
                task, f"a task decorator around @{near}, which makes no function: the app does not start",
                "put `@staticmethod` above the task decorator" if near == "staticmethod" else "make it a function outside the class",
            )  # fmt: skip
    bind = task.option("bind")
    if (
        "classmethod" in map(_last, task.above)
        and task.in_class
        and (bind.absent or (isinstance(bind, Known) and not bind.value))
        and not only_called(task)
    ):
        yield about(
            task, "a class method around a task: a worker has no class to pass, so each run is a TypeError",
            "make it a function outside the class",
        )  # fmt: skip


def _last(name: str) -> str:
    return name.rpartition(".")[2]


def _of_base(task: Task) -> Findings:
    held = task.options.get("base")
    if held is None or held.origin == "base" or task.form == "class":
        return
    from taskguard.project.diagnosis.declarations.broken_calls import base_made_object

    if not isinstance(held.value, Known) and base_made_object(task):
        yield about(
            task,
            "base is an object, as register_task gives it back, and no class: the task cannot be made, and the app does not start",
            "leave the class its name: `app.register_task(Send())`",
        )
    if not isinstance(held.value, Known):
        return
    value = held.value.value
    name = getattr(value, "name", "")
    made = isinstance(name, str) and _last(name)[:1].isupper()
    if isinstance(value, str) or (made and not isinstance(value, Name)):
        kind = "a string" if isinstance(value, str) else "an object"
        yield about(
            task,
            f"base is {kind} and no class: the task cannot be made, and the app does not start",
            "give the class itself",
        )


def _of_classes(module: Module) -> Findings:
    """The same of classes that tasks have for their base: said once, where the class sets it."""
    from taskguard.project.tasks.app_names import task_class
    from taskguard.project.tasks.declarations import class_options

    tasks = {one.qualname for one in _registered(module)}
    for klass in module.facts.classes:
        said = klass.keywords or klass.sets(*TUPLES, *NUMBERS)
        if not said or not klass.bases or klass.qualname in tasks or not task_class(module, klass):
            continue
        for option, held in class_options(module, klass)[0].items():
            wrong = _wrong(option, held.value) if held.origin == "class" else ""
            if wrong:
                yield Finding(
                    module.path, held.span, f"{option} is {wrong}: no task with this base can be made, and the app does not start",
                    f"{module.name}.{klass.qualname}", _advice(option),
                )  # fmt: skip


def _registered(module: Module) -> list[Task]:
    from taskguard.project.tasks.declarations import tasks_in

    return [one for one in tasks_in(module) if one.form == "class"]


def _wrong(option: str, value: Value) -> str:
    """What Celery cannot take an option for; empty where it can, or where that cannot be told."""
    if not isinstance(value, Known):
        return ""
    if value.value is None and option in (*TUPLES, *NUMBERS):
        return "None"
    return "a bare class" if option in TUPLES and isinstance(value.value, Name) else ""


def _advice(option: str) -> str:
    return (
        "write a tuple: one class needs a comma, `(ConnectionError,)`"
        if option in TUPLES
        else "leave it out, or give a number"
    )
