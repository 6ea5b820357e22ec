"""Files that are named and not there, or there and not named: deleted ones, excluded ones, text on standard input."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from taskguard.discovery import Options, is_excluded
from taskguard.settings.merge import DEFAULT_EXCLUDE
from warm import completed as taskguard
from warm import flake8

TASK = "from celery import shared_task\n\n\n@shared_task(name='app.send')\ndef send(): ...\n"
WRONG = "from celery import shared_task\n\n\n@shared_task(soft_time_limit=9, time_limit=3)\ndef slow(): ...\n"
FACADE = "# taskguard: facade\nfrom app.sources.mail import send\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A repository with a facade, the module behind it, and a task."""
    (tmp_path / "app" / "sources").mkdir(parents=True)
    (tmp_path / "app" / "__init__.py").touch()
    (tmp_path / "app" / "sources" / "__init__.py").touch()
    (tmp_path / "app" / "sources" / "mail.py").write_text("def send(): ...\n")
    (tmp_path / "app" / "facade.py").write_text(FACADE)
    (tmp_path / "app" / "tasks.py").write_text(TASK)
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "-A")
    git(tmp_path, "-c", "user.name=t", "-c", "user.email=t@example.org", "commit", "-qm", "start")
    return tmp_path


def git(folder: Path, *words: str) -> None:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    subprocess.run(("git", *words), cwd=folder, env=inherited, check=True)


def test_a_hook_that_is_given_a_deleted_file_judges_the_deletion(project: Path) -> None:
    (project / "app" / "sources" / "mail.py").unlink()
    done = taskguard(
        "check", "--hook", "--output-format=concise", "app/sources/mail.py", "app/tasks.py", "gone.txt", cwd=project
    )
    assert done.returncode == 1, done.stderr
    assert done.stdout.startswith("app/facade.py:2:")
    assert done.stderr == ""


def test_a_hook_that_is_given_a_deleted_file_that_nobody_misses_passes(project: Path) -> None:
    git(project, "rm", "-q", "app/tasks.py")
    done = taskguard("check", "--hook", "app/tasks.py", cwd=project)
    assert (done.returncode, done.stderr) == (0, "")


def test_without_the_hook_a_file_that_is_not_there_is_a_mistake(project: Path) -> None:
    done = taskguard("check", "app/gone.py", cwd=project)
    assert done.returncode == 2
    assert "app/gone.py does not exist" in done.stderr


def test_force_exclude_holds_for_standard_input(project: Path) -> None:
    (project / "taskguard.toml").write_text('exclude = ["app/old"]\n')
    words = ("check", "--stdin-filename=app/old/tasks.py", "-")
    assert taskguard(*words, cwd=project, text=WRONG).returncode == 1
    done = taskguard(*words, "--force-exclude", cwd=project, text=WRONG)
    assert (done.returncode, done.stderr) == (0, "")


def test_text_of_an_excluded_file_comes_back_as_it_was_when_it_is_to_be_fixed(project: Path) -> None:
    (project / "taskguard.toml").write_text('exclude = ["app/old"]\n')
    text = WRONG.replace("soft_time_limit=9", "max_retry=3")
    done = taskguard(
        "check", "--fix", "--force-exclude", "--stdin-filename=app/old/tasks.py", "-", cwd=project, text=text
    )
    assert (done.returncode, done.stdout) == (0, text)


def test_flake8_leaves_excluded_text_out_whether_it_is_saved_or_not(project: Path) -> None:
    (project / "taskguard.toml").write_text('exclude = ["app/old"]\n')
    done = flake8("--select=TG", "--stdin-display-name=app/old/tasks.py", "-", cwd=project, text=WRONG)
    assert (done.returncode, done.stdout) == (0, "")


def test_text_without_a_name_is_no_module(project: Path) -> None:
    (project / "app" / "celery.py").write_text(
        "from celery import Celery\n\napp = Celery('app', include=['app.tasks'])\n"
    )
    done = taskguard("check", "-", cwd=project, text=TASK)
    assert (done.returncode, done.stdout) == (0, "All checks passed! 1 file, 1 task.\n")
    done = taskguard("check", "--output-format=concise", "-", cwd=project, text=WRONG)
    assert done.returncode == 1
    assert "TG205" in done.stdout
    assert "TG304" not in done.stdout
    other = TASK.replace("def send", "def send_again")
    named = taskguard("check", "--output-format=concise", "--stdin-filename=app/copy.py", "-", cwd=project, text=other)
    assert "TG301" in named.stdout


def test_what_an_editor_ran_last_is_left_out(tmp_path: Path) -> None:
    options = Options(exclude=DEFAULT_EXCLUDE)
    assert is_excluded(str(tmp_path), str(tmp_path / "shop/tempCodeRunnerFile.py"), options)
    assert not is_excluded(str(tmp_path), str(tmp_path / "shop/tasks.py"), options)
