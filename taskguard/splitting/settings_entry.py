"""The facade in the settings: an entry in the file that is in force, or in the project's `pyproject.toml`."""

from __future__ import annotations

import os

from taskguard.settings.find import settings_in
from taskguard.settings.toml import TomlError, parse
from taskguard.settings.writing import facade_entry

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.settings.model import FacadeSetting

BOM = "\ufeff"


def settings_file(root: str, folder: str) -> str:
    """The path, relative to the root, of the file that gets the entry: that of the nearest folder with settings,
    else the nearest `pyproject.toml`; empty where there is none."""
    packaging = ""
    place = folder
    while True:
        found = settings_in(os.path.join(root, place))
        if found is not None:
            return os.path.relpath(found, root).replace(os.sep, "/")
        near = f"{place}/pyproject.toml" if place else "pyproject.toml"
        if not packaging and os.path.isfile(os.path.join(root, near)):
            packaging = near
        if not place:
            return packaging
        place = place.rpartition("/")[0]


def with_facade(text: str, name: str, facade: FacadeSetting) -> str | None:
    """The text of a settings file called `name` with a facade more, all else byte for byte; None where that cannot be written."""
    newline = "\r\n" if "\r\n" in text else "\n"
    keys = ("tool", "taskguard") if name == "pyproject.toml" else ()
    lines = [*facade_entry(facade.module, facade.sources, "".join(f"{key}." for key in keys)), ""]
    body = text if not text or text.endswith("\n") else text + newline
    gap = newline if body.strip() and not body.endswith(newline * 2) else ""
    made = body + gap + newline.join(lines)
    try:
        before, after = parse(text.removeprefix(BOM)), parse(made.removeprefix(BOM))
    except TomlError:
        return None
    for data in (before, after):
        for key in keys:
            data = data.setdefault(key, {})
        data.setdefault("facades", [])
    own = after
    for key in keys:
        own = own[key]
    added = own["facades"].pop()
    return made if before == after and added["module"] == facade.module else None
