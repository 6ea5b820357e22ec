"""`taskguard tasks`: the inventory as people and machines meet it."""

from __future__ import annotations

import csv
import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from warm import completed

CELERY = """\
from celery import Celery
from celery.schedules import crontab

app = Celery("shop", include=["shop.mail", "shop.jobs"])
app.conf.task_default_queue = "general"
app.conf.task_routes = {"shop.jobs.*": {"queue": "jobs"}}
app.conf.beat_schedule = {
    "nightly": {"task": "shop.jobs.clean", "schedule": crontab(hour=3, minute=0)},
    "often": {"task": "shop.jobs.clean", "schedule": 30.0},
}
"""
BASE = """\
from celery import Task, shared_task


class ShopTask(Task):
    max_retries = 7


class MailTask(ShopTask):
    pass


def mail_task(**options):
    return shared_task(base=MailTask, queue="mail", **options)
"""
MAIL = """\
from os import environ

from celery import shared_task
from django.conf import settings

from shop.base import mail_task


@mail_task(name="shop.send", bind=True, soft_time_limit=30, autoretry_for=(ValueError, OSError))
def send(self, user_id: int, /, subject="hello", *rest, copy=None, **more):
    pass


@shared_task(queue=settings.MAIL_QUEUE, priority=environ["PRIORITY"])
def post():
    pass


@shared_task(name=environ["NAME"])
def unnamed():
    pass


@shared_task(**environ)
def spread():
    pass
"""
JOBS = """\
from celery import Task

from shop.celery import app


@app.task
def clean(days=7):
    pass


def plain(x):
    pass


called = app.task(name="shop.called")(plain)


class Build(Task):
    name = "shop.build"
    queue = "slow"
    time_limit = 60

    def run(self, report):
        pass


app.register_task(Build())
"""


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    files = {"celery": CELERY, "base": BASE, "mail": MAIL, "jobs": JOBS, "__init__": ""}
    (tmp_path / "shop").mkdir()
    for name, text in files.items():
        (tmp_path / "shop" / f"{name}.py").write_text(text)
    (tmp_path / "taskguard.toml").write_text("")
    return tmp_path


def tasks(cwd: Path, *args: str) -> str:
    done = completed("tasks", *args, cwd=cwd)
    assert done.returncode == 0, done.stderr
    return done.stdout


def inventory(cwd: Path, *args: str) -> dict[str, dict[str, Any]]:
    """The tasks of the JSON by qualified name."""
    return {one["qualname"]: one for one in json.loads(tasks(cwd, "--output-format", "json", *args))["tasks"]}


def test_a_task_of_a_wrapper(shop: Path) -> None:
    assert inventory(shop)["send"] == {
        "name": "shop.send",
        "name_source": "explicit",
        "module": "shop.mail",
        "qualname": "send",
        "path": "shop/mail.py",
        "line": 10,
        "form": "function",
        "options": {
            "autoretry_for": [{"name": "builtins.ValueError"}, {"name": "builtins.OSError"}],
            "base": {"name": "shop.base.MailTask"},
            "bind": True,
            "name": "shop.send",
            "queue": "mail",
            "soft_time_limit": 30,
        },
        "unknown_options": [],
        "base": "shop.base.MailTask",
        "base_source": "declared",
        "queue": {"value": "mail", "origin": "wrapper"},
        "schedules": [],
        "signature": [
            {"name": "user_id", "kind": "POSITIONAL_ONLY", "default": None},
            {"name": "subject", "kind": "POSITIONAL_OR_KEYWORD", "default": "'hello'"},
            {"name": "rest", "kind": "VAR_POSITIONAL", "default": None},
            {"name": "copy", "kind": "KEYWORD_ONLY", "default": "None"},
            {"name": "more", "kind": "VAR_KEYWORD", "default": None},
        ],
    }


def test_a_routed_and_scheduled_task(shop: Path) -> None:
    clean = inventory(shop)["clean"]
    assert (clean["name"], clean["name_source"]) == ("shop.jobs.clean", "automatic")
    assert clean["queue"] == {"value": "jobs", "origin": "route"}
    assert clean["schedules"] == [
        {"key": "nightly", "schedule": "crontab(hour=3, minute=0)", "path": "shop/celery.py", "line": 8},
        {"key": "often", "schedule": "30.0", "path": "shop/celery.py", "line": 9},
    ]


