"""Puts what a task works on into every log line that it writes."""
from contextvars import ContextVar

_context = ContextVar("task_context", default={})


def log_task_context(task_name, **values):
    _context.set({"task": task_name, **values})


def current_context():
    return dict(_context.get())
