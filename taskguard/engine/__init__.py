"""The only place that joins the rooms: files and settings in, a report out."""

from __future__ import annotations

from taskguard.engine.checking import check_change, check_project, link

__all__ = ["check_change", "check_project", "link", "run"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from taskguard.request import Outcome, Request


def run(request: Request, progress: Callable[[int, int], None] | None = None) -> Outcome:
    """Checks files on disk as a door asks for it. Raises UserError for what the user must change."""
    from taskguard.engine.running import run as run_request

    return run_request(request, progress)
