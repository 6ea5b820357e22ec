"""`taskguard init` as a newcomer meets it: what it proposes, what it leaves alone, and that the project is at zero afterwards."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from taskguard.adoption.hook import Source, fresh, inserted
from taskguard.adoption.pyproject import appended
from taskguard.settings.toml import parse
from warm import completed as taskguard

HOOKS, BASELINE = ".pre-commit-config.yaml", "taskguard-baseline.json"
COMMAND = [sys.executable, "-m", "taskguard"]


def at_zero(project: Path) -> bool:
    done = taskguard("check", cwd=project)
    return done.returncode == 0 and done.stdout.startswith("All checks passed!")


def files(project: Path) -> dict[str, bytes]:
    paths = (one for one in project.rglob("*") if one.is_file() and ".git" not in one.parts)
    return {one.relative_to(project).as_posix(): one.read_bytes() for one in paths}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Eight tasks, seven of which have a base class and a queue, in a long file; a module behind which another stands."""
    (tmp_path / ".git").mkdir()
    tasks = "".join(
        f"@shared_task(base=Base, queue={queue!r})\ndef task{number}():\n    return {number}\n\n\n"
        for number, queue in enumerate(["mail"] * 4 + ["reports"] * 3)
    )
    head = "from celery import Celery, Task, shared_task\n\napp = Celery('shop')\n\n\nclass Base(Task):\n    abstract = True\n\n\n"
    (tmp_path / "jobs.py").write_text(head + tasks + "@shared_task\ndef bare():\n    return 8\n" + "#\n" * 600)
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "__init__.py").write_text("")
    (tmp_path / "old" / "mail.py").write_text("def send():\n    return 1\n\n\ndef sweep():\n    return 2\n")
    (tmp_path / "old_mail.py").write_text("from old.mail import send, sweep\n\n__all__ = ['send', 'sweep']\n")
    return tmp_path


def test_a_project_is_at_zero_afterwards_and_the_next_violation_shows(project: Path) -> None:
    assert taskguard("check", cwd=project).returncode == 1
    done = taskguard("init", "--yes", cwd=project)
    assert (done.returncode, done.stderr) == (0, "")
    assert at_zero(project)
    codes = [one["code"] for one in json.loads((project / BASELINE).read_text())["entries"]]
    assert codes == ["TG101", "TG201", "TG202"]
    with (project / "new.py").open("w") as file:
        file.write("from celery import shared_task\n\n\n@shared_task(queue='mial')\ndef send():\n    return 1\n")
    again = taskguard("check", "--output-format=concise", cwd=project)
    assert again.returncode == 1
    found = [line.split()[1] for line in again.stdout.splitlines() if line.startswith("new.py:")]
    assert found == ["TG201", "TG204", "TG304"]


def test_the_settings_say_what_nearly_all_tasks_do_and_ask_about_the_rest(project: Path) -> None:
    taskguard("init", "--yes", cwd=project)
    text = (project / "taskguard.toml").read_text()
    assert parse(text) == {
        "packs": ["core"],
        "tasks": {"base": ["jobs.Base"], "require": ["queue"], "allowed": {"queue": ["celery", "mail", "reports"]}},
        "options": {"TG101": {"max-lines": 600}},
    }
    for words in (
        "8 tasks in 4 Python files",
        "jobs.Base 7",
        "mail 4, reports 3",
        "queue 7, soft_time_limit 0",
        " jobs.py",
    ):
        assert words in text
    assert '# [[facades]]\n# module = "old_mail"\n# sources = ["old.mail"]\n' in text


def test_a_queue_that_looks_misspelt_is_pointed_out(project: Path) -> None:
    jobs = project / "jobs.py"
    jobs.write_text(jobs.read_text().replace("queue='reports'", "queue='report'", 1))
    taskguard("init", "--yes", cwd=project)
    assert "nearly the name of another: report." in (project / "taskguard.toml").read_text()


def test_tasks_of_tests_owe_the_house_nothing(project: Path) -> None:
    (project / "tests").mkdir()
    (project / "tests" / "test_jobs.py").write_text(
        "from celery import shared_task\n\n\n@shared_task\ndef fake():\n    return 1\n"
    )
    taskguard("init", "--yes", cwd=project)
    assert "1 more task of tests" in (project / "taskguard.toml").read_text()
    found = json.loads((project / BASELINE).read_text())["entries"]
    assert not [one for one in found if one["path"].startswith("tests/")]


