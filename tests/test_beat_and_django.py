"""Whose beat reads a schedule, and where a project names its Django settings."""

from __future__ import annotations

import pytest

from celery_projects import DJANGO, configured, service_of
from taskguard import engine
from taskguard.project.celery.django import literals
from taskguard.project.celery.schedulers import has_own_beat


@pytest.mark.parametrize(
    ("text", "own"),
    [
        ("", True),
        ("app.conf.beat_scheduler = 'celery.beat:PersistentScheduler'", True),
        ("app.conf.beat_scheduler = 'celery.beat.Scheduler'", True),
        ("app.conf.beat_scheduler = 'django_celery_beat.schedulers:DatabaseScheduler'", False),
        ("app.conf.beat_scheduler = 'celery_beats.Mine'", False),
        ("import os\napp.conf.beat_scheduler = os.environ['SCHEDULER']", None),
        ("import redbeat", False),
        ("from sqlalchemy_celery_beat.models import PeriodicTask", False),
        ("import beats", True),
    ],
)
def test_beat_is_celerys_own_where_nothing_speaks_of_another(text: str, own: bool | None) -> None:
    assert has_own_beat(configured(text)) is own


def test_what_tests_import_is_no_scheduler_of_the_project() -> None:
    files = {"proj/__init__.py": "", "proj/celery.py": "from celery import Celery\napp = Celery('proj')\n"}
    assert has_own_beat(service_of({**files, "tests/test_beat.py": "import celery, redbeat\n"})) is True
    assert has_own_beat(service_of({**files, "proj/beat.py": "import celery, redbeat\n"})) is False


@pytest.mark.parametrize(("apps", "own"), [("'shop'", True), ("'shop', 'django_celery_beat'", False)])
def test_an_installed_scheduler_is_one_that_may_be_at_work(apps: str, own: bool) -> None:
    assert has_own_beat(service_of({**DJANGO, "proj/settings.py": f"INSTALLED_APPS = [{apps}]\n"})) is own


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'proj.settings')", ["proj.settings"]),
        ("from os import environ\nenviron.setdefault('DJANGO_SETTINGS_MODULE', 'proj.settings')", ["proj.settings"]),
        ("import os\nos.environ['DJANGO_SETTINGS_MODULE'] = 'proj.settings'", ["proj.settings"]),
        ("import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', sys.argv[1])", [""]),
        ("import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE')", []),
        ("import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'a', 'b')", []),
        ("import os\nos.environ.setdefault('CONFIG', 'DJANGO_SETTINGS_MODULE')", []),
        ("import os\nos.environ['CONFIG'] = 'DJANGO_SETTINGS_MODULE'", []),
        ("print('DJANGO_SETTINGS_MODULE', 'proj.settings')", []),
        ("OTHER = {}\nOTHER['DJANGO_SETTINGS_MODULE'] = 'proj.settings'", []),
    ],
)
def test_a_settings_module_is_named_by_what_the_environment_is_given(text: str, named: list[str]) -> None:
    project = engine.link({"manage.py": f"{text}\n", "proj/__init__.py": ""})
    assert [name for _, name in literals(project)] == named
