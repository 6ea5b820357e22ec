"""The diagnostics of each file below its path."""

from __future__ import annotations

from taskguard.reporters.colours import painter
from taskguard.reporters.escape import Paths, shown
from taskguard.reporters.summary import mark, statistics, tail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.diagnostics import Diagnostic
    from taskguard.reporters import View
    from taskguard.request import Outcome


def render(outcome: Outcome, view: View) -> Iterator[str]:
    """A path, then `line:column  CODE  message` for each diagnostic; paths relative to the working directory."""
    paths = Paths(outcome.root, outcome.cwd)
    paint = painter(view.colour)
    if view.statistics:
        yield from statistics(outcome.report)
    else:
        each = outcome.report.diagnostics
        folded: tuple[tuple[Diagnostic, ...], ...] = ()
        if view.person:
            from taskguard.reporters.people import arranged, folded_line

            each, folded = arranged(each, show_all=view.show_all)
        files: dict[str, list[Diagnostic]] = {}
        for one in each:
            files.setdefault(one.path, []).append(one)
        for path, ones in files.items():
            places = [f"{one.line}:{one.column}" for one in ones]
            width = max(map(len, places))
            yield paint("bold", paths(path)) + "\n"
            for one, place in zip(ones, places):
                word = "warning: " if one.level == "warn" else ""
                yield f"  {paint('dim', f'{place:>{width}}')}  {paint(one.level, one.code)}  {mark(one)}{word}{shown(one.message)}\n"
            yield "\n"
        for group in folded:
            yield folded_line(group, paths, paint) + "\n\n"
    yield from tail(outcome, view, paths)
