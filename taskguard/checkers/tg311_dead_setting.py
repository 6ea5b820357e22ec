from __future__ import annotations

from taskguard.rule import ProjectRule, said

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.rule import Findings, Project


class DeadSetting(ProjectRule, code="TG311", since="0.1.0"):
    """
    A setting that Celery does not read as it stands.

    ## Why is this bad?
    Celery ignores names that it does not know, and says nothing. Which names it reads depends on how the source is given: with the namespace
    `CELERY` new names need the prefix, and old names (`CELERYBEAT_SCHEDULE`) are read from Celery 5.7 on only; without a namespace new names
    are lower case, and the prefix makes them strangers. Django hands on upper-case names alone: `task_time_limit` in its settings is read by nobody. Old and new names in one source without a namespace make Celery refuse them all, unless
    each of the fewer has its twin: then the new name counts.

    A name that is made like a setting and is none (`task_max_retries`) is said where only Celery looks: on the app, or in a module that is called so.

    So are two names of which the line between them is lost, and what is set on the app and not on its `conf`: `app.task_always_eager = True` is an attribute that
    nobody reads.

    So is a variable of the module that makes the app, called like the setting for routes, queues, annotations or the schedule, where nothing hands it to the app, which has no such setting (so is `CELERY_IMPORTS` there, where the worker misses tasks of a module in it);
    and one that gives a plain value to the very name of a setting for tasks, workers or beat (`task_acks_late = True`), which nothing else in the file says.
    And so is a schedule (`beat_schedule = {…}`) in a module that makes no app and is no source of settings, if nothing reads it there;
    in one that is called like a configuration (`celery_config`), if besides nobody imports it, and neither code nor a deployment has its name. An app that is made by hand reads
    `celeryconfig.py` only where its environment says so: that is told where the deployment files start its beat, too, and do not.
    And so are names of a Flask configuration, of whatever class or file of the project, that `celery.conf.update(app.config)` hands on (`CELERY_BROKER_URL`): Celery looks for `broker_url` there, or an old name (`BROKER_URL`), and has no broker.
    And so are all of Django's settings, where the file of the one app names their module, and nobody hands them to it: it has no broker then but one on its own machine.

    So is `beat_schedule` itself, where the scheduler that is set, or that each command of beat names, is a class of the project whose `setup_schedule` has its own way: it is there that Celery's schedulers take the setting.

    So is a key of `broker_transport_options` that is one of those of Redis or SQS but for capitals or a letter (`"VISIBILITY_TIMEOUT"`): the transport asks for the names that it knows.

    ## Example
    `settings.py`
    ```py
    TASK_ALWAYS_EAGER = True  # error
    CELERY_BROKER_URL = "redis://localhost"
    ```

    `shop.py`
    ```py
    from celery import Celery

    app = Celery("shop")
    app.config_from_object("settings", namespace="CELERY")
    ```

    ## Use instead
    `settings.py`
    ```py
    CELERY_TASK_ALWAYS_EAGER = True
    CELERY_BROKER_URL = "redis://localhost"
    ```

    ## Unknown
    Silent about a name that is near to no setting: it may be the project's own, or a library's; and about a value that is the default in some
    version of Celery, or that of the environment variable that Celery reads by itself for the setting (`CELERY_BROKER_URL`). Silent in settings for tests, if no app but theirs reads them. Silent about names that
    code of the project reads, other than to set another setting of Celery, and where the setting that is meant is set under its right name too, unless to another value, or is given the
    value of this name (`Celery(broker=app.config["CELERY_BROKER_URL"])`). Silent about a schedule that no app gets where the settings have its entries commented out.
    Of a Flask configuration silent where part of it is computed, where any code asks for the name, and where what starts the processes sets the variable of the environment that Celery reads.
    Of a scheduler of the project silent where its module says `beat_schedule`, `conf` or `merge_inplace`, calls `super().setup_schedule()`, or imports the file in which the entries stand, and where its class has other bases than a scheduler of Celery's own.
    Undecided from the 501st name on that Celery does not read: each is looked for in the whole project.
    """

    def check(self, project: Project) -> Findings:
        from taskguard.project.celery.system import celery_of
        from taskguard.project.diagnosis.brokers.transport_options import unread_options
        from taskguard.project.diagnosis.schedules.own_schedulers import unmerged_schedules
        from taskguard.project.diagnosis.settings.unread_settings import dead_settings

        yield from said(dead_settings(celery_of(project)))
        yield from said(unread_options(celery_of(project)))
        if project.complete:
            yield from said(unmerged_schedules(celery_of(project)))
