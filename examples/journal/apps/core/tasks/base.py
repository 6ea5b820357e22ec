"""The base classes of all tasks of the journal."""
import logging

from celery import Task

from apps.core.metrics import TaskMetrics

logger = logging.getLogger(__name__)


class BaseTask(Task):
    """Counts failures and retries; every task of the journal has it as its base."""

    abstract = True
    acks_late = True
    track_started = True

    def on_failure(self, exc, task_id, args, kwargs, einfo):
        TaskMetrics.increment_counter("task.failed", task=self.name)
        logger.error("task failed", extra={"task": self.name, "task_id": task_id}, exc_info=exc)

    def on_retry(self, exc, task_id, args, kwargs, einfo):
        TaskMetrics.increment_counter("task.retried", task=self.name)


class ReportTask(BaseTask):
    """A task whose result is a report that somebody waits for."""

    abstract = True

    def on_success(self, retval, task_id, args, kwargs):
        TaskMetrics.increment_counter("report.done", task=self.name)
