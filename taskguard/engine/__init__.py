"""The only place that joins the rooms: files and settings in, a report out."""

from __future__ import annotations

__all__ = ["check_change", "check_project", "link", "run", "verify"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from taskguard.engine.checking import check_change, check_project, link
    from taskguard.request import Outcome, Request


def run(request: Request, progress: Callable[[int, int], None] | None = None) -> Outcome:
    """Checks files on disk as a front end asks for it. Raises UserError for what the user must change."""
    from taskguard.engine.running import run as run_request

    return run_request(request, progress)


def verify(request: Request, against: str | None = None, staged: bool = False, until: str = "") -> Outcome:
    """What a change breaks of the contract of the project on disk. Raises UserError for what the user must change."""
    from taskguard.engine.diff import verify as verify_request

    return verify_request(request, against, staged, until)


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from taskguard.engine import checking

    return getattr(checking, name)
