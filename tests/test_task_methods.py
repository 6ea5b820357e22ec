"""Methods of the project that make tasks, compared with the registry of a running Celery."""

from __future__ import annotations

from pathlib import Path

import pytest

from taskguard import engine
from taskguard.project.registry.effective import base_of
from taskguard.project.tasks.declarations import all_tasks
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

class Front:
    def __init__(self):
        self._app = celery.Celery("front")
    @property
    def app(self):
        return self._app
    def __getattr__(self, name):
        return getattr(self._app, name)

class Lent:
    def __init__(self):
        self.task = celery.Celery("lent").task

class Late:
    celery = None
    @classmethod
    def task(cls, **options):
        return cls.celery.task(**options)

class Prefixed(Celery):
    def task(self, *args, **options):
        if "name" in options:
            options["name"] = "pre." + options["name"]
        return super().task(*args, **options)

class Choosing(Celery):
    def task(self, *args, base=None, **options):
        return super().task(*args, base=base or Base, **options)

class Plainly(Celery):
    def task(self, *args, **options):
        if "queue" not in options:
            options["queue"] = "plain"
        return Celery.task(self, *args, **options)

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
front = Front()
lent = Lent()
Late.celery = celery.Celery("late")
late = Late()
prefixed = Prefixed("prefixed")
choosing = Choosing("choosing")
plainly = Plainly("plainly")
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
    "handed on by __getattr__": "@front.task(priority=4)\ndef l(): ...",
    "a property": "@front.app.task(priority=5)\ndef m(): ...",
    "lent": "@lent.task(name='n.n')\ndef n(): ...",
    "a class method": "@late.task(name='o.o', priority=6)\ndef o(): ...",
    "a prefix": "@prefixed.task(name='p', time_limit=4)\ndef p(): ...",
    "without super": "@plainly.task(priority=7)\ndef q(): ...",
    "without super, given": "@plainly.task(queue='x')\ndef r(): ...",
    "super, made by a function": "@made.task(name='j.j')\ndef j(): ...",
}


def files_for(use: str) -> dict[str, str]:
    return {"lib/__init__.py": "", "lib/queues.py": QUEUES, "app_uses.py": f"from lib.queues import *\n{use}\n"}


def test_methods_declare_what_celery_registers(tmp_path: Path):
    pytest.importorskip("celery")
    files = files_for("\n".join(USES.values()))
    apps = "(holder.inner, given.celery_app, own, below, made, front._app, lent.task.__self__, late.celery, prefixed, plainly)"
    ask = f"from app_uses import *\nfor one in {apps}:\n    one.finalize()\n    app.tasks.update(one.tasks)\n"
    real = {name: held for name, held in running(files, tmp_path, ask).items() if ".celery." not in name}
    tasks = all_tasks(engine.link(files))
    assert len(tasks) == len(USES)
    assert {task.name.value: told(task) for task in tasks} == real


def test_a_method_that_cannot_be_followed_leaves_the_name_open():
    (task,) = all_tasks(engine.link(files_for("@own.nightly(hour=3, priority=2)\ndef k(): ...")))
    assert task.qualname == "k"
    assert not task.option("max_retries").known


def test_a_method_of_something_else_makes_no_task():
    text = "import celery\nclass Board:\n    def task(self, title):\n        return lambda f: f\nboard = Board()\n@board.task('x')\ndef a(): ...\n"
    assert all_tasks(engine.link({"m.py": text})) == ()


def test_what_a_method_declares_itself_is_its_own_task():
    text = (
        "from celery import Celery\nclass Ext:\n    def __init__(self):\n        self.celery = Celery('x')\n"
        "    def init_app(self, app):\n        @self.celery.task(name='ping')\n        def ping(): ...\n"
    )
    assert [task.name.value for task in all_tasks(engine.link({"m.py": text}))] == ["ping"]


def test_the_base_that_a_method_chooses():
    uses = "@choosing.task\ndef one(): ...\n@choosing.task(base=Task)\ndef two(): ...\n"
    tasks = all_tasks(engine.link({**files_for(uses)}))
    assert [base_of(task).value.dotted for task in tasks] == ["lib.queues.Base", "celery.Task"]


def test_an_app_that_makes_its_tasks_itself():
    text = (
        "from celery import Celery\nclass App(Celery):\n    def _task_from_fun(self, fun, **options):\n"
        "        return super()._task_from_fun(fun, base=chosen(fun), **options)\napp = App('x')\n@app.task\ndef a(): ...\n"
    )
    (task,) = all_tasks(engine.link({"m.py": text}))
    assert not base_of(task).known and not base_of(task).absent
