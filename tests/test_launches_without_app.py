"""`celery -A` names a module that is there and in which Celery finds no app."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from harness import settings_from
from taskguard.engine.checking import check_project

CORE = 'from celery import Celery\n\nmail = Celery("shop", broker="memory://")\n\n\n@mail.task\ndef send(): ...\n'
PLAIN = {
    "shop/__init__.py": 'import os\n\nVERSION = "1"\n',
    "shop/core.py": CORE,
    "shop/celery.py": "import logging\nfrom pathlib import Path\n\nlog = logging.getLogger(__name__)\nHERE = Path(__file__)\n\n\ndef read(): ...\n",
}
WEB = {
    "api.py": 'from celery import Celery\nfrom fastapi import FastAPI\n\napp = FastAPI()\nqueue = Celery("api", broker="memory://")\n\n\n@queue.task\ndef send(): ...\n',
}
UNTOLD = {
    "shop/core.py": CORE.replace(
        'mail = Celery("shop", broker="memory://")',
        'def make():\n    return Celery("shop", broker="memory://")\n\n\nmail = make()',
    ),
    "shop/__init__.py": "from shop.core import mail\n",
    "one.py": "from elsewhere import make\n\nworker = make()\n",
    "two.py": "from elsewhere import *\n",
    "three.py": "from elsewhere import queue\n",
    "four/__init__.py": "",
    "four/celery.py": "from shop.core import mail as other\n",
    "five.py": "globals().update(x=3)\n",
}


def said(files: dict[str, str], app: str, place: str = "Procfile") -> list[str]:
    line = f"worker: celery -A {app} worker\n" if place == "Procfile" else f"    command: celery -A {app} worker\n"
    report = check_project({**files, place: line}, settings_from('packs = ["core"]'))
    return [f"{one.level} {one.message}: {one.help}" for one in report.diagnostics if one.code == "TG317"]


@pytest.mark.parametrize(("app", "file"), [("shop", "shop/__init__.py"), ("shop.celery", "shop/celery.py")])
def test_nothing_in_the_module_is_an_app(app: str, file: str) -> None:
    wanted = (
        f'error -A names "{app}", and {file} has no Celery app: the command fails when it starts: write "shop.core"'
    )
    assert said(PLAIN, app) == [wanted]
    assert said(PLAIN, "shop.core") == said(PLAIN, "shop.core:mail") == []


def test_the_app_of_a_server_for_the_web_comes_first() -> None:
    (one,) = said(WEB, "api")
    assert "where `app` is a fastapi.FastAPI and no Celery app" in one and one.endswith('write "api:queue"')
    assert said(WEB, "api:queue") == said(WEB, "api.queue") == []
    later = {"api.py": WEB["api.py"].replace("app = ", "web = ")}
    assert said(later, "api") == []


@pytest.mark.parametrize("app", ["shop", "one", "two", "three", "four", "five"])
def test_what_may_be_an_app(app: str) -> None:
    assert said(UNTOLD, app) == []


def test_an_image_may_be_of_another_program() -> None:
    files = {**PLAIN, "other/__init__.py": ""}
    assert [one[:5] for one in said(files, "other", "compose.yml")] == ["warn "]
    assert [one[:5] for one in said(files, "shop", "compose.yml")] == ["error"]


def test_a_project_in_which_no_app_is_seen_is_warned() -> None:
    (one,) = said({"shop/__init__.py": "", "shop/tasks.py": "from celery import shared_task\n"}, "shop")
    assert one.startswith('warn -A names "shop", and shop/__init__.py has no Celery app')


@pytest.mark.parametrize(
    ("files", "app", "wanted"),
    [
        (PLAIN, "shop", "has no attribute 'celery'"),
        (PLAIN, "shop.celery", "has no attribute 'celery'"),
        ({**WEB, "fastapi.py": "class FastAPI: ...\n"}, "api", "'FastAPI' object has no attribute"),
        (PLAIN, "shop.core", ""),
    ],
)
def test_celery_itself(tmp_path: Path, files: dict[str, str], app: str, wanted: str) -> None:
    pytest.importorskip("celery")
    for path, text in files.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(text)
    words = [sys.executable, "-m", "celery", "-A", app, "report"]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert wanted in done.stdout + done.stderr
    assert bool(done.returncode) == bool(wanted)
