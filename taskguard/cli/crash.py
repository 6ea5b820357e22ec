"""Our bugs and those of other packages' checkers in words: what to do with the file that they are kept in."""

from __future__ import annotations

from taskguard.crashes import keep, title

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


def report(crashes: Sequence[str]) -> str:
    """Keeps tracebacks and says where they are and what to do with them."""
    wanted = "a bug in taskguard: please report it with the traceback to the maintainers of celery-taskguard"
    path = keep(crashes)
    if path is None:
        return "\n".join([f"{wanted}:", *crashes])
    return "\n".join([*(f"error: {title(one)}" for one in crashes), f"{wanted}, which is in {path}"])


def blame(faults: Sequence[str]) -> str:
    """As `report`, for the checkers of other packages: their authors have to mend them."""
    titles = "\n".join(f"error: {title(fault)}" for fault in faults)
    path = keep(faults)
    if path is None:
        return titles
    return f"{titles}\nthese checkers are not part of taskguard: their authors will want the traceback in {path}"
