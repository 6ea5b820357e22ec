"""Which diagnostics the comments of a file hide, and which comments hide nothing. Pure functions of one file's directives."""

from __future__ import annotations

from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from taskguard.diagnostics import Diagnostic
    from taskguard.facts.model import Directive

CODE_LENGTH = len("TG101")


class Applied(Record):
    """`kept` are the diagnostics that no comment hides, `suppressed` counts the others.

    `used` are the directives that hid one, each with the code or prefix that did it (empty for a bare `# noqa`).
    """

    kept: tuple[Diagnostic, ...]
    suppressed: int
    used: frozenset[tuple[Directive, str]]


class Unused(Record):
    """A suppression, or some of its codes, that hides nothing. `idle` are the codes."""

    directive: Directive
    idle: tuple[str, ...]


def apply(directives: Iterable[Directive], found: Iterable[tuple[Diagnostic, tuple[int, ...]]]) -> Applied:
    """Splits one file's diagnostics, each with the further lines on which a `# noqa` counts for it."""
    by_line: dict[int, list[Directive]] = {}
    for directive in directives:
        if directive.kind == "noqa":
            by_line.setdefault(directive.span.line, []).append(directive)
    whole = [directive for directive in directives if directive.kind == "ignore-file"]
    kept: list[Diagnostic] = []
    used: set[tuple[Directive, str]] = set()
    suppressed = 0
    for one, lines in found:
        near = [directive for line in {one.line, *lines} for directive in by_line.get(line, ())]
        hiding = [(directive, word) for directive in (*whole, *near) for word in hiding_words(directive, one.code)]
        used.update(hiding)
        if hiding:
            suppressed += 1
        else:
            kept.append(one)
    return Applied(tuple(kept), suppressed, frozenset(used))


def hiding_words(directive: Directive, code: str) -> Iterator[str]:
    """What a directive names that covers `code`: codes or beginnings of codes; the empty word where it names none."""
    for word in directive.codes or ("",):
        if code.startswith(word):
            yield word


def unused(
    directives: Iterable[Directive], used: Collection[tuple[Directive, str]], ran: Collection[str], judge: str
) -> Iterator[Unused]:
    """The suppressions of a file that hide nothing, in order of line. Those that name the code `judge`, of whoever says so, are left out.

    `ran` are the codes whose verdict about this file is complete in this run: of the others nobody can tell. Nor of a
    bare `# noqa`, which may be meant for another tool, nor of a prefix, which stands for rules yet to come.
    """
    directives = tuple(directives)
    if any(one.kind == "ignore-file" and list(hiding_words(one, judge)) for one in directives):
        return
    for one in directives:
        if one.kind not in ("noqa", "ignore-file") or judge in one.codes:
            continue
        idle = [code for code in one.codes if len(code) == CODE_LENGTH and code in ran and (one, code) not in used]
        if idle:
            yield Unused(one, tuple(idle))
