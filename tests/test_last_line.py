"""The last line of a check: what was looked at, and that nothing is called clean that nobody looked at."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from warm import completed

TASKS = "from celery import shared_task\n\n\n@shared_task\ndef send():\n    pass\n"
SETTINGS = "from celery import Celery\n\napp = Celery('shop')\napp.conf.beat_schedule = {'send': {'task': 'shop.tasks.send', 'schedule': 60}}\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop/__init__.py").write_text("")
    (tmp_path / "shop/tasks.py").write_text(TASKS)
    (tmp_path / "shop/celery.py").write_text(SETTINGS)
    (tmp_path / "shop/views.py").write_text("from shop.tasks import send\n")
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "-A")
    git(tmp_path, "-c", "user.name=a", "-c", "user.email=a@b.c", "commit", "-qm", "first")
    return tmp_path


def git(folder: Path, *words: str) -> None:
    subprocess.run(["git", *words], cwd=folder, check=True, capture_output=True)


def taskguard(folder: Path, *words: str) -> tuple[int, str, str]:
    done = completed(*words, cwd=folder)
    return done.returncode, done.stdout.splitlines()[-1] if done.stdout else "", done.stderr


def test_what_a_deletion_breaks_is_counted_in_the_files_that_it_breaks(project: Path) -> None:
    git(project, "rm", "-q", "shop/tasks.py")
    code, line, _ = taskguard(project, "check", "--hook")
    assert code == 1
    assert line.startswith("Found 2 errors in 2 files")


@pytest.mark.parametrize(
    "words",
    [
        ["--ignore", "ALL"],
        ["--select", "TG303", "--no-project"],
        ["--only", "TG302"],
    ],
)
def test_where_no_rule_applies_nothing_has_passed(project: Path, words: list[str]) -> None:
    said = "Nothing was checked in 4 files: no rule is on that applies."
    for _ in "12":  # also what is remembered of the first run
        assert taskguard(project, "check", *words) == (0, said, "")
    _, _, aside = taskguard(project, "check", *words, "--output-format", "json")
    assert aside == "taskguard: nothing was checked: no rule is on that applies (`taskguard rules` lists them)\n"


@pytest.mark.parametrize("where", ["", "overrides = [{ files = '**', levels = { ALL = 'off' } }]\n"])
def test_settings_that_turn_all_off_check_nothing(project: Path, where: str) -> None:
    (project / "taskguard.toml").write_text(where or "levels = { ALL = 'off' }\n")
    assert taskguard(project, "check")[1].startswith("Nothing was checked in 4 files")


def test_a_rule_that_is_on_somewhere_has_checked(project: Path) -> None:
    (project / "taskguard.toml").write_text(
        "levels = { ALL = 'off' }\noverrides = [{ files = 'shop/views.py', levels = { TG101 = 'error' } }]\n"
    )
    assert taskguard(project, "check")[1] == "All checks passed! 4 files, 1 task."
    assert taskguard(project, "check", "shop/tasks.py")[1].startswith("Nothing was checked in 1 file:")


def test_a_folder_without_python_is_not_called_clean(project: Path) -> None:
    (project / "docs").mkdir()
    code, line, aside = taskguard(project, "check", "docs")
    assert (code, line, "no Python files found" in aside) == (0, "Nothing to check.", True)
    assert taskguard(project, "check", "--hook")[1] == "Nothing to check."
