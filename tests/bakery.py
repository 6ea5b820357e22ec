"""The bakery of `projects/`, before and after its split, in a git repository, with `taskguard` run in it."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import warm

BAKERY = Path(__file__).parent / "projects" / "bakery"
WHO = {
    "GIT_AUTHOR_NAME": "t", "GIT_AUTHOR_EMAIL": "t@example.org", "GIT_COMMITTER_NAME": "t", "GIT_COMMITTER_EMAIL": "t@example.org",
}  # fmt: skip
CI = ("GITHUB_BASE_REF", "CI_MERGE_REQUEST_TARGET_BRANCH_NAME")
QUEUE = 'queue="oven", priority=5'


class Repository:
    """A git repository with the bakery in it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        clean = {key: value for key, value in os.environ.items() if not key.startswith("GIT_") and key not in CI}
        self.environment = {**clean, **WHO}

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            words, cwd=self.path, env=self.environment, capture_output=True, text=True, timeout=300, check=False
        )

    def git(self, *words: str) -> str:
        done = self.run("git", *words)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout.strip()

    def guard(self, *words: str) -> tuple[int, str]:
        """Exit code and all that was printed."""
        done = warm.completed(*words, cwd=self.path, environment=self.environment)
        assert "Traceback" not in done.stderr, done.stderr
        return done.returncode, done.stdout + done.stderr

    def codes(self, *words: str) -> set[str]:
        """The codes that `verify` reports."""
        code, said = self.guard("verify", "--output-format", "json", *words)
        assert code in (0, 1), said
        return {one["code"] for one in json.loads(said)["diagnostics"]}

    def put(self, state: str) -> None:
        """The files of a state of the bakery, in place of those that are there."""
        if (self.path / ".git").exists():
            self.git("rm", "-rq", "--cached", "--ignore-unmatch", "bakery", "tests")
        for old in sorted(self.path.rglob("*.py")):
            old.unlink()
        for file in sorted((BAKERY / state).rglob("*.py")):
            target = self.path / file.relative_to(BAKERY / state)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(file.read_text())

    def edit(self, path: str, old: str, new: str) -> None:
        file = self.path / path
        assert old in file.read_text()
        file.write_text(file.read_text().replace(old, new, 1))


def committed(path: Path) -> Repository:
    """The bakery before its split, committed."""
    made = Repository(path)
    made.git("init", "-q", "-b", "main")
    (path / "taskguard.toml").write_text((BAKERY / "taskguard.toml").read_text())
    made.put("before")
    made.git("add", "-A")
    made.git("commit", "-qm", "start")
    return made