def test_what_is_proposed_and_left_as_a_comment_is_valid_too(project: Path) -> None:
    taskguard("init", "--yes", cwd=project)
    settings = project / "taskguard.toml"
    lines = settings.read_text().splitlines()
    proposals = [
        line.removeprefix("# ") for line in lines if not line.startswith("# ") or " = " in line or "[" in line[:4]
    ]
    settings.write_text("\n".join(proposals) + "\n")
    done = taskguard("settings", cwd=project)
    assert done.returncode == 0, done.stderr
    assert "old_mail" in settings.read_text().replace("#", "")


def test_a_second_time_changes_nothing(project: Path) -> None:
    taskguard("init", "--yes", cwd=project)
    before = files(project)
    done = taskguard("init", "--yes", cwd=project)
    assert done.returncode == 0
    assert done.stdout.count("left as it is") == 3
    assert files(project) == before


def test_nothing_that_is_there_is_overwritten(project: Path) -> None:
    (project / ".taskguard.toml").write_text('levels = { TG101 = "off" }\n')
    (project / HOOKS).write_text("repos:\n- repo: local\n  hooks:\n  - {id: other}\n  - id: taskguard-tasks\n")
    (project / BASELINE).write_text('{"what": "taskguard baseline", "schema": 1, "entries": []}\n')
    before = files(project)
    assert taskguard("init", "--yes", cwd=project).returncode == 0
    assert files(project) == before


def test_a_file_of_the_project_keeps_every_byte_that_it_had(project: Path) -> None:
    pyproject, hooks = project / "pyproject.toml", project / HOOKS
    pyproject.write_bytes(b'[project]\r\nname = "x"  # a comment\r\n\r\n[tool.black]\r\nline-length = 99')
    hooks.write_text("# ours\nrepos:\n  - repo: local # here\n    hooks:\n      - id: x\n\nci:\n  skip: [x]\n")
    pyproject.chmod(0o640)
    old, old_hooks = pyproject.read_bytes(), hooks.read_text()
    assert taskguard("init", "--yes", cwd=project).returncode == 0
    assert pyproject.read_bytes().startswith(old + b"\r\n\r\n[tool.taskguard]\r\n")
    assert b"\n" not in pyproject.read_bytes().replace(b"\r\n", b"")
    assert pyproject.stat().st_mode & 0o777 == 0o640
    assert not (project / "taskguard.toml").exists()
    head, tail = old_hooks.split("\nci:")
    assert hooks.read_text().startswith(head.rstrip("\n")) and hooks.read_text().endswith("\nci:" + tail)
    assert [one["hooks"][0]["id"] for one in yaml.safe_load(hooks.read_text())["repos"]] == ["x", "taskguard"]
    assert at_zero(project)


def test_a_table_that_cannot_be_added_goes_into_a_file_of_its_own(project: Path) -> None:
    (project / "pyproject.toml").write_text("tool = { black = { line-length = 99 } }\n")
    done = taskguard("init", "--yes", cwd=project)
    assert (done.returncode, done.stderr) == (0, "")
    assert (project / "pyproject.toml").read_text() == "tool = { black = { line-length = 99 } }\n"
    assert (project / "taskguard.toml").exists()


def test_hooks_that_cannot_be_read_line_by_line_are_left_to_the_reader(project: Path) -> None:
    (project / HOOKS).write_text("repos: [{repo: local, hooks: [{id: x}]}]\n")
    done = taskguard("init", "--yes", cwd=project)
    assert done.returncode == 0
    assert "add this to it yourself:\n  - repo: local\n" in done.stdout
    assert (project / HOOKS).read_text() == "repos: [{repo: local, hooks: [{id: x}]}]\n"


@pytest.mark.parametrize("there", [True, False], ids=["whole", "broken"])
def test_a_link_is_followed_by_the_reader_and_not_by_us(there: bool, project: Path) -> None:
    (project / "common").mkdir()
    for name in (HOOKS, "pyproject.toml"):
        if there:
            (project / "common" / name).write_text("")
        (project / name).symlink_to(f"common/{name}")
    done = taskguard("init", "--yes", cwd=project)
    assert (done.returncode, done.stderr) == (0, "")
    assert f"{HOOKS} is a link to common/{HOOKS}; add this there yourself:\n  - repo: local\n" in done.stdout
    assert not any(one.read_bytes() for one in (project / "common").iterdir())
    assert (project / "taskguard.toml").exists() and at_zero(project)


