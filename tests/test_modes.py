"""What `check` shows in place of findings, and what it says of fixes."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from test_cli import LONG, TASK, taskguard
from test_options import UNNAMED

BOUND = "from celery import shared_task\n\n\n@shared_task(bind=True, max_retry=3)\ndef call():\n    pass\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A repository with a clean file, one that is too long, and one with a safe, an unsafe and another fix."""
    (tmp_path / ".git").mkdir()
    (tmp_path / "taskguard.toml").write_text('levels = {TG302 = "error", TG207 = "error"}\nextend-exclude = ["gone"]\n')
    (tmp_path / "good.py").write_text(TASK)
    (tmp_path / "bad.py").write_text(LONG.replace("a.send", "b.send"))
    for folder in ("app", "gone"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "mail.py").write_text(UNNAMED)
    (tmp_path / "call.py").write_text(BOUND)
    return tmp_path


def test_files_are_listed(project: Path) -> None:
    done = taskguard("check", "--show-files", cwd=project)
    assert (done.returncode, done.stdout.split(), done.stderr) == (
        0,
        ["app/mail.py", "bad.py", "call.py", "good.py"],
        "",
    )
    assert taskguard("check", "--show-files", "app", "--extend-exclude=bad.py", cwd=project).stdout == "app/mail.py\n"
    assert taskguard("check", "--show-files", cwd=project / "app").stdout == "mail.py\n"
    assert taskguard("check", "--show-files", "-o", "files.txt", cwd=project).stdout == ""
    assert (project / "files.txt").read_text() == done.stdout


def test_settings_are_shown_as_the_command_line_leaves_them(project: Path) -> None:
    assert taskguard("check", "--show-settings", cwd=project).stdout == taskguard("settings", cwd=project).stdout
    here = taskguard(
        "check", "--show-settings", "app/mail.py", "--select=TG1", "--per-file-ignores=app:TG101", cwd=project
    ).stdout
    lines = [line.split() for line in here.splitlines()]
    assert ["select", "=", '["TG1"]', "#", "command", "line"] in lines
    assert [line[2] for line in lines if line[0] in ("levels.TG101", "levels.TG103")] == ['"off"', '"error"']


def test_files_of_several_projects_are_listed(project: Path) -> None:
    (project / "app" / ".git").mkdir()
    assert taskguard("check", "--show-files", cwd=project).stdout.split() == [
        "app/mail.py",
        "bad.py",
        "call.py",
        "good.py",
    ]
    assert taskguard("check", "--show-files", "..", cwd=project / "app").stdout.split()[:2] == ["mail.py", "../bad.py"]


def test_settings_are_those_of_the_project_that_a_file_stands_in(project: Path) -> None:
    (project / "app" / ".git").mkdir()
    (project / "app" / "taskguard.toml").write_text('src = ["lib"]\n')
    (project / "app" / "lib").mkdir()
    for command in ("settings", "check --show-settings"):
        assert 'src = ["lib"]' in taskguard(*command.split(), "app/mail.py", cwd=project).stdout


@pytest.mark.parametrize("kind", ["concise", "full", "grouped", "markdown"])
def test_what_can_be_fixed_is_marked(project: Path, kind: str) -> None:
    said = taskguard("check", "--output-format", kind, cwd=project).stdout.replace("\\", "").replace("|", " ")
    marked = {word for line in said.splitlines() if "[*]" in line for word in line.split() if word.startswith("TG")}
    assert {"TG302", "TG206", "TG207"} <= marked and "TG101" not in marked
    if kind != "markdown":
        assert said.rstrip().endswith("[*] 3 can be fixed with `--fix`, 1 more with `--fix --unsafe-fixes`.")


def test_only_fixing_neither_lists_nor_counts_what_is_left(project: Path) -> None:
    done = taskguard("check", "--fix-only", cwd=project)
    assert (done.returncode, done.stdout) == (0, "")
    assert "fixed 3 findings in 2 files: 1 TG207, 2 TG302." in done.stderr
    assert "name=" in (project / "app" / "mail.py").read_text() and "max_retries=3" in (project / "call.py").read_text()
    assert taskguard("check", "-q", cwd=project).returncode == 1
    again = taskguard("check", "--fix-only", "--exit-non-zero-on-fix", cwd=project)
    assert (again.returncode, again.stdout, again.stderr) == (0, "", "")


def test_exit_code_when_something_was_fixed(project: Path) -> None:
    mail = ("check", "app/mail.py", "--exit-non-zero-on-fix")
    assert taskguard(*mail, "--fix", cwd=project).returncode == 1
    assert taskguard(*mail, "--fix", cwd=project).returncode == 0
    (project / "app" / "mail.py").write_text(UNNAMED)
    assert taskguard(*mail, "--fix-only", cwd=project).returncode == 1
    (project / "app" / "mail.py").write_text(UNNAMED)
    assert taskguard("check", "app/mail.py", "--fix", cwd=project).returncode == 0


@pytest.mark.parametrize("words", ["--diff", "--fix-only", "--fix --output-format=json", "--fix"])
def test_fixes_are_listed(project: Path, words: str) -> None:
    done = taskguard("check", "app", *words.split(), "--show-fixes", cwd=project)
    said = done.stdout if words == "--fix" else done.stderr
    assert "app/mail.py:\n" in said and "1 x TG302 (implicit-task-name)" in said


def test_the_cache_lies_where_it_is_wanted(project: Path, tmp_path: Path) -> None:
    place = tmp_path / "kept"
    assert taskguard("check", "--cache-dir", str(place), cwd=project).returncode == 1
    (own,) = place.iterdir()
    assert "CACHEDIR.TAG" in os.listdir(own)
    assert str(own) in taskguard("clean", "--cache-dir", str(place), cwd=project).stdout
    assert not own.exists()
    json.loads(taskguard("tasks", "--cache-dir", str(place), "--output-format=json", cwd=project).stdout)
    assert own.exists()


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        ("--show-files --show-settings", "--show-files goes without --show-settings"),
        ("--show-files --fix", "--show-files goes without --fix"),
        ("--show-settings --statistics", "--show-settings goes without --statistics"),
        ("--show-settings app good.py", "wants one file or folder"),
        ("--show-settings nowhere.py", "nowhere.py"),
        ("--show-fixes", "--show-fixes goes with --fix or --fix-only or --diff"),
        ("--exit-non-zero-on-fix --diff", "goes with --fix or --fix-only"),
        ("--exit-non-zero-on-fix --fix --exit-zero", "goes without"),
        ("--unsafe-fixes", "--unsafe-fixes goes with --fix or --fix-only or --diff"),
        ("--diff --fix-only", "--diff goes without --fix-only"),
        ("--no-baseline --prune-baseline", "--no-baseline goes without --prune-baseline"),
        ("--no-cache --cache-dir x", "--no-cache goes without --cache-dir"),
    ],
)  # fmt: skip
def test_wrong_combinations_are_exit_2(project: Path, words: str, hint: str) -> None:
    before = {path: path.read_bytes() for path in project.rglob("*.py")}
    done = taskguard("check", *words.split(), cwd=project)
    assert (done.returncode, done.stdout) == (2, "")
    assert hint in done.stderr and "Traceback" not in done.stderr
    assert before == {path: path.read_bytes() for path in project.rglob("*.py")}
