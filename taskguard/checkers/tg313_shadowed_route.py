from __future__ import annotations

from taskguard.rule import Finding, ProjectRule, Related

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.rule import Findings, Project


class ShadowedRoute(ProjectRule, code="TG313", since="0.1.0"):
    """
    A task's own queue beats the configured route, and they differ.

    ## Why is this bad?
    Celery asks the call first, then the task, then the routes. A route for a task with a queue of its own is without effect; who reads or
    changes the routes believes otherwise.

    ## Example
    ```py
    from celery import Celery

    app = Celery("shop")
    app.conf.task_routes = {"shop.report": {"queue": "reports"}}


    @app.task(name="shop.report", queue="slow")  # error
    def report(): ...
    ```

    ## Use instead
    ```py
    from celery import Celery

    app = Celery("shop")
    app.conf.task_routes = {"shop.report": {"queue": "reports"}}


    @app.task(name="shop.report")
    def report(): ...
    ```

    ## Unknown
    Silent where one of the two queues or the name of the task cannot be told, and for a route whose key is a pattern (`shop.*`, a regular
    expression): it is the default of a module, and the queue of a single task is an exception that is meant.
    """

    def check(self, project: Project) -> Findings:
        from taskguard.project.celery.system import celery_of
        from taskguard.project.diagnosis.queues.idle_routes import shadowed_routes
        from taskguard.project.registry.sends import option_span

        for task, route, own, routed in shadowed_routes(celery_of(project)):
            yield Finding(
                task.path,
                option_span(task, "queue"),
                f'the queue "{own}" of the task beats the route "{route.pattern}", which says "{routed}"',
                symbol=task.dotted,
                help="take one of the two out; Celery 5.7 deprecates the queue on the task in favour of routes",
                related=(Related(route.path, route.span.line, "the route without effect"),),
                depends=(route.path, *task.depends),
                lines=(task.span.line, *task.noqa_lines),
            )
