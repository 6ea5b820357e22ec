"""Task decorators that a project makes itself, and the names that decorators give: compared with the registry of a running Celery."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from taskguard import engine
from taskguard.project.tasks.declarations import all_tasks
from taskguard.project.tasks.task import Task

JOBS = """
import functools
from celery import shared_task

def job(*args, **kwargs):
    kwargs.setdefault("queue", "mail")
    kwargs["max_retries"] = 7
    return shared_task(*args, **kwargs)

def named(queue="low", metric=None, **options):
    options = {"acks_late": True, **options, "queue": queue}
    def decorator(func):
        def runner(*a, **k):
            return func(*a, **k)
        return shared_task(**options)(runner)
    return decorator

def wrapped(func=None, **options):
    def decorator(f):
        @functools.wraps(f)
        def runner(*a, **k):
            return f(*a, **k)
        return shared_task(runner, **options)
    if func is None:
        return decorator
    return decorator(func)

def either(*args, **kwargs):
    if len(args) == 1 and callable(args[0]):
        return shared_task(queue="bare")(args[0])
    return shared_task(*args, queue="called", **kwargs)

def inline(**options):
    def decorator(f):
        @shared_task(queue="inline", **options)
        @functools.wraps(f)
        def run(*a, **k):
            return f(*a, **k)
        return run
    return decorator

def unnamed(f):
    @shared_task(queue="unnamed")
    def run(*a, **k):
        return f(*a, **k)
    return run

part = functools.partial(shared_task, queue="part")

def plain(f):
    def inner(*a):
        return f(*a)
    return inner

def good(f):
    @functools.wraps(f)
    def inner(*a):
        return f(*a)
    return inner

def maker(x):
    def decorator(f):
        def made(*a):
            return f(*a)
        return made
    return decorator

def listed(f):
    return f
"""
USES = {
    "setdefault": "@job\ndef a(): ...",
    "own options": '@job(queue="own", max_retries=9)\ndef b(): ...',
    "an inner function": '@named(queue="x", metric="m", time_limit=3)\ndef c(): ...',
    "bare": "@wrapped\ndef d(): ...",
    "called": "@wrapped(priority=3)\ndef e(): ...",
    "bare, told apart": "@either\ndef f(): ...",
    "called, told apart": "@either(priority=1)\ndef g(): ...",
    "partial": "@part(priority=2)\ndef h(): ...",
    "a decorator without wraps": "@job\n@plain\ndef i(): ...",
    "a decorator with wraps": "@job\n@good\ndef j(): ...",
    "a maker of decorators": "@job\n@maker(2)\ndef k(): ...",
    "several": "@job\n@listed\n@maker(2)\n@good\ndef l(): ...",
    "a decorated function of the wrapper": "@inline(priority=3)\ndef m(): ...",
    "the same without wraps": "@unnamed\ndef n(): ...",
    "with a name": '@job(name="given")\n@plain\ndef o(): ...',
}
OPTIONS = ("queue", "max_retries", "priority", "acks_late", "time_limit")
ASK = f"""
import json, celery
app = celery.Celery("z")
import app_uses
print(json.dumps({{
    name: {{o: getattr(task, o, None) for o in {OPTIONS!r}}} for name, task in app.tasks.items() if not name.startswith("celery.")
}}))
"""
DEFAULTS = {"max_retries": 3, "acks_late": False}


def files_for(use: str) -> dict[str, str]:
    return {"lib/__init__.py": "", "lib/jobs.py": JOBS, "app_uses.py": f"from lib.jobs import *\n{use}\n"}


def running(files: dict[str, str], folder: Path, before: str = "") -> dict[str, dict[str, object]]:
    """The registry of real Celery after it has imported the files; `before` is run before it is looked at."""
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    done = subprocess.run(
        [sys.executable, "-c", ASK.replace("print(", f"{before}\nprint(", 1)],
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    )
    return dict(json.loads(done.stdout))


def told(task: Task) -> dict[str, object]:
    """The same options as the declaration tells them."""
    return {name: DEFAULTS.get(name) if task.option(name).absent else task.option(name).value for name in OPTIONS}


@pytest.mark.parametrize("use", USES.values(), ids=USES.keys())
def test_a_wrapper_declares_what_celery_registers(use: str, tmp_path: Path):
    pytest.importorskip("celery")
    files = files_for(use)
    tasks = all_tasks(engine.link(files))
    assert {task.name.value: told(task) for task in tasks} == running(files, tmp_path)


def test_a_file_with_no_word_of_celerys_is_looked_at():
    project = engine.link(
        {**files_for(""), "plain.py": "from lib.jobs import job\n@job\ndef a(): ...\n", "other.py": "x = 1\n"}
    )
    assert "plain.py" in project.eager
    assert "other.py" not in project.eager
    assert [task.dotted for task in all_tasks(project)] == ["plain.a"]


@pytest.mark.parametrize("comment", ["", "# celery\n"])
def test_it_makes_no_difference_by_which_word_a_file_is_found(comment: str) -> None:
    lib = (
        "from celery import shared_task\nclass Config:\n    QUEUE = 'a'\n"
        "def job(**options):\n    def make(func):\n        return shared_task(queue=Config.QUEUE, **options)(func)\n    return make\n"
    )
    plain = "from lib import Config, job\nConfig.QUEUE = 'b'\n@job()\ndef send(): ...\n" + comment
    (task,) = all_tasks(engine.link({"lib.py": lib, "plain.py": plain}))
    assert not task.option("queue").known, "it is set again where only the wrapper's name leads"


def test_what_a_wrapper_keeps_for_itself_is_no_option():
    (task,) = all_tasks(engine.link(files_for(USES["an inner function"])))
    assert "metric" not in task.options
    assert task.origin("time_limit") == "decorator"
    assert task.origin("acks_late") == "wrapper"


def test_an_apps_own_names_are_followed_where_they_are_literal():
    text = (
        "from celery import Celery\nclass App(Celery):\n    def gen_task_name(self, name, module):\n        return 'jobs.' + name\n"
        "app = App('x')\n@app.task\ndef a(): ...\n@app.task(name='given')\ndef b(): ...\n"
    )
    assert [task.name.value for task in all_tasks(engine.link({"m.py": text}))] == ["jobs.a", "given"]


def test_an_apps_own_names_are_unknown_where_they_are_computed():
    text = (
        "from celery import Celery\nclass App(Celery):\n    def gen_task_name(self, name, module):\n"
        "        return super().gen_task_name(name, shorten(module))\napp = App('x')\n@app.task\ndef a(): ...\n"
    )
    (task,) = all_tasks(engine.link({"m.py": text}))
    assert (task.name.known, task.name_source) == (False, "unknown")


CALLABLE = """\
from celery import shared_task


