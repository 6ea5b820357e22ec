"""The README shows what really happens."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from harness import settings_from


@pytest.fixture(scope="module")
def readme(repository: Path) -> str:
    return (repository / "README.md").read_text("utf-8")


def block(readme: str, language: str, holding: str = "") -> str:
    blocks = re.findall(rf"^```{language}\n(.*?)^```$", readme, re.MULTILINE | re.DOTALL)
    return next(one for one in blocks if holding in one)


def test_it_reads_in_three_minutes(readme: str) -> None:
    prose = re.sub(r"^```.*?^```$", "", readme, flags=re.MULTILINE | re.DOTALL)
    assert len(prose.split()) <= 750, "the rest belongs into docs/"


def test_the_output_is_that_of_the_command(readme: str, repository: Path) -> None:
    command = [sys.executable, "-m", "taskguard", "check", "examples/journal"]
    done = subprocess.run(command, cwd=repository, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stderr
    missing = set(block(readme, "text").splitlines()) - set(done.stdout.splitlines())
    assert not missing, f"README.md shows lines that do not come; the output is:\n{done.stdout}"


def test_the_settings_are_valid(readme: str) -> None:
    lines = block(readme, "toml", "[tool.taskguard]").replace("[tool.taskguard]\n", "").replace("[tool.taskguard.", "[")
    settings = settings_from(lines)
    assert settings.house.base == ("apps.core.tasks.base.BaseTask",)
    assert settings.facades[0].module == "background_tasks.journal_wellness_tasks"


def test_the_hooks_exist(readme: str, repository: Path) -> None:
    hooks = (repository / ".pre-commit-hooks.yaml").read_text("utf-8")
    named = set(re.findall(r"\btaskguard-[a-z-]+", block(readme, "yaml")))
    assert named == set(re.findall(r"^- id: (taskguard-[a-z-]+)$", hooks, re.MULTILINE))
