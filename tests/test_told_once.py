"""Mistakes that are told once: the further places of each stand beside it."""

from __future__ import annotations

from harness import settings_from
from taskguard.engine.checking import check_project


def told(code: str, files: dict[str, str]) -> list[tuple[str, int, list[tuple[str, int]]]]:
    """The findings of a code: path, line, and the places that are named beside."""
    found = check_project(files, settings_from('packs = ["strict"]')).diagnostics
    return [(one.path, one.line, [(it.path, it.line) for it in one.related]) for one in found if one.code == code]


def test_an_annotation_stands_beside_the_schedule() -> None:
    app = (
        'from celery import Celery\n\napp = Celery("shop", broker="redis://")\n'
        'app.conf.task_annotations = {"shop.mails.send": {"priority": 1}}\n'
        'app.conf.beat_schedule = {"a": {"task": "shop.mails.send", "schedule": 60.0}}\n\n\n@app.task\ndef pack(): ...\n'
    )
    files = {"shop/__init__.py": "", "shop/app.py": app}
    assert told("TG303", files) == [("shop/app.py", 5, [("shop/app.py", 4)])]
    alone = app.replace('"task": "shop.mails.send"', '"task": "shop.app.pack"')
    assert told("TG303", {**files, "shop/app.py": alone}) == [("shop/app.py", 4, [])]


def test_a_name_stands_beside_its_first_task() -> None:
    text = "from celery import shared_task\n"
    for number in range(3):
        text += f"\n\n@shared_task\ndef send{number}():\n    json.dumps({number})\n"
    assert told("TG511", {"tasks.py": text}) == [("tasks.py", 6, [("tasks.py", 11), ("tasks.py", 16)])]


def test_a_command_stands_beside_the_setting() -> None:
    files = {
        "shop/__init__.py": "",
        "shop/celery.py": 'import os\n\nfrom celery import Celery\n\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")\n'
        'app = Celery("shop")\napp.config_from_object("django.conf:settings", namespace="CELERY")\n',
        "shop/settings.py": 'INSTALLED_APPS = ["django.contrib.admin"]\nCELERY_BEAT_SCHEDULER = "django"\n',
        "compose.yaml": "services:\n  beat:\n    command: celery -A shop beat --scheduler django\n",
    }
    assert told("TG323", files) == [("shop/settings.py", 2, [("compose.yaml", 3)])]


def test_where_discovery_looks_stands_beside_the_module() -> None:
    app = 'from celery import Celery\n\napp = Celery("barn", broker="redis://")\napp.autodiscover_tasks(["barn.hay"])\n'
    task = 'from barn.app import app\n\n\n@app.task(name="{0}")\ndef {0}(): ...\n'
    files = {
        "barn/__init__.py": "",
        "barn/app.py": app,
        "barn/hay/__init__.py": "",
        "barn/hay/turning.py": task.format("turn"),
        "barn/views.py": 'from barn.app import app\n\napp.send_task("turn")\napp.send_task("stack")\n',
    }
    assert told("TG304", files) == [("barn/hay/turning.py", 4, [("barn/app.py", 3), ("barn/app.py", 4)])]
    assert told("TG317", files) == []
    more = {**files, "barn/hay/stacking.py": task.format("stack")}
    assert [path for path, _, _ in told("TG304", more)] == ["barn/hay/stacking.py", "barn/hay/turning.py"]
    assert [(path, line) for path, line, _ in told("TG317", more)] == [("barn/app.py", 4)]
