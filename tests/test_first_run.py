"""What a person sees on a terminal who runs `taskguard check` for the first time; and that programs see what they always saw."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import pytest

import terminal
from warm import completed

BROKEN = "from celery import shared_task\n\n\n@shared_task(bind=True)\ndef {name}():\n    pass\n"
MISSPELT = "from celery import shared_task\n\n\n@shared_task(max_retry=3)\ndef {name}():\n    pass\n"
INIT = "`taskguard init`"


def lines(number: int) -> str:
    return "x = 1\n" * number


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Long files everywhere, two mistakes in a file that sorts behind them, and one in its tests."""
    texts = {
        ".git/HEAD": "",
        "a/views.py": lines(700),
        "b/forms.py": lines(650),
        "c/urls.py": lines(900),
        "d/admin.py": lines(601),
        "shop/tests/test_tasks.py": BROKEN.format(name="of_test"),
        "shop/tasks.py": MISSPELT.format(name="remind"),
        "shop/work.py": BROKEN.format(name="send") + lines(640),
    }
    for path, text in texts.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    return tmp_path


def on_terminal(*args: str, cwd: Path, term: str = "xterm") -> tuple[int, str]:
    """Exit code and text of a check whose output is a terminal."""
    return terminal.on_terminal(
        [sys.executable, "-m", "taskguard", "check", *args], cwd, {"TERM": term, "NO_COLOR": "1"}
    )


def piped(*args: str, cwd: Path) -> str:
    return completed("check", *args, cwd=cwd).stdout


def heads(text: str) -> list[tuple[str, str]]:
    """Path and code of each finding that is shown, in order."""
    return re.findall(r"^([\w./]+):\d+:\d+: (TG\d+)", text, re.MULTILINE)


def test_on_a_terminal_what_fails_comes_first_and_sizes_share_the_last_line(project: Path) -> None:
    code, text = on_terminal(cwd=project)
    assert code == 1
    assert heads(text) == [("shop/work.py", "TG206"), ("shop/tests/test_tasks.py", "TG206"), ("shop/tasks.py", "TG207")]
    assert (
        "\nTG101 god-file, 5 times: c/urls.py (900 lines, the limit is 600), a/views.py (700), b/forms.py (650) and 2 more; "
        "`--show-all` lists each\n  = help: split the file by subject" in text
    )
    assert "Explained by: taskguard rule TG206 TG207 TG101\nFound 7 errors and 1 warning in 7 files.\n" in text


def test_errors_and_warnings_of_size_have_a_line_each_and_the_advice_once(project: Path) -> None:
    for name in "xy":
        (project / f"shop/tests/test_{name}.py").write_text(lines(800))
    code, text = on_terminal(cwd=project)
    assert code == 1
    sizes = [line.partition(":")[0] for line in text.splitlines() if line.startswith("TG101")]
    assert sizes == ["TG101 god-file, 5 times", "TG101 warning"]
    assert (
        "TG101 warning: god-file, 2 times: shop/tests/test_x.py (800 lines, the limit is 600), shop/tests/test_y.py (800)\n"
        in text
    )
    assert text.count("= help: split the file") == 1


def test_show_all_lists_each_size_behind_the_rest(project: Path) -> None:
    _, text = on_terminal("--show-all", cwd=project)
    sizes = [(path, "TG101") for path in ("a/views.py", "b/forms.py", "c/urls.py", "d/admin.py", "shop/work.py")]
    assert heads(text)[3:] == sizes
    assert "times" not in text


def test_a_single_size_is_shown_like_any_other_finding(project: Path) -> None:
    (project / "taskguard.toml").write_text("options.TG101.max-lines = 800\n")
    _, text = on_terminal(cwd=project)
    assert heads(text)[-1] == ("c/urls.py", "TG101")
    assert "times" not in text


def test_grouped_on_a_terminal_begins_with_the_file_that_fails(project: Path) -> None:
    _, text = on_terminal("--output-format", "grouped", cwd=project)
    shown = [line.strip() for line in text.splitlines() if line and not line.startswith("Found")]
    assert shown[0] == "shop/work.py" and shown[1].endswith("each run is a TypeError")
    assert [line for line in shown if line.endswith(".py")] == [
        "shop/work.py",
        "shop/tests/test_tasks.py",
        "shop/tasks.py",
    ]
    assert "\n\nTG101 god-file, 5 times: c/urls.py (900 lines, the limit is 600)" in text


def test_a_practice_comes_behind_what_fails_whatever_its_level(project: Path) -> None:
    _, text = on_terminal("--select", "TG207,TG302", cwd=project)
    assert [code for _, code in heads(text)] == ["TG207", "TG302", "TG302", "TG302"]
    assert "TG207 [*] warning: " in text and "TG302 [*] warning: " not in text


@pytest.mark.parametrize("form", ["full", "grouped", "concise"])
def test_what_is_piped_stays_sorted_by_place_and_whole(project: Path, form: str) -> None:
    text = piped("--output-format", form, cwd=project)
    paths = re.findall(r"^([\w/]+\.py)", text, re.MULTILINE)
    assert paths and paths == sorted(paths)
    assert text.count(" lines, the limit is 600") == 5
    assert text == piped("--output-format", form, "--show-all", cwd=project)


def test_programs_get_every_finding_by_place_on_a_terminal_too(project: Path) -> None:
    _, text = on_terminal("--output-format", "json", cwd=project)
    found = json.loads(text)["diagnostics"]
    assert [(one["path"], one["line"]) for one in found] == sorted((one["path"], one["line"]) for one in found)
    assert len(found) == 8
    _, text = on_terminal("--output-format", "concise", cwd=project)
    assert len(heads(text)) == 8 and heads(text) == sorted(heads(text))


def test_an_editor_that_says_it_is_a_dumb_terminal_gets_every_place(project: Path) -> None:
    _, text = on_terminal(cwd=project, term="dumb")
    assert len(heads(text)) == 8 and heads(text)[0][0] == "a/views.py"


# The line that leads on


@pytest.fixture
def many(project: Path) -> Path:
    """Twenty-one findings."""
    tasks = "".join(f"@shared_task(bind=True)\ndef task{number}():\n    pass\n\n\n" for number in range(13))
    (project / "shop/more.py").write_text(f"from celery import shared_task\n\n\n{tasks}")
    return project


@pytest.mark.parametrize("form", ["full", "grouped", "concise"])
def test_without_settings_the_last_line_names_init(many: Path, form: str) -> None:
    assert INIT in piped("--output-format", form, cwd=many).splitlines()[-1]
    assert INIT in on_terminal("--output-format", form, cwd=many)[1].splitlines()[-1]


def test_twenty_findings_can_be_read_without_it(many: Path) -> None:
    (many / "shop/tasks.py").unlink()
    text = piped(cwd=many)
    assert "Found 20 errors" in text and INIT not in text


@pytest.mark.parametrize("words", [["--isolated"], ["--config", "other.toml"], ["--output-format", "json"], ["-q"]])
def test_who_has_chosen_or_wants_no_words_is_not_told(many: Path, words: list[str]) -> None:
    (many / "other.toml").write_text('packs = ["core"]\n')
    assert INIT not in piped(*words, cwd=many)


@pytest.mark.parametrize("path", ["taskguard.toml", "shop/taskguard.toml"])
def test_who_has_settings_is_not_told(many: Path, path: str) -> None:
    (many / path).write_text('packs = ["core"]\n')
    text = piped(cwd=many)
    assert "Found 20 errors and 1 warning" in text and INIT not in text
