"""Tasks that work on mood ratings; `CELERY_TASK_ROUTES` sends `wellness.mood.*` to the queue analytics."""
from datetime import timedelta

from celery import shared_task
from django.contrib.auth import get_user_model
from django.db.models import Avg
from django.utils import timezone

from apps.core.log_context import log_task_context
from apps.core.metrics import TaskMetrics
from apps.core.tasks.base import BaseTask
from apps.core.tasks.policies import task_retry_policy
from apps.wellness.models import MoodRating, WeeklySummary

MOOD_SCALE = {1: "very low", 2: "low", 3: "even", 4: "good", 5: "very good"}
_LOW_MOOD = 2.0
_SHORT = 60
_LONG = 300


@shared_task(
    name="wellness.mood.summarise_week",
    base=BaseTask,
    soft_time_limit=_LONG,
    time_limit=_SHORT,
    **task_retry_policy("database"),
)
def summarise_week(author_id=None):
    log_task_context("summarise_week", author=author_id)
    since = timezone.now() - timedelta(days=7)
    authors = get_user_model().objects.filter(is_active=True)
    if author_id is not None:
        authors = authors.filter(pk=author_id)
    for author in authors.iterator():
        average = author.moods.filter(rated_at__gte=since).aggregate(value=Avg("value"))["value"]
        WeeklySummary.objects.update_or_create(
            author=author,
            week=since.date(),
            defaults={"average_mood": average, "entries": author.entries.filter(created_at__gte=since).count()},
        )
        if average is not None and average <= _LOW_MOOD:
            flag_low_mood.delay(author.pk, average)
    TaskMetrics.increment_counter("mood.weeks_summarised")


@shared_task(
    name="wellness.mood.flag_low",
    base=BaseTask,
    soft_time_limit=20,
    time_limit=30,
    max_retry=3,
    **task_retry_policy("database"),
)
def flag_low_mood(author_id, average):
    log_task_context("flag_low_mood", author=author_id)
    latest = MoodRating.objects.filter(author_id=author_id).order_by("-rated_at").first()
    if latest is not None:
        latest.note = f"{MOOD_SCALE[round(average)]} for a week"
        latest.save(update_fields=["note"])
    TaskMetrics.increment_counter("mood.flagged")
