"""What TG216 says of `base=` and the task class of an app, seen to happen in Celery itself."""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar

import pytest

celery = pytest.importorskip("celery")

INSIDE = ContextVar("inside", default=False)


@contextmanager
def app_context():
    token = INSIDE.set(True)
    try:
        yield
    finally:
        INSIDE.reset(token)


class ContextTask(celery.Task):
    def __call__(self, *args, **kwargs):
        with app_context():
            return super().__call__(*args, **kwargs)


class Noted(celery.Task):
    def on_failure(self, exc, task_id, args, kwargs, einfo): ...


class Counted(celery.Task):
    def __call__(self, *args, **kwargs):
        return super().__call__(*args, **kwargs)


def inside():
    return INSIDE.get()


class Mixed(Noted, ContextTask): ...


class OwnClass(celery.Celery):
    task_cls = ContextTask


def by_attribute():
    app = celery.Celery("shop", set_as_current=False)
    app.Task = ContextTask
    return app


MADE = {
    "argument": lambda: celery.Celery("shop", task_cls=ContextTask, set_as_current=False),
    "attribute": by_attribute,
    "class": lambda: OwnClass("shop", set_as_current=False),
}
KEPT = {
    "none": (lambda app: None, True),
    "the app's": (lambda app: app.Task, True),
    "of the app's": (lambda app: type("Own", (app.Task,), {}), True),
    "mixed": (lambda app: Mixed, True),
    "plain": (lambda app: Noted, False),
    "with a call of its own": (lambda app: Counted, False),
    "Celery's": (lambda app: celery.Task, False),
}


@pytest.mark.parametrize("how", MADE)
@pytest.mark.parametrize("base", KEPT)
@pytest.mark.parametrize("shared", [False, True])
def test_a_base_replaces_the_task_class_of_the_app(how, base, shared):
    app = MADE[how]()
    make, kept = KEPT[base]
    declare = celery.shared_task if shared else app.task
    task = declare(base=make(app), name=f"{how}.{base}.{shared}")(inside)
    app.finalize()
    assert app.tasks[task.name].apply().get() is kept


@pytest.mark.parametrize("how", MADE)
@pytest.mark.parametrize("kept", [False, True])
def test_so_does_the_class_of_a_class_task(how, kept):
    app = MADE[how]()

    class Report(app.Task if kept else celery.Task):
        name = "report"

        def run(self):
            return INSIDE.get()

    assert app.register_task(Report()).apply().get() is kept
