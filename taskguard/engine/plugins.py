"""The checkers of other packages at work: what they yield is looked at before it is believed, and what they break is theirs."""

from __future__ import annotations

from taskguard.diagnostics import Edit, Fix, Related, Span
from taskguard.rule import Finding, Unsure
from taskguard.selection import is_own

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from taskguard.diagnostics import Diagnostic
    from taskguard.facts.model import Directive
    from taskguard.rule import Rule

    Found = list[tuple[Diagnostic, tuple[int, ...]]]


def findings(check: Callable[[], Iterable[Finding | Unsure]]) -> Iterator[Finding | Unsure]:
    """What a checker yields. Raises TypeError for what is no finding, so that it does no harm further on."""
    for one in check() or ():
        if isinstance(one, Finding):
            words = [one.path, one.message, one.help, one.symbol or "", *one.depends]
            numbers = [one.measure, *one.lines]
            for other in one.related:
                hold(other, Related)
                words += [other.path, other.message]
                numbers.append(other.line)
            hold(one.fix or Fix(()), Fix)
            for edit in one.fix.edits if one.fix is not None else ():
                hold(edit, Edit)
        else:
            hold(one, Unsure)
            words, numbers = [one.path, one.why], []
        hold(one.span, Span)
        span = one.span
        numbers += [span.line, span.column, span.end_line, span.end_column]
        for word in words:
            hold(word, str)
        for number in numbers:
            hold(number, int)
        yield one


def hold(value: object, kind: type) -> None:
    if not isinstance(value, kind):
        raise TypeError(f"it yields a {type(value).__name__} ({value!r:.60}) where a {kind.__name__} belongs")


def fault(rule: Rule, place: str) -> str:
    """The exception that is being handled, in the name of the package that brought the rule: a title line, then a traceback."""
    import traceback

    from taskguard.settings.plugins import loaded

    return f"{rule.code} {rule.name} of {loaded[rule.code].origin}{place}\n{traceback.format_exc()}"


def directives(own: tuple[Directive, ...], text: str, found: Found) -> tuple[Directive, ...]:
    """The directives of a file, with each `# noqa` that names a code of the checkers that found something in it."""
    from taskguard.facts.directives import scan

    prefixes = {one.code.rstrip("0123456789") for one, _ in found if not is_own(one.code)}
    known = {one.span for one in own}
    return (*own, *(one for one in scan(text, tuple(prefixes)) if one.span not in known))
