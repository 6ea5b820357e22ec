"""Which calls of a file are kept with their arguments."""

from __future__ import annotations

from taskguard.celery_options import SLIPS

# The last part of the names whose calls are kept with their arguments. General on purpose: what a call means is settled by
# resolving its name, in the project. `selections.calling` refuses any other name.
KEPT_CALLS = frozenset(
    """
    Celery PeriodicTask Signature Queue __import__ add_defaults add_job add_periodic_task addsitedir apply apply_async apply_async_on_commit
    autodiscover_modules autodiscover_tasks
    bulk_create chain chord chunks config_from_envvar config_from_object connect create crontab delattr delay delay_on_commit dict do
    exec exec_module find_modules from_mapping from_object get get_or_create gen_task_name getattr group import_module import_string import_task_module link load_module map multiple object on_commit patch pop register register_task
    retry s send_task setattr setdefault shared_task si signature spec_from_file_location spy starmap subtask task update update_or_create update_state warn
    """.split()
    + list(SLIPS)
)
# The keywords for which a call of any name is kept.
KEPT_KEYWORDS = frozenset(
    """
    queue priority task_cls task_routes CELERY_TASK_ROUTES CELERY_ROUTES task_annotations CELERY_TASK_ANNOTATIONS CELERY_ANNOTATIONS
    """.split()
)
