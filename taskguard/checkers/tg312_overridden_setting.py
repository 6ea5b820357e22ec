from __future__ import annotations

from taskguard.rule import ProjectRule, said

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.rule import Findings, Project


class OverriddenSetting(ProjectRule, code="TG312", since="0.1.0"):
    """
    A setting that two places set, so that one of them is lost.

    ## Why is this bad?
    With a namespace, up to Celery 5.6 the configuration source beats what the code sets on the app; from 5.7 on the app wins. An upgrade then
    changes the broker, the serializer or the schedule, and nothing says so.
    What the code asks the environment for (`app.conf.broker_url = os.environ["REDIS_URL"]`) counts for nothing up to 5.6 where the source has a plain value.

    A second dict of routes, beat entries or annotations replaces the first one, on the app and in a settings module: what only the first one holds is lost,
    and so is one of two that files which a worker imports set on the app.
    So is an entry whose key stands again further down in the same dict, which is how a copied entry looks that nobody finished, and all that a source says of which
    `config_from_object` is called again with another: Celery reads the last one alone. And so is what a module of settings asks the environment for, where it sets the name to a plain value further down.

    ## Example
    `settings.py`
    ```py
    CELERY_TASK_DEFAULT_QUEUE = "shop"
    ```

    `shop.py`
    ```py
    from celery import Celery

    app = Celery("shop")
    app.config_from_object("settings", namespace="CELERY")
    app.conf.task_default_queue = "slow"  # error
    ```

    ## Use instead
    `shop.py`
    ```py
    from celery import Celery

    app = Celery("shop")
    app.config_from_object("settings", namespace="CELERY")
    ```

    ## Unknown
    Silent without a namespace, and of a name in the source that does not have its prefix (the app always wins there), unless entries are lost, where both give the same value, and for settings under a condition or in a
    function. Silent of an app that is made in a module which no process loads, by all appearances, and where only a settings module differs that nothing names
    (`settings_staging.py` beside the one that `manage.py` names). Silent of an entry that stands
    twice with the same value, and of a source where the one that replaces it cannot be followed to its end. Undecided where the values cannot be compared, unless one asks the environment and the pinned version
    takes the other, which is plain; and where it asks for a variable that Celery reads itself (`CELERY_BROKER_URL`, `CELERY_RESULT_BACKEND`).
    """

    def check(self, project: Project) -> Findings:
        from taskguard.project.celery.system import celery_of
        from taskguard.project.diagnosis.settings.replaced import settings_set_twice

        return said(settings_set_twice(celery_of(project)))
