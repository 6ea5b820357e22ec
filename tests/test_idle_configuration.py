"""What a module says about an app that no process loads: it holds for nobody, as far as deployment files name all that Celery starts from."""

from __future__ import annotations

import pytest

from harness import settings_from
from taskguard.engine.checking import check_project

FILES = {
    "mill/__init__.py": "",
    "mill/jobs.py": 'from celery import Celery\n\nmill = Celery("mill", broker="redis://")\n\n\n@mill.task(name="grind")\ndef grind(): ...\n',
    "mill/web.py": "from mill.jobs import grind\n\n\ndef view():\n    grind.delay()\n",
    "mill/wheel.py": 'from mill.jobs import mill\n\nmill.conf.update(task_routes={"grind": {"queue": "flour"}}, task_default_queue="corn")\n',
    "compose.yml": "services:\n  web:\n    build: .\n    command: gunicorn mill.web\n  w:\n    build: .\n    command: celery -A mill.jobs worker -Q celery\n",
}


def said(files: dict[str, str], *codes: str) -> list[str]:
    found = check_project({**FILES, **files}, settings_from('packs = ["core"]')).diagnostics
    return [f"{one.path}:{one.line} {one.code}" for one in found if one.code in codes]


def test_nobody_loads_the_routes() -> None:
    assert said({}, "TG305") == []


@pytest.mark.parametrize(
    "files",
    [
        {"mill/web.py": "from mill import wheel\nfrom mill.jobs import grind\n"},
        {"mill/web.py": "from . import wheel\n"},
        {"mill/web.py": "def start():\n    from mill.wheel import mill\n"},
        {"mill/__init__.py": "from .wheel import mill\n"},
        {"mill/web.py": 'NEEDED = ["mill.wheel"]\n'},
        {"compose.yml": FILES["compose.yml"].replace("mill.jobs", "mill.wheel")},
        {"Procfile": "beat: celery -A mill.wheel beat\n"},
        {"Procfile": "turn: python mill/wheel.py\n"},
        {"Procfile": "turn: python -m mill.wheel\n"},
        {"README.md": "Start it with `celery -A mill.wheel worker -Q celery`.\n"},
    ],
)
def test_somebody_may_load_them(files: dict[str, str]) -> None:
    """Then the queue that the route says has no worker."""
    assert "mill/wheel.py:3 TG305" in said(files, "TG305")


def test_a_test_alone_loads_them() -> None:
    assert said({"tests/test_wheel.py": "from mill.wheel import mill\n"}, "TG305") == []


def test_what_cannot_be_followed_may_load_them() -> None:
    """Where a start cannot be told, the configuration counts as it did: a task that no route of it names is told."""
    route = 'from mill.jobs import mill\n\nmill.conf.task_routes = {"mill.gone": {"queue": "celery"}}\n'
    assert said({"mill/wheel.py": route}, "TG303") == []
    gone = FILES["compose.yml"].replace("mill.jobs", "bakery.jobs")
    assert said({"mill/wheel.py": route, "compose.yml": gone}, "TG303") == ["mill/wheel.py:3 TG303"]
    assert said({"mill/wheel.py": route, "compose.yml": "services: {}\n"}, "TG303") == ["mill/wheel.py:3 TG303"]


def test_a_setting_that_is_in_force_is_unknown_then() -> None:
    """What the app's own module says may count, or what the other one does."""
    own = {"mill/jobs.py": FILES["mill/jobs.py"] + '\n\nmill.conf.task_routes = {"grind": {"queue": "bread"}}\n'}
    assert said(own, "TG305", "TG312") == ["mill/jobs.py:10 TG305"]


def test_a_source_that_nobody_loads() -> None:
    """`imports` may stand in another one."""
    wheel = {
        "mill/wheel.py": 'from mill.jobs import mill\n\nmill.config_from_object("mill.rules")\n',
        "mill/rules.py": 'timezone = "UTC"\n',
    }
    more = {
        "mill/more.py": "from celery import shared_task\n\n\n@shared_task\ndef bake(): ...\n",
        "mill/views.py": "from mill.more import bake\n\nbake.delay()\n",
    }
    assert said({**wheel, **more}, "TG304") == []
