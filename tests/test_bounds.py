"""What is beyond a bound is unknown, and said to be: never a wrong finding, and never silence without a reason."""

from __future__ import annotations

import pytest

from harness import settings_from
from taskguard.engine.checking import check_project
from taskguard.project.celery import apps, entries
from taskguard.project.tasks import declarations

STRICT = settings_from('packs = ["strict"]\n')


def shops(count: int) -> dict[str, str]:
    """Folders with an app each, which sends to a queue that it has and to one that it has not."""
    files = {}
    for number in range(count):
        name = f"shop{number}"
        files[f"{name}/__init__.py"] = ""
        files[f"{name}/app.py"] = (
            "from celery import Celery\nfrom kombu import Queue\n"
            f"app = Celery('{name}', include=['{name}.jobs'])\napp.conf.task_queues = [Queue('{name}')]\n"
        )
        files[f"{name}/jobs.py"] = f"from {name}.app import app\n\n@app.task(name='{name}.pay')\ndef pay(): ...\n"
        files[f"{name}/use.py"] = (
            f"from {name}.app import app\napp.send_task('{name}.pay', queue='{name}')\n"
            f"app.send_task('{name}.pay', queue='post{number}')\n"
        )
    return files


def test_what_more_apps_than_are_followed_say_is_undecided(monkeypatch: pytest.MonkeyPatch) -> None:
    found = check_project(shops(4), STRICT)
    assert [one.code for one in found.diagnostics if one.code != "TG101"] == ["TG305"] * 4
    monkeypatch.setattr(apps, "MOST", 2)
    bounded = check_project(shops(4), STRICT)
    assert not bounded.diagnostics
    said = {(one.code, one.path) for one in bounded.undecided if "the project has more than 2 apps" in one.why}
    assert said == {("TG305", "shop0/app.py"), ("TG304", "shop2/jobs.py"), ("TG304", "shop3/jobs.py")}


def test_where_workers_start_is_looked_for_once_for_all_apps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Counted in modules that are asked whether a worker may start with them."""
    asked: list[str] = []
    plainly = entries.may_start
    monkeypatch.setattr(entries, "may_start", lambda module: asked.append(module.path) or plainly(module))
    files = shops(12)
    check_project(files, STRICT)
    assert len(asked) <= len(files)


def test_apps_of_tests_are_left_out_first_and_take_nothing_from_what_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    files = shops(2)
    files.update({f"tests/test_{number}.py": "from celery import Celery\napp = Celery('x')\n" for number in range(3)})
    monkeypatch.setattr(apps, "MOST", 2)
    assert [one.code for one in check_project(files, STRICT).diagnostics] == ["TG305"] * 2


def test_a_name_of_a_task_below_more_decorators_than_are_followed_is_undecided(monkeypatch: pytest.MonkeyPatch) -> None:
    stacked = "".join(f"@app.task(name='shop.pay{number}')\n" for number in range(6))
    files = {
        "shop.py": f"from celery import Celery\napp = Celery('shop')\n{stacked}def pay(): ...\n",
        "use.py": "from shop import app\napp.send_task('shop.pay5')\n",
    }
    monkeypatch.setattr(declarations, "MOST_STACKED", 3)
    report = check_project(files, STRICT)
    assert "TG303" not in {one.code for one in report.diagnostics}
    assert any(one.code == "TG303" and one.path == "use.py" for one in report.undecided)
    assert any(one.code == "TG302" and "decorators make this function a task" in one.why for one in report.undecided)
