"""What a split did to the files, written down before it does it: so that it can be taken back, also where it was cut off."""

from __future__ import annotations

import os
from base64 import b64decode, b64encode
from hashlib import sha256

from taskguard.errors import UserError
from taskguard.reading import read, why
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

WHAT, SCHEMA = "taskguard split", 1
FILE = ".taskguard-split.json"
WRITING, DONE = "writing", "done"
# What a file is called while it is being written.
FRESH = ".taskguard-split"


class Journal(Record):
    """`old` are the bytes of each path before, None where there was no file; `new` the digests of what is written. `folders` are those that were made."""

    state: str
    old: Mapping[str, bytes | None]
    new: Mapping[str, str]
    folders: tuple[str, ...]


def digest(data: bytes) -> str:
    return sha256(data).hexdigest()


def save(file: str, journal: Journal) -> None:
    """Raises OSError."""
    import json

    rows = [
        {"path": path, "old": None if data is None else b64encode(data).decode("ascii"), "new": journal.new[path]}
        for path, data in journal.old.items()
    ]
    made = {"what": WHAT, "schema": SCHEMA, "state": journal.state, "folders": list(journal.folders), "files": rows}
    fresh = file + FRESH
    with open(fresh, "w", encoding="utf-8") as out:
        json.dump(made, out, indent=1)
        out.flush()
        os.fsync(out.fileno())
    os.replace(fresh, file)


def load(file: str) -> Journal | None:
    """None where there is no journal. Raises UserError for one that is damaged."""
    import json

    if not os.path.lexists(file):
        return None
    try:
        data: Any = json.loads(read(file))
        if data["what"] != WHAT or data["schema"] != SCHEMA or data["state"] not in (WRITING, DONE):
            raise ValueError("it is none of this version's")
        old = {str(row["path"]): None if row["old"] is None else b64decode(row["old"]) for row in data["files"]}
        new = {str(row["path"]): str(row["new"]) for row in data["files"]}
        return Journal(data["state"], old, new, tuple(map(str, data["folders"])))
    except OSError as error:
        raise UserError(f"{file} cannot be read: {why(error)}") from None
    except (ValueError, KeyError, TypeError) as error:
        raise UserError(f"{file}, the journal of a split, is damaged: {error}") from None
