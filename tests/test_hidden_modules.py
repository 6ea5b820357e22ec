"""Of a file that a package hides nothing happens: that it is hidden is all there is to say of its code."""

from __future__ import annotations

from harness import on_disk, settings_from
from taskguard.engine.checking import check_project

APP = """\
from celery import Celery

app = Celery("shop", include=["shop.tasks"])
app.conf.task_routes = {"shop.tasks.*": {"queue": "slow"}}
app.conf.beat_schedule = {
    "send": {"task": "shop.tasks.send", "schedule": 60.0},
    "pack": {"task": "shop.tasks.pack", "schedule": 60.0},
}
"""
OLD = """\
from celery import shared_task
from celery.schedules import crontab
from shop.celery import app
from shop.parcels import gone

app.conf.beat_schedule = {"hourly": {"task": "shop.tasks.lost", "schedule": crontab(hour="*/2")}}


@shared_task(name="shop.tasks.send", queue="fast")
def send(): ...


@shared_task(name="shop.tasks.pack", queue="fast")
def pack(self): ...
"""
NEW = 'from celery import shared_task\n\n\n@shared_task(name="shop.tasks.send")\ndef send(): ...\n'
PATCH = 'from unittest.mock import patch\n\n\n@patch("shop.parcels.gone")\ndef test_it(gone): ...\n'
SHOP = {"shop/__init__.py": "", "shop/celery.py": APP, "shop/parcels.py": "def weigh(): ...\n"}
HIDDEN = {"shop/tasks.py": OLD, "shop/tests.py": PATCH}
PACKAGES = {"shop/tasks/__init__.py": NEW, "shop/tests/__init__.py": ""}
SELECT = 'select = ["TG2", "TG3", "TG4"]'


def said(files: dict[str, str]) -> list[tuple[str, int, str]]:
    report = check_project(on_disk(files), settings_from(SELECT))
    return [(one.path, one.line, one.code) for one in report.diagnostics]


def test_a_copy_whose_folder_no_import_can_name_is_passed_by() -> None:
    copy = {
        "mails/__init__.py": "",
        "mails/tasks.py": NEW,
        "mails.original/__init__.py": "",
        "mails.original/tasks.py": OLD,
    }
    assert not [one for one in said({**SHOP, **copy}) if one[0].startswith("mails.original") or one[2] == "TG301"]
    assert [
        one
        for one in said({**SHOP, **copy, "Dockerfile": "COPY mails.original /srv/mails\n"})
        if one[0].startswith("mails.original")
    ]
    alone = {path: text for path, text in copy.items() if not path.startswith("mails/")}
    assert [one for one in said({**SHOP, **alone}) if one[0].startswith("mails.original")]


def test_a_copy_of_a_file_that_no_import_can_name_is_passed_by() -> None:
    kept = {"mails/__init__.py": "", "mails/tasks.py": NEW}
    for name in ("old-tasks.py", "tasks copy.py", "tasks.2.py", "tasks-bak.py"):
        assert not [
            one
            for one in said({**SHOP, **kept, f"mails/{name}": OLD})
            if one[0] == f"mails/{name}" or one[2] == "TG301"
        ]
    for name in ("fast-tasks.py", "old-jobs.py", "old_tasks.py"):
        assert [one for one in said({**SHOP, **kept, f"mails/{name}": OLD}) if one[0] == f"mails/{name}"]


def test_without_the_package_it_is_judged() -> None:
    codes = {code for path, _, code in said({**SHOP, **HIDDEN}) if path in HIDDEN}
    assert {"TG308", "TG405", "TG406"} <= codes


def test_only_that_it_is_hidden_is_said() -> None:
    assert said({**SHOP, **HIDDEN, **PACKAGES}) == [
        ("shop/celery.py", 7, "TG303"),
        ("shop/tasks.py", 1, "TG408"),
        ("shop/tests.py", 1, "TG408"),
    ]


def test_the_package_is_meant_below_another_root_too() -> None:
    below = {f"src/{path}": text for path, text in {**SHOP, **HIDDEN, **PACKAGES}.items()}
    assert ("src/shop/celery.py", 7, "TG303") in said(below)


def test_a_script_that_may_be_run_by_its_path_is_undecided() -> None:
    script = {path: f'{text}\n\nif __name__ == "__main__":\n    print()\n' for path, text in HIDDEN.items()}
    report = check_project(on_disk({**SHOP, **script, **PACKAGES}), settings_from('select = ["TG4"]'))
    assert not [one for one in report.diagnostics if one.path in HIDDEN]
    undecided = {(one.path, one.code) for one in report.undecided}
    assert {("shop/tasks.py", "TG405"), ("shop/tests.py", "TG406"), ("shop/tasks.py", "TG408")} <= undecided