def test_without_a_terminal_it_wants_to_be_told(project: Path) -> None:
    before = sorted(project.rglob("*"))
    done = taskguard("init", cwd=project)
    assert (done.returncode, done.stdout) == (2, "")
    assert "--yes" in done.stderr
    shown = taskguard("init", "--dry-run", cwd=project)
    assert shown.returncode == 0
    assert "base = [" in shown.stdout and "id: taskguard" in shown.stdout and BASELINE in shown.stdout
    assert sorted(project.rglob("*")) == before


def test_a_repository_that_nobody_else_reaches_is_named(project: Path) -> None:
    here = taskguard("init", "--dry-run", "--repo", str(project), cwd=project)
    assert "is on this machine only" in here.stdout
    there = taskguard("init", "--dry-run", "--repo=https://example.org/x.git", "--rev=v9", cwd=project)
    assert "is on this machine only" not in there.stdout
    assert "- repo: https://example.org/x.git\n    " in there.stdout and "rev: v9" in there.stdout


@pytest.mark.parametrize("words", [["."], ["--yes", "--dry-run"], ["--rev", "v1"]])
def test_words_that_do_not_go_together(words: list[str], project: Path) -> None:
    assert taskguard("init", *words, cwd=project).returncode == 2


def test_on_a_terminal_each_file_is_asked_about(project: Path) -> None:
    pty = pytest.importorskip("pty", reason="Windows has no pseudo-terminals")
    ours, theirs = pty.openpty()
    run = subprocess.Popen([*COMMAND, "init"], cwd=project, stdin=theirs, stdout=subprocess.PIPE, text=True)
    os.close(theirs)
    os.write(ours, b"\nno\nyes\n")
    said, _ = run.communicate(timeout=120)
    os.close(ours)
    assert run.returncode == 0
    assert said.count("Write it? [Y/n]") == 3
    assert (project / "taskguard.toml").exists() and (project / BASELINE).exists()
    assert not (project / HOOKS).exists()


