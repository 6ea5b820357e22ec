"""The tables that are committed: projects, counts and verdicts, as CSV so that a change of one line is a change of one line."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from corpus.findings import Finding

HERE = Path(__file__).parent
VERDICTS = ("right", "wrong", "unwanted")


@dataclass(frozen=True)
class Verdict:
    """What a reader thought of a finding. `unwanted` is true and of no use to the project's people; `line` is 1-based."""

    key: str
    project: str
    code: str
    path: str
    line: int
    verdict: str
    reason: str


@dataclass(frozen=True)
class Project:
    """A project that was read: in which round, at which commit, and what kind it is, in words."""

    name: str
    commit: str
    round: str
    kind: str


class Tables:
    """The tables in a folder. Raises ValueError for a table that does not hold what it should."""

    def __init__(self, folder: Path = HERE) -> None:
        self._folder = folder

    def projects(self) -> dict[str, Project]:
        return {
            row["project"]: Project(row["project"], row["commit"], row["round"], row["kind"])
            for row in self._read("projects")
        }

    def add_project(self, project: Project) -> None:
        rows = {**self.projects(), project.name: project}
        self._write("projects", ("project", "commit", "round", "kind"), ((one.name, one.commit, one.round, one.kind) for _, one in sorted(rows.items())))  # fmt: skip

    def verdicts(self) -> dict[str, Verdict]:
        made = {}
        for row in self._read("verdicts"):
            if row["verdict"] not in VERDICTS:
                raise ValueError(f"verdicts.csv: {row['key']}: {row['verdict']!r} is none of {', '.join(VERDICTS)}")
            made[row["key"]] = Verdict(
                row["key"], row["project"], row["code"], row["path"], int(row["line"]), row["verdict"], row["reason"]
            )
        return made

    def judge(self, finding: Finding, verdict: str, reason: str) -> None:
        """Remembers a verdict. Raises ValueError for one without a reason, or that is no verdict."""
        if verdict not in VERDICTS:
            raise ValueError(f"{verdict!r} is none of {', '.join(VERDICTS)}")
        if not reason.strip():
            raise ValueError("a verdict wants a reason")
        made = Verdict(finding.key, finding.project, finding.code, finding.path, finding.line, verdict, reason.strip())
        rows = sorted(
            {**self.verdicts(), finding.key: made}.values(), key=lambda one: (one.project, one.path, one.line, one.code)
        )
        self._write(
            "verdicts",
            ("key", "project", "code", "path", "line", "verdict", "reason"),
            ((one.key, one.project, one.code, one.path, one.line, one.verdict, one.reason) for one in rows),
        )

    def counts(self) -> dict[tuple[str, str, str], int]:
        """Project, pack and code -> number of findings."""
        return {(row["project"], row["pack"], row["code"]): int(row["number"]) for row in self._read("counts")}

    def count(self, project: str, pack: str, numbers: Mapping[str, int]) -> None:
        """Replaces what is counted of one project under one pack."""
        rows = {key: number for key, number in self.counts().items() if key[:2] != (project, pack)}
        rows |= {(project, pack, code): number for code, number in numbers.items()}
        self._write(
            "counts", ("project", "pack", "code", "number"), ((*key, number) for key, number in sorted(rows.items()))
        )

    def fixes(self) -> list[dict[str, str]]:
        """One commit that mends one mistake in each row."""
        return self._read("fixes")

    def add_splits(self, head: tuple[str, ...], rows: Iterable[tuple[object, ...]]) -> None:
        """Puts rows of god files into the table, in the place of those of the same projects and files."""
        made = [dict(zip(head, map(str, one), strict=True)) for one in rows]
        held = {(row["project"], row["file"]): row for row in (*self._read("splits"), *made)}
        self._write("splits", head, (tuple(held[key].values()) for key in sorted(held)))

    def _read(self, name: str) -> list[dict[str, str]]:
        path = self._folder / f"{name}.csv"
        if not path.exists():
            return []
        with path.open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file, strict=True))

    def _write(self, name: str, head: tuple[str, ...], rows: Iterable[tuple[object, ...]]) -> None:
        path = self._folder / f"{name}.csv"
        fresh = path.with_suffix(".new")
        with fresh.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(head)
            writer.writerows(rows)
        fresh.replace(path)
