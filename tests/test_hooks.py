"""The hooks through the real pre-commit, on a real repository, installed from this checkout."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parent.parent
PARTS = ("taskguard", "rules", "pyproject.toml", "README.md", "LICENSE", ".pre-commit-hooks.yaml")
WHO = {
    "GIT_AUTHOR_NAME": "t", "GIT_AUTHOR_EMAIL": "t@example.org", "GIT_COMMITTER_NAME": "t", "GIT_COMMITTER_EMAIL": "t@example.org",
}  # fmt: skip

SETTINGS = """\
packs = ["core"]

[[facades]]
module = "jobs.wellness_tasks"
sources = ["jobs.wellness.*"]
"""
SOURCE = """\
from celery import shared_task


@shared_task(queue="reports")
def remind():
    return 1
"""
FACADE = """\
from jobs.wellness.reminders import remind

__all__ = ["remind"]
"""
OLD_DEBT = """\
from celery import shared_task


@shared_task(soft_time_limit=9, time_limit=3)
def slow():
    return 1
"""


class Repository:
    """A git repository with the hooks installed."""

    def __init__(self, path: Path, home: Path) -> None:
        self.path = path
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
        self.environment = {**inherited, **WHO, "PRE_COMMIT_HOME": str(home)}

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            words, cwd=self.path, env=self.environment, capture_output=True, text=True, timeout=600, check=False
        )

    def git(self, *words: str) -> str:
        done = self.run("git", *words)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def write(self, **files: str) -> None:
        for name, text in files.items():
            self.put(name, text)

    def put(self, name: str, text: str) -> None:
        file = self.path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def commit(self, message: str = "change") -> tuple[bool, str]:
        """Stages everything and commits through the hooks: whether it passed, and what was said."""
        self.git("add", "-A")
        done = self.run("git", "commit", "-m", message)
        said = done.stdout + done.stderr
        assert "Traceback" not in said, said
        return done.returncode == 0, said


@pytest.fixture(scope="session")
def hooks(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str, Path]:
    """A repository that holds this checkout, its revision, and pre-commit's home, so that the hooks are installed once."""
    place = tmp_path_factory.mktemp("hooks") / "taskguard"
    place.mkdir()
    for part in PARTS:
        source = CHECKOUT / part
        if source.is_dir():
            shutil.copytree(source, place / part, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, place / part)
    repository = Repository(place, place)
    repository.git("init", "-q")
    repository.git("add", "-A")
    repository.git("commit", "-qm", "checkout")
    return place, repository.git("rev-parse", "HEAD").strip(), tmp_path_factory.mktemp("pre-commit-home")


@pytest.fixture
def repository(hooks: tuple[Path, str, Path], tmp_path: Path) -> Repository:
    """A project with a facade, a source behind it and an old sin elsewhere, committed before the hook was installed."""
    place, revision, home = hooks
    made = Repository(tmp_path, home)
    made.git("init", "-q", "-b", "main")
    made.put("taskguard.toml", SETTINGS)
    for package in ("jobs", "jobs/wellness"):
        made.put(f"{package}/__init__.py", "")
    made.put("jobs/wellness/reminders.py", SOURCE)
    made.put("jobs/wellness_tasks.py", FACADE)
    made.put("jobs/old.py", OLD_DEBT)
    lines = ("repos:", f"- repo: {place}", f"  rev: {revision}", "  hooks:", "  - id: taskguard", "")
    made.put(".pre-commit-config.yaml", "\n".join(lines))
    made.git("add", "-A")
    made.git("commit", "-qm", "start")
    done = made.run(sys.executable, "-m", "pre_commit", "install")
    assert done.returncode == 0, done.stderr
    return made


def test_a_bad_commit_fails_and_the_mended_one_passes(repository: Repository) -> None:
    bad = SOURCE.replace('queue="reports"', 'queue="reports", soft_time_limit=9, time_limit=3')
    repository.put("jobs/wellness/reminders.py", bad)
    passed, said = repository.commit()
    assert not passed
    assert "jobs/wellness/reminders.py:4:2: TG205" in said
    repository.put("jobs/wellness/reminders.py", bad.replace("time_limit=3", "time_limit=30"))
    assert repository.commit()[0]


def test_a_commit_that_touches_only_a_source_fails_on_its_facade(repository: Repository) -> None:
    repository.put("jobs/wellness/reminders.py", SOURCE + "\n\ndef helper():\n    return 2\n")
    passed, said = repository.commit()
    assert not passed
    assert "jobs/wellness_tasks.py:1:" in said
    assert "TG401" in said
    assert "helper" in said


def test_a_deleted_source_fails_on_its_facade(repository: Repository) -> None:
    (repository.path / "jobs/wellness/reminders.py").unlink()
    passed, said = repository.commit()
    assert not passed
    assert "TG402" in said


def test_a_renamed_source_fails_on_its_facade(repository: Repository) -> None:
    repository.git("mv", "jobs/wellness/reminders.py", "jobs/wellness/memories.py")
    passed, said = repository.commit()
    assert not passed
    assert "TG402" in said


def test_old_findings_elsewhere_do_not_fail_a_commit(repository: Repository) -> None:
    repository.put("jobs/other.py", "VALUE = 1\n")
    repository.put("notes.txt", "nothing of ours")
    passed, said = repository.commit()
    assert passed, said
    assert "jobs/old.py" not in said


def test_a_commit_without_python_passes(repository: Repository) -> None:
    repository.put("notes.txt", "nothing of ours")
    assert repository.commit()[0]