def test_an_empty_folder_gets_settings_and_no_baseline(tmp_path: Path) -> None:
    done = taskguard("init", "--yes", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "no git repository" in done.stdout and "no baseline is needed" in done.stdout
    assert list(files(tmp_path)) == ["taskguard.toml"]


def test_from_a_folder_below_it_is_the_project_that_is_set_up(project: Path) -> None:
    done = taskguard("init", "--yes", cwd=project / "old")
    assert done.returncode == 0
    assert f"git add ../taskguard.toml ../{HOOKS} ../{BASELINE}" in done.stdout
    assert (project / "taskguard.toml").exists() and not (project / "old" / "taskguard.toml").exists()


def test_the_sample_project_comes_to_zero_under_its_own_settings(journal: Path, tmp_path: Path) -> None:
    shutil.copytree(journal, tmp_path / "journal")
    project = tmp_path / "journal"
    done = taskguard("init", "--yes", cwd=project)
    assert "taskguard.toml has settings of taskguard: left as it is" in done.stdout
    assert at_zero(project)


def test_nothing_in_a_name_breaks_the_settings(tmp_path: Path) -> None:
    name = 'a"]\\n\x1b[31m\x7f\ud800 # ü'
    lines = [f"@shared_task(queue={name!r})\ndef task{number}():\n    return 1\n" for number in range(6)]
    (tmp_path / "jobs.py").write_text("from celery import shared_task\n" + "\n".join(lines))
    (tmp_path / "long\x1b[31m\n.py").write_text("x = 1\n" * 700)
    done = taskguard("init", "--yes", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "\x1b" not in done.stdout
    assert taskguard("settings", cwd=tmp_path).returncode == 0


CONFIGURATIONS = {
    "two blanks": "repos:\n  - repo: local\n    hooks:\n      - id: x\n",
    "no blanks": "repos:\n- repo: local\n  hooks:\n  - id: x\n",
    "the old way of pre-commit": "repos:\n-   repo: local\n    hooks:\n    -   id: x\n        args: [a]\n",
    "four blanks": "repos:\n    - repo: local\n      hooks:\n          - id: x\n    # the end\n",
    "no end of line": "repos:\n- repo: local\n  hooks:\n  - id: x",
    "Windows": "repos:\r\n- repo: local\r\n  hooks:\r\n  - id: x\r\n",
    "keys behind": "repos:\n- repo: local\n  hooks:\n  - id: x\n\n# why\ndefault_stages: [pre-push]\nci: {skip: [x]}\n",
    "keys before": "---\nexclude: |\n  (?x)\n  repos\nrepos: # these\n\n  # first\n  - repo: local\n    hooks:\n      - id: x\n...\n",
    "items apart": "repos:\n  - repo: local\n    hooks:\n      - id: x\n\n  - repo: meta\n    hooks:\n      - id: identity\n",
    "text in an item": "repos:\n- repo: local\n  hooks:\n  - id: x\n    entry: |\n      a:\n      - repo: no\n\n      b\n  # last\nfail_fast: true\n",
}  # fmt: skip
SOURCES = [Source(), Source(requirement="celery-taskguard==0.1.0"), Source("https://example.org/x.git", "v0.1.0")]


@pytest.mark.parametrize("source", SOURCES, ids=["system", "index", "repository"])
@pytest.mark.parametrize("text", CONFIGURATIONS.values(), ids=CONFIGURATIONS)
def test_the_hook_is_the_last_entry_and_everything_else_is_as_it_was(text: str, source: Source) -> None:
    made = inserted(text, source)
    assert made is not None
    before: Any = yaml.safe_load(text)
    after: Any = yaml.safe_load(made)
    assert after["repos"].pop() == yaml.safe_load(fresh(source))["repos"][0]
    assert after == before
    kept = iter(made.splitlines())
    assert all(line in kept for line in text.splitlines()), "the old lines, in their order"
    assert ("\r\n" in made) == ("\r\n" in text)


@pytest.mark.parametrize("text", ["", "repos: []\n", "repos:\n", "repos:\n\t- repo: x\n", "a: 1\n", "repos: &a\n- x\n"])
def test_a_configuration_without_a_plain_list_is_not_touched(text: str) -> None:
    assert inserted(text, SOURCES[0]) is None


@pytest.mark.parametrize("source", SOURCES, ids=["system", "index", "repository"])
def test_pre_commit_accepts_the_configuration(source: Source, tmp_path: Path) -> None:
    (tmp_path / HOOKS).write_text(fresh(source))
    done = subprocess.run(
        [sys.executable, "-m", "pre_commit", "validate-config", HOOKS], cwd=tmp_path, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    "text",
    ["", "\ufeff[project]\nname = 'x'\n", "[tool]\nx = 1\n", "[[tool.x]]\ny = 1", "[tool.taskguardian]\ny = 1\n", "x = '''\n'''"],
)  # fmt: skip
def test_a_table_is_appended_to_any_toml(text: str) -> None:
    made = appended(text, "[tool.taskguard]\npacks = []\n")
    assert made is not None and made.startswith(text)
    assert parse(made.removeprefix("\ufeff"))["tool"]["taskguard"] == {"packs": []}


@pytest.mark.parametrize("text", ["x = ", "tool = 1\n", "tool.x = {}\n", "[tool]\ntaskguard = {}\n"])
def test_a_table_is_appended_nowhere_else(text: str) -> None:
    made = appended(text, "[tool.taskguard]\npacks = []\n")
    assert made is None or parse(made)["tool"] == {"x": {}, "taskguard": {"packs": []}}


def test_an_answer_that_is_none_is_asked_again(tmp_path: Path) -> None:
    pty = pytest.importorskip("pty", reason="a terminal is wanted, which Windows has not")
    ours, theirs = pty.openpty()
    run = subprocess.Popen([*COMMAND, "init"], cwd=tmp_path, stdin=theirs, stdout=subprocess.PIPE, text=True)
    os.close(theirs)
    os.write(ours, b"maybe\nno\n")
    said = run.communicate(timeout=60)[0]
    os.close(ours)
    assert (said.count("Write it? [Y/n]"), said.count("Please answer yes or no.")) == (2, 1)
    assert list(tmp_path.iterdir()) == []


def test_the_end_of_input_is_no_yes(tmp_path: Path) -> None:
    pty = pytest.importorskip("pty", reason="a terminal is wanted, which Windows has not")
    ours, theirs = pty.openpty()
    run = subprocess.Popen([*COMMAND, "init"], cwd=tmp_path, stdin=theirs, stdout=subprocess.PIPE, text=True)
    os.close(theirs)
    os.write(ours, b"\x04")
    run.communicate(timeout=60)
    os.close(ours)
    assert list(tmp_path.iterdir()) == []


def test_what_is_proposed_is_neither_wrong_nor_doubtful(project: Path) -> None:
    assert taskguard("init", "--yes", cwd=project).returncode == 0
    done = taskguard("settings", "--check", cwd=project)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
