from apps.core.tasks.base import BaseTask, ReportTask

__all__ = ["BaseTask", "ReportTask"]
