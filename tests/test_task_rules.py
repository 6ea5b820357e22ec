"""What suites cannot say of the rules about task declarations: which other files a verdict rests on, and the look at one file alone."""

from __future__ import annotations

import pytest

from taskguard.engine import check_project
from taskguard.engine.checking import TextStore, lint
from taskguard.project.python.project import Project
from taskguard.settings.model import House, Settings

BASE = "from celery import Task\n\n\nclass BaseTask(Task):\n    abstract = True\n\n\nclass OtherTask(Task):\n    queue = 'slow'\n"
WRAPPER = "from celery import shared_task\n\n\ndef background(**options):\n    return shared_task(**options)\n"
APP = "from celery import Celery\n\napp = Celery('shop')\napp.conf.task_routes = {'shop.other.*': {'queue': 'x'}}\n"
TASKS = """\
from celery import shared_task

from shop.base import OtherTask
from shop.wrapper import background


@shared_task(base=OtherTask)
def one(): ...


@background()
def two(): ...
"""
FILES = {"shop/base.py": BASE, "shop/wrapper.py": WRAPPER, "shop/celery.py": APP, "shop/tasks.py": TASKS}


def settings(code: str, **house: object) -> Settings:
    return Settings(select=(code,), house=House(**house))


@pytest.mark.parametrize(
    ("code", "house", "changed", "line"),
    [
        ("TG201", {"base": ("BaseTask",)}, "shop/base.py", 7),
        ("TG201", {"base": ("BaseTask",)}, "shop/wrapper.py", 11),
        ("TG202", {"require": ("queue",)}, "shop/celery.py", 11),
        ("TG203", {"require": ("time_limit",)}, "shop/base.py", 7),
        ("TG204", {"allowed": (("queue", ("mail",)),)}, "shop/base.py", 7),
        ("TG209", {"calls": ("count",)}, "shop/wrapper.py", 11),
    ],
)
def test_a_verdict_names_the_other_files_that_it_rests_on(code, house, changed, line):
    report = check_project(FILES, settings(code, **house))
    found = next(one for one in report.diagnostics if one.line == line)
    assert found.path == "shop/tasks.py"
    assert changed in found.depends
    assert found.path not in found.depends


def alone(text: str, code: str, **house: object):
    store = TextStore({"tasks.py": text}, ())
    return lint(Project(["tasks.py"], store.facts, settings(code, **house), text_of=store.text, complete=False)).report


def test_one_file_alone_is_not_judged_by_what_other_files_settle():
    plain = "from celery import shared_task\n\n\n@shared_task(retry_backoff=True)\ndef one(): ...\n"
    assert [one.level for one in alone(plain, "TG201", base=("BaseTask",)).diagnostics] == ["warn"]
    assert [one.level for one in alone(plain, "TG203", require=("time_limit",)).diagnostics] == ["error"]
    for code, house in (("TG202", {"require": ("queue",)}), ("TG208", {})):
        report = alone(plain, code, **house)
        assert not report.diagnostics
        assert [one.code for one in report.undecided] == [code]


def test_a_base_class_of_another_file_is_unknown_alone():
    text = "from celery import shared_task\nfrom shop.base import OtherTask\n\n\n@shared_task(base=OtherTask)\ndef one(): ...\n"
    report = alone(text, "TG201", base=("shop.base.BaseTask",))
    assert not report.diagnostics
    assert report.undecided


def test_what_one_dict_gives_is_said_with_the_tasks_that_have_it() -> None:
    texts = {
        "shop/retries.py": "RETRIES = {'autoretry_for': (OSError,), 'retry_backoff': True, 'retry_kwargs': {'countdown': 60}}\n",
        "shop/tasks.py": "from celery import shared_task\n\nfrom shop.retries import RETRIES\n\n\n"
        + "".join(f"@shared_task(**RETRIES)\ndef {name}(): ...\n\n\n" for name in ("one", "two", "three")),
    }
    (found,) = check_project(texts, settings("TG208")).diagnostics
    assert [(one.path, one.line) for one in found.related] == [("shop/tasks.py", 11), ("shop/tasks.py", 15)]
