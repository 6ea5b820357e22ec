"""Files beside the Python sources that are pipes, devices or links: never a hang, never a MemoryError, always a word where settings are meant."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

import warm

LIMIT = 2_000_000_000
TASK = "from celery import shared_task\n\n@shared_task\ndef send(): ...\n"
CLEAN, WRONG_USE = 0, 2

pytestmark = pytest.mark.skipif(os.name == "nt", reason="named pipes and devices are those of POSIX")


def run(folder: Path, *words: str) -> tuple[int, str]:
    command = {"flake8": warm.flake8, "taskguard": warm.completed}[words[0]]
    done = command(*words[1:], cwd=folder, memory=LIMIT)
    said = done.stdout + done.stderr
    assert "Traceback" not in said, said
    assert "MemoryError" not in said, said
    return done.returncode, said


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    subprocess.run(["git", "init", "-q", "."], cwd=tmp_path, check=True)
    (tmp_path / "app").mkdir()
    (tmp_path / "app/__init__.py").write_text("")
    (tmp_path / "app/w.py").write_text(TASK)
    return tmp_path


def pipe(path: Path) -> None:
    path.unlink(missing_ok=True)
    os.mkfifo(path)


def endless(path: Path) -> None:
    path.unlink(missing_ok=True)
    path.symlink_to("/dev/zero")


@pytest.mark.parametrize("make", [pipe, endless])
@pytest.mark.parametrize("name", [".gitignore", "app/.gitignore", ".git/info/exclude", ".git/config", "setup.cfg"])
def test_an_ignore_file_that_is_none_is_passed_over(repo: Path, name: str, make: object) -> None:
    make(repo / name)  # type: ignore[operator]
    assert run(repo, "taskguard", "check")[0] == CLEAN


@pytest.mark.parametrize("make", [pipe, endless])
@pytest.mark.parametrize(
    "name", ["taskguard-baseline.json", "pyproject.toml", "taskguard.toml", ".taskguard.toml", "app/taskguard.toml"]
)
def test_what_we_are_told_in_no_regular_file_is_a_mistake_with_its_name(repo: Path, name: str, make: object) -> None:
    make(repo / name)  # type: ignore[operator]
    code, said = run(repo, "taskguard", "check")
    assert code == WRONG_USE, said
    assert name in said
    assert "no regular file" in said
    assert "no regular file" in run(repo, "flake8", "--select", "TG", "app/w.py")[1]


@pytest.mark.parametrize("make", [pipe, endless])
def test_init_says_which_file_it_cannot_read(repo: Path, make: object) -> None:
    make(repo / ".pre-commit-config.yaml")  # type: ignore[operator]
    code, said = run(repo, "taskguard", "init", "--yes")
    assert (code, "no regular file" in said or "is a link" in said) in ((WRONG_USE, True), (CLEAN, True)), said


def test_a_snapshot_and_the_accepted_changes_are_regular_files(repo: Path) -> None:
    subprocess.run(["git", "add", "."], cwd=repo, check=True)
    subprocess.run(["git", "-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "x"], cwd=repo, check=True)
    pipe(repo / "state.json")
    code, said = run(repo, "taskguard", "verify", "--before", "state.json")
    assert code == WRONG_USE, said
    (repo / "state.json").unlink()
    (repo / "app/w.py").write_text(TASK.replace("send", "post"))
    pipe(repo / "taskguard-accepted.toml")
    code, said = run(repo, "taskguard", "verify")
    assert (code, "no regular file" in said) == (WRONG_USE, True), said


def test_where_git_waits_for_a_pipe_we_say_for_which(repo: Path) -> None:
    pipe(repo / ".git/index")
    code, said = run(repo, "taskguard", "check", "--hook")
    assert code == WRONG_USE, said
    assert ".git/index" in said
    assert "a named pipe" in said


def test_a_link_to_ignore_rules_is_not_followed_as_git_follows_none(repo: Path) -> None:
    (repo / "rules").write_text("app/\n")
    (repo / ".gitignore").symlink_to("rules")
    assert "app/w.py" in run(repo, "taskguard", "check", "--show-files")[1]
