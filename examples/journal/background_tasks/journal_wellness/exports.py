"""Tasks that build the archive an author may take away."""
import json
from datetime import timedelta

from celery import shared_task
from django.core.files.base import ContentFile
from django.utils import timezone

from apps.core.log_context import log_task_context
from apps.core.metrics import TaskMetrics
from apps.core.tasks.base import BaseTask
from apps.core.tasks.policies import task_retry_policy
from apps.journal.models import Export, JournalEntry


@shared_task(
    name="wellness.exports.build",
    base=BaseTask,
    soft_time_limit=270,
    time_limit=300,
    **task_retry_policy("database"),
)
def build_export(export_id):
    log_task_context("build_export", export=export_id)
    export = Export.objects.get(pk=export_id)
    entries = JournalEntry.objects.filter(author=export.author).values("title", "body", "language")
    export.file.save(f"{export.pk}.json", ContentFile(json.dumps(list(entries))))
    export.state = "built"
    export.save(update_fields=["state"])
    TaskMetrics.increment_counter("exports.built")
    upload_export.delay(export.pk)


@shared_task(
    name="wellness.exports.upload",
    base=BaseTask,
    queue="default",
    soft_time_limit=120,
    time_limit=150,
    max_retries=3,
    retry_backoff=True,
)
def upload_export(export_id):
    log_task_context("upload_export", export=export_id)
    Export.objects.filter(pk=export_id).update(state="ready")
    TaskMetrics.increment_counter("exports.uploaded")


@shared_task(
    name="maintenance.purge_exports",
    base=BaseTask,
    soft_time_limit=120,
    time_limit=150,
    **task_retry_policy("database"),
)
def purge_exports(days=30):
    log_task_context("purge_exports", days=days)
    old = Export.objects.filter(created_at__lt=timezone.now() - timedelta(days=days))
    deleted, _ = old.delete()
    TaskMetrics.increment_counter("exports.purged", deleted)
