"""Tasks that count the days in a row on which somebody wrote."""
from datetime import timedelta

from celery import shared_task
from django.utils import timezone

from apps.core.log_context import log_task_context
from apps.core.metrics import TaskMetrics
from apps.core.tasks.base import BaseTask
from apps.core.tasks.policies import task_retry_policy
from apps.journal.models import Streak


@shared_task(
    name="wellness.streaks.update",
    base=BaseTask,
    queue="default",
    soft_time_limit=20,
    time_limit=30,
    **task_retry_policy("database"),
)
def update_streak(author_id):
    log_task_context("update_streak", author=author_id)
    today = timezone.now().date()
    streak, _ = Streak.objects.get_or_create(author_id=author_id)
    if streak.last_entry_on == today:
        return
    streak.days = streak.days + 1 if streak.last_entry_on == today - timedelta(days=1) else 1
    streak.last_entry_on, streak.closed = today, False
    streak.save()
    TaskMetrics.increment_counter("streaks.updated")


@shared_task(
    name="wellness.streaks.close_stale",
    queue="maintenance",
    soft_time_limit=120,
    time_limit=150,
    **task_retry_policy("database"),
)
def close_stale_streaks():
    log_task_context("close_stale_streaks")
    limit = timezone.now().date() - timedelta(days=1)
    closed = Streak.objects.filter(closed=False, last_entry_on__lt=limit).update(closed=True, days=0)
    TaskMetrics.increment_counter("streaks.closed", closed)