def test_unknown_is_said(shop: Path) -> None:
    found = inventory(shop)
    assert found["post"]["queue"] == {"value": None, "origin": "decorator", "name": "django.conf.settings.MAIL_QUEUE"}
    assert found["post"]["unknown_options"] == ["priority", "queue"]
    assert (found["unnamed"]["name"], found["unnamed"]["name_source"]) == (None, "unknown")
    assert found["unnamed"]["unknown_options"] == ["name"]
    assert "**" in found["spread"]["unknown_options"]
    assert (found["spread"]["name"], found["spread"]["queue"]["origin"]) == (None, "unknown")


def test_calls_and_classes(shop: Path) -> None:
    found = inventory(shop)
    assert (found["plain"]["form"], found["plain"]["name"], found["plain"]["line"]) == ("call", "shop.called", 11)
    build = found["Build"]
    assert (build["form"], build["name"], build["base"]) == ("class", "shop.build", "celery.Task")
    assert build["queue"] == {"value": "slow", "origin": "class"}
    assert build["options"] == {"name": "shop.build", "queue": "slow", "time_limit": 60}
    assert build["signature"] == [{"name": "report", "kind": "POSITIONAL_OR_KEYWORD", "default": None}]


def test_the_shape_is_as_published(shop: Path, repository: Path) -> None:
    schema = json.loads((repository / "docs" / "schemas" / "tasks.schema.json").read_text())
    shape = json.loads(tasks(shop, "--output-format", "json"))
    assert shape["schema"] == schema["properties"]["schema"]["const"]
    assert shape["root"] == "."
    for one in shape["tasks"]:
        fits(one, schema["$defs"]["task"], schema)


def fits(value: Any, rule: dict[str, Any], schema: dict[str, Any]) -> None:
    """As much of JSON Schema as ours uses."""
    if "$ref" in rule:
        rule = schema["$defs"][rule["$ref"].rpartition("/")[2]]
    if "anyOf" in rule:
        rule = rule["anyOf"][0 if value is None else 1]
    if "enum" in rule:
        assert value in rule["enum"]
    names = {"string": str, "integer": int, "object": dict, "array": list, "null": type(None)}
    kinds = rule.get("type", [])
    kinds = [kinds] if isinstance(kinds, str) else kinds
    assert not kinds or isinstance(value, tuple(names[kind] for kind in kinds))
    for item in value if isinstance(value, list) else ():
        fits(item, rule.get("items", {}), schema)
    if isinstance(value, dict) and "properties" in rule:
        assert set(rule["required"]) <= set(value) <= set(rule["properties"])
        for key, inner in value.items():
            fits(inner, rule["properties"][key], schema)


@pytest.mark.parametrize(
    ("words", "names"),
    [
        (("--queue", "mail"), {"send"}),
        (("--queue=jobs,slow",), {"clean", "Build"}),
        (("--queue", "django.conf.settings.MAIL_QUEUE"), {"post"}),
        (("--path", "shop/jobs.py"), {"clean", "plain", "Build"}),
        (("--path", "**/mail.py"), {"send", "post", "unnamed", "spread"}),
        (("--base", "ShopTask"), {"send"}),
        (("--base", "shop.base.MailTask"), {"send"}),
        (("--missing", "time_limit", "--path", "shop/jobs.py"), {"clean", "plain"}),
        (("--missing", "max_retries", "--path", "shop/mail.py"), {"post", "unnamed"}),
        (("--unscheduled", "--path", "shop/jobs.py"), {"plain", "Build"}),
        (("--unrouted",), {"plain"}),
        (("--duplicates",), set()),
        (("shop/jobs.py",), {"clean", "plain", "Build"}),
        (("shop",), {"send", "post", "unnamed", "spread", "clean", "plain", "Build"}),
    ],
)
def test_filters(shop: Path, words: tuple[str, ...], names: set[str]) -> None:
    assert set(inventory(shop, *words)) == names


def test_duplicates(shop: Path) -> None:
    (shop / "shop" / "more.py").write_text(
        "from shop.celery import app\n\n\n@app.task(name='shop.send')\ndef again(): ...\n"
    )
    (shop / "shop" / "celery.py").write_text(CELERY.replace('"shop.jobs"]', '"shop.jobs", "shop.more"]'))
    assert set(inventory(shop, "--duplicates")) == {"send", "again"}


def test_the_table(shop: Path) -> None:
    lines = tasks(shop, "--sort", "name").splitlines()
    assert lines[0].split() == ["NAME", "QUEUE", "BASE", "LIMITS", "RETRIES", "SCHEDULE", "PLACE"]
    assert lines[1].split() == ["shop.build", "slow", "(class)", "Task", "-/60", "-", "-", "shop/jobs.py:18"]
    row = next(line for line in lines if line.startswith("shop.jobs.clean"))
    assert "jobs (route)" in row and "crontab(hour=3, minute=0); 30.0" in row and row.endswith("shop/jobs.py:7")
    row = next(line for line in lines if line.startswith("shop.send"))
    assert row.split() == ["shop.send", "mail", "(wrapper)", "MailTask", "30/-", "7", "-", "shop/mail.py:10"]
    assert lines[-1] == "7 tasks, 2 of them with an unknown name"


