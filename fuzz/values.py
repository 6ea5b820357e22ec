"""Values: the small project with generated expressions in its holes, and every command that reads values."""

from __future__ import annotations

import shutil
from pathlib import Path

from fuzz import places
from fuzz.commands import Outcome, run

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

PLAIN = "'mail'"
ALONE = ("--no-cache", "--workers", "1")
COMMANDS = (
    ("check", *ALONE, "--packs", "core"),
    ("check", *ALONE, "--packs", "strict", "--show-undecided", "--output-format", "json", "-o", "said.json"),
    ("tasks", *ALONE),
    ("tasks", *ALONE, "--format", "json"),
    ("tasks", *ALONE, "--format", "csv"),
    ("tasks", *ALONE, "--format", "markdown", "--missing", "priority"),
    ("snapshot", "-o", "odd.json"),
    ("verify", *ALONE, "--against", "../plain.json"),
    ("verify", *ALONE, "--against", "odd.json", "--output-format", "sarif"),
    ("diff", "../plain.json"),
    ("diff", "../plain.json", "odd.json", "--format", "json"),
    ("diff", "odd.json", "../plain.json", "--format", "markdown"),
    ("check", *ALONE, "--packs", "strict", "--fix", "--unsafe-fixes"),
)


class Trial:
    """A folder for the project, beside a snapshot of the project with plain values."""

    def __init__(self, top: Path) -> None:
        self.folder = top / "project"
        self.write([PLAIN] * places.NUMBER)
        run(["snapshot", "-o", "../plain.json"], self.folder)

    def write(self, chosen: list[str]) -> None:
        """Makes the folder anew with these expressions."""
        shutil.rmtree(self.folder, ignore_errors=True)
        (self.folder / ".git").mkdir(parents=True)
        for path, text in places.project(chosen).items():
            place = self.folder / path
            place.parent.mkdir(exist_ok=True)
            place.write_text(text, "utf-8")

    def outcomes(self, chosen: list[str]) -> Iterator[tuple[tuple[str, ...], Outcome]]:
        """What every command ends with for a project with these expressions."""
        self.write(chosen)
        for words in COMMANDS:
            yield words, run(list(words), self.folder)
