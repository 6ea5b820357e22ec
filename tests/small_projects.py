"""Small Celery projects whose files depend on one another in many ways, and how one edit makes another of them.

A project is what stands at each of a few places. Each place has some texts that may stand there, chosen so that what is said of one file turns on another:
a base class has a queue or not, the settings route a task or not, a facade hands on a name or not.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Literal, NamedTuple

from hypothesis import strategies as st

BROKEN = "from celery import shared_task\ndef send(:\n"
APP = "from celery import Celery\n\napp = Celery('shop')\n"
TASK = "from celery import shared_task\n\n\n"

TEXTS: dict[str, tuple[str, ...]] = {
    "shop/__init__.py": ("", "from shop.celery import app\n", "from .tasks import send\n"),
    "shop/celery.py": (
        APP + "app.autodiscover_tasks(['shop', 'shop.mail'])\n",
        APP + "app.config_from_object('shop.conf')\n",
        APP + "app.config_from_object('shop.conf', namespace='CELERY')\n",
        APP + "app.conf.update(task_routes={'shop.tasks.*': {'queue': 'mails'}}, task_time_limt=3)\n",
        APP + "app.conf.beat_schedule = {'send': {'task': 'shop.tasks.send', 'schedule': 60.0, 'args': (1, 2)}}\n",
        BROKEN,
    ),
    "shop/conf.py": (
        "task_routes = {'shop.mail.tasks.*': 'mails'}\nimports = ['shop.tasks', 'shop.mail.tasks']\n",
        "CELERY_TASK_TIME_LIMIT = 30\nCELERY_BEAT_SCHEDULE = {'x': {'task': 'shop.tasks.gone', 'schedule': 1}}\n",
        "from kombu import Queue\ntask_queues = [Queue('mails'), Queue('orders')]\ntask_create_missing_queues = False\n",
        "task_always_eager = True\nimports = ['shop.nowhere']\n",
    ),
    "shop/base.py": (
        "from celery import Task\n\n\nclass Base(Task):\n    queue = 'mails'\n    max_retries = 3\n",
        "class Base:\n    pass\n",
        "from celery import Task\n\nSOFT, HARD = 600, 300\n\n\nclass Base(Task):\n    abstract = True\n",
        "SOFT, HARD = 100, 300\nfrom shop.mail.base import Base\n",
    ),
    "shop/tasks.py": (
        TASK + "@shared_task\ndef send(order):\n    return order\n",
        TASK + "from shop.base import Base, HARD, SOFT\n\n\n@shared_task(base=Base, bind=True, soft_time_limit=SOFT, time_limit=HARD)\ndef send(order): ...\n",
        "# taskguard: facade\nfrom shop.mail.tasks import *\nfrom shop.mail.tasks import post, send\n\n__all__ = ['post', 'send']\n",
        TASK + "@shared_task(name='shop.mail.tasks.post', max_retry=3)\ndef send(order, retries=0): ...  # noqa: TG201\n",
        "from shop.celery import app\n\n\n@app.task(queue='orders', bind=True)\ndef send(self, order):\n    send.delay(order, 1)\n",
        BROKEN,
    ),
    "shop/mail/__init__.py": ("", "from shop.mail.tasks import post\n"),
    "shop/mail/base.py": ("from celery import Task\n\n\nclass Base(Task):\n    queue = 'orders'\n", "Base = object\n"),
    "shop/mail/tasks.py": (
        TASK + "from shop.mail.base import Base\n\n\n@shared_task(base=Base)\ndef post(letter): ...\n\n\n@shared_task\ndef send(order): ...\n",
        TASK + "from shop.base import Base\n\n\n@shared_task(base=Base, acks_lat=True)\ndef post(): ...\n",
        TASK + "def made(**options):\n    return shared_task(queue='mails', **options)\n\n\n@made(bind=True)\ndef post(letter): ...\n",
        "import shop.tasks\n\npost = shop.tasks.send\n",
    ),
    "shop/views.py": (
        "from shop.tasks import send\n\n\ndef view(request):\n    send.delay(1)\n    send.apply_async((1,), {'order': 2}, queue='nowhere')\n",
        "from celery import current_app\n\n\ndef view(request):\n    current_app.send_task('shop.tasks.sent', args=[1])\n",
        "from shop.mail.tasks import post\nfrom shop.tasks import gone\n\n\ndef view(request):\n    post.si(1, 2, 3).delay()\n",
    ),
    "tests/test_tasks.py": (
        "from unittest.mock import patch\n\n\n@patch('shop.tasks.send')\ndef test_send(send): ...\n",
        "from unittest.mock import patch\n\n\n@patch('shop.tasks.post.delay')\n@patch('shop.views.send')\ndef test_send(*_): ...\n",
    ),
    "taskguard.toml": (
        "packs = ['strict']\n",
        "packs = ['core']\n\n[[facades]]\nmodule = 'shop.tasks'\nsources = ['shop.mail.*']\n",
        "packs = ['strict']\n\n[tasks]\nbase = ['shop.base.Base']\nrequire = ['queue']\n",
        "packs = ['strict']\n\n[levels]\nTG104 = 'off'\nTG201 = 'warn'\n",
    ),
    ".gitignore": ("/shop/mail/\n", "views.py\n", "*.log\n"),
    "requirements.txt": ("celery==5.4.0\n", "celery==4.4.7\nkombu==4.6.11\n", "celery\ncelery-types\n"),
    "Procfile": (
        "worker: celery -A shop worker -Q mails\n",
        "worker: celery -A shop.celery worker -Q orders,mails\nbeat: celery -A shop.gone beat\n",
    ),
}  # fmt: skip
PLACES = tuple(TEXTS)
MOVES = (
    ("shop/views.py", "shop/mail/views.py"),
    ("shop/tasks.py", "shop/jobs.py"),
    ("shop/base.py", "shop/mail/bases.py"),
)
# A word and another of equal length, for an edit that neither size nor time tells.
TWISTS = (("mails", "maile"), ("send", "sent"), ("order", "ordre"), ("True", "None"), ("300", "900"), ("shop", "shoe"))


class Change(NamedTuple):
    """One edit of a project on disk: `write` a text at a place, `drop` it, `move` it to another place, `twist` a word with size and time left as they are."""

    kind: Literal["write", "drop", "move", "twist"]
    path: str
    text: str = ""
    new: str = ""


def projects() -> st.SearchStrategy[dict[str, str]]:
    """Projects that have an app, tasks, and most of the other places."""
    always = ("shop/celery.py", "shop/tasks.py")
    return st.fixed_dictionaries(
        {path: st.sampled_from(TEXTS[path]) for path in always},
        optional={path: st.sampled_from(texts) for path, texts in TEXTS.items() if path not in always},
    )


def changes() -> st.SearchStrategy[Change]:
    """One edit of any kind."""
    places, moves = st.sampled_from(PLACES), st.sampled_from([*MOVES, *((new, old) for old, new in MOVES)])
    return st.one_of(
        places.flatmap(lambda path: st.builds(Change, st.just("write"), st.just(path), st.sampled_from(TEXTS[path]))),
        places.map(lambda path: Change("drop", path)),
        moves.map(lambda move: Change("move", move[0], new=move[1])),
        st.builds(lambda path, words: Change("twist", path, *words), places, st.sampled_from(TWISTS)),
    )


def write(folder: Path, files: Mapping[str, str]) -> None:
    """Writes a project of its own below a folder."""
    (folder / ".git").mkdir(parents=True, exist_ok=True)
    for path, text in files.items():
        put(folder / path, text)


def put(place: Path, text: str) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(text.encode())


def change(folder: Path, made: Change) -> None:
    """Does an edit; nothing where there is no such file."""
    place = folder / made.path
    if made.kind == "write":
        put(place, made.text)
    elif not place.is_file():
        return
    elif made.kind == "drop":
        place.unlink()
    elif made.kind == "move":
        (folder / made.new).parent.mkdir(parents=True, exist_ok=True)
        place.replace(folder / made.new)
    else:
        before = place.stat()
        place.write_bytes(place.read_bytes().replace(made.text.encode(), made.new.encode()))
        if os.name != "nt":  # there no time but this one tells of an edit
            os.utime(place, ns=(before.st_atime_ns, before.st_mtime_ns))
