"""One line for each diagnostic."""

from __future__ import annotations

from taskguard.reporters.colours import painter
from taskguard.reporters.escape import Paths
from taskguard.reporters.summary import head, statistics, tail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.reporters import View
    from taskguard.request import Outcome


def render(outcome: Outcome, view: View) -> Iterator[str]:
    """`path:line:column: CODE message`, paths relative to the working directory."""
    paths = Paths(outcome.root, outcome.cwd)
    paint = painter(view.colour)
    if view.statistics:
        yield from statistics(outcome.report)
    else:
        for one in outcome.report.diagnostics:
            yield head(one, paths, paint) + "\n"
    yield from tail(outcome, view, paths)
