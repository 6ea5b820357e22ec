"""Text with code frames, for people."""

from __future__ import annotations

from taskguard.reporters.colours import painter
from taskguard.reporters.escape import Paths, shown
from taskguard.reporters.frame import about_file, frame
from taskguard.reporters.summary import head, statistics, tail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from taskguard.diagnostics import Diagnostic
    from taskguard.reporters import View
    from taskguard.request import Outcome

MOST_CODES = 8


def render(outcome: Outcome, view: View) -> Iterator[str]:
    """Each diagnostic with its lines of code, what to do, and the places that belong to it."""
    paths = Paths(outcome.root, outcome.cwd)
    paint = painter(view.colour)
    if view.statistics:
        yield from statistics(outcome.report)
    else:
        path, lines = None, [""]
        each = outcome.report.diagnostics
        folded: tuple[tuple[Diagnostic, ...], ...] = ()
        if view.person:
            from taskguard.reporters.people import arranged, folded_line

            each, folded = arranged(each, show_all=view.show_all)
        for one in each:
            if one.path != path and not about_file(one):
                path, lines = one.path, split(outcome.texts(one.path) or "")
            parts = [head(one, paths, paint), *frame(one, lines, paint), *notes(one, paths, paint), ""]
            yield "\n".join(parts) + "\n"
        for group, following in zip(folded, (*folded[1:], ())):
            again = bool(following) and (following[0].code, following[0].help) == (group[0].code, group[0].help)
            lines = [folded_line(group, paths, paint), *(() if again else (*advice(group[0], paint), ""))]
            yield "\n".join(lines) + "\n"
        if outcome.report.diagnostics and not view.quiet:
            codes = [one.code for one in (*each, *(group[0] for group in folded))]
            yield pages(codes if view.person else sorted(codes))
    yield from tail(outcome, view, paths)


def pages(found: Iterable[str]) -> str:
    """Where the rules that found something are explained."""
    codes = list(dict.fromkeys(found))
    more = " …" if len(codes) > MOST_CODES else ""
    return f"Explained by: taskguard rule {' '.join(codes[:MOST_CODES])}{more}\n"


def notes(one: Diagnostic, paths: Paths, paint: Callable[[str, str], str]) -> Iterator[str]:
    yield from advice(one, paint)
    for other in one.related:
        yield f"  {paint('help', '= note:')} {paths(other.path)}:{other.line}: {shown(other.message)}"


def advice(one: Diagnostic, paint: Callable[[str, str], str]) -> Iterator[str]:
    if one.help:
        yield f"  {paint('help', '= help:')} {shown(one.help)}"


def split(text: str) -> list[str]:
    """Lines as Python counts them: a form feed or a Unicode separator ends none."""
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
