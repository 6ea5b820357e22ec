"""Apps for tests that ask Celery itself."""

from __future__ import annotations

from functools import partial

from celery import Celery


def bare():
    """An app that is not made ready yet."""
    return Celery("claims", broker="memory://", backend="cache+memory://", set_as_current=False)


def make(**settings):
    made = bare()
    made.conf.update(settings)
    made.finalize()
    return made


def unshared(app):
    """The app, whose tasks are its own. Else every later app gets the tasks of the earlier tests, under the same names."""
    app.task = partial(app.task, shared=False)
    return app


def message(app):
    """The message that was sent last."""
    with app.connection_for_read() as connection:
        queue = connection.SimpleQueue("celery")
        found = None
        while True:
            try:
                found = queue.get(block=False)
                found.ack()
            except queue.Empty:
                return found
