"""Findings that are to be hidden, as a fix: a `# noqa` on their line, or a comment for the file where its size is meant."""

from __future__ import annotations

from itertools import groupby

from taskguard.diagnostics import Edit, Fix, Span
from taskguard.facts.directives import code_end, noqa_codes
from taskguard.selection import rule_class

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence

    from taskguard.diagnostics import Diagnostic

WHY = "added by --add-noqa"


def silenced(
    found: Sequence[Diagnostic], text_of: Callable[[str], str | None], reason: str, only: Collection[str] | None
) -> tuple[Diagnostic, ...]:
    """The diagnostics, each with the comment that hides it as its fix; None where there is none, or in a file that is not among `only`."""
    made: list[Diagnostic] = []
    for path, group in groupby(found, lambda one: one.path):
        ones = list(group)
        text = text_of(path) if only is None or path in only else None
        fixes = {} if text is None else _fixes(path, text, ones, reason)
        made += [one.replace(fix=fixes.get(_place(one))) for one in ones]
    return tuple(made)


def _place(one: Diagnostic) -> int:
    """The line of a diagnostic, 0 where it is about the file; -1 where nothing can hide it."""
    if not rule_class(one.code).silenceable:
        return -1
    return 0 if one.measure and (one.line, one.column) == (1, 1) else one.line


def _fixes(path: str, text: str, found: Sequence[Diagnostic], reason: str) -> dict[int, Fix]:
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    newline = "\r\n" if "\r\n" in text else "\n"
    codes: dict[int, dict[str, None]] = {}
    for one in found:
        codes.setdefault(_place(one), {})[one.code] = None
    made = {}
    for place, names in codes.items():
        if place == 0:
            line = _first(lines)
            comment = f"# taskguard: ignore-file[{', '.join(names)}] {reason or WHY}{newline}"
            made[place] = Fix((Edit(path, Span(line, 1, line, 1), comment),))
        elif 0 < place <= len(lines) and not (place == 1 and lines[0].startswith("#!")):
            edits = _noqa(lines[place - 1], [*names], reason)
            made[place] = Fix(tuple(Edit(path, Span(place, at, place, at), comment) for at, comment in edits))
    return made


def _first(lines: Sequence[str]) -> int:
    """The first line that may be another one: behind what names the interpreter and the encoding."""
    line = 2 if lines[0].startswith("#!") else 1
    return line + 1 if line <= len(lines) and lines[line - 1].startswith("#") and "coding" in lines[line - 1] else line


def _noqa(line: str, codes: Sequence[str], reason: str) -> Iterator[tuple[int, str]]:
    """What is put into a line, and at which columns. A `# noqa` that is there already gets further codes."""
    why = f" {'- ' if code_end(reason, 0) else ''}{reason}" if reason else ""
    there = noqa_codes(line)
    if there is None:
        yield len(line) + 1, f"  # noqa: {', '.join(codes)}{why}"
        return
    end = there[1]
    yield end + 1, "".join(f", {code}" for code in codes) + (why if not line[end:].strip() else "")
