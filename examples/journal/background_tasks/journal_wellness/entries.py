"""Tasks that work on journal entries."""
import re
from datetime import timedelta

from celery import shared_task
from django.utils import timezone

from apps.core.log_context import log_task_context
from apps.core.metrics import TaskMetrics
from apps.core.tasks.base import BaseTask
from apps.core.tasks.policies import task_retry_policy
from apps.journal.models import JournalEntry

_WORD = re.compile(r"\w+")
_ARCHIVE_AFTER = timedelta(days=730)


@shared_task(
    name="wellness.entries.count_words",
    base=BaseTask,
    queue="default",
    soft_time_limit=20,
    time_limit=30,
    **task_retry_policy("database"),
)
def count_words(entry_id):
    log_task_context("count_words", entry=entry_id)
    entry = JournalEntry.objects.get(pk=entry_id)
    entry.word_count = len(_WORD.findall(entry.body))
    entry.save(update_fields=["word_count"])
    TaskMetrics.increment_counter("entries.counted")


@shared_task(
    name="wellness.entries.detect_language",
    base=BaseTask,
    queue="default",
    soft_time_limit=20,
    time_limit=30,
    **task_retry_policy("database"),
)
def detect_language(entry_id):
    log_task_context("detect_language", entry=entry_id)
    entry = JournalEntry.objects.get(pk=entry_id)
    entry.language = "de" if " und " in entry.body else "en"
    entry.save(update_fields=["language"])
    TaskMetrics.increment_counter("entries.language_detected", language=entry.language)


@shared_task(
    name="wellness.entries.archive_old",
    base=BaseTask,
    queue="maintenance",
    soft_time_limit=600,
    time_limit=660,
    **task_retry_policy("database"),
)
def archive_old_entries(batch=500):
    log_task_context("archive_old_entries", batch=batch)
    old = JournalEntry.objects.filter(archived_at=None, created_at__lt=timezone.now() - _ARCHIVE_AFTER)
    ids = list(old.values_list("pk", flat=True)[:batch])
    archived = JournalEntry.objects.filter(pk__in=ids).update(archived_at=timezone.now())
    TaskMetrics.increment_counter("entries.archived", archived)
    return archived
