"""The god file of `examples/orchard`, split with no editing: its own tests, Celery's registry, `verify` and `check` see nothing of it."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from warm import completed

GOD = "orchard/tasks.py"
# What a worker has: each task with its class, what that inherits from, and its options.
REGISTRY = """
import json, warnings
warnings.simplefilter("ignore")
from orchard.app import app
app.loader.import_default_modules()
asked = ("queue", "max_retries", "soft_time_limit", "time_limit", "rate_limit", "retry_backoff")
told = {
    name: [[getattr(task, one, None) for one in asked], [str(one) for one in getattr(task, "autoretry_for", ())], [one.__name__ for one in type(task).__mro__],
           task.__doc__]
    for name, task in app.tasks.items() if not name.startswith("celery.")
}
print(json.dumps(told, sort_keys=True))
"""


@pytest.fixture
def orchard(repository: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "orchard"
    shutil.copytree(
        repository / "examples" / "orchard", folder, ignore=shutil.ignore_patterns("__pycache__", ".*_cache")
    )
    for words in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "as it was"]):
        done(folder, "git", "-c", "user.name=us", "-c", "user.email=us@example.org", *words)
    return folder


def done(folder: Path, *words: str, code: int = 0) -> str:
    """What a command prints in a folder."""
    ended = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False)
    assert ended.returncode == code, ended.stdout + ended.stderr
    return ended.stdout


def taskguard(folder: Path, *words: str) -> str:
    ended = completed(*words, cwd=folder)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


def told(folder: Path, *words: str) -> list[str]:
    """All lines that a command of taskguard prints, what it says to the user among them."""
    ended = completed(*words, cwd=folder)
    return [line.removeprefix("taskguard: ") for line in (ended.stdout + ended.stderr).splitlines()]


def own_tests(folder: Path) -> str:
    """The last line of the example's own tests."""
    said = done(folder, sys.executable, "-B", "-m", "pytest", "-q", "-p", "no:cacheprovider", "-W", "ignore")
    return said.splitlines()[-1].partition(" in ")[0]


def registry(folder: Path) -> dict[str, object]:
    made: dict[str, object] = json.loads(done(folder, sys.executable, "-B", "-c", REGISTRY))
    return made


def files(folder: Path) -> dict[str, bytes]:
    """The files of a folder, but for git's own."""
    found = (
        path
        for path in folder.rglob("*")
        if path.is_file() and ".git" not in path.parts and "__pycache__" not in path.parts
    )
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


def test_the_example_is_split_and_nothing_sees_it(orchard: Path, repository: Path) -> None:
    before, tasks = files(orchard), registry(orchard)
    assert before[GOD].count(b"\n") > 1200 and len(tasks) > 45
    passed = own_tests(orchard)
    taskguard(orchard, "check")  # what there is to say stands in the baseline
    by_hand = ("--lines", "weighing.py: 96-150, 196-212", "--lines", "cold.py: 140-335")
    said = [*told(orchard, "plan", GOD), *told(orchard, "plan", GOD, *by_hand, "-o", "by-hand.toml")]
    for plan in orchard.glob("*.toml"):
        if plan.name not in before:
            plan.unlink()

    said += told(orchard, "split", GOD)
    for page in ("README.md", "docs/guides/splitting.md"):
        shown = re.findall(
            r"^```text\n(orchard/tasks.*?|lines .*?)^```$", (repository / page).read_text("utf-8"), re.M | re.S
        )
        assert shown
        missing = {line for text in shown for line in text.splitlines()} - {*said, "…", ""}
        assert not missing, f"{page} shows lines that do not come: {sorted(missing)}"
    after = files(orchard)
    assert all(text.count(b"\n") < 200 for path, text in after.items() if path.endswith(".py"))
    assert sorted(path for path in before if before[path] != after[path]) == [
        GOD,
        "taskguard-baseline.json",
        "taskguard.toml",
    ]
    taskguard(orchard, "verify")
    taskguard(orchard, "check")
    assert own_tests(orchard) == passed
    assert registry(orchard) == tasks

    taskguard(orchard, "split", "--undo")
    assert files(orchard) == before


def test_a_plan_and_patches_that_follow(orchard: Path) -> None:
    tasks, passed = registry(orchard), own_tests(orchard)
    said = taskguard(orchard, "plan", GOD)
    assert "the section “Cold store”" in said and "`global _open_accounts`" in said
    plan = (orchard / "taskguard-split.toml").read_text()
    (orchard / "taskguard-split.toml").write_text(plan.replace("tasks_parts/cold.py", "tasks_parts/chambers.py"))
    taskguard(orchard, "split", "taskguard-split.toml", "--retarget-patches")
    assert 'mock.patch("orchard.tasks_parts.weighing.weigh_crate")' in (orchard / "tests" / "test_tasks.py").read_text()
    assert (orchard / "orchard" / "tasks_parts" / "chambers.py").is_file()
    taskguard(orchard, "verify")
    taskguard(orchard, "check")
    assert own_tests(orchard) == passed
    assert registry(orchard) == tasks
