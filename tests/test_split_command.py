"""`taskguard split` on projects on disk."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from taskguard.cli.main import main

JOURNAL = Path(__file__).parent.parent / "examples" / "journal"


def git(folder: Path, *words: str) -> str:
    command = ["git", "-c", "user.name=x", "-c", "user.email=x@example.com", *words]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True).stdout


@pytest.fixture
def journal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copytree(JOURNAL, tmp_path / "journal", ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.chdir(tmp_path / "journal")
    monkeypatch.setenv("TASKGUARD_CACHE_DIR", str(tmp_path / "cache"))
    git(tmp_path / "journal", "init", "-q")
    git(tmp_path / "journal", "add", "-A")
    git(tmp_path / "journal", "commit", "-qm", "before")
    return tmp_path / "journal"


def test_the_god_file_of_the_journal(journal: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["split", "background_tasks/report_tasks.py"]) == 0, capsys.readouterr().err
    assert (
        '[[facades]]\nmodule = "background_tasks.report_tasks"\nsources = ["background_tasks.report.*"]\n'
        in (journal / "taskguard.toml").read_text()
    )
    lines = {
        path.name: len(path.read_text().splitlines()) for path in (journal / "background_tasks" / "report").glob("*.py")
    }
    assert len(lines) > 2 and max(lines.values()) < 600
    assert len((journal / "background_tasks" / "report_tasks.py").read_text().splitlines()) < 200
    capsys.readouterr()
    assert main(["verify"]) == 0, capsys.readouterr().out
    assert main(["split", "--undo"]) == 0
    assert git(journal, "status", "--short") == ""


def test_a_diff_writes_nothing(journal: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["split", "background_tasks.report_tasks", "--diff"]) == 0
    assert "+++ b/background_tasks/report_tasks.py" in capsys.readouterr().out
    assert git(journal, "status", "--short") == ""


def test_changes_that_are_not_committed_are_not_mixed_with_a_split(
    journal: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with (journal / "background_tasks" / "report_tasks.py").open("a") as file:
        file.write("\n# mine\n")
    assert main(["split", "background_tasks/report_tasks.py"]) == 2
    assert "background_tasks/report_tasks.py has changes that are not committed" in capsys.readouterr().err
    assert main(["split", "background_tasks/report_tasks.py", "--allow-dirty"]) == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["background_tasks/report_task.py"], "did you mean background_tasks/report_tasks.py?"),
        ([], "split wants one module"),
        (["--undo"], "there is no split to take back"),
    ],
)
def test_mistakes_are_named(journal: Path, words: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["split", *words]) == 2
    assert said in capsys.readouterr().err


def test_a_file_that_does_not_parse_is_refused(journal: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (journal / "background_tasks" / "report_tasks.py").write_text("def f(:\n")
    assert main(["split", "background_tasks/report_tasks.py"]) == 2
    assert "background_tasks/report_tasks.py:1: it does not parse" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("wrapper", "said"),
    [
        (
            "def quick(function):\n    return shared_task(function)\n\n\n@quick",
            "`forget_it` is called `background_tasks.report_tasks.forget_it`",
        ),
        ("def quick(**options):\n    return shared_task(queue='reports')\n\n\n@quick()", "TG701"),
    ],
)
def test_a_task_that_would_be_called_otherwise_is_not_moved(
    journal: Path, capsys: pytest.CaptureFixture[str], wrapper: str, said: str
) -> None:
    file = journal / "background_tasks" / "report_tasks.py"
    file.write_text(f"{file.read_text()}\n\n{wrapper}\ndef forget_it():\n    logger.info('forgotten')\n")
    git(journal, "commit", "-qam", "wrapped")
    assert main(["split", "background_tasks/report_tasks.py"]) == 1
    assert said in capsys.readouterr().err
    assert git(journal, "status", "--short") == ""
