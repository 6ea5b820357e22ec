"""The baseline as a team lives with it: write it, see only what is new, and take out what is mended."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from warm import completed as taskguard
from warm import flake8

FILE = "taskguard-baseline.json"
BAD = "@shared_task(name='{name}', soft_time_limit=20, time_limit=10)\ndef {name}(): ...\n"
HEAD = "from celery import shared_task\n\n\n"


def check(cwd: Path, *args: str) -> tuple[int, list[str], str]:
    done = taskguard("check", "--output-format=concise", *args, cwd=cwd)
    return done.returncode, done.stdout.splitlines(), done.stderr


def entries(project: Path) -> list[dict[str, object]]:
    return list(json.loads((project / FILE).read_text())["entries"])


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with three findings, all of them in its baseline."""
    (tmp_path / "taskguard.toml").write_text("[options.TG101]\nmax-lines = 20\n")
    (tmp_path / "long.py").write_text("x = 1\n" * 30)
    (tmp_path / "jobs.py").write_text(HEAD + BAD.format(name="send") + "\n\n" + BAD.format(name="sweep"))
    assert taskguard("baseline", cwd=tmp_path).stdout == f"{FILE}: 3 entries\n"
    return tmp_path


def test_what_is_in_the_baseline_is_hidden_and_counted(project: Path) -> None:
    assert check(project) == (0, ["All checks passed! 2 files, 2 tasks (3 baselined)."], "")


def test_no_baseline_shows_everything(project: Path) -> None:
    code, lines, _ = check(project, "--no-baseline")
    assert (code, lines[-1]) == (1, "Found 3 errors in 2 files.")


def test_json_counts_what_is_hidden(project: Path) -> None:
    summary = json.loads(taskguard("check", "--output-format=json", cwd=project).stdout)["summary"]
    assert (summary["error"], summary["baselined"]) == (0, 3)


def test_moved_lines_change_nothing(project: Path) -> None:
    jobs = project / "jobs.py"
    first, second = jobs.read_text().removeprefix(HEAD).split("\n\n\n")
    jobs.write_text(HEAD + "# A word.\n" * 3 + second + "\n\n" + first)
    assert check(project)[0] == 0


def test_a_new_finding_does_not_hide_behind_an_old_one_of_its_kind(project: Path) -> None:
    with (project / "jobs.py").open("a") as file:
        file.write("\n\n" + BAD.format(name="third"))
    code, lines, _ = check(project)
    assert code == 1
    assert [line.split()[0] for line in lines[:-1]] == ["jobs.py:12:2:"]


def test_more_of_the_same_than_agreed_to_shows_all_of_it(project: Path) -> None:
    with (project / "jobs.py").open("a") as file:
        file.write("\n\n" + BAD.format(name="send"))
    code, lines, _ = check(project, "--select=TG205")
    assert code == 1
    assert [line.split(":")[1] for line in lines[:-1]] == ["4", "12"]


def test_a_god_file_may_shrink_and_never_grow(project: Path) -> None:
    (project / "long.py").write_text("x = 1\n" * 31)
    code, lines, error = check(project)
    assert (code, error) == (1, "")
    assert lines[0] == "long.py:1:1: TG102 31 lines, 1 more than the 30 of the baseline"
    (project / "long.py").write_text("x = 1\n" * 25)
    assert check(project)[0] == 0


def test_a_shrunk_god_file_may_not_grow_back_once_the_baseline_is_pruned(project: Path) -> None:
    (project / "long.py").write_text("x = 1\n" * 25)
    assert check(project)[2] == "taskguard: baseline entries: 1 can be lower (`taskguard check --prune-baseline`)\n"
    assert check(project, "--prune-baseline")[2] == "taskguard: baseline entries: 1 lower\n"
    assert check(project)[::2] == (0, "")
    (project / "long.py").write_text("x = 1\n" * 26)
    assert "TG102 26 lines, 1 more than the 25" in check(project)[1][0]


def test_what_is_mended_can_go(project: Path) -> None:
    (project / "long.py").unlink()
    (project / "jobs.py").write_text(HEAD + BAD.format(name="send"))
    before = (project / FILE).read_bytes()
    assert check(project)[2] == "taskguard: baseline entries: 2 can go (`taskguard check --prune-baseline`)\n"
    assert (project / FILE).read_bytes() == before
    assert check(project, "--prune-baseline")[2] == "taskguard: baseline entries: 2 gone\n"
    assert [(one["path"], one["symbol"]) for one in entries(project)] == [("jobs.py", "jobs.send")]
    (project / "jobs.py").write_text(HEAD + BAD.format(name="send") + "\n\n" + BAD.format(name="sweep"))
    assert check(project)[0] == 1


