from __future__ import annotations

from taskguard.rule import ProjectRule, said

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.rule import Findings, Project


class LostConfigurationHandler(ProjectRule, shares="imports", code="TG320", since="0.1.0"):
    """
    A receiver of `on_after_configure`, `on_after_finalize` or a signal of `celery.signals` is never called: nothing holds it, it is connected too late or for a sender that never sends it, or Celery refuses it.

    ## Why is this bad?
    The periodic tasks that such a function adds are never scheduled, the tasks that it measures never counted, and nobody says so. Two causes, both usual:

    - Celery holds a receiver by a weak reference. One that is defined in a function is gone when the function ends; a lambda is gone at once. It is so with
      all its signals: `task_failure`, `task_success`, `worker_ready`, `worker_process_init`… connected in `ready()` or `register_signals()`.
    - `on_after_configure` is sent once, when the configuration is read: by `app.conf.timezone`, say, or by the command `celery` before it
      imports the modules of `include`, `imports` and `autodiscover_tasks`. A receiver in such a module comes too late. `on_after_finalize` is
      sent after these imports.

    A receiver without `**kwargs` cannot be connected: `connect` raises a ValueError, mostly while the module is imported, and the worker does not start. One that wants a
    parameter which its signal never gives (`conf` of `worker_init`) ends each time in a TypeError that Celery logs: what it should do is not done. So does one that has None for it by default, and asks that for an attribute.

    The sender of a signal is compared as an object: that of `task_failure`, `task_success`, `task_prerun` and their like is the task, that of `worker_ready` the consumer. One that is connected with
    the name of a task (`task_failure.connect(sender="shop.send")`) is never called. The other way round, `before_task_publish` and `after_task_publish` come from the name of the task, and never from the task.

    A receiver in a module that no worker imports is never connected at all, and what a module gives to `beat_schedule` is read by no beat that is started from
    another one and does not import it.

    ## Example
    ```py
    from celery import Celery


    def make_app():
        app = Celery("shop")

        @app.on_after_configure.connect  # error
        def schedule(sender, **kwargs):
            sender.add_periodic_task(60.0, sender.signature("shop.report"))

        return app
    ```

    ## Use instead
    ```py
    from celery import Celery


    def schedule(sender, **kwargs):
        sender.add_periodic_task(60.0, sender.signature("shop.report"))


    def make_app():
        app = Celery("shop")
        app.on_after_configure.connect(schedule)
        return app
    ```

    ## Unknown
    Of `**kwargs` it tells functions that are defined in the same module or function as the `connect`, once, under no condition and with no other decorator below, and lambdas; not where `retry` is said, which puts a wrapper around.
    Silent about the sample of Celery's guide (`test.s("hello")`), and about a receiver that schedules nothing but names which nothing binds. Silent where something else may hold the receiver (it is returned, stored, named again, decorated once more, or `weak=False` is said), and where
    the configuration is read while it is still there. Undecided where a function may run a worker or send tasks before the receiver is gone. Undecided where the app is handed to other code before that, where a later
    `config_from_object` may send the signal again, and where the module may be imported early, by a function or a computed name. A warning where other code runs before the receiver is gone,
    for a module that discovery imports while no deployment file tells what `celery -A` names, in `ready()`, where no worker imports the module, and for schedules: these are asked for where deployment files start beat, or where these start nothing of Celery and the README does, while no code imports or names the module, and the schedule is kept in no database.

    Of senders it tells texts where no signal of that name has one, and tasks of the project where it is a name; not where the project sends such a signal itself.

    ## References
    - [Celery: on_after_configure](https://docs.celeryq.dev/en/stable/userguide/periodic-tasks.html#entries)
    """

    def check(self, project: Project) -> Findings:
        from taskguard.project.celery.system import celery_of
        from taskguard.project.diagnosis.apps.lost_handlers import lost_handlers
        from taskguard.project.diagnosis.apps.senders_by_name import senders_by_name
        from taskguard.project.diagnosis.schedules.unread_schedules import unread_schedules

        if project.complete:
            yield from said(lost_handlers(celery_of(project)))
            yield from said(senders_by_name(project))
            yield from said(unread_schedules(celery_of(project)))
