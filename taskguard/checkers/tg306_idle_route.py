from __future__ import annotations

from taskguard.rule import Finding, ProjectRule, Unsure

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.rule import Findings, Project


class IdleRoute(ProjectRule, code="TG306", since="0.1.0"):
    """
    A route that matches no task.

    ## Why is this bad?
    A pattern is held against the names of tasks, not against modules or paths. One that matches none is without effect: the tasks that
    it was written for go to the default queue, and to whoever consumes that.

    ## Example
    ```py
    from celery import Celery

    app = Celery("shop")
    app.conf.task_routes = {"tasks.reports.*": {"queue": "reports"}}  # error


    @app.task(name="tasks.report.build")
    def build(): ...
    ```

    ## Use instead
    ```py
    from celery import Celery

    app = Celery("shop")
    app.conf.task_routes = {"tasks.report.*": {"queue": "reports"}}


    @app.task(name="tasks.report.build")
    def build(): ...
    ```

    ## Unknown
    A key without `*` is a name: TG303 looks for its task. Undecided where a task with a computed name or a file that does not parse may
    match, where the module that is meant is empty as yet, or not there in a package that has no tasks, stands in a comment of the list that the worker imports, or git ignores it, and for patterns that begin like no module and no task of the project: they are for a library, or for another service,
    unless the app is still called so (`Celery("shop")`), nothing else is, and what stands behind lies in the package that the app is in now: a warning.
    Silent about a route that leads to the default queue alone, where the message goes without it, unless the queue is called after the tasks, tasks stand where it looks for them, or another route behind it may be for the same names; about a route to the queue that the tasks
    at these paths name themselves, or go to by their names and another route; and about
    routes of the app that its source has, too, which are told there; and about routes of a dict that the module replaces further down by another (TG312 says what is lost).
    Silent for an app that neither declares nor names a task, where each start of Celery that the project has or writes down is one of another app: no message goes by its routes.
    """

    def check(self, project: Project) -> Findings:
        from taskguard.project.celery.system import celery_of
        from taskguard.project.diagnosis.queues.idle_routes import idle_routes

        for idle in idle_routes(celery_of(project).project):
            route = idle.route
            if idle.doubt:
                yield Unsure(route.path, route.span, f'"{route.pattern}": {idle.doubt}')
                continue
            yield Finding(
                route.path,
                route.span,
                f'the route "{route.pattern}" matches no task',
                symbol=route.pattern,
                help=idle.help,
                depends=idle.depends,
                certain=idle.certain,
            )
