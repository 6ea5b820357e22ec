"""A small project that is checked again and again after edits, and what such a run says."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

from warm import taskguard

TASKS = """\
'''Tasks.'''

from celery import shared_task

from shop.base import Base
from shop.texts import subject

TIMEOUT = 10


@shared_task(base=Base, name="mail.send")
def send(order):
    text = subject(order)
    return text


@shared_task(base=Base, time_limit=10, soft_time_limit=20)
def clear(order):
    return order
"""
FILES = {
    ".git/HEAD": "",
    "taskguard.toml": "packs = ['core']\n",
    "shop/__init__.py": "from shop.app import app\n",
    "shop/app.py": "from celery import Celery\n\napp = Celery('shop', broker='redis://mail')\n"
    "app.conf.beat_schedule = {'lost': {'task': 'mail.lost', 'schedule': 60}}\napp.autodiscover_tasks(['shop'])\n",
    "shop/base.py": "from celery import Task\n\n\nclass Base(Task):\n    queue = 'mail'\n",
    "shop/tasks.py": TASKS,
    "shop/texts.py": "def subject(order):\n    return 'x'\n\n\ndef body(order):\n    return 'y'\n",
    "shop/views.py": "from shop.tasks import clear, send\n\n\ndef order(request):\n    send.delay(request.order)\n    clear.delay(1)\n",
    "tests/test_tasks.py": "from unittest.mock import patch\n\n\n@patch('shop.tasks.subject')\n@patch('shop.texts.gone')\n"
    "def test_send(one, two):\n    assert one\n",
    "README.md": "A shop.\n",
}
Edit = Callable[[str], str]


def project_in(folder: Path) -> Path:
    """The project, checked whole and in part."""
    root = folder / "project"
    for number, (name, text) in enumerate(FILES.items()):
        write(root / name, text, number)
    said(root)
    said(root, "shop/tasks.py")
    return root


def write(path: Path, text: str, number: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    os.utime(path, (1_600_000_000 + number,) * 2)


def edit(root: Path, name: str, change: Edit, number: int = 100) -> None:
    write(root / name, change((root / name).read_text()), number)


def said(root: Path, *words: str) -> tuple[object, bool]:
    """What a check says, and whether the rules had to run for it."""
    done = taskguard(root, "check", "--output-format", "json", "--show-undecided", *words)
    assert done.code in (0, 1), done.error
    return json.loads(done.out), done.judged


def agree(root: Path, *words: str) -> bool:
    """Holds that a run says what one says that kept nothing. Whether the rules had to run for it."""
    now, ran = said(root, *words)
    assert now == said(root, "--no-cache", *words)[0]
    return ran


def inserted(line: int, text: str) -> Edit:
    def change(before: str) -> str:
        lines = before.splitlines(keepends=True)
        return "".join((*lines[:line], text, *lines[line:]))

    return change


def put(old: str, new: str) -> Edit:
    return lambda text: text.replace(old, new, 1)
