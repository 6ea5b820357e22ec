"""Our bugs: kept in a file, so that somebody can mend them."""

from __future__ import annotations

import os
import sys
import tempfile

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


def report(crashes: Sequence[str]) -> str:
    """Writes tracebacks to a new file in the temporary folder and says where it is and what to do with it."""
    from taskguard import __version__

    python = ".".join(map(str, sys.version_info[:3]))
    head = f"taskguard {__version__}, Python {python} on {sys.platform}\n{' '.join(sys.argv[1:])}\n\n"
    text = head + "\n\n".join(crashes)
    wanted = "a bug in taskguard: please report it with the traceback to the maintainers of celery-taskguard"
    try:
        handle, path = tempfile.mkstemp(prefix="taskguard-", suffix=".txt")
        with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace") as file:
            file.write(text)
    except OSError:
        return f"{wanted}:\n{text}"
    titles = [title(crash) for crash in crashes]
    return "\n".join([*(f"error: {one}" for one in titles), f"{wanted}, which is in {path}"])


def blame(faults: Sequence[str]) -> str:
    """As `report`, for the checkers of other packages: their authors have to mend them."""
    from taskguard import __version__

    titles = "\n".join(f"error: {title(fault)}" for fault in faults)
    try:
        handle, path = tempfile.mkstemp(prefix="taskguard-", suffix=".txt")
        with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace") as file:
            file.write(f"taskguard {__version__}\n\n" + "\n\n".join(faults))
    except OSError:
        return titles
    return f"{titles}\nthese checkers are not part of taskguard: their authors will want the traceback in {path}"


def title(crash: str) -> str:
    """One line for a crash: the first one where the engine has put words, and the exception."""
    lines = [line for line in crash.splitlines() if line.strip()] or [""]
    raised = lines[-1].strip()
    return raised if lines[0].startswith("Traceback") else f"{lines[0]}: {raised}"
