"""The files of a split to disk: all of them or none, and back again."""

from __future__ import annotations

import os

from taskguard.errors import UserError
from taskguard.fixes.writing import dress
from taskguard.reading import read
from taskguard.splitting.journal import DONE, FRESH, WRITING, Journal, digest, load, save

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping


def apply(root: str, journal: str, old: Mapping[str, bytes | None], new: Mapping[str, bytes]) -> None:
    """Writes the files below `root`, and notes in the file `journal` how to take that back. `old` are their bytes as they were judged, None for no file.

    Raises UserError, and leaves everything as it was, where that is impossible.
    """
    problems = [problem for path in sorted(new) if (problem := _problem(root, path, old[path]))]
    if problems:
        raise UserError(*problems, "nothing was written")
    folders = _missing_folders(root, new)
    made = Journal(
        WRITING, {path: old[path] for path in sorted(new)}, {path: digest(new[path]) for path in new}, folders
    )
    try:
        save(journal, made)
    except OSError as error:
        raise UserError(f"cannot write {journal}: {error.strerror}", "nothing was written") from None
    try:
        for folder in folders:
            os.mkdir(os.path.join(root, folder))
        for path, data in new.items():
            _write(os.path.join(root, path) + FRESH, data, os.path.join(root, path))
        for path in _in_order(new, old):
            os.replace(os.path.join(root, path) + FRESH, os.path.join(root, path))
        save(journal, made.replace(state=DONE))
    except BaseException as error:
        _restore(root, made)
        os.unlink(journal)
        if isinstance(error, OSError):
            raise UserError(f"cannot write {error.filename}: {error.strerror}", "everything is as it was") from None
        raise


def undo(root: str, journal: str) -> tuple[str, ...]:
    """Takes back what the journal says, and gives the paths. Raises UserError where there is nothing, or a file has been edited since."""
    held = load(journal)
    if held is None:
        raise UserError("there is no split to take back")
    edited = []
    for path, old in held.old.items():
        now = _bytes(os.path.join(root, path))
        if now != old and (now is None or digest(now) != held.new[path]):
            edited.append(path)
    if edited:
        raise UserError(*(f"{path} has changed since the split" for path in edited), "nothing was taken back")
    _restore(root, held)
    os.unlink(journal)
    return tuple(held.old)


def cut_off(journal: str) -> bool:
    """Whether a split has ended half-way."""
    held = load(journal)
    return held is not None and held.state == WRITING


def _in_order(new: Mapping[str, bytes], old: Mapping[str, bytes | None]) -> list[str]:
    """New files first: whatever looks at the tree meanwhile finds what the facade imports."""
    return sorted(new, key=lambda path: (old[path] is not None, path))


def _problem(root: str, path: str, old: bytes | None) -> str:
    """Why a file cannot be written; empty where it can."""
    place = os.path.join(root, path)
    if os.path.islink(place):
        return f"{path} is a link"
    if _bytes(place) != old:
        return f"{path} has changed meanwhile" if old is not None else f"{path} is there already"
    if old is not None and not os.access(place, os.W_OK):
        return f"{path} is read-only"
    folder = os.path.dirname(place)
    while not os.path.lexists(folder):
        folder = os.path.dirname(folder)
    return "" if os.access(folder, os.W_OK) and os.path.isdir(folder) else f"the folder of {path} is read-only"


def _missing_folders(root: str, new: Mapping[str, bytes]) -> tuple[str, ...]:
    made: set[str] = set()
    for path in new:
        folder = path.rpartition("/")[0]
        while folder and not os.path.lexists(os.path.join(root, folder)):
            made.add(folder)
            folder = folder.rpartition("/")[0]
    return tuple(sorted(made))


def _bytes(place: str) -> bytes | None:
    try:
        return read(place)
    except OSError:
        return None


def _write(fresh: str, data: bytes, like: str) -> None:
    with open(fresh, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    if os.path.exists(like):
        dress(fresh, os.stat(like))


def _restore(root: str, held: Journal) -> None:
    for path, old in held.old.items():
        place = os.path.join(root, path)
        if os.path.lexists(place + FRESH):
            os.unlink(place + FRESH)
        if old is None:
            if os.path.lexists(place):
                os.unlink(place)
        elif _bytes(place) != old:
            _write(place + FRESH, old, place)
            os.replace(place + FRESH, place)
    for folder in reversed(held.folders):
        place = os.path.join(root, folder)
        _without_bytecode(place)
        if os.path.isdir(place) and not os.listdir(place):
            os.rmdir(place)


def _without_bytecode(place: str) -> None:
    """Takes out what Python has compiled there meanwhile, so that the folder can go."""
    held = os.path.join(place, "__pycache__")
    for name in os.listdir(held) if os.path.isdir(held) else ():
        if name.endswith(".pyc"):
            os.unlink(os.path.join(held, name))
    if os.path.isdir(held) and not os.listdir(held):
        os.rmdir(held)