@pytest.mark.parametrize(
    ("hook", "file", "text", "code"),
    [
        ("taskguard-god-files", "jobs/long.py", "import celery\n" * 601, "TG101"),
        ("taskguard-tasks", "jobs/bad.py", OLD_DEBT, "TG205"),
        ("taskguard-facades", "jobs/wellness/reminders.py", SOURCE + "\n\nLIMIT = 3\n", "TG401"),
    ],
)
def test_each_hook_has_its_own_family(repository: Repository, hook: str, file: str, text: str, code: str) -> None:
    config = repository.path / ".pre-commit-config.yaml"
    config.write_text(config.read_text().replace("id: taskguard\n", f"id: {hook}\n"))
    repository.put(file, text)
    passed, said = repository.commit()
    assert not passed
    assert {word for word in said.split() if word.startswith("TG")} == {code}


@pytest.mark.parametrize(
    ("hook", "level", "file", "text"),
    [
        ("taskguard-god-files", 'TG101 = "off"', "jobs/long.py", "import celery\n" * 601),
        ("taskguard-tasks", 'TG205 = "off"', "jobs/bad.py", OLD_DEBT),
        ("taskguard-facades", 'ALL = "off"', "jobs/wellness/reminders.py", SOURCE + "\n\nLIMIT = 3\n"),
    ],
)
def test_a_hook_of_a_family_turns_no_rule_on(
    repository: Repository, hook: str, level: str, file: str, text: str
) -> None:
    config = repository.path / ".pre-commit-config.yaml"
    config.write_text(config.read_text().replace("id: taskguard\n", f"id: {hook}\n"))
    repository.put("taskguard.toml", f"levels = {{ {level} }}\n{SETTINGS}")
    repository.put(file, text)
    passed, said = repository.commit()
    assert passed, said


def test_a_commit_that_touches_only_what_a_task_rests_on_fails_on_the_task(repository: Repository) -> None:
    repository.put("jobs/limits.py", "SOFT = 5\n")
    task = "from celery import shared_task\nfrom jobs.limits import SOFT\n\n\n@shared_task(soft_time_limit=SOFT, time_limit=9)\ndef f(): ...\n"
    repository.put("jobs/limited.py", task)
    assert repository.commit()[0]
    repository.put("jobs/limits.py", "SOFT = 50\n")
    passed, said = repository.commit()
    assert not passed
    assert "jobs/limited.py:5:2: TG205" in said


def test_the_contract_hook_stops_a_push_of_what_was_committed_and_not_of_what_is_staged(
    repository: Repository, tmp_path_factory: pytest.TempPathFactory
) -> None:
    config = repository.path / ".pre-commit-config.yaml"
    config.write_text(config.read_text().replace("id: taskguard\n", "id: taskguard-verify\n"))
    assert repository.commit("the other hook")[0]
    remote = tmp_path_factory.mktemp("remote")
    repository.git("init", "-q", "--bare", str(remote))
    repository.git("remote", "add", "origin", str(remote))
    repository.git("push", "-q", "origin", "main")
    done = repository.run(sys.executable, "-m", "pre_commit", "install", "--hook-type", "pre-push")
    assert done.returncode == 0, done.stderr
    repository.put("jobs/wellness/reminders.py", SOURCE.replace('queue="reports"', 'queue="report"'))
    repository.git("commit", "-qam", "careless", "--no-verify")
    repository.put("jobs/wellness/reminders.py", SOURCE)
    repository.git("add", "-A")
    done = repository.run("git", "push", "-q", "origin", "main")
    assert done.returncode == 1
    assert "TG702" in done.stdout + done.stderr
    repository.git("commit", "-qm", "mended", "--no-verify")
    repository.put("jobs/wellness/reminders.py", SOURCE.replace('queue="reports"', 'queue="report"'))
    repository.git("add", "-A")
    done = repository.run("git", "push", "-q", "origin", "main")
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_contract_hook_stops_a_careless_split_and_lets_a_careful_one_pass(repository: Repository) -> None:
    config = repository.path / ".pre-commit-config.yaml"
    config.write_text(config.read_text().replace("id: taskguard\n", "id: taskguard-verify\n"))
    assert repository.commit("the other hook")[0]
    repository.git("mv", "jobs/wellness/reminders.py", "jobs/wellness/memories.py")
    repository.put("jobs/wellness_tasks.py", FACADE.replace("reminders", "memories"))
    careless = SOURCE.replace('queue="reports"', 'queue="report"')
    repository.put("jobs/wellness/memories.py", careless)
    passed, said = repository.commit()
    assert not passed
    assert {word for word in said.split() if word.startswith("TG")} >= {"TG701", "TG702"}
    careful = SOURCE.replace('queue="reports"', 'name="jobs.wellness.reminders.remind", queue="reports"')
    repository.put("jobs/wellness/memories.py", careful)
    passed, said = repository.commit()
    assert passed, said


def test_the_readme_entry_is_pinned_by_pre_commit_itself(repository: Repository, hooks: tuple[Path, str, Path]) -> None:
    """As long as no release has a tag: the newest commit is written down, and the hooks run from it."""
    entry = re.search(r"^```yaml\n(- repo:.*?)^```$", (CHECKOUT / "README.md").read_text(), re.MULTILINE | re.DOTALL)
    assert entry is not None
    place, revision, _ = hooks
    text = re.sub(r"https://\S+", str(place), entry[1])
    (repository.path / ".pre-commit-config.yaml").write_text(f"repos:\n{text}")
    done = repository.run(sys.executable, "-m", "pre_commit", "autoupdate", "--bleeding-edge")
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"rev: {revision}" in (repository.path / ".pre-commit-config.yaml").read_text()
    assert repository.commit()[0]
    repository.put("jobs/bad.py", OLD_DEBT)
    passed, said = repository.commit()
    assert not passed
    assert "TG205" in said
