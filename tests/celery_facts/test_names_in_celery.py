"""What the rules about names, routes, queues and discovery say of Celery, seen to happen: their own examples under the real one."""

from __future__ import annotations

import importlib
import inspect
import json
import subprocess
import sys
from pathlib import Path

import pytest

from harness import sections
from taskguard import checkers

pytest.importorskip("celery")

START = "import celery._state, json; app.loader.import_default_modules(); app.finalize();"


def example(code: str, heading: str) -> dict[str, str]:
    """The files of a rule's example; those of `Use instead` lie over those of `Example`."""
    (file,) = Path(checkers.__file__).parent.glob(f"{code.lower()}_*.py")
    module = importlib.import_module(f"taskguard.checkers.{file.stem}")
    rule = next(one for one in vars(module).values() if isinstance(one, type) and getattr(one, "code", "") == code)
    page = {section.title: section for section in sections(inspect.getdoc(rule) or "")}
    return page["Example"].files | (page["Use instead"].files if heading == "Use instead" else {})


def celery_says(folder: Path, files: dict[str, str], start: str, question: str) -> object:
    """What real Celery answers: `start` imports the app, `question` is an expression."""
    for path, text in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
    program = f"{start}\n{START}\nprint(json.dumps({question}))"
    done = subprocess.run([sys.executable, "-c", program], cwd=folder, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


OWN = "sorted(name for name in app.tasks if not name.startswith('celery.'))"


@pytest.mark.parametrize(("heading", "held"), [("Example", 1), ("Use instead", 2)])
def test_of_two_namesakes_one_is_lost(tmp_path: Path, heading: str, held: int) -> None:
    start = "from celery import Celery; app = Celery('shop', include=['shop.mail.tasks', 'shop.sms.tasks'])"
    names = celery_says(tmp_path, example("TG301", heading), start, OWN)
    assert isinstance(names, list)
    assert len(names) == held


def test_the_automatic_name_is_the_place(tmp_path: Path) -> None:
    files = {"old.py": example("TG302", "Example")["tasks.py"], "new.py": example("TG302", "Example")["tasks.py"]}
    start = "from celery import Celery; app = Celery('shop', include=['old', 'new'])"
    assert celery_says(tmp_path, files, start, OWN) == ["new.send", "old.send"]


@pytest.mark.parametrize(("heading", "known"), [("Example", False), ("Use instead", True)])
def test_the_scheduled_name_is_not_registered(tmp_path: Path, heading: str, known: bool) -> None:
    question = "all(entry['task'] in app.tasks for entry in app.conf.beat_schedule.values())"
    assert celery_says(tmp_path, example("TG303", heading), "from shop.celery import app", question) is known


@pytest.mark.parametrize(("heading", "held"), [("Example", False), ("Use instead", True)])
def test_a_module_that_nobody_imports_is_not_there(tmp_path: Path, heading: str, held: bool) -> None:
    question = "'shop.clean_up' in app.tasks"
    assert celery_says(tmp_path, example("TG304", heading), "from shop.celery import app", question) is held


@pytest.mark.parametrize(("heading", "consumed"), [("Example", False), ("Use instead", True)])
def test_an_undeclared_queue_is_not_consumed(tmp_path: Path, heading: str, consumed: bool) -> None:
    question = "app.tasks['shop.report'].queue in app.amqp.queues.consume_from"
    assert celery_says(tmp_path, example("TG305", heading), "from tasks import app", question) is consumed


def test_task_queues_leave_the_default_queue_out(tmp_path: Path) -> None:
    start = "from celery import Celery; from kombu import Queue; app = Celery('shop', task_queues=[Queue('mail')])"
    assert celery_says(tmp_path, {}, start, "sorted(app.amqp.queues.consume_from)") == ["mail"]


@pytest.mark.parametrize(("heading", "queue"), [("Example", "celery"), ("Use instead", "reports")])
def test_a_pattern_is_held_against_names(tmp_path: Path, heading: str, queue: str) -> None:
    question = "app.amqp.router.route({}, 'tasks.report.build')['queue'].name"
    assert celery_says(tmp_path, example("TG306", heading), "from tasks import app", question) == queue


@pytest.mark.parametrize(("heading", "queue"), [("Example", "slow"), ("Use instead", "reports")])
def test_the_queue_of_the_task_beats_the_route(tmp_path: Path, heading: str, queue: str) -> None:
    start = "from tasks import app; task = app.tasks['shop.report']; given = {'queue': task.queue} if getattr(task, 'queue', None) else {}"
    question = "getattr(app.amqp.router.route(dict(given), task.name, (), {}, task)['queue'], 'name', None)"
    assert celery_says(tmp_path, example("TG313", heading), start, question) == queue


def test_a_base_class_and_a_comprehension_name_tasks_so(tmp_path: Path) -> None:
    text = """
from celery import Celery, Task
app = Celery("shop")
class Job(Task):
    def __init_subclass__(cls, kind="", **kwargs):
        super().__init_subclass__(**kwargs)
        cls.name = f"shop.{kind}.{cls.__name__.lower()}"
class Report(Job, kind="daily"):
    def run(self): ...
app.register_task(Report())
def build(): ...
def send(): ...
tasks = [app.task(one) for one in (build,)]
app.task(send)
"""
    names = celery_says(tmp_path, {"shop.py": text}, "from shop import app", OWN)
    assert names == ["shop.build", "shop.daily.report", "shop.send"]
