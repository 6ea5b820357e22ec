"""The command as its users meet it: words, exit codes, streams."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import warm
from small_projects import write
from taskguard import __version__
from taskguard.cli.main import commands
from terminal import on_terminal

TASK = "from celery import shared_task\n\n\n@shared_task(name='a.send')\ndef send():\n    pass\n"
LONG = TASK + "x = 1\n" * 600
SETTINGS = 'packs = ["core"]\n'


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with one clean file and one that is too long."""
    (tmp_path / "taskguard.toml").write_text(SETTINGS)
    (tmp_path / "good.py").write_text(TASK)
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "bad.py").write_text(LONG.replace("a.send", "app.send"))
    return tmp_path


def taskguard(*args: str, cwd: Path, text: bytes = b"", **environment: str) -> subprocess.CompletedProcess[str]:
    keep = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "FORCE_COLOR")}
    return warm.completed(*args, cwd=cwd, text=text, environment=keep | environment)


def test_findings_are_exit_1(project: Path) -> None:
    done = taskguard("check", cwd=project)
    assert done.returncode == 1
    assert done.stdout.startswith("app/bad.py:1:1: TG101 606 lines")
    assert done.stdout.endswith("Found 1 error in 2 files.\n")
    assert done.stderr == ""


def test_clean_is_exit_0(project: Path) -> None:
    done = taskguard("check", "good.py", cwd=project)
    assert (done.returncode, done.stdout) == (0, "All checks passed! 1 file, 1 task.\n")


def test_warnings_do_not_fail(project: Path) -> None:
    (project / "taskguard.toml").write_text('levels = { TG101 = "warn" }\n')
    done = taskguard("check", "--output-format", "concise", cwd=project)
    assert (done.returncode, "TG101 warning: " in done.stdout) == (0, True)


def test_exit_zero(project: Path) -> None:
    assert taskguard("check", "--exit-zero", cwd=project).returncode == 0


def test_paths_are_those_of_the_working_directory(project: Path) -> None:
    (project / ".git").mkdir()
    done = taskguard("check", "../app", "--output-format=concise", "-q", cwd=project / "app")
    assert done.stdout.startswith("bad.py:1:1:")
    shape = json.loads(taskguard("check", "--output-format=json", cwd=project / "app").stdout)
    assert (shape["root"], shape["diagnostics"][0]["path"]) == ("..", "app/bad.py")


def test_select_and_ignore(project: Path) -> None:
    assert taskguard("check", "--select", "TG2,TG3", cwd=project).returncode == 0
    assert taskguard("check", "--select=TG1", "--select=TG2", cwd=project).returncode == 1
    assert taskguard("check", "--ignore", "TG101, TG3", cwd=project).returncode == 0


def test_standard_input(project: Path) -> None:
    done = taskguard(
        "check", "-", "--stdin-filename", "app/new.py", "--output-format=concise", cwd=project, text=LONG.encode()
    )
    assert (done.returncode, done.stdout.splitlines()[0][:24]) == (1, "app/new.py:1:1: TG101 60")


def test_output_file(project: Path) -> None:
    done = taskguard("check", "--output-format=json", "-o", "out.json", cwd=project)
    assert (done.returncode, done.stdout) == (1, "")
    assert json.loads((project / "out.json").read_text())["summary"]["error"] == 1
    done = taskguard("check", "--output-file", "no/such/folder", cwd=project)
    assert (done.returncode, "cannot write no/such/folder" in done.stderr) == (2, True)


def test_verbose_tells_the_time_of_each_stage_beside_the_output(project: Path) -> None:
    done = taskguard("check", "-v", "--output-format=json", cwd=project)
    assert json.loads(done.stdout)
    assert "discovery" in done.stderr and done.stderr.count(" s\n") > 1


def test_one_worker_and_two_say_the_same(project: Path) -> None:
    for number in range(12):
        (project / f"more{number}.py").write_text(LONG)
    one, two = (taskguard("check", "--workers", number, cwd=project) for number in "12")
    assert (one.returncode, one.stdout) == (two.returncode, two.stdout)
    assert one.stdout.count(": TG101 ") == 13


@pytest.mark.parametrize(
    ("args", "words"),
    [
        ((), "a command is wanted"),
        (("chekc",), "did you mean `check`?"),
        (("app",), "taskguard check app"),
        (("check", "--selct", "TG1"), "did you mean --select?"),
        (("check", "--output-format", "jsn"), "did you mean json?"),
        (("check", "--color=sometimes"), "choose from auto, always, never"),
        (("check", "--select"), "--select wants a value"),
        (("check", "--select", "--ignore", "TG1"), "--select wants a value"),
        (("check", "--exit-zero=yes"), "--exit-zero takes no value"),
        (("check", "--workers", "0"), "--workers wants a number from 1 on"),
        (("check", "--workers", "two"), "--workers wants a number from 1 on"),
        (("check", "-x"), "unknown option -x"),
        (("check", "-", "app"), "goes with no other path"),
        (("check", "--stdin-filename=a.py", "app"), "goes with `-`"),
        (("check", "nowhere.py"), "nowhere.py"),
        (("check", "--select", "TG999"), "TG999"),
        (("check", "--packs", "cor"), "core"),
        (("check", "--config", "nowhere.toml"), "nowhere.toml"),
    ],
)
def test_what_the_user_must_change_is_exit_2(project: Path, args: tuple[str, ...], words: str) -> None:
    done = taskguard(*args, cwd=project)
    assert (done.returncode, done.stdout) == (2, "")
    assert words in done.stderr and "Traceback" not in done.stderr


