"""The base class of all tasks."""

from __future__ import annotations

from celery import Task

from . import metrics


class NotYet(Exception):
    """What a task needs is not there yet."""


class BaseTask(Task):
    """Counts failures."""

    abstract = True

    def on_failure(self, exc, task_id, args, kwargs, einfo):
        metrics.count(f"failed.{self.name}")
