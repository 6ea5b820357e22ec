"""`python -m benchmarks --trees A B …`: the same work on several trees, and how far apart the figures are. One tree flatters."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from statistics import median
from typing import NamedTuple

from benchmarks.report import Work, markdown
from benchmarks.works import TITLES

# What is compared, with what: of each kind of work the figure of taskguard, and the tool that is its unit.
COMPARED = (
    ("cold", "cpu", "ruff"), ("warm", "cpu", "python"), ("warm-edited", "cpu", "python"), ("warm-body", "cpu", "python"),
    ("one-file", "cpu", "python"), ("edited", "cpu", "python"), ("body", "cpu", "python"),
)  # fmt: skip
PARTS = tuple(part for part, _, _ in COMPARED)
UNITS = {"python": "`python -c pass`", "ruff": "ruff"}
HEADER = ("work", "in CPU of", "best", "median", "worst", "the worst tree")
BEGIN, END = "<!-- spread: begin -->", "<!-- spread: end -->"


class Measured(NamedTuple):
    """One tree: what it is called, how large it is, and the ratios by kind of work."""

    name: str
    files: int
    lines: int
    ratios: dict[str, float]


def ratios(works: Iterable[Work]) -> dict[str, float]:
    """What taskguard took in units of the other tool, for each kind of work of which both have figures."""
    held = {work.part: work for work in works}
    made = {}
    for part, what, unit in COMPARED:
        own, other = (held[part].figures(tool) if part in held else None for tool in ("taskguard", unit))
        if own is not None and other is not None and getattr(other, what):
            made[part] = getattr(own, what) / getattr(other, what)
    return made


def section(measured: Sequence[Measured], facts: Sequence[str]) -> str:
    """The part of `RESULTS.md` about several trees."""
    ranks = []
    for part, _, unit in COMPARED:
        held = sorted((one.ratios[part], one.name) for one in measured if part in one.ratios)
        if held:
            figures = (held[0][0], median(value for value, _ in held), held[-1][0])
            ranks.append((TITLES[part], UNITS[unit], *(f"{one:.1f}" for one in figures), held[-1][1]))
    columns = ("tree", "files", "lines", *(TITLES[part] for part in PARTS))
    table = [
        (one.name, f"{one.files:,}", f"{one.lines:,}", *(_shown(one.ratios.get(part)) for part in PARTS))
        for one in sorted(measured, key=lambda one: one.lines)
    ]
    return "\n".join(
        (
            BEGIN,
            "## Several trees\n",
            *(f"- {one}" for one in facts),
            "",
            markdown(HEADER, ranks),
            markdown(columns, table),
            END,
        )
    )


def _shown(ratio: float | None) -> str:
    return "-" if ratio is None else f"{ratio:.1f}"


def placed(page: str, text: str) -> str:
    """A page with the section in it: in the place of the old one, or at the end."""
    before, begun, rest = page.partition(BEGIN)
    if not begun:
        return f"{page.rstrip()}\n\n{text}\n"
    return before + text + rest.partition(END)[2]


def taken(page: str) -> str:
    """The section as it stands in a page; empty where there is none."""
    _, begun, rest = page.partition(BEGIN)
    held, ended, _ = rest.partition(END)
    return begun + held + ended
