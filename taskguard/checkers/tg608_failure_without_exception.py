from __future__ import annotations

from itertools import groupby

from taskguard.rule import Finding, ProjectRule, Related

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.project.hazards.retries.failure_states import Failure
    from taskguard.rule import Findings, Project

# So many further calls of a file are named.
MOST = 5


class FailureWithoutException(ProjectRule, code="TG608", since="0.1.0"):
    """
    A task sets the state `FAILURE` itself, with a `meta` that holds no exception as Celery keeps them.

    ## Why is this bad?
    What a failed task leaves is read as an exception, of the keys `exc_type` and `exc_message`. Where `exc_type` is missing, everybody who asks for the
    state or the result gets `ValueError: Exception information must include the exception type`, whatever `meta` says.

    With Redis, memcached, files and all other backends that keep a result under a key it is so for good. Celery reads the old state before it stores the next one, which raises the same ValueError: how the run ends is
    stored nowhere. With a database or `rpc://` it is so until the run ends and Celery sets another state; for good where the body raises `Ignore`. Where the task then returns, that other state is SUCCESS: the failure is lost.

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
    Silent in tasks that nobody sends, schedules or names, where other files send some. Told once a file, with the others beside it. Silent where the state or the keys of `meta` cannot be told, and where no result backend is set. A warning where the body raises no `Ignore`, unless the backend is known to keep results
    under keys: what Celery sets when the run ends may take its place.
    That is told by itself where `meta` is in order, or not there, and the task returns, or ends, right behind the call; silent where its results are ignored, for then nothing is set.

    ## References
    - [Celery: custom states](https://docs.celeryq.dev/en/stable/userguide/tasks.html#custom-states)
    """

    def check(self, project: Project) -> Findings:
        from taskguard.project.hazards.retries.failure_states import failures

        for _, each in groupby(failures(project), lambda one: one.module.path):
            # What is there for good stands for the others.
            found = sorted(each, key=lambda one: not (one.stays or one.replaced))
            yield _said(found[0], found[1:])


def _said(one: Failure, others: list[Failure]) -> Finding:
    lost = "the run ends well behind this, and Celery sets SUCCESS in place of FAILURE"
    return Finding(
        one.module.path, one.call.span, lost if one.replaced else "meta has no exc_type: whoever asks for this state gets a ValueError",
        symbol=f"{one.module.name}.{one.scope}", certain=one.stays or one.replaced,
        help="raise the exception" if one.replaced else 'raise the exception, or give `{"exc_type": …, "exc_message": …}`',
        related=tuple(
            Related(each.module.path, each.call.span.line, "Celery sets SUCCESS in place of this one" if each.replaced else "this one has no exc_type, either")
            for each in others[:MOST]
        ),
    )  # fmt: skip
