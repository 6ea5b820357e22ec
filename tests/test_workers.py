"""Several processes say what one says; none is left behind, however a run ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from taskguard.engine import spawn_workers as spawned
from taskguard.engine.extraction import Order, Wanted
from taskguard.engine.gather import chunks, gather
from taskguard.engine.store import facts_of

FUNCTION = """
@shared_task(bind=True, queue="q{number}")
def send_{number}(order, *rest, key=None):
    values = [one + {number} for one in rest if one]
    return {{"order": order, "values": values, "key": key or {number}}}
"""
HEAD = "from celery import shared_task\n"
needs_proc = pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="children are found in /proc")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / ".git").mkdir()
    return tmp_path


def fill(root: Path, files: int, functions: int) -> None:
    text = HEAD + "".join(FUNCTION.format(number=number) for number in range(functions))
    for number in range(files):
        (root / f"tasks_{number}.py").write_text(text)


def command(*words: str) -> list[str]:
    return [sys.executable, "-m", "taskguard", "check", "--no-cache", "--quiet", *words]


def wait_for(holds: Callable[[], object]) -> None:
    """Waits until something holds, which it will; the limit only keeps a failure from hanging."""
    end = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.01)


def children(process: subprocess.Popen[str], count: int) -> list[int]:
    """The processes that a process has started, once there are as many as that."""
    path = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    found: list[int] = []

    def enough() -> bool:
        found[:] = [int(word) for word in path.read_text().split()]
        return len(found) >= count

    wait_for(enough)
    return found


def alive(number: int) -> bool:
    try:
        return Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def processor_time(number: int) -> float:
    """The seconds that a process has kept a processor busy; 0 for one that is gone."""
    try:
        fields = Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def started(root: Path) -> tuple[subprocess.Popen[str], list[int]]:
    pipe = subprocess.PIPE
    process = subprocess.Popen(
        command("--workers", "3"), cwd=root, stdout=pipe, stderr=pipe, text=True, start_new_session=True
    )
    return process, children(process, 2)


def test_the_output_is_the_same_with_any_number_of_workers(project: Path) -> None:
    fill(project, 12, 3)
    (project / "broken.py").write_text("from celery import shared_task\ndef\n")
    (project / "huge.py").write_text(f"from celery import shared_task\nx = {'9' * 4000}\ny = 0x{'f' * 9000}\n")
    outputs = {
        subprocess.run(command("--workers", number), cwd=project, capture_output=True, text=True, check=False).stdout
        for number in ("1", "2", "5")
    }
    assert len(outputs) == 1
    assert "TG206" in outputs.pop()


def test_a_tree_large_enough_to_be_judged_in_two_processes_gives_the_same_output(project: Path) -> None:
    for number in range(40):
        text = HEAD + FUNCTION.format(number=number) + "#" * 79 + ("\n#" + "." * 78) * 1_000
        (project / f"tasks_{number}.py").write_text(text)
    beat = (
        "{'all': {'task': 'tasks_1.send_all', 'schedule': 60.0}, 'one': {'task': 'tasks_1.send_1', 'schedule': 60.0}}"
    )
    (project / "app.py").write_text(
        f"from celery import Celery\napp = Celery('app')\napp.conf.beat_schedule = {beat}\n"
    )
    outputs = [
        subprocess.run(command("--workers", number), cwd=project, capture_output=True, text=True, check=False).stdout
        for number in ("1", "2")
    ]
    assert outputs[0] == outputs[1]
    assert "TG303" in outputs[0] and "TG304" in outputs[0] and "TG206" in outputs[0]


def test_where_a_platform_cannot_fork_new_processes_say_the_same(project: Path) -> None:
    fill(project, 6, 3)
    (project / "huge.py").write_text(f"from celery import shared_task\nx = {'9' * 4000}\ny = 0x{'f' * 9000}\n")
    files = tuple(Wanted(path.name, False, path.stat().st_size) for path in sorted(project.glob("*.py")))
    order = Order(str(project), files)
    alone = gather(order, 1)
    several = spawned.parallel(order, list(chunks(order, sum(one.size for one in files), 2)), 2, None)
    assert several.keys() == alone.keys()
    assert {path: facts_of(one) for path, one in several.items()} == {
        path: facts_of(one) for path, one in alone.items()
    }


@needs_proc
def test_a_killed_worker_is_named(project: Path) -> None:
    fill(project, 300, 120)
    process, workers = started(project)
    wait_for(lambda: processor_time(workers[0]) > 0.1)  # it has taken a share by then
    os.kill(workers[0], signal.SIGKILL)
    _, errors = process.communicate(timeout=120)
    assert process.returncode == 2
    assert "a worker process died" in errors and "tasks_" in errors and "--workers 1" in errors
    assert not any(map(alive, workers))


@needs_proc
def test_an_interrupt_ends_all_processes_at_once(project: Path) -> None:
    fill(project, 300, 120)
    process, workers = started(project)
    time.sleep(0.2)
    before = sum(map(processor_time, (process.pid, *workers)))
    os.killpg(process.pid, signal.SIGINT)
    wait_for(lambda: not alive(process.pid))
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    _, errors = process.communicate(timeout=10)
    assert process.returncode == 130
    assert errors == "taskguard: interrupted\n"
    assert not any(map(alive, workers))
    # Time of the processors, not of the clock: a busy machine must not fail this. The work that was left takes far longer.
    assert used.ru_utime + used.ru_stime - before < 1
