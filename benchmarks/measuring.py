"""Runs commands in turn, and takes the time, the CPU time and the memory of each with all the processes that it starts."""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from math import inf
from pathlib import Path
from statistics import median
from typing import NamedTuple

# Between two looks at the memory, short at first and longer later. A look takes up to some milliseconds of the kernel's time,
# so timed runs have none.
PAUSES = (0.002, 0.02)
HAS_PSS = Path("/proc/self/smaps_rollup").exists()
SHOWN = 200


class Failed(Exception):
    """A command that ended otherwise than it should."""


class Command(NamedTuple):
    """What one tool is asked for. `before` runs ahead of each run, unmeasured. `codes` are the exit codes of a run that went well.

    What takes longer than `patience` seconds is not run again.
    """

    tool: str
    words: Sequence[str]
    folder: Path
    environment: Mapping[str, str]
    before: Callable[[], None] | None = None
    codes: tuple[int, ...] = (0,)
    patience: float = inf


class Figures(NamedTuple):
    """What a command took: medians of seconds, the peak of its memory in bytes, and the number of timed runs."""

    wall: float
    cpu: float
    memory: int | None
    runs: int


class Cell(NamedTuple):
    """What one tool took for one kind of work; `note` says why there are no figures."""

    tool: str
    figures: Figures | None
    note: str = ""


def in_turn(commands: Sequence[Command], repeat: int, told: Callable[[str], None]) -> list[Cell]:
    """What all commands took, each run once to see its memory and then `repeat` times, one after the other.

    Where there is no patience for another run, the one with the looks at the memory has to do.
    """
    first: dict[str, Figures] = {}
    failed: dict[str, str] = {}
    timed: dict[str, list[Figures]] = {one.tool: [] for one in commands}
    for turn in range(repeat + 1):
        for one in commands:
            if one.tool in failed or (turn and first[one.tool].wall > one.patience):
                continue
            told(f"{one.tool}, {turn} of {repeat}")
            try:
                figures = run(one, sampled=not turn)
            except Failed as error:
                failed[one.tool] = str(error)
                continue
            if turn:
                timed[one.tool].append(figures)
            else:
                first[one.tool] = figures
    return [
        Cell(one.tool, None, failed[one.tool])
        if one.tool in failed
        else Cell(one.tool, summed(first[one.tool], timed[one.tool] or [first[one.tool]]))
        for one in commands
    ]


def summed(first: Figures, runs: Sequence[Figures]) -> Figures:
    """The medians of `runs`, with the memory of `first`."""
    return Figures(median(one.wall for one in runs), median(one.cpu for one in runs), first.memory, len(runs))


def run(command: Command, *, sampled: bool = False) -> Figures:
    """One run. Raises Failed where it ends with another exit code than it may."""
    if command.before is not None:
        command.before()
    with tempfile.TemporaryFile() as errors:
        start = time.perf_counter()
        process = subprocess.Popen(
            command.words, cwd=command.folder, env=dict(command.environment), stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=errors,
        )  # fmt: skip
        try:
            memory = _watched(process.pid) if sampled and HAS_PSS else None
            _, status, used = os.wait4(process.pid, 0)
        except BaseException:
            process.kill()
            process.wait()
            raise
        wall = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode not in command.codes:
            errors.seek(0)
            said = errors.read().decode("utf-8", "replace").strip().rpartition("\n")[2]
            raise Failed(f"ended with {process.returncode}: {said[:SHOWN]}")
    return Figures(wall, used.ru_utime + used.ru_stime, memory, 1)


def _watched(process: int) -> int:
    """The most that a process and those below it held at once, until it ends."""
    most, pause = 0, PAUSES[0]
    while os.waitid(os.P_PID, process, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
        most = max(most, sum(map(pss, family(process))))
        time.sleep(pause)
        pause = min(pause * 1.1, PAUSES[1])
    return most


def family(process: int) -> Iterator[int]:
    """A process and all processes below it."""
    yield process
    try:
        threads = os.listdir(f"/proc/{process}/task")
    except OSError:
        return
    for thread in threads:
        try:
            children = Path(f"/proc/{process}/task/{thread}/children").read_text("ascii").split()
        except OSError:
            continue
        for child in children:
            yield from family(int(child))


def pss(process: int) -> int:
    """The memory of a process in bytes, its part of what it shares with others included; 0 where it is gone."""
    try:
        lines = Path(f"/proc/{process}/smaps_rollup").read_bytes().split(b"\n")
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith(b"Pss:")), 0)
