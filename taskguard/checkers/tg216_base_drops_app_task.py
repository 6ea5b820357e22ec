from __future__ import annotations

from taskguard.rule import Finding, ProjectRule, Unsure, told_apart

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.rule import Findings, Project

LOST = {
    "context": "runs without the application context",
    "tenant": "runs without its tenant",
}


class BaseDropsAppTask(ProjectRule, code="TG216", since="0.1.0"):
    """
    A task whose `base=` replaces the app's own task class, and with it the context that its body works in.

    ## Why is this bad?
    The task class of an app (`app.Task = ContextTask`, `Celery(task_cls=…)`) is the base of the tasks that name none. A task with `base=` has that
    class and nothing of the app's: its body runs without the application context of Flask or the tenant that all others have, and
    `current_app` or `db.session` is a RuntimeError: "Working outside of application context". The same holds for a class task that
    inherits from Celery's `Task`, and for classes of libraries such as `QueueOnce`. Tests seldom show it: they run inside a context.

    ## Example
    ```py
    from celery import Celery, Task
    from flask import Flask, current_app

    flask_app = Flask("shop")


    class ContextTask(Task):
        def __call__(self, *args, **kwargs):
            with flask_app.app_context():
                return super().__call__(*args, **kwargs)


    app = Celery("shop", task_cls=ContextTask)


    class Noted(Task):
        def on_failure(self, exc, task_id, args, kwargs, einfo):
            print("failed", task_id)


    @app.task(base=Noted)  # error
    def send():
        current_app.mailer.send()
    ```

    ## Use instead
    ```py
    from celery import Celery, Task
    from flask import Flask, current_app

    flask_app = Flask("shop")


    class ContextTask(Task):
        def __call__(self, *args, **kwargs):
            with flask_app.app_context():
                return super().__call__(*args, **kwargs)


    app = Celery("shop", task_cls=ContextTask)


    class Noted(app.Task):
        def on_failure(self, exc, task_id, args, kwargs, einfo):
            print("failed", task_id)


    @app.task(base=Noted)
    def send():
        current_app.mailer.send()
    ```

    ## Unknown
    Only contexts of Flask and tenants count, opened by `__call__` of the app's task class; what else such a class does, logging or metrics, is no loss to the
    body. An error where the body, or a function that it calls, uses what works in a context alone; a warning where it uses code that
    speaks of Flask; silent where neither is seen, and where the body or the base class opens the context itself. Undecided
    where a base class is outside the project, where a decorator may open it, or where some module opens it for the whole process (`app_context().push()`).
    """

    def check(self, project: Project) -> Findings:
        from taskguard.project.celery.system import celery_of
        from taskguard.project.diagnosis.apps.dropped_app_task import dropped_bases

        for one in dropped_bases(celery_of(project).project):
            task = one.task
            base, klass = told_apart(one.base, one.klass.replace(".<locals>", ""))
            if one.doubt:
                yield Unsure(task.path, task.span, f"what {base} drops of {klass} cannot be told: {one.doubt}")
                continue
            yield Finding(
                task.path,
                task.span,
                f"{task.dotted.rpartition('.')[2]} {LOST[one.kind]}: {base} replaces {klass}, the task class of the app"
                if task.form != "class"
                else f"{base} {LOST[one.kind]}: it does not inherit from {klass}, the task class of the app",
                symbol=task.dotted,
                help=f"let {base} inherit from `Task` of the app, or from {klass}",
                depends=tuple(file for file in one.files if file != task.path),
                certain=one.sure,
                lines=task.noqa_lines,
            )
