"""What flake8 shows of ours: warnings where somebody looks at them, rules that are selected by code, and the same effect as `check`."""

from __future__ import annotations

from pathlib import Path

import pytest

from flake8_door import diagnostics, flake8
from warm import completed

WARNED = "from celery import shared_task\n\n\n@shared_task(max_retry=1)\ndef f():\n    pass\n"
WRONG = WARNED.replace("max_retry=1", "soft_time_limit=9, time_limit=3")
ON_DISK, UNSAVED = ("jobs.py",), ("--stdin-display-name", "jobs.py", "-")
EVERY_WAY = [ON_DISK, (".",), ("--jobs", "2", "jobs.py", "more.py")]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / ".git").mkdir()
    for name in ("jobs.py", "more.py"):
        (tmp_path / name).write_text(WARNED)
    return tmp_path


def said(folder: Path, *words: str, text: str = WARNED, isolated: bool = True) -> tuple[int, list[str]]:
    """flake8's exit code, and `CODE level` of what it says of `jobs.py`."""
    done = flake8(folder, *words, text=text, isolated=isolated)
    assert done.stderr == ""
    return done.returncode, [f"{one.code} {one.level}" for one in diagnostics(done.stdout) if one.path == "jobs.py"]


def check(folder: Path, *words: str) -> int:
    return completed("check", "-q", *words, cwd=folder).returncode


@pytest.mark.parametrize("words", EVERY_WAY)
def test_a_warning_fails_flake8_as_little_as_it_fails_check(project: Path, words: tuple[str, ...]) -> None:
    assert check(project, "jobs.py") == 0
    assert said(project, *words) == (0, [])
    (project / "jobs.py").write_text(WRONG)
    assert check(project, "jobs.py") == 1
    assert said(project, *words) == (1, ["TG205 error"])


def test_an_editor_that_hands_over_text_shows_warnings(project: Path) -> None:
    assert said(project, *UNSAVED) == (1, ["TG207 warn"])
    assert said(project, *UNSAVED, text=WARNED + "\n\nx = 1\n") == (1, ["TG207 warn"])
    assert said(project, *UNSAVED, "--taskguard-warnings=never") == (0, [])


@pytest.mark.parametrize("words", EVERY_WAY)
def test_an_option_shows_them_everywhere(project: Path, words: tuple[str, ...]) -> None:
    assert said(project, *words, "--taskguard-warnings=always") == (1, ["TG207 warn"])
    (project / "setup.cfg").write_text("[flake8]\ntaskguard-warnings = always\n")
    assert said(project, *words, isolated=False) == (1, ["TG207 warn"])


@pytest.mark.parametrize("words", [*EVERY_WAY, UNSAVED])
def test_a_wrong_word_for_it_is_said_in_the_file(project: Path, words: tuple[str, ...]) -> None:
    (project / "setup.cfg").write_text("[flake8]\ntaskguard-warnings = alwys\n")
    done = flake8(project, *words, isolated=False, text=WARNED)
    assert done.returncode == 1
    (found,) = [one for one in diagnostics(done.stdout) if one.path == "jobs.py"]
    assert (found.code, found.message) == (
        "TG005",
        "flake8: --taskguard-warnings: 'alwys' is none of auto, always, never; did you mean `always`?",
    )


@pytest.mark.parametrize("words", [*EVERY_WAY, UNSAVED])
def test_a_selected_code_turns_its_rule_on(project: Path, words: tuple[str, ...]) -> None:
    assert check(project, "--select=TG302", "jobs.py") == 1
    assert said(project, *words, "--select=TG302") == (1, ["TG302 error"])
    assert said(project, *words, "--select=TG30,E") == (1, ["TG302 error"])
    assert "TG302 error" in said(project, *words, "--extend-select=TG302")[1]
    (project / "setup.cfg").write_text("[flake8]\nselect = E,F,TG,TG302\n")
    assert "TG302 error" in said(project, *words, isolated=False)[1]


def test_a_selected_code_counts_against_settings_that_leave_it_out(project: Path) -> None:
    (project / "taskguard.toml").write_text('ignore = ["TG302"]\n')
    for words in (ON_DISK, UNSAVED):
        assert said(project, *words, "--select=TG302") == (1, ["TG302 error"])
        assert "TG302 error" in said(project, *words, "--extend-select=TG302")[1]


@pytest.mark.parametrize("letters", ["TG", "T", "E,F,TG"])
def test_the_letters_alone_turn_nothing_on(project: Path, letters: str) -> None:
    assert said(project, *ON_DISK, f"--select={letters}") == (0, [])
    assert said(project, *UNSAVED, f"--select={letters}") == (1, ["TG207 warn"])


@pytest.mark.parametrize("words", EVERY_WAY)
def test_who_selects_a_code_sees_it_though_it_is_a_warning(project: Path, words: tuple[str, ...]) -> None:
    assert said(project, *words, "--select=TG207") == (1, ["TG207 warn"])
    assert said(project, *words, "--extend-select=TG207") == (1, ["TG207 warn"])
    assert said(project, *words, "--select=TG207", "--taskguard-warnings=never") == (0, [])


@pytest.mark.parametrize("words", [*EVERY_WAY, UNSAVED])
def test_a_selection_of_ours_does_not_hide_that_settings_are_wrong(project: Path, words: tuple[str, ...]) -> None:
    (project / "taskguard.toml").write_text("sorc = []\n")
    assert said(project, *words, "--select=TG302") == (1, ["TG005 error"])
    assert said(project, *words, "--select=E,F,TG2") == (1, ["TG005 error"])
    assert said(project, *words, "--select=TG302", "--extend-ignore=TG005") == (0, [])
    assert said(project, *words, "--select=TG302", "--ignore=TG0") == (0, [])
    assert said(project, *words, "--extend-ignore=TG005") == (0, [])
    assert said(project, *words, "--select=E") == (0, [])


def test_a_code_that_does_not_exist_is_said(project: Path) -> None:
    for option in ("--select", "--extend-select"):
        done = flake8(project, f"{option}=TG99", "jobs.py")
        (found,) = diagnostics(done.stdout)
        assert found.code == "TG005"
        assert found.message.startswith(f"flake8: {option}: unknown code `TG99`")
