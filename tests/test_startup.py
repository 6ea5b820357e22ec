"""What a check loads when nothing has changed since the last one: neither a parser nor a rule."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks import startup

IDLE = {
    "ast", "enum", "hashlib", "json", "msgspec", "re", "tokenize", "tomli", "tomllib", "typing", "dataclasses", "multiprocessing",
    "taskguard.engine.linter", "taskguard.project.python.project", "taskguard.rule", "taskguard.selection", "taskguard.facts.extract",
}  # fmt: skip


@pytest.mark.parametrize("words", [["tasks.py"], ["."], ["--no-project", "tasks.py"]])
def test_an_unchanged_project_is_not_looked_into(tmp_path: Path, words: list[str]) -> None:
    (tmp_path / ".git").mkdir()
    file = tmp_path / "tasks.py"
    file.write_text("from celery import shared_task\n\n\n@shared_task(bind=True)\ndef send():\n    pass\n")
    os.utime(file, (1_600_000_000, 1_600_000_000))
    code = f"import sys; from taskguard.cli.main import main; main({['check', *words]!r}); print(' '.join(sys.modules))"
    runs = [
        subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
        for _ in "12"
    ]
    first, second = (run.stdout.splitlines() for run in runs)
    assert first[:-1] == second[:-1] and "TG206" in first[0]
    bare = subprocess.run(
        [sys.executable, "-c", "import sys; print(' '.join(sys.modules))"], capture_output=True, text=True, check=True
    )
    assert not IDLE & (set(second[-1].split()) - set(bare.stdout.split()))


def test_nothing_is_loaded_that_was_not_agreed_to(tmp_path: Path) -> None:
    project = startup.Project(tmp_path)
    now = {scenario: project.modules(scenario) for scenario in startup.SCENARIOS}
    assert "taskguard.engine.result_cache" in now["unchanged"] and "ast" in now["edited"]
    assert not [*startup.new_imports(now, json.loads(startup.FILE.read_text("utf-8"))["imports"])], startup.UPDATE


def test_what_has_grown_is_named() -> None:
    agreed = {"pass": 40.0, **dict.fromkeys(startup.SCENARIOS, 100.0)}
    slower_host = {name: count * 1.5 for name, count in agreed.items()}
    assert not [*startup.grown(agreed, agreed)] and not [*startup.grown(slower_host, agreed)]
    (said,) = startup.grown({**agreed, "edited": 130.0}, agreed)
    assert said.startswith("edited: 3.25 times")
    assert [*startup.new_imports({"edited": ["re", "typing"]}, {"edited": ["re"]})] == ["edited: now loads typing"]
