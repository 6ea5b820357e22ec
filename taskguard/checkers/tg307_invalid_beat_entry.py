from __future__ import annotations

from taskguard.rule import ProjectRule, said

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.rule import Findings, Project


class InvalidBeatEntry(ProjectRule, code="TG307", since="0.1.0"):
    """
    A schedule entry with which beat does not start, sends nothing, or fires without a pause.

    ## Why is this bad?
    Beat makes an object of each entry. A key that it does not know is a TypeError, and beat does not start, for any task. A string is no
    schedule, nor is None, and stops it too. So does a tuple or list with the dict in it, as a comma behind `SCHEDULE["report"] = {…},` makes one. An interval of 0 s or less sends the task as fast as beat can. `add_periodic_task` takes any keyword and hands it to
    the message: with `options={"queue": …}` the queue is lost, and a misspelt one too. A function that is called where a
    signature is wanted (`add_periodic_task(60, notify(user))`) runs once, there, and what it gives back has no name: an AttributeError, and nothing is scheduled.
    Arguments that are texts of JSON (`"kwargs": json.dumps({…})`), as only the rows of django-celery-beat hold them, are never sent by any scheduler.
    The other way round such a row wants a text: Django stores `str(…)` of a dict, the scheduler cannot read that, and switches the row off. And a row is due by another row
    (`crontab=schedule`), not by the pair that `get_or_create` gives. A row that is created without any of the four columns that say when is refused. `get_or_create(name=…, interval=…)` finds
    no row whose interval somebody has changed, and makes a second of the same name, which is unique: an IntegrityError; a warning. And `.update(enabled=False)` sends no signal: a beat that runs does not hear of it, until
    `PeriodicTasks.update_changed()` is called; a warning.
    Options go to each send as they are: with `"options": {"expires": timedelta(minutes=5)}` each is a TypeError, and beat only logs it.
    A moment among the arguments (`"args": (date.today(),)`) is that of beat's start, for good: a warning.

    ## Example
    ```py
    from celery import Celery

    app = Celery("shop")
    app.conf.beat_schedule = {
        "report": {"task": "shop.report", "schedule": 3600, "queue": "reports"},  # error
    }


    @app.task(name="shop.report")
    def report(): ...
    ```

    ## Use instead
    ```py
    from celery import Celery

    app = Celery("shop")
    app.conf.beat_schedule = {
        "report": {"task": "shop.report", "schedule": 3600, "options": {"queue": "reports"}},
    }


    @app.task(name="shop.report")
    def report(): ...
    ```

    ## Unknown
    Undecided where `beat_scheduler` is another than Celery's own, or where the project installs or imports another: django-celery-beat takes
    further keys. What is no schedule is never sent by any of them that is known, nor by Celery's own: a warning. Undecided is a missing key, and a schedule that is none, where code of the project sets it later (`entry["schedule"] = …`). Only a warning where the setting cannot be told. Of `update` silent in migrations and commands, where something else in the function is saved, and where any code of the project calls `update_changed`. Silent about values that cannot be told, and about keywords of
    `add_periodic_task` that are near to none that Celery knows: a base class or a signal of the project may read them.
    """

    def check(self, project: Project) -> Findings:
        from taskguard.project.celery.system import celery_of
        from taskguard.project.diagnosis.schedules.entry_faults import invalid_entries
        from taskguard.project.diagnosis.schedules.row_faults import unread_rows
        from taskguard.project.diagnosis.schedules.row_writes import lost_writes

        system = celery_of(project)
        yield from said(invalid_entries(system))
        yield from said(unread_rows(system))
        yield from said(lost_writes(system))