@pytest.mark.parametrize(
    "args", [("long.py",), ("--select=TG3",), ("--ignore=TG1,TG2",), ("--select=TG1", "long.py")], ids=" ".join
)
def test_a_run_that_did_not_look_takes_nothing_out(project: Path, args: tuple[str, ...]) -> None:
    (project / "jobs.py").write_text("x = 1\n")
    before = (project / FILE).read_bytes()
    check(project, "--prune-baseline", *args)
    assert (project / FILE).read_bytes() == before


def test_a_file_that_does_not_parse_takes_nothing_out(project: Path) -> None:
    (project / "jobs.py").write_text(HEAD + "def send(:\n")
    before = (project / FILE).read_bytes()
    assert check(project, "--prune-baseline")[0] == 1
    assert (project / FILE).read_bytes() == before


def test_writing_it_again_takes_nothing_new_in_unless_asked(project: Path) -> None:
    (project / "more.py").write_text("y = 2\n" * 22)
    (project / "long.py").write_text("x = 1\n" * 40)
    done = taskguard("baseline", cwd=project)
    assert done.returncode == 2
    assert done.stderr.splitlines() == [
        "taskguard: error: 2 findings are new since the baseline was written: mend them, or take them in: `taskguard baseline --add`",
        "taskguard: error: long.py:1: TG101 long",
        "taskguard: error: more.py:1: TG101 more",
    ]
    assert taskguard("baseline", "--add", cwd=project).stdout == f"{FILE}: 4 entries, 1 more than before\n"
    assert check(project)[0] == 0


def test_writing_it_again_takes_out_what_is_mended(project: Path) -> None:
    (project / "long.py").unlink()
    assert taskguard("baseline", cwd=project).stdout == f"{FILE}: 2 entries, 1 fewer than before\n"


def test_it_is_that_of_the_root_wherever_one_stands(project: Path) -> None:
    (project / ".git").mkdir()
    (project / "app").mkdir()
    (project / "app" / "x.py").write_text("x = 1\n")
    assert check(project / "app", "..")[0] == 0
    assert taskguard("baseline", cwd=project / "app").stdout == f"../{FILE}: 3 entries\n"
    assert not (project / "app" / FILE).exists()


def test_a_kept_answer_knows_the_baseline_that_it_was_given_under(tmp_path: Path) -> None:
    """Old files, so that answers are kept, and a `.git`, so that the cache is."""
    (tmp_path / ".git").mkdir()
    jobs, past = tmp_path / "jobs.py", (1_600_000_000, 1_600_000_000)
    jobs.write_text(HEAD + BAD.format(name="send"))
    os.utime(jobs, past)
    assert taskguard("baseline", cwd=tmp_path).returncode == 0
    os.utime(tmp_path / FILE, past)
    for _ in "12":
        assert check(tmp_path)[0] == 0
        assert check(tmp_path, "--no-baseline")[0] == 1
    (tmp_path / FILE).unlink()
    assert [check(tmp_path)[0] for _ in "12"] == [1, 1]
    assert taskguard("baseline", cwd=tmp_path).returncode == 0
    jobs.write_text(HEAD)
    os.utime(jobs, past)
    os.utime(tmp_path / FILE, past)
    assert ["1 can go" in check(tmp_path)[2] for _ in "123"] == [True] * 3
    assert "1 gone" in check(tmp_path, "--prune-baseline")[2]


def test_the_file_is_sorted_with_an_entry_a_line_and_the_same_bytes_each_time(project: Path) -> None:
    text = (project / FILE).read_text()
    rows = entries(project)
    assert rows == sorted(rows, key=lambda one: (one["path"], one["code"], one["symbol"]))
    assert sum('"code"' in line for line in text.splitlines()) == len(rows)
    taskguard("baseline", cwd=project)
    assert (project / FILE).read_text() == text


def test_flake8_hides_the_same(project: Path) -> None:
    done = flake8("--isolated", "--select=TG", "jobs.py", cwd=project)
    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "is damaged"),
        ("[]", "is no baseline"),
        ('{"what": "taskguard baseline", "schema": 9}', "has schema 9 and this version reads 1"),
        ('{"what": "taskguard baseline", "schema": 1, "entries": [{"path": 1}]}', "entry 1 is none"),
        ("<<<<<<< HEAD\n{}\n", "merge conflict"),
    ],
)
def test_a_damaged_baseline_is_the_users_to_mend(project: Path, text: str, said: str) -> None:
    (project / FILE).write_text(text)
    code, lines, error = check(project)
    assert (code, lines) == (2, [])
    assert said in error


def test_words_that_do_not_go_together(project: Path) -> None:
    assert check(project, "--no-baseline", "--prune-baseline")[0] == 2
    assert taskguard("baseline", "jobs.py", cwd=project).returncode == 2
