"""Verdicts as a table: how many of the findings of a round were right, by rule and over all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable

from corpus.tables import VERDICTS, Project, Verdict


def table(projects: Iterable[Project], verdicts: Collection[Verdict], rounds: Collection[str] = ()) -> str:
    """The table of these rounds (all where none is named) in Markdown."""
    names = {one.name for one in projects if not rounds or one.round in rounds}
    held = [one for one in verdicts if one.project in names]
    lines = ["| rule | right | wrong | unwanted | right, % |", "| --- | ---: | ---: | ---: | ---: |"]
    for code in sorted({one.code for one in held}):
        lines.append(_row(code, Counter(one.verdict for one in held if one.code == code)))
    lines.append(_row("all findings", Counter(one.verdict for one in held)))
    lines.append(_row("all pairs of project and rule", Counter(_pairs(held).values())))
    lines.append("")
    lines.append(f"{len(names)} projects, {len({one.project for one in held})} of them with a finding.")
    return "\n".join(lines) + "\n"


def _pairs(held: Collection[Verdict]) -> dict[tuple[str, str], str]:
    """Project and rule -> the worst verdict of its findings there."""
    order = ("right", "unwanted", "wrong")
    made: dict[tuple[str, str], str] = {}
    for one in held:
        pair = one.project, one.code
        made[pair] = max(made.get(pair, "right"), one.verdict, key=order.index)
    return made


def _row(name: str, numbers: Counter[str]) -> str:
    total = sum(numbers.values())
    share = f"{100 * numbers['right'] / total:.0f}" if total else "-"
    return f"| {name} | {' | '.join(str(numbers[one]) for one in VERDICTS)} | {share} |"
