"""Comments that suppress less, or nothing any more."""

from __future__ import annotations

from itertools import pairwise

from taskguard.patterns import regex

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection

    from taskguard.diagnostics import Edit
    from taskguard.facts.model import Directive
    from taskguard.project.editing.script import Script

CODE = regex(r"[A-Za-z]+[0-9]+")


def without_codes(script: Script, directive: Directive, idle: Collection[str]) -> tuple[Edit, ...] | None:
    """A `# noqa` or `ignore-file` without these codes; without the comment where it names no other."""
    start, end = script.lines.range(directive.span)
    opening = script.text.find(":" if directive.kind == "noqa" else "[", start, end)
    stop = end if directive.kind == "noqa" else script.text.find("]", start, end)
    codes = [(one.start(), one.end(), one.group().upper()) for one in CODE.finditer(script.text, opening, stop)]
    if opening < 0 or stop < 0 or any(one[1] == other[0] for one, other in pairwise(codes)):
        return None
    kept = [script.text[first:last] for first, last, code in codes if code not in idle]
    if not kept:
        return _without_comment(script, start, end)
    between = script.text[codes[0][1] : codes[1][0]]
    return (script.edit(codes[0][0], codes[-1][1], between.join(kept)),)


def _without_comment(script: Script, start: int, end: int) -> tuple[Edit, ...]:
    """The line without the comment; what stands behind it stays. A line that is nothing else goes."""
    lines = script.lines
    line = lines.line(start)
    rest = script.text[end : lines.end(line)]
    behind = rest.lstrip()
    if behind:
        return (script.edit(start, end + len(rest) - len(behind), "" if behind.startswith("#") else "# "),)
    if script.first_on_line(start):
        return (script.edit(lines.start(line), lines.after(line), ""),)
    head = script.text[lines.start(line) : start].rstrip(" \t\f")
    return (script.edit(lines.start(line) + len(head), lines.end(line), ""),)
