from __future__ import annotations

from taskguard.rule import Finding, ProjectRule

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.rule import Findings, Project


class CountdownOverVisibility(ProjectRule, shares="bodies", code="TG507", since="0.1.0"):
    """
    A task is to wait longer than the broker waits for somebody to acknowledge it.

    ## Why is this bad?
    A worker takes a message with a `countdown` or `eta` at once and keeps it, unacknowledged, until its time has come. Redis and SQS deliver a message again that
    nobody has acknowledged within the visibility timeout: after an hour on Redis, half an hour on SQS, unless it is set. Other workers then get the same message, again and again, and the
    task is run several times when its time comes.
    RabbitMQ, from 3.8.17 on, closes the channel of a consumer that has not acknowledged a message within half an hour: the worker ends with PRECONDITION_FAILED, and its next start takes the same message.

    ## Example
    ```py
    from celery import Celery

    app = Celery("shop", broker="redis://localhost")


    @app.task
    def remind(pk): ...


    def order(pk):
        remind.apply_async((pk,), countdown=24 * 3600)  # error
    ```

    ## Use instead
    ```py
    from celery import Celery

    app = Celery("shop", broker="redis://localhost")
    app.conf.broker_transport_options = {"visibility_timeout": 2 * 24 * 3600}


    @app.task
    def remind(pk): ...


    def order(pk):
        remind.apply_async((pk,), countdown=24 * 3600)
    ```

    ## Unknown
    Said of numbers and timedeltas that the code says: `countdown`, `eta` as a time from now on, `default_retry_delay`, and `retry_backoff_max` where the task backs off; constants of Django's settings count where all deployments have them. An error where the broker is sure, a warning where
    an environment may name another one. Of RabbitMQ where a compose file or the like says which image it is, none of these files sets `consumer_timeout` or brings a configuration of its own, and no code speaks of quorum queues. Silent on other brokers, and where `visibility_timeout` cannot be told.

    ## References
    - [Celery: visibility timeout](https://docs.celeryq.dev/en/stable/getting-started/backends-and-brokers/redis.html#visibility-timeout)
    """

    def check(self, project: Project) -> Findings:
        from taskguard.project.diagnosis.settings.delivery import cure, outcome, what_it_does
        from taskguard.project.hazards.sending.postponed import postponed

        for one in postponed(project):
            yield Finding(
                one.path, one.span, f"{what_it_does(one.kind, one.visible)}: with {one.what} of {one.seconds:g} s {outcome(one.kind)}",
                symbol=one.symbol, depends=one.files, certain=one.sure,
                help=f"set {cure(one.kind, one.seconds)}, or have beat look for what is due",
            )  # fmt: skip
