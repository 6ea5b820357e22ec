"""Findings as a person reads them: what fails when the project runs comes first, and sizes are told together."""

from __future__ import annotations

from taskguard.project.python.testing import in_test_path
from taskguard.reporters.escape import shown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from taskguard.diagnostics import Diagnostic
    from taskguard.reporters.escape import Paths

    Group = tuple[Diagnostic, ...]

FAILS, PRACTICE, SIZE = range(3)
NAMED = 3


def arranged(found: Iterable[Diagnostic], *, show_all: bool) -> tuple[Group, tuple[Group, ...]]:
    """The findings to show one by one, first what matters most; and those of one rule of size and one level that share a line,
    first the largest. `show_all` lets none share a line."""
    ordered = sorted(found, key=rank)
    groups: dict[tuple[str, str], list[Diagnostic]] = {}
    for one in ordered:
        if one.measure and not show_all:
            groups.setdefault((one.code, one.level), []).append(one)
    folded = tuple(tuple(sorted(group, key=lambda one: -one.measure)) for group in groups.values() if len(group) > 1)
    told = {(one.code, one.level) for one, *_ in folded}
    return tuple(one for one in ordered if not one.measure or (one.code, one.level) not in told), folded


def rank(one: Diagnostic) -> tuple[int, bool, bool, str, int, int, str]:
    """What a person wants to read first has the lowest rank: by what it means, an error before a warning, the code before its tests, by place."""
    return kind(one), one.level != "error", in_test_path(one.path), one.path, one.line, one.column, one.code


def kind(one: Diagnostic) -> int:
    """What a finding means: something fails, a practice is not kept, or something is too large."""
    return SIZE if one.measure else PRACTICE if one.practice else FAILS


def folded_line(group: Sequence[Diagnostic], paths: Paths, paint: Callable[[str, str], str]) -> str:
    """`TG101 god-file, 12 times: a.py (2141 lines, the limit is 600), b.py (1848), c.py (1539) and 9 more; …`"""
    first = group[0]
    word = "warning: " if first.level == "warn" else ""
    named = [f"{place(one, paths)} ({shown(one.message) if one is first else one.measure})" for one in group[:NAMED]]
    more = f" and {len(group) - NAMED} more; `--show-all` lists each" if len(group) > NAMED else ""
    return f"{paint(first.level, first.code)} {word}{first.name}, {len(group)} times: {', '.join(named)}{more}"


def place(one: Diagnostic, paths: Paths) -> str:
    """The file, and the line of a finding that is about a part of it."""
    return paths(one.path) + (f":{one.line}" if (one.line, one.column) != (1, 1) else "")
