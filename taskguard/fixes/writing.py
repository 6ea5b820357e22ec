"""Changed files to disk: each as a whole or not at all, with its mode, through links to what they name."""

from __future__ import annotations

import os
import stat

from taskguard.errors import UserError
from taskguard.reading import read
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping


class Change(Record):
    """`path` is the real file, `old` are the bytes that it had when it was judged."""

    path: str
    old: bytes
    new: bytes


def write(root: str, old: Mapping[str, bytes], new: Mapping[str, bytes]) -> None:
    """Writes the files below `root`. Raises UserError where one of them cannot be written; none is written then unless the disk itself fails."""
    changed = [path for path in sorted(new) if old[path] != new[path]]
    changes = {one.path: one for path in reversed(changed) for one in [_change(root, path, old[path], new[path])]}
    problems = [f"{path} is a link to a file outside of the project" for path in changed if _leads_out(root, path)]
    problems += [problem for one in changes.values() if (problem := _problem(one))]
    if problems:
        raise UserError(*problems, "nothing was fixed")
    for one in changes.values():
        _replace(one)


def _change(root: str, path: str, old: bytes, new: bytes) -> Change:
    return Change(os.path.realpath(os.path.join(root, path)), old, new)


def _leads_out(root: str, path: str) -> bool:
    """Whether a file that lies in the project is a link to one that does not."""
    real, folder = os.path.realpath(os.path.join(root, path)), os.path.realpath(root)
    return not path.startswith("../") and not real.startswith(folder.rstrip(os.sep) + os.sep)


def _problem(one: Change) -> str:
    """Why a file cannot be written; empty where it can."""
    try:
        mode = os.stat(one.path).st_mode
        if read(one.path) != one.old:
            return f"{one.path} has changed meanwhile"
    except OSError as error:
        return f"cannot read {one.path}: {error.strerror}"
    if not mode & (stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH) or not os.access(one.path, os.W_OK):
        return f"{one.path} is read-only"
    if not os.access(os.path.dirname(one.path), os.W_OK):
        return f"the folder of {one.path} is read-only"
    return ""


def _replace(one: Change) -> None:
    fresh = f"{one.path}.{os.getpid()}.taskguard"
    try:
        status = os.stat(one.path)
        with open(fresh, "xb") as file:
            file.write(one.new)
        dress(fresh, status)
        os.replace(fresh, one.path)
    except OSError as error:
        if os.path.exists(fresh):
            os.unlink(fresh)
        raise UserError(f"cannot write {one.path}: {error.strerror}") from None


def dress(path: str, status: os.stat_result) -> None:
    """Gives a file the mode and the owner of the one whose place it takes."""
    os.chmod(path, stat.S_IMODE(status.st_mode))
    _owned_as(path, status)


def _owned_as(path: str, status: os.stat_result) -> None:
    """Gives a file the owner of another one, where that is another user than this one and may be set."""
    own = os.stat(path)
    if hasattr(os, "chown") and (own.st_uid, own.st_gid) != (status.st_uid, status.st_gid):
        try:
            os.chown(path, status.st_uid, status.st_gid)
        except PermissionError:
            return
