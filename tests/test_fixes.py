"""`--fix`, `--unsafe-fixes` and `--diff` on disk: what they write, what they leave alone, what they say."""

from __future__ import annotations

import json
import os
import stat
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import warm
from taskguard.diagnostics import Diagnostic, Edit, Fix, Report, Span
from taskguard.fixes.difference import Aligned, difference
from taskguard.fixes.rounds import Fixer, State

TASK = "from celery import shared_task\n\n\n@shared_task\ndef send(): ...\n"
NAMED = TASK.replace("@shared_task", '@shared_task(name="tasks.send")')
UNBOUND = "from celery import shared_task\n\n\n@shared_task(name='x')\ndef send(self): ...\n"


def taskguard(
    folder: Path, *words: str, select: str = "TG302", stdin: bytes | None = None
) -> subprocess.CompletedProcess[bytes]:
    said = warm.taskguard(folder, *words, "--select", select, "--no-cache", text=stdin or b"", loaded=warm.WHOLE)
    return subprocess.CompletedProcess(words, said.code, said.out, said.error)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / ".git").mkdir()
    (tmp_path / "tasks.py").write_bytes(TASK.encode())
    return tmp_path


def git(folder: Path, *words: str) -> None:
    name = ("-c", "user.name=a", "-c", "user.email=a@example.org")
    subprocess.run(["git", *name, *words], cwd=folder, check=True, capture_output=True)


def test_fix_writes_and_says_how_many(folder: Path) -> None:
    done = taskguard(folder, "check", "--fix")
    assert (folder / "tasks.py").read_text() == NAMED
    assert done.returncode == 0
    assert done.stdout.decode().splitlines() == [
        "Fixed 1 finding in 1 file: 1 TG302.",
        "All checks passed! 1 file, 1 task.",
    ]
    again = taskguard(folder, "check", "--fix")
    assert b"Fixed" not in again.stdout and (folder / "tasks.py").read_text() == NAMED


def test_what_was_fixed_is_said_beside_output_for_programs(folder: Path) -> None:
    done = taskguard(folder, "check", "--fix", "--output-format=json")
    assert json.loads(done.stdout)["diagnostics"] == []
    assert done.stderr == b"taskguard: fixed 1 finding in 1 file: 1 TG302.\n"


def test_a_check_says_what_could_be_fixed(folder: Path) -> None:
    (folder / "more.py").write_text(UNBOUND)
    done = taskguard(folder, "check", select="TG302,TG206")
    assert done.stdout.decode().splitlines()[-2:] == [
        "Found 2 errors in 2 files.",
        "[*] 1 can be fixed with `--fix`, 1 more with `--fix --unsafe-fixes`.",
    ]
    found = json.loads(taskguard(folder, "check", "--output-format=json", select="TG302,TG206,TG103").stdout)
    assert [one["fixable"] for one in found["diagnostics"]] == ["unsafe", "safe"]
    assert (folder / "tasks.py").read_text() == TASK


def test_unsafe_fixes_are_made_only_if_asked_for(folder: Path) -> None:
    file = folder / "tasks.py"
    file.write_text(UNBOUND)
    done = taskguard(folder, "check", "--fix", select="TG206")
    assert (done.returncode, file.read_text()) == (1, UNBOUND)
    done = taskguard(folder, "check", "--fix", "--unsafe-fixes", select="TG206")
    assert (done.returncode, file.read_text()) == (0, UNBOUND.replace("(name", "(bind=True, name"))
    alone = taskguard(folder, "check", "--unsafe-fixes", select="TG206")
    assert alone.returncode == 2 and b"--fix-only or --diff" in alone.stderr


def test_diff_shows_and_writes_nothing(folder: Path) -> None:
    done = taskguard(folder, "check", "--diff")
    assert done.returncode == 1 and (folder / "tasks.py").read_text() == TASK
    assert done.stderr == b"taskguard: would fix 1 finding in 1 file: 1 TG302.\n"
    git(folder, "init", "-q")
    subprocess.run(["git", "apply"], cwd=folder, input=done.stdout, check=True)
    assert (folder / "tasks.py").read_text() == NAMED
    done = taskguard(folder, "check", "--diff")
    assert (done.returncode, done.stdout) == (0, b"")


