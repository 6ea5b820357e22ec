"""What is kept between runs: it may be missing, damaged, foreign or read-only, and nobody sees a difference but in time."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from random import Random
from stat import S_ISDIR

import pytest

from taskguard.engine import run
from taskguard.engine.cache_folder import cache_path
from taskguard.facts.codec import decode, encode
from taskguard.facts.extract import extract
from taskguard.request import Request
from warm import taskguard

OLD = 1_600_000_000
TASKS = """\
from celery import shared_task
from shop.base import Base

@shared_task(base=Base, bind=True)
def send(order):
    return order
"""
BASE = "from celery import Task\n\nclass Base(Task):\n    queue = 'mail'\n"
FILES = {
    "shop/__init__.py": "",
    "shop/tasks.py": TASKS,
    "shop/base.py": BASE,
    "shop/plain.py": "x = 1  # noqa: TG101\n",
}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return written_to(tmp_path / "project")


def written_to(root: Path) -> Path:
    for name, text in FILES.items():
        write(root / name, text)
    (root / ".git").mkdir()
    return root


def write(path: Path, text: str, time: int = OLD) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    os.utime(path, (time, time))


def check(root: Path, *words: str, env: dict[str, str] | None = None) -> str:
    environment = {**os.environ, **(env or {})}
    done = taskguard(root, "check", "--output-format", "concise", *words, environment=environment)
    assert done.code in (0, 1), done.error
    assert not done.error
    return done.out.decode()


def kept(root: Path) -> Path:
    """The folder of the project's cache."""
    return Path(str(cache_path(str(root))))


def facts_file(root: Path) -> Path:
    for path in kept(root).glob("answer-*"):
        path.unlink()
    return kept(root) / "facts"


def test_a_second_run_says_the_same(project: Path) -> None:
    first = check(project)
    assert "TG206" in first
    assert facts_file(project).read_bytes()
    assert check(project) == first == check(project, "--no-cache")
    assert check(project, "shop/tasks.py") == check(project, "shop/tasks.py", "--no-cache")


def test_the_folder_marks_itself(project: Path) -> None:
    check(project)
    folder = kept(project)
    assert (folder / "CACHEDIR.TAG").read_bytes().startswith(b"Signature: 8a477f597d28d172789f06886806bc55")
    assert (folder / ".gitignore").read_text() == "*\n"


def test_no_cache_leaves_no_trace(project: Path) -> None:
    check(project, "--no-cache")
    assert not kept(project).exists()


