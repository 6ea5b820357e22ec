"""What every kind of trial has: it makes cases from a random source, judges them, and makes those that fail as small as it can."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from fuzz.commands import Outcome, run

if TYPE_CHECKING:
    from collections.abc import Iterable
    from random import Random

SLOW = 20.0
ALONE = ("--no-cache", "--workers", "1")


class Trial:
    """One kind of input. A case is a list of parts (lines, words, expressions, damages), so that parts can be left out of it."""

    name = ""

    def __init__(self, top: Path) -> None:
        self.top = top
        top.mkdir(parents=True)

    def make(self, random: Random) -> list[Any]:
        """A new case."""
        raise NotImplementedError

    def judge(self, case: list[Any]) -> str:
        """What is wrong, in words that are the same for the same fault; empty where all is well."""
        raise NotImplementedError

    def smaller(self, case: list[Any]) -> Iterable[list[Any]]:
        """Simpler cases, the most daring first."""
        size = max(len(case) // 2, 1)
        while True:
            for start in range(0, len(case), size):
                yield case[:start] + case[start + size :]
            if size == 1:
                return
            size //= 2

    def shown(self, case: list[Any]) -> str:
        """The case for a person."""
        return "\n".join(map(str, case))


def faulty(words: Iterable[str], outcome: Outcome, allowed: tuple[int, ...] = (0, 1)) -> str:
    """What is wrong with how a command ended."""
    command = " ".join(words)
    if outcome.kind:
        return outcome.kind
    if outcome.code not in allowed:
        return f"exit code {outcome.code}: taskguard {command}: {outcome.err.strip()[:200]}"
    return f"slow: taskguard {command}" if outcome.seconds > SLOW else ""


def minimal(trial: Trial, case: list[Any], fault: str, tries: int = 300) -> list[Any]:
    """A case with the same fault of which no part can be left out, as far as so many tries lead."""
    left = tries
    found = True
    while found:
        found = False
        for other in trial.smaller(case):
            left -= 1
            if left < 0:
                return case
            if other and trial.judge(other) == fault:
                case, found = other, True
                break
    return case


def write(folder: Path, files: dict[str, bytes]) -> None:
    """Writes files below a folder."""
    for path, data in files.items():
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)


__all__ = ["ALONE", "Trial", "faulty", "minimal", "run", "write"]