class Decorator:
    def __init__(self, queue):
        self.queue = queue

    def __call__(self, func=None, **options):
        return self._made(func) if func else self._made

    def _made(self, func):
        return shared_task(queue=self.queue)(func)


short_task = Decorator(queue="short")
"""


def test_an_object_that_makes_tasks_when_it_is_called() -> None:
    users = "from core import short_task\n\n\n@short_task\ndef one(): ...\n\n\n@short_task(ignore_result=True)\ndef two(): ...\n"
    project = engine.link({"core.py": CALLABLE, "jobs.py": users})
    assert [task.dotted for task in all_tasks(project)] == ["jobs.one", "jobs.two"]
    assert [task.option("queue").value for task in all_tasks(project)] == ["short", "short"]
    assert all_tasks(project)[1].option("ignore_result").absent


def test_an_option_that_a_wrapper_makes_of_itself():
    text = (
        "from celery import shared_task\ndef job(**options):\n    options['name'] = 'jobs.' + options['name']\n    return shared_task(**options)\n"
        "@job(name='bake')\ndef bake(): ...\n"
    )
    assert [task.name.value for task in all_tasks(engine.link({"m.py": text}))] == ["jobs.bake"]


def test_a_wrapper_that_keeps_the_task_of_its_own_function():
    text = (
        "import functools\nfrom celery import Celery\nqueue = Celery('x')\nkept = []\ndef reliable(func, timeout=5):\n    assert func\n"
        "    @functools.wraps(func)\n    def around(*args):\n        return func(*args)\n    made = queue.task(around)\n    kept.append((made, timeout))\n"
        "    return made\n@reliable\ndef bake(loaf): ...\n"
    )
    (task,) = all_tasks(engine.link({"m.py": text}))
    assert (task.name.value, bool(task.below)) == ("m.bake", True)


@pytest.mark.parametrize(
    "text",
    [
        "from celery import Celery\napp = None\ndef make(site):\n    global app\n    app = Celery(site)\n    return app\n",
        "from typing import cast\nfrom celery import Celery\nfrom elsewhere import ext\napp = cast(Celery, ext.celery)\n",
    ],
    ids=["global", "cast"],
)
def test_an_app_that_is_put_into_a_variable_later(text: str):
    (task,) = all_tasks(engine.link({"m.py": text, "jobs.py": "from m import app\n@app.task\ndef bake(): ...\n"}))
    assert task.app == "m.app"


def test_a_local_variable_is_no_app_of_the_module():
    text = "from celery import Celery\napp = None\ndef make(site):\n    app = Celery(site)\n    return app\n"
    assert all_tasks(engine.link({"m.py": text, "jobs.py": "from m import app\n@app.task\ndef bake(): ...\n"})) == ()