def test_the_folder_may_lie_elsewhere(project: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "cache"
    first = check(project, env={"TASKGUARD_CACHE_DIR": str(elsewhere)})
    assert not kept(project).exists()
    assert list(elsewhere.glob("*/facts"))
    assert check(project, env={"TASKGUARD_CACHE_DIR": str(elsewhere)}) == first


def test_a_changed_file_is_read_again(project: Path) -> None:
    check(project)
    write(project / "shop/tasks.py", TASKS.replace("send(order)", "send(self, order)"), OLD + 10)
    assert "TG206" not in check(project)


def test_a_file_changed_within_one_tick_is_read_again(project: Path) -> None:
    """The size and the time are what they were, but the file was fresh when it was read: its time proves nothing."""
    path = project / "shop/tasks.py"
    path.write_text(TASKS)
    before = path.stat()
    assert "TG206" in check(project)
    path.write_text(TASKS.replace("(order)", "(self )"))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert path.stat().st_size == before.st_size
    assert "TG206" not in check(project)


def test_a_touched_file_is_known_by_its_bytes(project: Path) -> None:
    first = check(project)
    write(project / "shop/tasks.py", TASKS, OLD + 10)
    assert check(project) == first
    again = facts_file(project).read_bytes()
    assert check(project) == first
    assert facts_file(project).read_bytes() == again


POOL = {
    "shop/tasks.py": (
        TASKS,
        "from celery import shared_task\n\n@shared_task(retry_backoff=True)\ndef send(order):\n    return order\n",
        "from shop.jobs import *\nfrom shop.jobs import send, gone\n",
        "from shop.jobs import send\nfrom shop.base import Base\n",
        "def broken(:\n",
    ),
    "shop/jobs.py": (
        "from celery import shared_task\n\n@shared_task(retry_backoff=3, time_limit=5, soft_time_limit=9)\ndef send():\n    pass\n",
        "from shop.base import Base, shared_job\n\n@shared_job\ndef send(self):\n    pass\n",
    ),
    "shop/base.py": (
        BASE,
        BASE + "    soft_time_limit = 9\n    time_limit = 3\n",
        "from celery import shared_task\n\ndef shared_job(f):\n    return shared_task(bind=True)(f)\n",
    ),
    "shop/plain.py": (
        "x = 1\n",
        "def delay(self):\n    return self.retry_backoff\n",
        "from shop.tasks import send, nothing\n",
        "from . import tasks, jobs\nfrom .jobs import nowhere\n",
    ),
    "shop/config.py": (
        "from celery import Celery\napp = Celery('shop', include=['shop.tasks'])\napp.conf.beat_schedule = {'a': {'task': 'shop.tasks.send', 'schedule': 3}}\n",
        "y = 2  # noqa: TG206\n",
    ),
    "tests/test_shop.py": (
        "from unittest.mock import patch\n\n@patch('shop.tasks.send')\ndef test_send(send):\n    pass\n",
        "from shop.jobs import send\n",
    ),
}  # fmt: skip


@pytest.mark.parametrize("seed", [0, 1, 2, 15, 19, 40])
def test_after_any_edits_a_run_says_what_it_would_say_without_a_cache(
    project: Path, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "taskguard.discovery.listing.RACY_NS", 0
    )  # folders are believed at once: their times cannot be set
    draw = Random(seed)
    (project / ".taskguard.toml").write_text('packs = ["strict"]\n')
    for step in range(12):
        for path in draw.sample([*POOL], draw.randint(1, 2)):
            if draw.random() < 0.2:
                (project / path).unlink(missing_ok=True)
            else:
                write(project / path, draw.choice(POOL[path]), OLD + step)
        paths = tuple(draw.choice([(".",), (".",), ("shop/tasks.py",), ("shop/base.py", "shop/plain.py")]))
        paths = tuple(path for path in paths if (project / path).exists()) or (".",)
        alone = draw.random() < 0.2
        said = [
            run(Request(paths, str(project), cache=cache, no_project=alone)).report for cache in (True, False, True)
        ]
        assert said[0] == said[1] == said[2]


def test_folders_that_do_not_tell_of_changes_are_listed_each_time(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on a file system that gives all folders the same time."""
    run(Request((".",), str(project)))
    ask, same = os.stat, os.stat(project)

    def stat(path: str, **how: bool) -> os.stat_result:
        status = ask(path, **how)
        return same if S_ISDIR(status.st_mode) else status

    monkeypatch.setattr("taskguard.discovery.listing.RACY_NS", 0)
    monkeypatch.setattr(os, "stat", stat)
    assert run(Request((".",), str(project))).report.files == 4
    write(project / "shop/more.py", TASKS)
    assert run(Request((".",), str(project))).report.files == 5


def test_a_file_that_is_gone_is_forgotten(project: Path) -> None:
    check(project)
    (project / "shop/tasks.py").unlink()
    assert "tasks.py" not in check(project)
    assert b"shop/tasks.py" not in facts_file(project).read_bytes()


def test_settings_may_add_words_to_the_search(project: Path) -> None:
    write(project / "shop/own.py", "from shop.wrap import job\n\n@job(bind=True)\ndef run(order):\n    return order\n")
    write(
        project / "shop/wrap.py",
        "from celery import shared_task\n\ndef job(**options):\n    return shared_task(**options)\n",
    )
    check(project)
    (project / "taskguard.toml").write_text('tasks.decorators = ["shop.wrap.job"]\n')
    assert check(project) == check(project, "--no-cache")
    (project / "taskguard.toml").unlink()
    assert check(project) == check(project, "--no-cache")


@pytest.mark.parametrize("keep", [0, 1, 40, 80, 200, -1])
def test_a_torn_file_is_no_cache(project: Path, keep: int) -> None:
    first = check(project)
    facts_file(project).write_bytes(facts_file(project).read_bytes()[:keep])
    assert check(project) == first


def test_a_damaged_file_is_no_cache(project: Path) -> None:
    first = check(project)
    data = facts_file(project).read_bytes()
    for at in range(0, len(data), max(len(data) // 5, 1)):
        facts_file(project).write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])
        assert check(project) == first


def test_a_foreign_file_is_no_cache(project: Path) -> None:
    first = check(project)
    head, _, rest = facts_file(project).read_bytes().partition(b"\n")
    facts_file(project).write_bytes(head.replace(b"taskguard", b"something") + b"\n" + rest)
    assert check(project) == first


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
def test_a_pipe_is_no_cache(project: Path) -> None:
    first = check(project)
    path = facts_file(project)
    path.unlink()
    os.mkfifo(path)
    assert check(project) == first


def test_a_folder_that_cannot_be_written_is_no_error(project: Path) -> None:
    kept(project).write_text("in the way\n")
    assert check(project) == check(project, "--no-cache")


def test_parallel_writers(project: Path) -> None:
    expected = check(project, "--no-cache")
    command = [sys.executable, "-m", "taskguard", "check", "--output-format", "concise"]
    running = [subprocess.Popen(command, cwd=project, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    assert [one.communicate()[0] for one in running] == [expected] * 4
    assert check(project) == expected
    assert not list(kept(project).glob("*.[0-9]*"))


STRANGE = [
    "", "[]", "1", "{}", '{"Facts":1}', '{"Facts":[]}', '{"Facts":["x"]}', '{"Nobody":[1]}', '{"Span":[1,2,3,4]}', '{"Record":[]}',
    '{"Facts":[1,true', "[" * 100_000, '{"Facts":[1,true,{"Const":[1,1,1,1,1]}]}', '{"Failure":["a","b",1,2,3,"4"]}',
]  # fmt: skip


@pytest.mark.parametrize("text", STRANGE)
def test_strange_text_is_no_facts(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        decode(text)


def test_each_field_is_held_to_its_type() -> None:
    good = encode(extract(TASKS))
    for word, other in (('"Import":["', '"Import":[1,"'), ('"shared_task"', "7"), ("true", "1"), ('"order"', "null")):
        assert word in good
        bad = good.replace(word, other)
        with pytest.raises(ValueError, match=r"."):
            assert decode(bad) is None


def test_facts_are_what_they_were() -> None:
    for path in sorted(Path(__file__).parents[1].joinpath("taskguard").rglob("*.py")):
        facts = extract(path.read_text(encoding="utf-8"))
        assert repr(decode(encode(facts))) == repr(facts)
    for text in ("x = 1e400\n", 's = "\\ud800"\n', "d = {**a, 1: (2, *b)}\n", 's = "é\\0"\n'):
        assert repr(decode(encode(extract(text)))) == repr(extract(text))


def answer_file(root: Path, kind: str) -> Path:
    return kept(root) / f"answer-{kind}"


def test_the_same_question_is_answered_without_a_rule(project: Path) -> None:
    first, one = check(project), check(project, "shop/tasks.py")
    assert "TG206" in first and "TG206" in one
    (kept(project) / "facts").unlink()
    assert check(project) == first
    assert check(project, "shop/tasks.py") == one
    assert not (kept(project) / "facts").exists()


def test_three_kinds_of_question_stand_side_by_side(project: Path) -> None:
    for words in ((), ("shop/tasks.py",), ("--no-project", "shop/tasks.py")):
        check(project, *words)
    kinds = {path.name.split("-")[1] for path in kept(project).glob("answer-*")}
    assert kinds == {"whole", "part", "alone"}


@pytest.mark.parametrize(
    "words",
    [
        ("--ignore", "TG206"),
        ("--select", "TG101"),
        ("--isolated",),
        ("--no-project", "shop/tasks.py"),
        ("shop/base.py",),
    ],
)
def test_another_question_has_another_answer(project: Path, words: tuple[str, ...]) -> None:
    check(project)
    check(project, "shop/tasks.py")
    assert check(project, *words) == check(project, *words, "--no-cache")


def test_settings_are_part_of_the_question(project: Path) -> None:
    assert "TG206" in check(project)
    (project / "taskguard.toml").write_text('levels = { TG206 = "off" }\n')
    assert "TG206" not in check(project)
    write(project / "shop/taskguard.toml", 'levels = { TG101 = "off" }\n')
    assert check(project) == check(project, "--no-cache")


def test_a_damaged_answer_is_none(project: Path) -> None:
    first = check(project)
    data = answer_file(project, "whole").read_bytes()
    for at in (0, len(data) // 2, len(data) - 1):
        answer_file(project, "whole").write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])
        assert check(project) == first


def test_clean_removes_the_cache_and_nothing_else(project: Path) -> None:
    def clean(**environment: str) -> str:
        command = [sys.executable, "-m", "taskguard", "clean"]
        return subprocess.run(
            command, cwd=project, capture_output=True, text=True, check=True, env={**os.environ, **environment}
        ).stdout

    folder = kept(project)
    assert clean().startswith("no cache")
    check(project)
    (folder / "notes.txt").write_text("mine\n")
    assert clean() == f"{folder} stays: notes.txt in it is not taskguard's, or cannot be removed\n"
    assert [path.name for path in folder.iterdir()] == ["notes.txt"]
    (folder / "notes.txt").unlink()
    folder.rmdir()
    check(project)
    clean()
    assert not folder.exists()
    # A folder that the variable names and that was there before, as CI makes them.
    elsewhere = project / "elsewhere"
    elsewhere.mkdir()
    command = [sys.executable, "-m", "taskguard", "check"]
    subprocess.run(command, cwd=project, capture_output=True, env={**os.environ, "TASKGUARD_CACHE_DIR": str(elsewhere)})
    (made,) = elsewhere.iterdir()
    assert clean(TASKGUARD_CACHE_DIR=str(elsewhere)) == f"removed {made}\n"
    assert not made.exists()


@pytest.mark.skipif(os.name == "nt", reason="a file's time of making is no proof there")
@pytest.mark.parametrize("words", [(), ("shop/tasks.py",), ("--no-project", "shop/tasks.py")])
def test_a_file_that_was_given_back_size_and_time_is_read_again(project: Path, words: tuple[str, ...]) -> None:
    """As `cp -p`, `rsync -t` and archives do it."""
    assert "TG206" in check(project, *words)
    write(project / "shop/tasks.py", TASKS.replace("(order)", "(self )"))
    assert "TG206" not in check(project, *words)
