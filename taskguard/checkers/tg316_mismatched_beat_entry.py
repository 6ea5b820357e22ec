from __future__ import annotations

from taskguard.rule import ProjectRule, said

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.rule import Findings, Project


class MismatchedBeatEntry(ProjectRule, code="TG316", since="0.1.0"):
    """
    An entry's key names one task, and it runs another that is scheduled elsewhere too.

    ## Why is this bad?
    This is how a copied entry looks that nobody finished: one task runs twice as often as it should, the other one never.

    ## Example
    ```py
    from celery import Celery

    app = Celery("shop")
    app.conf.beat_schedule = {
        "send-bills": {"task": "shop.send_bills", "schedule": 3600},
        "send-reminders": {"task": "shop.send_bills", "schedule": 7200},  # error
    }


    @app.task(name="shop.send_bills")
    def send_bills(): ...


    @app.task(name="shop.send_reminders")
    def send_reminders(): ...
    ```

    ## Use instead
    ```py
    from celery import Celery

    app = Celery("shop")
    app.conf.beat_schedule = {
        "send-bills": {"task": "shop.send_bills", "schedule": 3600},
        "send-reminders": {"task": "shop.send_reminders", "schedule": 7200},
    }


    @app.task(name="shop.send_bills")
    def send_bills(): ...


    @app.task(name="shop.send_reminders")
    def send_reminders(): ...
    ```

    ## Unknown
    Silent where the key fits no task or several, where the task that it names is scheduled somewhere, and where the two entries differ in
    their arguments.
    """

    def check(self, project: Project) -> Findings:
        from taskguard.project.celery.system import celery_of
        from taskguard.project.diagnosis.schedules.entry_keys import mismatched_entries

        return said(mismatched_entries(celery_of(project)))
