"""`--add-noqa`: what is found today is hidden by comments, each of which is proved to do it."""

from __future__ import annotations

from pathlib import Path

import pytest

from test_cli import LONG, taskguard
from test_options import UNNAMED, codes
from warm import flake8

BOUND = "from celery import shared_task\n\n\n@shared_task(bind=True, max_retry=3)\ndef call():\n    pass\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / ".git").mkdir()
    (tmp_path / "taskguard.toml").write_text('levels = {TG302 = "error"}\n')
    return tmp_path


def added(project: Path, name: str, text: str, *words: str) -> str:
    """The text of a file after `--add-noqa`, when nothing is found in it any more."""
    (project / name).write_bytes(text.encode())
    done = taskguard("check", name, *(words or ("--add-noqa",)), cwd=project)
    assert (done.returncode, done.stdout) == (0, ""), done
    assert [found for found in codes(project, name) if found.startswith(name)] == []
    return (project / name).read_bytes().decode()


def test_a_comment_on_the_line(project: Path) -> None:
    assert added(project, "a.py", UNNAMED) == UNNAMED.replace("@shared_task", "@shared_task  # noqa: TG302")


def test_one_comment_for_all_codes_of_a_line(project: Path) -> None:
    text = added(project, "a.py", BOUND)
    assert text == BOUND.replace("max_retry=3)", "max_retry=3)  # noqa: TG206, TG207, TG302")


def test_a_reason(project: Path) -> None:
    assert "@shared_task  # noqa: TG302 until the split\n" in added(
        project, "a.py", UNNAMED, "--add-noqa=until the split"
    )
    assert "@shared_task  # noqa: TG302 - OPS12\n" in added(project, "a.py", UNNAMED, "--add-noqa=OPS12")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("  # sends", "  # sends  # noqa: TG302"),
        ("  # noqa: E501", "  # noqa: E501, TG302"),
        ("  # noqa:E501,W291 long", "  # noqa:E501,W291, TG302 long"),
        ("  # NOQA: e501", "  # NOQA: e501, TG302"),
    ],
)
def test_beside_another_comment(project: Path, before: str, after: str) -> None:
    text = UNNAMED.replace("@shared_task\n", f"@shared_task{before}\n")
    assert added(project, "a.py", text) == text.replace(before, after)


def test_a_file_that_is_too_long(project: Path) -> None:
    text = "#!/usr/bin/env python\n# -*- coding: utf-8 -*-\n" + LONG
    lines = added(project, "a.py", text, "--add-noqa=split in March").splitlines()
    assert lines[:4] == [
        *text.splitlines()[:2],
        "# taskguard: ignore-file[TG101] split in March",
        "from celery import shared_task",
    ]
    assert "ignore-file[TG101] added by --add-noqa\n" in added(project, "a.py", '"""Long\nand longer."""\n' + LONG)


def test_line_ends_and_other_bytes_stay(project: Path) -> None:
    text = "\ufeff" + (UNNAMED + "# ü\x0c\n").replace("\n", "\r\n")
    assert added(project, "a.py", text) == text.replace("@shared_task\r", "@shared_task  # noqa: TG302\r")


def test_what_cannot_be_hidden_is_left_and_said(project: Path) -> None:
    text = UNNAMED.replace("@shared_task", "@shared_task \\\n(bind=True)")
    (project / "a.py").write_text(text)
    assert codes(project) == ["a.py TG206", "a.py TG302"]
    done = taskguard("check", "--add-noqa", cwd=project)
    assert (done.returncode, done.stdout) == (1, "")
    assert "a.py:4: TG206 is not hidden: a.py would not parse" in done.stderr
    assert (project / "a.py").read_text() == text


def test_other_files_are_left_alone(project: Path) -> None:
    for name in ("a.py", "b.py"):
        (project / name).write_text(UNNAMED.replace("send", name[0]))
    done = taskguard("check", "a.py", "--add-noqa", cwd=project)
    assert "hid 1 finding in 1 file: 1 TG302." in done.stderr
    assert codes(project) == ["b.py TG302"]
    assert taskguard("check", "a.py", "-q", "--add-noqa", cwd=project).stderr == ""


def test_only_what_is_selected_is_hidden(project: Path) -> None:
    (project / "a.py").write_text(BOUND)
    taskguard("check", "--add-noqa", "--select=TG206", cwd=project)
    assert codes(project) == ["a.py TG207", "a.py TG302"]


def test_flake8_reads_what_was_added(project: Path) -> None:
    added(project, "a.py", BOUND, "--add-noqa=agreed")
    done = flake8("--select=TG", "a.py", cwd=project)
    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        ("--add-noqa --fix", "--add-noqa goes without --fix"),
        ("--add-noqa --watch", "--add-noqa goes without --watch"),
        ("--add-noqa --ignore-noqa", "--add-noqa goes without --ignore-noqa"),
        ("--add-noqa later", "a reason is written --add-noqa='later'"),
        ("--add-noqa -", "standard input"),
    ],
)
def test_wrong_combinations_are_exit_2(project: Path, words: str, hint: str) -> None:
    (project / "a.py").write_text(UNNAMED)
    done = taskguard("check", *words.split(), cwd=project)
    assert done.returncode == 2 and hint in done.stderr
    assert (project / "a.py").read_text() == UNNAMED
