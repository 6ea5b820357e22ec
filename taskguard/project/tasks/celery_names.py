"""What Celery's own objects are called, and what libraries and projects call theirs."""

from __future__ import annotations

SHARED = frozenset(
    "celery.shared_task celery.app.shared_task celery.app.base.shared_task celery.task celery.task.task celery.task.base.task"
    " celery.decorators.task celery.task.periodic_task celery.decorators.periodic_task".split()
)
CELERY_APP = frozenset("celery.Celery celery.app.Celery celery.app.base.Celery".split())
# Subclasses that libraries make: `notifications_utils.celery.NotifyCelery`, `flask_celery.Celery`, `tenant_schemas_celery.app.CeleryApp`.
FOREIGN_APP = ("Celery", "CeleryApp")
# Those of them that configure nothing, so that they have what the project says, each with the class that it gives to tasks.
PLAIN_APPS = {"tenant_schemas_celery.app.CeleryApp": "tenant_schemas_celery.task.TenantTask"}
CELERY_TASK = frozenset(
    "celery.Task celery.app.Task celery.app.task.Task celery.task.Task celery.task.base.Task".split()
)
# Task classes of libraries that are not named after Celery's; others tell by their module and their name (`is_task_class`).
FOREIGN_TASKS = frozenset(
    "celery_once.QueueOnce celery_once.tasks.QueueOnce celery_singleton.Singleton celery_singleton.singleton.Singleton celery_batches.Batches"
    " jobtastic.JobtasticTask jobtastic.task.JobtasticTask".split()
)
# Those of them that hand on what they are given as it is, and say nothing of the options of a task.
SILENT_TASKS = frozenset(
    "celery_utils.logged_task.LoggedTask celery_utils.persist_on_failure.PersistOnFailureTask celery_utils.persist_on_failure.LoggedPersistOnFailureTask"
    " celery.contrib.django.task.DjangoTask celery.contrib.abortable.AbortableTask tenant_schemas_celery.task.TenantTask".split()
)
CURRENT_APP = frozenset("celery.current_app celery._state.current_app celery.app.current_app".split())
# Apps that libraries make, and what apps are called; the options tell those of Celery from those of others (faust, procrastinate, huey).
LIBRARY_APPS = frozenset(("girder_worker.app.app",))
APP_NAMES = frozenset("app capp celery celery_app".split())
CELERY_ONLY = frozenset(
    "acks_late autoretry_for bind default_retry_delay ignore_result max_retries rate_limit soft_time_limit time_limit".split()
)
DEEPEST = 8


def is_task_class(dotted: str) -> bool:
    """Whether a class outside the project surely descends from Celery's Task: one of Celery, or of a library that is named after it."""
    return dotted in FOREIGN_TASKS or (dotted.endswith("Task") and "celery" in dotted.rpartition(".")[0])
