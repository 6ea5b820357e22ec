"""Methods of the project that make tasks, compared with the registry of a running Celery."""

from __future__ import annotations

from pathlib import Path

import pytest

from taskguard import engine
from test_wrappers import running, told

QUEUES = """
import celery
from celery import Celery, Task

class Base(Task):
    abstract = True
    acks_late = True

class Holder:
    def __init__(self):
        self.inner = celery.Celery("inner")
    def task(self, name=None, *args, **options):
        return self.inner.task(name=name, *args, **options)
    def job(self, label):
        def decorator(func):
            return self.inner.task(name=f"jobs.{label}", queue="jobs")(func)
        return decorator

class Given:
    def __init__(self, celery_app):
        self.celery_app = celery_app
    def task(self, **options):
        options.setdefault("queue", "given")
        return self.celery_app.task(**options)

class Own(Celery):
    def task(self, *args, **options):
        merged = {"queue": "own"}
        merged.update(options)
        return super().task(*args, **merged)
    def nightly(self, *args, **options):
        def decorator(func):
            hour = options.pop("hour")
            made = self.task(func, *args, max_retries=hour, **options)
            self.hours = {made.name: hour}
            return made
        return decorator

class Below(Own):
    def quick(self, func):
        return self.task(priority=9)(func)

def make():
    app = Below("made")
    return app

holder = Holder()
given = Given(celery.Celery("given"))
own = Own("own")
below = Below("below")
made = make()
"""
USES = {
    "an object that holds an app": '@holder.task("one.a", priority=3)\ndef a(): ...',
    "by keyword": '@holder.task(name="one.b")\ndef b(): ...',
    "a name that the method makes": '@holder.job("c")\ndef c(): ...',
    "an app that was handed over": "@given.task(priority=2)\ndef d(): ...",
    "super": "@own.task\ndef e(): ...",
    "super, called": '@own.task(queue="x", max_retries=7)\ndef f(): ...',
    "inherited": "@below.task(time_limit=3)\ndef g(): ...",
    "a method that calls another": "@below.quick\ndef h(): ...",
    "made by a function": "@made.quick\ndef i(): ...",
    "super, made by a function": "@made.task(name='j.j')\ndef j(): ...",
}


def files_for(use: str) -> dict[str, str]:
    return {"lib/__init__.py": "", "lib/queues.py": QUEUES, "app_uses.py": f"from lib.queues import *\n{use}\n"}


@pytest.mark.parametrize("use", USES.values(), ids=USES.keys())
def test_a_method_declares_what_celery_registers(use: str, tmp_path: Path):
    pytest.importorskip("celery")
    files = files_for(use)
    files["app_uses.py"] += "for one in (holder.inner, given.celery_app, own, below, made): one.finalize()\n"
    apps = "for one in (holder.inner, given.celery_app, own, below, made): app.tasks.update(one.tasks)\n"
    tasks = engine.link(files).tasks
    assert {task.name.value: told(task) for task in tasks} == running(
        files, tmp_path, "from app_uses import *\n" + apps
    )


def test_a_method_that_cannot_be_followed_leaves_the_name_open():
    (task,) = engine.link(files_for("@own.nightly(hour=3, priority=2)\ndef k(): ...")).tasks
    assert task.qualname == "k"
    assert not task.option("max_retries").known


def test_a_method_of_something_else_makes_no_task():
    text = "import celery\nclass Board:\n    def task(self, title):\n        return lambda f: f\nboard = Board()\n@board.task('x')\ndef a(): ...\n"
    assert engine.link({"m.py": text}).tasks == ()


def test_what_a_method_declares_itself_is_its_own_task():
    text = (
        "from celery import Celery\nclass Ext:\n    def __init__(self):\n        self.celery = Celery('x')\n"
        "    def init_app(self, app):\n        @self.celery.task(name='ping')\n        def ping(): ...\n"
    )
    assert [task.name.value for task in engine.link({"m.py": text}).tasks] == ["ping"]