def test_all_wrong_words_are_told_at_once(project: Path) -> None:
    done = taskguard("check", "--selct=TG1", "--workrs=2", cwd=project)
    assert "--select?" in done.stderr and "--workers?" in done.stderr


def test_after_two_dashes_everything_is_a_path(project: Path) -> None:
    (project / "--help").mkdir()
    (project / "--help" / "a.py").write_text(LONG)
    assert "--help/a.py:1:1:" in taskguard("check", "--", "--help", cwd=project).stdout


def test_help_and_version(project: Path) -> None:
    assert taskguard("--version", cwd=project).stdout == f"taskguard {__version__}\n"
    text = taskguard("--help", cwd=project).stdout
    assert [name for name in commands() if f"\n  {name} " not in text] == []
    text = taskguard("check", "--help", cwd=project).stdout
    assert "--stdin-filename PATH" in text and "full" in text


@pytest.mark.parametrize("command", commands())
def test_every_command_has_help(project: Path, command: str) -> None:
    done = taskguard(command, "--help", cwd=project)
    assert (done.returncode, done.stdout != "", done.stderr) == (0, True, "")


def test_no_files_is_said(project: Path) -> None:
    (project / "empty").mkdir()
    done = taskguard("check", "empty", cwd=project)
    assert (done.returncode, "no Python files" in done.stderr) == (0, True)


@pytest.mark.parametrize(
    ("args", "environment", "coloured"),
    [
        ((), {}, False),
        (("--color=always",), {}, True),
        (("--color", "always"), {"NO_COLOR": "1"}, True),
        ((), {"FORCE_COLOR": "1"}, True),
        ((), {"FORCE_COLOR": "0"}, False),
        ((), {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
        (("--color=never",), {"FORCE_COLOR": "1"}, False),
    ],
)
def test_colour(project: Path, args: tuple[str, ...], environment: dict[str, str], coloured: bool) -> None:
    assert ("\x1b[" in taskguard("check", *args, cwd=project, **environment).stdout) == coloured


def test_a_terminal_is_coloured(project: Path) -> None:
    code, said = on_terminal(
        [sys.executable, "-m", "taskguard", "check"], project, {"TERM": "xterm"}, without=("NO_COLOR", "FORCE_COLOR")
    )
    assert (code, "\x1b[1;31mTG101\x1b[0m" in said) == (1, True)


def test_a_reader_that_leaves_changes_nothing(project: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [sys.executable, "-m", "taskguard", "check"], cwd=project, stdout=writing, stderr=subprocess.PIPE, check=False
    )
    os.close(writing)
    assert (done.returncode, done.stderr) == (1, b"")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs a device that is always full")
def test_a_full_disk_is_said(project: Path) -> None:
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "taskguard", "check"], cwd=project, stdout=full, stderr=subprocess.PIPE, check=False
        )
    assert (done.returncode, b"cannot write to standard output" in done.stderr) == (2, True)


def test_interrupted_is_exit_130(project: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "taskguard", "check", "-"], cwd=project, stdin=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        time.sleep(0.5)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate()
    assert (process.returncode, said) == (130, b"taskguard: interrupted\n")


def test_a_stream_that_lacks_characters_gets_escapes(project: Path) -> None:
    (project / "app" / "bad.py").rename(project / "app" / "schön_名.py")
    done = subprocess.run(
        [sys.executable, "-m", "taskguard", "check", "--output-format=concise"], cwd=project, capture_output=True, text=True,
        env=os.environ | {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"},
    )  # fmt: skip
    assert done.returncode == 1
    assert "sch\\xf6n_\\u540d.py:1:1: TG101" in done.stdout


def test_a_bug_of_ours_is_exit_3_and_keeps_what_was_found(project: Path, tmp_path: Path) -> None:
    place = tmp_path / "temporary"
    place.mkdir()
    program = (
        "from taskguard.checkers.tg103_too_many_tasks import TooManyTasks as Rule\n"
        "def broken(self, module): raise ZeroDivisionError('oh')\n"
        "Rule.check = broken\n"
        "from taskguard.cli.main import main\n"
        "raise SystemExit(main(['check', '--select', 'TG101,TG103']))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=project,
        capture_output=True,
        text=True,
        env=os.environ | {"TMPDIR": str(place)},
    )
    assert done.returncode == 3
    assert "app/bad.py:1:1: TG101" in done.stdout
    assert "TG103" in done.stderr and "please report it" in done.stderr and "Traceback" not in done.stderr
    (kept,) = place.iterdir()
    assert "ZeroDivisionError: oh" in kept.read_text() and str(kept) in done.stderr


def test_a_progress_bar_is_drawn_only_when_it_takes_long() -> None:
    from io import StringIO

    from taskguard.cli.progress import Bar

    stream = StringIO()
    bar = Bar(stream)
    bar(1, 10)
    assert stream.getvalue() == ""
    time.sleep(1.1)
    bar(5, 10)
    bar.clear()
    assert stream.getvalue() == f"\r[{'#' * 15}{'.' * 15}] 5/10 files\r\x1b[K"


@pytest.mark.parametrize("name", ["fnmatch.py", "difflib.py", "tzdata/__init__.py"])
def test_python_dash_m_runs_no_module_of_the_checked_folder_in_the_place_of_a_library(
    tmp_path: Path, name: str
) -> None:
    write(
        tmp_path,
        {
            name: "raise SystemExit('this is run')\n",
            "tasks.py": "from celery import Celery\n\napp = Celery(timezone='Russia/Moscow', timezon='')\n",
        },
    )
    told = subprocess.run(
        [sys.executable, "-m", "taskguard", "check", "--no-cache", "--select", "TG311,TG810"],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "Found 1 error and 1 warning in 2 files" in told.stdout and not told.stderr
