"""Tasks that remind authors to write."""
from celery import shared_task
from django.utils import timezone

from apps.core.log_context import log_task_context
from apps.core.mail import send_mail
from apps.core.metrics import TaskMetrics
from apps.core.tasks.base import BaseTask
from apps.core.tasks.policies import task_retry_policy
from apps.wellness.models import Reminder


@shared_task(
    name="wellness.reminders.send_daily",
    base=BaseTask,
    bind=True,
    queue="notifications",
    soft_time_limit=120,
    time_limit=150,
    **task_retry_policy("database"),
)
def send_daily():
    log_task_context("send_daily")
    now = timezone.now()
    waiting = Reminder.objects.filter(active=True, hour=now.hour).exclude(sent_on=now.date())
    for reminder_id in waiting.values_list("pk", flat=True):
        remind_author.delay(reminder_id)
    TaskMetrics.increment_counter("reminders.started")


@shared_task(
    name="wellness.reminders.remind_author",
    base=BaseTask,
    queue="emails",
    priority=8,
    soft_time_limit=20,
    time_limit=30,
    **task_retry_policy("email"),
)
def remind_author(reminder_id):
    log_task_context("remind_author", reminder=reminder_id)
    reminder = Reminder.objects.select_related("author").get(pk=reminder_id)
    send_mail(reminder.author.email, "Your journal", "A few lines are enough.")
    reminder.sent_on = timezone.now().date()
    reminder.save(update_fields=["sent_on"])
    TaskMetrics.increment_counter("reminders.sent")


@shared_task(
    name="wellness.reminders.pause",
    base=BaseTask,
    queue="default",
    soft_time_limit=20,
    time_limit=30,
    **task_retry_policy("database"),
)
def pause_reminders(author_id):
    log_task_context("pause_reminders", author=author_id)
    paused = Reminder.objects.filter(author_id=author_id).update(active=False)
    TaskMetrics.increment_counter("reminders.paused", paused)
