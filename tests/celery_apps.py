"""Apps for tests that ask Celery itself."""

from __future__ import annotations

from celery import Celery


def make(**settings):
    made = Celery("claims", broker="memory://", backend="cache+memory://", set_as_current=False)
    made.conf.update(settings)
    made.finalize()
    return made
