"""Figures as a table of ratios, beside what the project has set itself as a budget."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from benchmarks.measuring import Cell, Figures

HEADER = ("work", "tool", "wall", "CPU", "wall / ruff", "CPU / `python -c pass`", "CPU / flake8", "peak memory", "runs")
MIB = 1024 * 1024
NONE = "-"


class Work(NamedTuple):
    """What the tools took for one kind of work. `lines` is the length of a tree that was looked at as a whole with nothing kept, else 0."""

    part: str
    title: str
    cells: tuple[Cell, ...]
    lines: int = 0

    def figures(self, tool: str) -> Figures | None:
        return next((one.figures for one in self.cells if one.tool == tool), None)


class Budget(NamedTuple):
    """A ratio that is not to be higher than `most`; `ratio` is None where a figure is missing."""

    title: str
    most: float
    ratio: float | None


def rows(works: Iterable[Work]) -> list[tuple[str, ...]]:
    """The table, a row for each tool and kind of work."""
    return [_row(work, cell.tool, cell.figures) for work in works for cell in work.cells if cell.figures is not None]


def notes(works: Iterable[Work]) -> list[str]:
    """Why some rows are not there."""
    return [f"{work.title}: {cell.tool} {cell.note}" for work in works for cell in work.cells if cell.figures is None]


def _row(work: Work, tool: str, held: Figures) -> tuple[str, ...]:
    return (
        work.title, tool, seconds(held.wall), seconds(held.cpu),
        _times(held.wall, _of(work, "ruff", "wall")), _times(held.cpu, _of(work, "python", "cpu")),
        _times(held.cpu, _of(work, "flake8", "cpu")),
        NONE if held.memory is None else f"{held.memory / MIB:.0f} MiB", str(held.runs),
    )  # fmt: skip


def seconds(value: float) -> str:
    return f"{value * 1000:.0f} ms" if value < 1 else f"{value:.2f} s"


def _of(work: Work, tool: str, what: str) -> float | None:
    held = work.figures(tool)
    return None if held is None else float(getattr(held, what))


def _times(value: float, unit: float | None) -> str:
    return f"{value / unit:.2f}" if unit else NONE


def budgets(works: Sequence[Work]) -> list[Budget]:
    """The budget of the project, with what was measured."""
    parts = {work.part: work for work in works}
    longest = max((work for work in works if work.lines), key=lambda one: one.lines, default=None)
    cold = parts.get("cold")

    def ratio(part: str, what: str, unit: str) -> float | None:
        work = parts.get(part)
        return None if work is None else _ratio(_of(work, "taskguard", what), _of(work, unit, what))

    made = [
        Budget("one file, nothing has changed: CPU / `python -c pass`", 6, ratio("one-file", "cpu", "python")),
        Budget("one file, nothing has changed: CPU / flake8", 0.4, ratio("one-file", "cpu", "flake8")),
        Budget("one file after an edit: CPU / `python -c pass`", 6, ratio("edited", "cpu", "python")),
        Budget("one file after an edit: CPU / flake8", 0.4, ratio("edited", "cpu", "flake8")),
        Budget("one file by itself, nothing has changed: CPU / `python -c pass`", 4, ratio("alone", "cpu", "python")),
        Budget("one file by itself, nothing has changed: CPU / flake8", 0.3, ratio("alone", "cpu", "flake8")),
        Budget("one file by itself after an edit: CPU / `python -c pass`", 4, ratio("no-project", "cpu", "python")),
        Budget("one file by itself after an edit: CPU / flake8", 0.3, ratio("no-project", "cpu", "flake8")),
        Budget("the whole tree, nothing kept: wall / ruff", 1.5, ratio("cold", "wall", "ruff")),
        Budget("the whole tree again: wall / ruff with its cache", 0.5, ratio("warm", "wall", "ruff")),
        Budget("the whole tree after an edit: wall / ruff with its cache", 0.5, ratio("warm-edited", "wall", "ruff")),
    ]
    if cold is not None:
        made.append(Budget(f"peak memory over {cold.lines:,} lines, MiB", 300, _ratio(_memory(cold), MIB)))
    if longest is not None and cold is not None and longest.lines > cold.lines:
        made += [
            Budget(f"time per line, {longest.lines:,} lines / {cold.lines:,}", 1.2, _growth(cold, longest)),
            Budget(f"peak memory over {longest.lines:,} lines, MiB", 1024, _ratio(_memory(longest), MIB)),
        ]
    return made


def _growth(small: Work, large: Work) -> float | None:
    times = [_of(work, "taskguard", "wall") for work in (small, large)]
    if times[0] is None or times[1] is None:
        return None
    return (times[1] / large.lines) / (times[0] / small.lines)


def _memory(work: Work) -> float | None:
    held = work.figures("taskguard")
    return None if held is None else held.memory


def _ratio(value: float | None, unit: float | None) -> float | None:
    return value / unit if value is not None and unit else None


def budget_rows(held: Iterable[Budget]) -> list[tuple[str, ...]]:
    return [
        (one.title, f"{one.most:g}", f"{one.ratio:.2f}", "yes" if one.ratio <= one.most else "no")
        for one in held
        if one.ratio is not None
    ]


BUDGET_HEADER = ("budget", "at most", "measured", "held")


def markdown(header: Sequence[str], table: Sequence[Sequence[str]]) -> str:
    """A table of Markdown whose columns are as wide as their text."""
    widths = [max(map(len, column)) for column in zip(header, *table)]
    lines = [header, ["-" * width for width in widths], *table]
    return "".join(f"| {' | '.join(cell.ljust(width) for cell, width in zip(line, widths))} |\n" for line in lines)


def page(works: Sequence[Work], facts: Sequence[str], plot: str | None) -> str:
    """`RESULTS.md`, which is also printed."""
    pieces = ["# Results\n", "".join(f"- {one}\n" for one in facts), markdown(HEADER, rows(works))]
    if said_of := notes(works):
        pieces.append("".join(f"- {one}\n" for one in said_of))
    held = budget_rows(budgets(works))
    if held:
        pieces += ["## The budget\n", markdown(BUDGET_HEADER, held)]
    if plot:
        pieces += [
            "## Time against lines\n",
            f"![Wall time of each tool over trees of several sizes, nothing kept]({plot})\n",
        ]
    return "\n".join(pieces)
