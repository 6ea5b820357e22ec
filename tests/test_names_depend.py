"""Which commits hear of a broken name: those that touch the referring file, or the declaration that would match."""

from __future__ import annotations

import pytest

from taskguard import check_project
from taskguard.diagnostics import Diagnostic
from taskguard.settings.model import Settings

CELERY = """\
from celery import Celery
from kombu import Queue

app = Celery("shop", include=["shop.tasks"])
app.conf.beat_schedule = {"clean": {"task": "shop.tasks.clean_up", "schedule": 60.0}}
app.conf.task_routes = {"shop.report.*": {"queue": "mail"}}
app.conf.task_queues = [Queue("celery"), Queue("mail")]
"""
TASKS = "from celery import shared_task\n\n\n@shared_task\ndef cleanup(): ...\n"
OTHER = "from celery import shared_task\n\n\n@shared_task(queue='post')\ndef other(): ...\n"
FILES = {
    "shop/__init__.py": "",
    "shop/celery.py": CELERY,
    "shop/tasks.py": TASKS,
    "shop/other.py": OTHER,
    "shop/far.py": "",
}


def said(code: str, files: dict[str, str], *passed: str) -> list[Diagnostic]:
    settings = Settings(select=(code,))
    return [one for one in check_project(files, settings, passed=passed).diagnostics if one.code == code]


@pytest.mark.parametrize(
    ("code", "passed", "path"),
    [
        ("TG303", "shop/celery.py", "shop/celery.py"),
        ("TG303", "shop/tasks.py", "shop/celery.py"),
        ("TG304", "shop/other.py", "shop/other.py"),
        ("TG304", "shop/celery.py", "shop/other.py"),
        ("TG305", "shop/other.py", "shop/other.py"),
        ("TG305", "shop/celery.py", "shop/other.py"),
        ("TG306", "shop/celery.py", "shop/celery.py"),
        ("TG306", "shop/report.py", "shop/celery.py"),
    ],
)
def test_touching_either_side_tells(code: str, passed: str, path: str) -> None:
    found = said(code, FILES, passed)
    assert [one.path for one in found] == [path]


@pytest.mark.parametrize("code", ["TG303", "TG304", "TG305", "TG306"])
def test_old_debt_elsewhere_fails_no_commit(code: str) -> None:
    assert said(code, FILES, "shop/far.py") == []


def test_deleting_the_task_file_tells() -> None:
    files = {path: text for path, text in FILES.items() if path != "shop/tasks.py"}
    assert [one.path for one in said("TG303", files, "shop/tasks.py")] == ["shop/celery.py"]


def test_deleting_one_of_two_namesakes_is_quiet() -> None:
    twice = {
        **FILES,
        "shop/tasks.py": OTHER.replace("other()", "two()").replace("queue='post'", "name='shop.other.other'"),
    }
    twice["shop/celery.py"] = CELERY.replace('"shop.tasks"', '"shop.tasks", "shop.other"')
    assert [one.path for one in said("TG301", twice, "shop/other.py")] == ["shop/other.py", "shop/tasks.py"]
    assert said("TG301", twice, "shop/far.py") == []
    assert said("TG301", {**twice, "shop/other.py": ""}, "shop/other.py") == []


@pytest.mark.parametrize(
    ("schedule", "tasks", "help_"),
    [
        ("shop.tasks.clean_up", TASKS, 'did you mean "shop.tasks.cleanup"?'),
        ("shop.tasks.cleanup", TASKS.replace("@shared_task", "@shared_task(name='clean')"), 'is registered as "clean"'),
        ("cleanup", TASKS, 'did you mean "shop.tasks.cleanup"?'),
        ("shop.tasks", TASKS, 'this is a module; its tasks are "shop.tasks.cleanup"'),
        ("shop", TASKS, "this is a package; its tasks are "),
        ("shop.tasks.cleanup", TASKS.replace("@shared_task\n", ""), "this is a function without a task decorator"),
        ("backend.shop.tasks.cleanup", TASKS, 'did you mean "shop.tasks.cleanup"?'),
        ("shop.old.cleanup", TASKS, 'the task moved to shop.tasks: its name is "shop.tasks.cleanup" now'),
        ("shop.tasks.unrelated_thing", TASKS, 'shop.tasks has "shop.tasks.cleanup"'),
    ],
)
def test_help_says_what_was_meant(schedule: str, tasks: str, help_: str) -> None:
    files = {**FILES, "shop/tasks.py": tasks, "shop/old.py": "from shop.tasks import cleanup\n"}
    files["shop/celery.py"] = CELERY.replace("shop.tasks.clean_up", schedule)
    (found,) = said("TG303", files, "shop/celery.py")
    assert help_ in found.help
    assert found.symbol == schedule
