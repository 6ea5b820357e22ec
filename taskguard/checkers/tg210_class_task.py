from __future__ import annotations

from taskguard.rule import FileRule, Finding, Unsure

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.rule import Findings, Module


class ClassTask(FileRule, code="TG210", since="0.1.0"):
    """
    A class that is meant as a task and is none.

    ## Why is this bad?
    A task decorator on a class makes its constructor the body of the task: `run`, `name` and all options of the class are lost, and a message
    does nothing but build an object. A subclass of Task that nothing registers is unknown to the worker, which drops its messages.
    Registering an instance names that instance alone: a message of another one, `Report().delay()`, names no task unless the class has a `name`.

    ## Example
    ```py
    from celery import Celery, Task

    app = Celery("shop")


    @app.task  # error
    class Export(Task):
        def run(self, path): ...


    class Report(Task):  # error
        def run(self): ...
    ```

    ## Use instead
    ```py
    from celery import Celery, Task

    app = Celery("shop")


    @app.register_task
    class Export(Task):
        def run(self, path): ...


    class Report(Task):
        def run(self): ...


    report = app.register_task(Report())
    ```

    ## Unknown
    A subclass is reported only if it has a `run` of its own, no decorator, no `abstract`, and is neither the base of a task, of an app or of another class
    nor in a test, nor only run by hand (`Report().run()`); silent where some registration cannot be followed or the class is handed on (`[Report]`, `register(Report)`), and where Celery 3.1 is pinned, which registers subclasses by itself. Instances
    count where they are made in the call, just before in the same function, or held by a variable of a module.
    """

    def check(self, module: Module) -> Findings:
        from taskguard.project.registry.class_tasks import class_mistakes

        for one in class_mistakes(module):
            last = one.dotted.rpartition(".")[2]
            if one.why:
                yield Unsure(module.path, one.span, f"whether {last} is registered cannot be told: {one.why}")
            elif one.kind == "decorated":
                yield Finding(
                    module.path, one.span, f"@{one.decorator} on a class makes its constructor the task: run, name and options of {last} are lost",
                    symbol=one.dotted, help="use `@app.register_task`, or a function", lines=one.lines,
                )  # fmt: skip
            elif one.kind == "nameless":
                yield Finding(
                    module.path, one.span, f"{last} has no name, and an instance that is not the registered one is sent: its messages name no task",
                    symbol=one.dotted, help=f"give {last} a `name`, or send what `register_task` gives back", related=one.places,
                    depends=tuple(dict.fromkeys(place.path for place in one.places)), lines=one.lines,
                )  # fmt: skip
            else:
                yield Finding(
                    module.path, one.span, f"nothing registers {last}: the worker does not know this task",
                    symbol=one.dotted, help=f"add `app.register_task({last}())`, or `abstract = True` for a base class", lines=one.lines,
                )  # fmt: skip
