from __future__ import annotations

from taskguard.rule import ProjectRule, said

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.rule import Findings, Project


class InvalidRoute(ProjectRule, code="TG310", since="0.1.0"):
    """
    A route with which each publish fails, whose key is no pattern although it looks like one, or that gives what no route can.

    ## Why is this bad?
    Routes are looked at when a task is sent, so the mistake shows in whatever code calls `delay`. A list is a list of routers: a pair in it is
    taken for a router of its own and cannot be unpacked. Options like `expires` or `time_limit` are given twice to the same function, which is
    a TypeError. A key without `*` is the name of one task, whatever else is in it. Options that only the declaration of a task has (`rate_limit`, `max_retries`), and misspelt ones,
    become properties of the message, which no worker reads: the limit is never kept.

    ## Example
    ```py
    from celery import Celery

    app = Celery("shop")
    app.conf.task_routes = [("shop.*", {"queue": "shop"})]  # error


    @app.task(name="shop.report")
    def report(): ...
    ```

    ## Use instead
    ```py
    from celery import Celery

    app = Celery("shop")
    app.conf.task_routes = ([("shop.*", {"queue": "shop"})],)


    @app.task(name="shop.report")
    def report(): ...
    ```

    ## Unknown
    Silent about routes and values that cannot be told. Options that nobody reads are told once for a file, those of other routes with the same beside; not where code that speaks
    of routes asks a dict for one of them, nor names that are near to none that Celery reads there.
    """

    def check(self, project: Project) -> Findings:
        from taskguard.project.celery.system import celery_of
        from taskguard.project.diagnosis.queues.route_faults import invalid_routes

        return said(invalid_routes(celery_of(project)))
