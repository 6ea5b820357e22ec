"""flake8 goes on, whatever is wrong: one diagnostic of ours in each file, all other plug-ins as ever, no traceback."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from flake8_door import diagnostics, flake8, install

BAD = "import os\nfrom celery import shared_task\n\n\n@shared_task(bind=True)\ndef f():\n    pass\n"
OTHERS = ["F401"]
WRONG_KEY = '[tool.taskguard]\npacks = ["core"]\nsorc = ["."]\n'
KEPT = re.compile(r"(\S+taskguard-\w+\.txt)")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    (folder / ".git").mkdir(parents=True)
    for name in ("one.py", "two.py"):
        (folder / name).write_text(BAD)
    return folder


def said(folder: Path, *words: str, text: str | None = None, site: Path | None = None) -> dict[str, list[str]]:
    """The messages of TG diagnostics at 1:1 by file; every file has flake8's own finding too, and flake8 ends as with any finding."""
    done = flake8(folder, *words, text=text, site=site)
    found = list(diagnostics(done.stdout))
    assert (done.returncode, done.stderr) == (1, "")
    assert {one.path for one in found if one.code in OTHERS} == {one.path for one in found}
    made: dict[str, list[str]] = {}
    for one in found:
        if one.code.startswith("TG"):
            assert (one.line, one.column) == (1, 1)
            made.setdefault(one.path, []).append(f"{one.code} {one.message}")
    return made


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_wrong_settings_are_said_in_each_file(project: Path, jobs: str) -> None:
    (project / "pyproject.toml").write_text(WRONG_KEY)
    wanted = ["TG005 pyproject.toml:3: tool.taskguard.sorc: unknown key; did you mean `src`?"]
    assert said(project, "--jobs", jobs) == {"one.py": wanted, "two.py": wanted}
    assert said(project, "--jobs", jobs, "two.py") == {"two.py": wanted}


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_wrong_options_of_the_plugin_are_said_in_its_words(project: Path, jobs: str) -> None:
    found = said(project, "--jobs", jobs, "--taskguard-config", "nope.toml")
    assert found["one.py"] == found["two.py"] == ["TG005 nope.toml: cannot be read: No such file or directory"]
    found = said(project, "--jobs", jobs, "--taskguard-packs", "core,strct")
    assert found["one.py"] == [
        "TG005 flake8: --taskguard-packs: unknown pack `strct`; did you mean `strict`?",
    ]


def test_unsaved_text_shows_it_too(project: Path) -> None:
    (project / "pyproject.toml").write_text(WRONG_KEY)
    assert "did you mean `src`?" in said(project, "--stdin-display-name", "two.py", "-", text=BAD)["two.py"][0]


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_bug_of_ours_is_one_diagnostic_that_says_where_the_report_is(
    project: Path, tmp_path: Path, jobs: str
) -> None:
    # A package that breaks the engine as it is loaded stands for a bug in the engine.
    install(tmp_path, "acme", (
        "from taskguard.engine.linter import Linter\n"
        "from taskguard.rule import FileRule\n\n\n"
        "class Quiet(FileRule, code='AC101'):\n    pass\n\n\n"
        "Linter._suppress = lambda self: {}['an index\\nthat is not there']\n"
    ))  # fmt: skip
    (project / "taskguard.toml").write_text('checkers = ["acme"]\n')
    for words in (("--jobs", jobs), ("one.py",), ("--stdin-display-name", "one.py", "-")):
        once, again = (said(project, *words, text=BAD + "\n", site=tmp_path) for _ in range(2))
        assert once == again, "the same crash is kept in the same file"
        for message in once.values():
            assert message[0].startswith(
                "TG006 taskguard crashed: KeyError: 'an index\\nthat is not there'; please report"
            )
            (kept,) = KEPT.findall(message[0])
            assert "Traceback" in Path(kept).read_text()
        Path(kept).unlink()


def test_settings_that_are_mended_are_believed(project: Path) -> None:
    (project / "pyproject.toml").write_text(WRONG_KEY)
    said(project)
    (project / "pyproject.toml").write_text(WRONG_KEY.replace("sorc", "src"))
    assert {one.code for one in diagnostics(flake8(project).stdout)} == {"F401", "TG206"}