def test_diff_of_what_cannot_be_fixed_is_empty(folder: Path) -> None:
    (folder / "tasks.py").write_text(UNBOUND)
    done = taskguard(folder, "check", "--diff", select="TG206")
    assert (done.returncode, done.stdout) == (0, b"")


@pytest.mark.parametrize("last", ["", "\n"])
def test_a_diff_applies_without_a_last_newline(folder: Path, last: str) -> None:
    text = TASK.rstrip() + last
    (folder / "tasks.py").write_text(text)
    git(folder, "init", "-q")
    done = taskguard(folder, "check", "--diff")
    subprocess.run(["git", "apply"], cwd=folder, input=done.stdout, check=True)
    assert (folder / "tasks.py").read_text() == NAMED.rstrip() + last


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (TASK.replace("\n", "\r\n").encode(), NAMED.replace("\n", "\r\n").encode()),
        (TASK.replace("\n", "\r").encode(), NAMED.replace("\n", "\r").encode()),
        (b"\xef\xbb\xbf" + TASK.encode(), b"\xef\xbb\xbf" + NAMED.encode()),
        (
            f"# -*- coding: latin-1 -*-\n# \xe9\n{TASK}".encode("latin-1"),
            f"# -*- coding: latin-1 -*-\n# \xe9\n{NAMED}".encode("latin-1"),
        ),
        (TASK.rstrip().encode(), NAMED.rstrip().encode()),
        (f"x = '\u2028\x0c\U0001f600'\n{TASK}".encode(), f"x = '\u2028\x0c\U0001f600'\n{NAMED}".encode()),
        (TASK.encode() + b"\r\nx = 1\r\n", NAMED.encode() + b"\r\nx = 1\r\n"),
        (
            b"if True:\n\tfrom celery import shared_task\n\t@shared_task(\n\t\tbind=True,\n\t)\n\tdef send(self): ...\n",
            b'if True:\n\tfrom celery import shared_task\n\t@shared_task(\n\t\tname="tasks.send",\n\t\tbind=True,\n\t)\n\tdef send(self): ...\n',
        ),
    ],
    ids=["crlf", "cr", "bom", "latin-1", "no-last-newline", "separators", "mixed", "tabs"],
)
def test_what_is_not_fixed_stays_byte_for_byte(folder: Path, before: bytes, after: bytes) -> None:
    (folder / "tasks.py").write_bytes(before)
    taskguard(folder, "check", "--fix")
    assert (folder / "tasks.py").read_bytes() == after


def test_new_lines_end_as_those_of_the_file(folder: Path) -> None:
    (folder / "tasks.py").unlink()
    (folder / "reports.py").write_text("def one(): ...\n\n\ndef two(): ...\n")
    facade = folder / "old.py"
    facade.write_bytes(
        b'# taskguard: facade\r\nfrom reports import (\r\n    one,\r\n)\r\n__all__ = [\r\n    "one",\r\n]'
    )
    taskguard(folder, "check", "--fix", select="TG401")
    assert facade.read_bytes() == (
        b'# taskguard: facade\r\nfrom reports import (\r\n    one,\r\n    two,\r\n)\r\n__all__ = [\r\n    "one",\r\n    "two",\r\n]'
    )


@pytest.mark.skipif(os.name != "posix", reason="modes and links of POSIX")
def test_mode_and_link_stay(folder: Path) -> None:
    (folder / "real").mkdir()
    real = folder / "real" / "jobs.txt"
    real.write_text(TASK)
    real.chmod(0o751)
    link = folder / "jobs.py"
    link.symlink_to(real)
    taskguard(folder, "check", "--fix", "jobs.py")
    assert link.is_symlink()
    assert real.read_text() == NAMED.replace("tasks.send", "real.jobs.send")
    assert stat.S_IMODE(real.stat().st_mode) == 0o751
    assert sorted(path.name for path in real.parent.iterdir()) == ["jobs.txt"]


