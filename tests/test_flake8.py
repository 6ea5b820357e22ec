"""The flake8 plugin, through the real flake8: same codes, lines and messages as the command line."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

import pytest

import warm
from taskguard.engine.cache_folder import cache_path

JOURNAL = Path(__file__).parent.parent / "examples" / "journal"
LINE = re.compile(r"^(?:\./)?(.+?):(\d+):(\d+): (TG\d{3}) (.*)$")


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    """A copy of the sample project, so that tests may change it."""
    shutil.copytree(JOURNAL, tmp_path / "journal")
    return tmp_path / "journal"


def run(folder: Path, *words: str, text: str | None = None) -> list[tuple[str, ...]]:
    command = {"flake8": warm.flake8, "taskguard": warm.completed}[words[0]]
    done = command(*words[1:], cwd=folder, text=text or "")
    assert "Traceback" not in done.stderr, done.stderr
    # The command line marks warnings and what it can fix.
    plain = (line.replace(" warning: ", " ", 1).replace(" [*] ", " ", 1) for line in done.stdout.splitlines())
    found = map(LINE.match, plain)
    return [one.groups() for one in found if one]


def flake8(folder: Path, *words: str, text: str | None = None) -> list[tuple[str, ...]]:
    return run(folder, "flake8", "--isolated", "--select", "TG", "--taskguard-warnings", "always", *words, text=text)


def command_line(folder: Path, *words: str) -> list[tuple[str, ...]]:
    return run(folder, "taskguard", "check", "--output-format", "concise", *words)


def test_the_same_diagnostics_as_the_command_line(journal: Path) -> None:
    found = flake8(journal, ".")
    assert {code for _, _, _, code, _ in found} >= {"TG101", "TG401"}
    assert sorted(found) == sorted(command_line(journal))


def test_the_same_with_several_processes(journal: Path) -> None:
    assert sorted(flake8(journal, "--jobs", "4", ".")) == sorted(flake8(journal, "--jobs", "1", "."))


def test_one_file_is_judged_within_its_project(journal: Path) -> None:
    facade = "background_tasks/journal_wellness_tasks.py"
    assert "TG401" in {code for _, _, _, code, _ in flake8(journal, facade)}


def test_an_answer_for_one_file_is_kept_until_some_file_changes(journal: Path) -> None:
    facade = "background_tasks/journal_wellness_tasks.py"
    for path in journal.rglob("*.py"):
        os.utime(path, (1_600_000_000, 1_600_000_000))
    first = flake8(journal, facade)
    kept = list(Path(str(cache_path(str(journal)))).glob("answer-open*"))
    assert kept and flake8(journal, facade) == first
    source = journal / "background_tasks/journal_wellness/reminders.py"
    source.write_text(source.read_text().replace("def ", "def renamed_", 1))
    assert flake8(journal, facade) != first
    assert flake8(journal, facade) == [one for one in command_line(journal, facade) if one[0] == facade]


def test_unsaved_text_replaces_the_file_of_that_name_only(journal: Path) -> None:
    facade = "background_tasks/journal_wellness_tasks.py"
    unsaved = (
        journal / facade
    ).read_text() + "\nfrom background_tasks.journal_wellness.reminders import pause_reminders\n"
    words = ("--stdin-display-name", facade, "-")
    before = flake8(journal, *words, text=(journal / facade).read_text())
    after = flake8(journal, *words, text=unsaved)
    assert lost(before) - lost(after) == {"pause_reminders"}
    assert lost(after)


def test_unsaved_text_leaves_the_facts_of_the_other_files_for_the_next_time(journal: Path) -> None:
    facade = "background_tasks/journal_wellness_tasks.py"
    words = ("--stdin-display-name", facade, "-")
    first = flake8(journal, *words, text=(journal / facade).read_text() + "\n")
    assert Path(str(cache_path(str(journal))), "facts").exists()
    assert flake8(journal, *words, text=(journal / facade).read_text() + "\n") == first


def lost(found: list[tuple[str, ...]]) -> set[str]:
    """The symbols that TG401 says the facade has lost."""
    return {message.split("`")[1] for *_, code, message in found if code == "TG401"}


def test_noqa_is_flake8s_own(journal: Path) -> None:
    facade = journal / "background_tasks/journal_wellness_tasks.py"
    lines = facade.read_text().splitlines()
    flagged = int(next(line for _, line, _, code, _ in flake8(journal, str(facade)) if code == "TG403"))
    lines[flagged - 1] += "  # noqa: TG403"
    facade.write_text("\n".join(lines) + "\n")
    assert "TG403" not in {code for _, _, _, code, _ in flake8(journal, str(facade))}
    assert "TG403" in {code for _, _, _, code, _ in flake8(journal, "--disable-noqa", str(facade))}


def test_settings_and_packs_come_from_options(journal: Path, tmp_path: Path) -> None:
    settings = tmp_path / "other.toml"
    settings.write_text("[options.TG101]\nmax-lines = 40\n")
    longer = [
        path for path, _, _, code, _ in flake8(journal, "--taskguard-config", str(settings), ".") if code == "TG101"
    ]
    assert len(longer) > len([path for path, _, _, code, _ in flake8(journal, ".") if code == "TG101"])
    assert flake8(journal, "--taskguard-packs", "strict", ".") != flake8(journal, "--taskguard-packs", "core", ".")


def test_a_file_that_does_not_parse_is_flake8s_to_report(journal: Path) -> None:
    (journal / "broken.py").write_text("from celery import shared_task\ndef (:\n")
    assert flake8(journal, "broken.py") == []


def test_a_file_outside_the_project_is_left_alone(journal: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere.py").write_text("from celery import shared_task\n")
    assert flake8(journal, "../elsewhere.py") == []
