"""The facts of files that cannot be read or parsed. Apart from `extract`, so that they cost no parser."""

from __future__ import annotations

from taskguard.diagnostics import Span
from taskguard.facts.directives import scan
from taskguard.facts.model import Facts, Failure


def unreadable(message: str, lines: int = 0) -> Facts:
    """The facts of a file that cannot be read or decoded: everything in it is Unknown."""
    return Facts(lines, True, Failure("unreadable", message, Span(1, 1, 1, 1)))


def broken(text: str, lines: int, error: SyntaxError) -> Facts:
    """The facts of a file that is no Python: the failure, and the words that it might have defined."""
    import re

    line = min(max(error.lineno or 1, 1), max(lines, 1))
    column = max(error.offset or 1, 1)
    message = error.msg or "invalid syntax"
    failure = Failure("syntax", message, Span(line, column, line, column))
    return Facts(lines, True, failure, directives=scan(text), words=tuple(sorted(set(re.findall(r"[^\W\d]\w*", text)))))