@pytest.mark.skipif(os.name != "posix", reason="modes and links of POSIX")
def test_a_read_only_file_is_named_and_nothing_is_written(folder: Path) -> None:
    locked = folder / "locked.py"
    locked.write_text(TASK)
    locked.chmod(0o444)
    done = taskguard(folder, "check", "--fix")
    assert done.returncode == 2
    assert b"locked.py is read-only" in done.stderr and b"nothing was fixed" in done.stderr
    assert locked.read_text() == TASK and (folder / "tasks.py").read_text() == TASK


@pytest.mark.skipif(os.name != "posix", reason="modes and links of POSIX")
def test_a_link_out_of_the_project_is_left_alone(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    outside = tmp_path_factory.mktemp("outside") / "jobs.py"
    outside.write_text(TASK)
    (folder / "tasks.py").unlink()
    (folder / "jobs.py").symlink_to(outside)
    done = taskguard(folder, "check", "--fix", "jobs.py")
    assert done.returncode == 2 and b"link to a file outside" in done.stderr
    assert outside.read_text() == TASK


def test_standard_input_is_handed_back(folder: Path) -> None:
    text = TASK.replace("\n", "\r\n").encode()
    done = taskguard(folder, "check", "--fix", "-", "--stdin-filename=jobs.py", stdin=text)
    assert done.stdout == NAMED.replace("tasks.send", "jobs.send").replace("\n", "\r\n").encode()
    assert b"Fixed 1 finding" in done.stderr
    assert not (folder / "jobs.py").exists() and (folder / "tasks.py").read_text() == TASK
    same = taskguard(folder, "check", "--fix", "-", "--stdin-filename=jobs.py", stdin=b"x = 1\n")
    assert same.stdout == b"x = 1\n"


def test_what_is_suppressed_or_baselined_is_not_fixed(folder: Path) -> None:
    quiet = TASK.replace("@shared_task", "@shared_task  # noqa: TG302")
    (folder / "quiet.py").write_text(quiet)
    (folder / "taskguard.toml").write_text("levels = { TG302 = 'error' }\n")
    assert warm.completed("baseline", cwd=folder).returncode == 0
    done = taskguard(folder, "check", "--fix")
    assert done.returncode == 0
    assert (folder / "quiet.py").read_text() == quiet and (folder / "tasks.py").read_text() == TASK
    taskguard(folder, "check", "--fix", "--no-baseline")
    assert (folder / "tasks.py").read_text() == NAMED


def test_a_fix_that_would_bring_another_finding_is_left_out(folder: Path) -> None:
    (folder / "taskguard.toml").write_text("[options.TG101]\nmax-lines = 7\n")
    text = "from celery import shared_task\n\n@shared_task\ndef a(): ...\n\n@shared_task\ndef b(): ...\n"
    (folder / "base.py").write_text("from celery import Task\n\nclass Base(Task): ...\n")
    (folder / "taskguard.toml").write_text('tasks.base = ["base.Base"]\n[options.TG101]\nmax-lines = 7\n')
    (folder / "tasks.py").write_text(text)
    done = taskguard(folder, "check", "--fix", "--unsafe-fixes", select="TG201,TG101")
    assert done.returncode == 1 and (folder / "tasks.py").read_text() == text
    assert done.stderr.decode().splitlines() == [
        "taskguard: tasks.py:3 and 1 more: TG201 is not fixed: that would bring TG101"
    ]
    assert b"can be fixed" not in done.stdout


def test_one_fix_that_cannot_be_written_stops_no_other(folder: Path) -> None:
    (folder / "reports.py").write_text("def один(): ...\n", "utf-8")
    (folder / "mail.py").write_text("def one(): ...\n\n\ndef two(): ...\n")
    head = "# -*- coding: latin-1 -*-\n# taskguard: facade\n# \xe9\n"
    facade = folder / "old.py"
    facade.write_text(f"{head}import reports\nfrom mail import one\n", "latin-1")
    (folder / "taskguard.toml").write_text('[[facades]]\nmodule = "old"\nsources = ["reports", "mail"]\n')
    done = taskguard(folder, "check", "--fix", select="TG401,TG302")
    assert facade.read_text("latin-1") == f"{head}import reports\nfrom mail import one, two\n"
    assert (folder / "tasks.py").read_text() == NAMED
    assert done.stderr.decode() == "taskguard: old.py:4: TG401 is not fixed: latin-1 has no place for it\n"


def test_verify_gives_moved_tasks_their_names(tmp_path: Path) -> None:
    (tmp_path / "tasks.py").write_text(TASK)
    git(tmp_path, "init", "-q", "-b", "main")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-q", "-m", "first")
    (tmp_path / "tasks.py").write_text("from jobs import send\n")
    (tmp_path / "jobs.py").write_text(TASK)
    done = taskguard(tmp_path, "verify", "--diff", select="TG7")
    assert done.returncode == 1 and b'+@shared_task(name="tasks.send")' in done.stdout
    done = taskguard(tmp_path, "verify", "--fix", select="TG7")
    assert done.returncode == 0 and b"Fixed 1 finding" in done.stdout
    assert (tmp_path / "jobs.py").read_text() == NAMED
    staged = taskguard(tmp_path, "verify", "--fix", "--staged", select="TG7")
    assert staged.returncode == 2 and b"working tree" in staged.stderr


def test_fixes_that_never_hold_are_not_tried_for_ever() -> None:
    """Each needs some tries of its own before it is known; the work is counted in results that are linted."""
    findings = tuple(
        Diagnostic("a.py", line, 0, "TG302", line, 1, "implicit-task-name", "error", f"t{line}", "", "", fix=Fix(
            (Edit("a.py", Span(line, 1, line, 2), "y"),)
        ))
        for line in range(1, 2001)
    )  # fmt: skip
    tries = 0

    def lint(files: Mapping[str, bytes]) -> State:
        nonlocal tries
        tries += 1
        return State(Report(findings), frozenset(), files)

    mended = Fixer(lambda path: b"x\n" * 2000, lint).run(State(Report(findings), frozenset(), {}))
    assert tries < 100
    assert not mended.fixed
    assert len(mended.left) == len(findings)


@given(st.data())
@settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck))
def test_the_diff_of_a_long_file_makes_the_new_one_of_the_old_one(data: st.DataObject) -> None:
    old = [f"{one}\n" for one in data.draw(st.lists(st.sampled_from("abc"), max_size=40))]
    new = list(old)
    for place, text in data.draw(st.lists(st.tuples(st.integers(0, 40), st.sampled_from(["", "b\n", "x\nx\n"])))):
        new[place : place + 1] = text.splitlines(keepends=True)
    made: list[str] = []
    at = 0
    for tag, i, k, j, n in Aligned(None, old, new).get_opcodes():
        assert (i, j) == (at, len(made)) and (tag != "equal" or old[i:k] == new[j:n])
        made += old[i:k] if tag == "equal" else new[j:n]
        at = k
    assert made == new and at == len(old)


def test_the_diff_of_a_long_file_takes_its_lines_once() -> None:
    """Equal places are found near one another: what is looked at is counted."""

    class Seen(list[str]):
        reads = 0

        def __getitem__(self, place):  # type: ignore[no-untyped-def,override]
            Seen.reads += 1
            return list.__getitem__(self, place)

    old = Seen(f"{one}\n" for number in range(4000) for one in ("@task", f"def f{number}(): ..."))
    new = Seen(one.replace("@task", "@task(name='x')") for one in old)
    assert len(Aligned(None, old, new).get_opcodes()) == len(old)
    assert Seen.reads < 20 * len(old)


def test_a_diff_of_a_long_file_is_written_as_of_a_short_one(monkeypatch: pytest.MonkeyPatch) -> None:
    old = "".join(f"line {number}\n" for number in range(60)).encode() + b"last"
    new = old.replace(b"line 7\n", b"").replace(b"line 30\n", b"line 30\nmore\n").replace(b"last", b"least")
    plain = list(difference("a.py", old, new))
    monkeypatch.setattr("taskguard.fixes.difference.LONG", 0)
    assert list(difference("a.py", old, new)) == plain
