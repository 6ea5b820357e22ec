"""Values: the small project with generated expressions in its holes, and every command that reads values."""

from __future__ import annotations

import ast
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from fuzz import places
from fuzz.trials import ALONE, Trial, faulty, run, write

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from random import Random

    from fuzz.commands import Outcome

PLAIN = "'mail'"
COMMANDS = (
    ("check", *ALONE, "--packs", "core"),
    ("check", *ALONE, "--packs", "strict", "--show-undecided", "--output-format", "json", "-o", "said.json"),
    ("tasks", *ALONE),
    ("tasks", *ALONE, "--output-format", "json"),
    ("tasks", *ALONE, "--output-format", "csv"),
    ("tasks", *ALONE, "--output-format", "markdown", "--missing", "priority"),
    ("snapshot", "-o", "odd.json"),
    ("verify", *ALONE, "--against", "../plain.json"),
    ("verify", *ALONE, "--against", "odd.json", "--output-format", "sarif"),
    ("diff", "../plain.json"),
    ("diff", "../plain.json", "odd.json", "--output-format", "json"),
    ("diff", "odd.json", "../plain.json", "--output-format", "markdown"),
    ("check", *ALONE, "--packs", "strict", "--fix", "--unsafe-fixes"),
)


class Values(Trial):
    """A folder for the project, beside a snapshot of the project with plain values. A case has an expression for each hole."""

    name = "values"

    def __init__(self, top: Path) -> None:
        super().__init__(top)
        self.folder = top / "project"
        self.write([PLAIN] * places.NUMBER)
        run(["snapshot", "-o", "../plain.json"], self.folder)

    def write(self, case: list[str]) -> None:
        """Makes the folder anew with these expressions."""
        shutil.rmtree(self.folder, ignore_errors=True)
        (self.folder / ".git").mkdir(parents=True)
        write(self.folder, {path: text.encode() for path, text in places.project(case).items()})

    def outcomes(self, case: list[str]) -> Iterator[tuple[tuple[str, ...], Outcome]]:
        """What every command ends with for a project with these expressions."""
        self.write(case)
        for words in COMMANDS:
            yield words, run(list(words), self.folder)

    def make(self, random: Random) -> list[str]:
        return places.values(random)

    def judge(self, case: list[str]) -> str:
        return next((fault for words, outcome in self.outcomes(case) if (fault := faulty(words, outcome))), "")

    def smaller(self, case: list[str]) -> Iterable[list[str]]:
        """Plain expressions in place of odd ones, then parts in place of wholes."""
        odd = [place for place, one in enumerate(case) if one != PLAIN]
        size = max(len(odd) // 2, 1)
        while size:
            for start in range(0, len(odd), size):
                taken = set(odd[start : start + size])
                yield [PLAIN if place in taken else one for place, one in enumerate(case)]
            size //= 2
        for place in odd if len(odd) < 8 else ():
            for part in _parts(case[place]):
                yield [*case[:place], part, *case[place + 1 :]]

    def shown(self, case: list[str]) -> str:
        """The lines of the project that hold an odd expression."""
        plain = places.project([PLAIN] * places.NUMBER)
        made = []
        for path, text in places.project(case).items():
            lines = zip(text.split("\n"), plain[path].split("\n"))
            made += [f"{path}: {line[:300]}" for line, other in lines if line != other]
        return "\n".join(made)


def _parts(text: str) -> list[str]:
    """The expressions that an expression is made of."""
    try:
        tree = ast.parse(text.strip(), mode="eval")
        found = {ast.unparse(one) for one in ast.walk(tree) if isinstance(one, ast.expr)}
    except (SyntaxError, ValueError, RecursionError):
        return []
    return sorted((one for one in found if len(one) < len(text)), key=len)[:40]
