from __future__ import annotations

from taskguard.rule import Finding, ProjectRule

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.rule import Findings, Project


class FailureWithoutException(ProjectRule, code="TG608", since="0.1.0"):
    """
    A task sets the state `FAILURE` itself, with a `meta` that holds no exception as Celery keeps them.

    ## Why is this bad?
    What a failed task leaves is read as an exception, of the keys `exc_type` and `exc_message`. Where `exc_type` is missing, everybody who asks for the
    state or the result gets `ValueError: Exception information must include the exception type`, whatever `meta` says. It is so until the run ends and Celery
    sets another state; for good where the body raises `Ignore`. Where the task then returns, that other state is SUCCESS: the failure is lost.

    ## Example
    ```py
    from celery import shared_task
    from celery.exceptions import Ignore


    @shared_task(bind=True)
    def load(self, path):
        if not path:
            self.update_state(state="FAILURE", meta={"error": "no path"})  # error
            raise Ignore
    ```

    ## Use instead
    ```py
    from celery import shared_task
    from celery.exceptions import Ignore


    @shared_task(bind=True)
    def load(self, path):
        if not path:
            self.update_state(state="FAILURE", meta={"exc_type": "ValueError", "exc_message": ["no path"]})
            raise Ignore
    ```

    Simpler still is `raise ValueError("no path")`: Celery does the rest.

    ## Unknown
    Silent where the state or the keys of `meta` cannot be told. A warning where the body raises no `Ignore`: what Celery sets when the run ends takes its place.
    That is told by itself where `meta` is in order, or not there, and the task returns, or ends, right behind the call; silent where its results are ignored, for then nothing is set.

    ## References
    - [Celery: custom states](https://docs.celeryq.dev/en/stable/userguide/tasks.html#custom-states)
    """

    def check(self, project: Project) -> Findings:
        from taskguard.project.hazards.failures import failures

        for one in failures(project):
            lost = "the run ends well behind this, and Celery sets SUCCESS in place of FAILURE"
            yield Finding(
                one.module.path, one.call.span, lost if one.replaced else "meta has no exc_type: whoever asks for this state gets a ValueError",
                symbol=f"{one.module.name}.{one.scope}", certain=one.stays or one.replaced,
                help="raise the exception" if one.replaced else 'raise the exception, or give `{"exc_type": …, "exc_message": …}`',
            )  # fmt: skip