def test_base_classes_of_one_name_are_told_apart(tmp_path: Path) -> None:
    for folder in ("core", "legacy"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "base.py").write_text("from celery import Task\n\n\nclass BaseTask(Task):\n    pass\n")
        text = f"from celery import shared_task\nfrom {folder}.base import BaseTask\n\n\n@shared_task(base=BaseTask)\ndef send(): ...\n"
        (tmp_path / folder / "tasks.py").write_text(text)
    shown = [line.split() for line in tasks(tmp_path).splitlines()]
    assert [row[2] for row in shown[1:3]] == ["core.base.BaseTask", "legacy.base.BaseTask"]


def test_csv_and_markdown(shop: Path) -> None:
    rows = {row["qualname"]: row for row in csv.DictReader(StringIO(tasks(shop, "--output-format=csv")))}
    assert (rows["clean"]["queue"], rows["clean"]["queue_origin"]) == ("jobs", "route")
    assert (rows["unnamed"]["name"], rows["send"]["soft_time_limit"]) == ("", "30")
    lines = tasks(shop, "--output-format=markdown").splitlines()
    assert lines[1] == "| --- | --- | --- | --- | --- | --- | --- |"
    assert any(line.startswith("| shop.send | mail (wrapper) | MailTask | 30/- |") for line in lines)


def test_paths_are_those_of_the_working_directory(shop: Path) -> None:
    (shop / ".git").mkdir()
    assert tasks(shop / "shop", "jobs.py").splitlines()[1].endswith(" jobs.py:7")
    shape = json.loads(tasks(shop / "shop", "jobs.py", "--output-format", "json"))
    assert (shape["root"], shape["tasks"][0]["path"]) == ("..", "shop/jobs.py")


def test_no_tasks(tmp_path: Path) -> None:
    assert tasks(tmp_path) == "0 tasks\n"
    assert json.loads(tasks(tmp_path, "--output-format", "json"))["tasks"] == []


def test_wrong_words(shop: Path) -> None:
    done = completed("tasks", "--sort", "nme", cwd=shop)
    assert (done.returncode, "did you mean name?" in done.stderr) == (2, True)


def test_a_setting_of_django_is_followed(tmp_path: Path) -> None:
    (tmp_path / "manage.py").write_text(
        "import os\n\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'site_settings')\n"
    )
    (tmp_path / "site_settings.py").write_text("import os\n\nMAIL = 'mail'\nNIGHT = os.environ.get('NIGHT')\n")
    (tmp_path / "jobs.py").write_text(
        "from celery import Celery\nfrom django.conf import settings\n\napp = Celery('jobs')\n"
        "app.config_from_object('django.conf:settings', namespace='CELERY')\n\n\n"
        "@app.task(queue=settings.MAIL)\ndef send(): ...\n\n\n@app.task(queue=settings.NIGHT)\ndef report(): ...\n"
    )
    found = inventory(tmp_path)
    assert found["send"]["queue"] == {"value": "mail", "origin": "decorator"}
    assert found["send"]["options"] == {"queue": "mail"}
    assert found["report"]["queue"] == {"value": None, "origin": "decorator", "name": "django.conf.settings.NIGHT"}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--missing", "quue"), "--missing: neither Celery nor a task has an option `quue`; did you mean `queue`?"),
        (
            ("--missing", "countdown"),
            "--missing: `countdown` is an option of a call (`apply_async`), which no task has",
        ),
        (("--queue", "mial"), "did you mean `mail`?"),
        (("--base", "MailTsk"), "--base: there is no class `MailTsk`; did you mean `MailTask`?"),
        (("--path", "shp/**"), "--path: no file matches `shp/**`"),
    ],
)
def test_names_that_nothing_has(shop: Path, words: tuple[str, ...], said: str) -> None:
    done = completed("tasks", *words, cwd=shop)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr


def test_names_that_somebody_declares_may_have_no_task(shop: Path) -> None:
    (shop / "taskguard.toml").write_text('celery.queues = ["later"]\ntasks.options = ["owner"]\n')
    assert not inventory(shop, "--queue", "later")
    assert inventory(shop, "--missing", "owner")
