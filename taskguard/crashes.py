"""Our bugs, and those of other packages' checkers: kept in a file, so that somebody can mend them."""

from __future__ import annotations

import os
import sys
import tempfile

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


def keep(crashes: Sequence[str]) -> str | None:
    """Writes tracebacks into the temporary folder and gives the path, None where that is impossible.

    The same tracebacks go into the same file: an editor asks at every keystroke.
    """
    from hashlib import sha256

    from taskguard.version import __version__

    python = ".".join(map(str, sys.version_info[:3]))
    body = "\n\n".join(crashes)
    head = f"taskguard {__version__}, Python {python} on {sys.platform}\n{' '.join(sys.argv[1:])}\n\n"
    digest = sha256(f"{__version__} {python} {body}".encode("utf-8", "backslashreplace")).hexdigest()[:12]
    try:
        path = os.path.join(tempfile.gettempdir(), f"taskguard-{digest}.txt")
        if is_ours(path):
            return path
        handle, fresh = tempfile.mkstemp(prefix="taskguard-", suffix=".txt")
        with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace") as file:
            file.write(head + body)
    except OSError:
        return None
    try:
        os.link(fresh, path)  # whole from the first moment: flake8's other processes may crash at the same time
    except OSError:
        if not is_ours(path):
            return fresh
    os.unlink(fresh)
    return path


def is_ours(path: str) -> bool:
    """Whether a path is a regular file of this user with something in it: others may write into the folder, too."""
    import stat

    try:
        found = os.lstat(path)
    except OSError:
        return False
    user = getattr(os, "getuid", None)
    return stat.S_ISREG(found.st_mode) and found.st_size > 0 and (user is None or found.st_uid == user())


def title(crash: str) -> str:
    """One line for a crash: the first one where the engine has put words, and the exception."""
    lines = [line for line in crash.splitlines() if line.strip()] or [""]
    raised = lines[-1].strip()
    return raised if lines[0].startswith("Traceback") else f"{lines[0]}: {raised}"
