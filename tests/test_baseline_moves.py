"""A file that is renamed takes its entries of the baseline with it."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from bakery import Repository
from warm import flake8

FILE = "taskguard-baseline.json"
BAD = "from celery import shared_task\n\n\n@shared_task(soft_time_limit=20, time_limit=10)\ndef send(): ...\n\n\n@shared_task(max_retry=1)\ndef sweep(): ...\n"
MORE = "\n\n@shared_task(soft_time_limit=20, time_limit=10)\ndef more(): ...\n"


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """A project whose findings are all in its baseline; one of them is a task that two modules declare."""
    made = Repository(tmp_path)
    made.git("init", "-q", "-b", "main")
    (tmp_path / "app").mkdir()
    (tmp_path / "taskguard.toml").write_text("[options.TG101]\nmax-lines = 20\n")
    for name, text in {"__init__": "", "tasks": BAD, "long": "x = 1\n" * 30}.items():
        (tmp_path / "app" / f"{name}.py").write_text(text)
    assert made.guard("baseline")[1] == f"{FILE}: 3 entries\n"
    made.git("add", "-A")
    made.git("commit", "-qm", "start")
    return made


def check(repository: Repository, *words: str) -> tuple[int, str]:
    return repository.guard("check", "--output-format=concise", *words)


def paths(repository: Repository) -> set[str]:
    return {one["path"] for one in json.loads((repository.path / FILE).read_text())["entries"]}


def rename(repository: Repository) -> None:
    repository.git("mv", "app/tasks.py", "app/mail.py")
    (repository.path / "jobs").mkdir()
    repository.git("mv", "app/long.py", "jobs/size.py")


def test_a_renamed_file_brings_no_new_findings(repository: Repository) -> None:
    rename(repository)
    code, said = check(repository)
    assert code == 0, said
    assert "3 baselined" in said
    assert "3 can move with their file (`taskguard check --prune-baseline`)" in said
    code, said = check(repository, "--hook", "app/mail.py", "jobs/size.py")
    assert code == 0, said


def test_it_still_does_so_when_the_rename_is_committed(repository: Repository) -> None:
    rename(repository)
    repository.git("commit", "-qm", "renamed")
    (repository.path / "notes.py").write_text("NOTES = 1\n")
    repository.git("add", "-A")
    repository.git("commit", "-qm", "later")
    assert check(repository)[0] == 0
    repository.git("mv", "app/mail.py", "app/post.py")
    assert check(repository)[0] == 0


def test_a_file_that_is_moved_without_git_is_found_by_its_bytes(repository: Repository) -> None:
    os.rename(repository.path / "app" / "tasks.py", repository.path / "app" / "mail.py")
    assert check(repository)[0] == 0


def test_the_entries_are_written_with_the_new_path(repository: Repository) -> None:
    rename(repository)
    assert "3 moved with their file" in check(repository, "--prune-baseline")[1]
    assert paths(repository) == {"app/mail.py", "jobs/size.py"}
    code, said = check(repository)
    assert (code, "baseline" in said.replace("baselined", "")) == (0, False)


def test_the_command_writes_them_without_add(repository: Repository) -> None:
    rename(repository)
    assert repository.guard("baseline") == (0, f"{FILE}: 3 entries, 3 moved with their file\n")
    assert paths(repository) == {"app/mail.py", "jobs/size.py"}


def test_what_is_new_in_a_renamed_file_is_told(repository: Repository) -> None:
    rename(repository)
    for name, text in {"app/mail.py": MORE, "jobs/size.py": "x = 2\n"}.items():
        with (repository.path / name).open("a") as file:
            file.write(text)
    repository.git("add", "-A")
    code, said = check(repository)
    assert code == 1
    assert {line.split()[1] for line in said.splitlines() if ".py:" in line} == {"TG102", "TG205"}
    assert "app.mail.send" not in said
    code, said = repository.guard("baseline")
    assert code == 2
    assert (
        "2 findings are new since the baseline was written: mend them, or take them in: `taskguard baseline --add`"
        in said
    )


def test_what_is_mended_in_a_renamed_file_can_go(repository: Repository) -> None:
    rename(repository)
    (repository.path / "app" / "mail.py").write_text(BAD.replace("max_retry", "max_retries"))
    assert "1 can go, 2 can move with their file" in check(repository)[1]


def test_a_copy_is_new(repository: Repository) -> None:
    (repository.path / "app" / "mail.py").write_text(BAD)
    repository.git("add", "-A")
    assert check(repository)[0] == 1


def test_flake8_hides_the_same_also_in_text_that_is_not_saved(repository: Repository) -> None:
    rename(repository)
    done = flake8("--select=TG", "app", cwd=repository.path)
    assert done.stdout == ""
    unsaved = ("--select=TG", "--stdin-display-name=app/mail.py", "-")
    done = flake8(*unsaved, cwd=repository.path, text=BAD + "\n\nx = 1\n")
    assert done.stdout == ""


def test_without_git_a_renamed_file_is_new(repository: Repository) -> None:
    rename(repository)
    repository.environment["PATH"] = str(repository.path)
    assert check(repository)[0] == 1
