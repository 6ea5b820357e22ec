"""A table in Markdown, for a comment on a pull request or the summary of a job."""

from __future__ import annotations

from taskguard.patterns import regex
from taskguard.reporters.escape import shown
from taskguard.reporters.summary import last_line, mark

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from taskguard.reporters import View
    from taskguard.request import Outcome

SPECIAL = regex(r"([\\`*_{}\[\]<>()#+\-!|~&])")
WORDS = {"error": "error", "warn": "warning"}


def render(outcome: Outcome, view: View) -> Iterator[str]:
    """Paths are relative to the project root. What stands in names and messages is text, never Markdown, and calls nobody by `@`."""
    report = outcome.report
    if not view.quiet:
        yield f"**{plain(last_line(outcome))}**\n"
    if report.diagnostics:
        rows = (
            (WORDS[one.level], f"{one.path}:{one.line}", f"{one.code} {one.name}", mark(one) + one.message, one.help)
            for one in report.diagnostics
        )
        yield from table(("Level", "Place", "Rule", "Message", "What to do"), rows)
    if view.undecided and report.undecided:
        yield from table(
            ("Undecided", "Rule", "Why"), ((f"{one.path}:{one.line}", one.code, one.why) for one in report.undecided)
        )


def table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    """A table, after an empty line."""
    yield f"\n{row(head)}{row(['---'] * len(head))}"
    for cells in rows:
        yield row([plain(cell) for cell in cells])


def row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |\n"


def plain(text: str) -> str:
    """Text that no reader of Markdown takes for more. A backslash does not keep a forge from reading `@name` as a person."""
    return SPECIAL.sub(r"\\\1", shown(text)).replace("@", "@<!-- -->")
