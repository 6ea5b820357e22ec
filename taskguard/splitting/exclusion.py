"""Which line of the settings leaves a file out."""

from __future__ import annotations

import os

from taskguard import discovery
from taskguard.errors import Problem
from taskguard.reading import read_text
from taskguard.settings.find import for_people
from taskguard.settings.merge import DEFAULT_EXCLUDE
from taskguard.settings.toml import TomlError, lines, parse

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from taskguard.settings.model import Settings

KEYS = ("extend-exclude", "exclude")


def excluded_by(root: str, path: str, settings: Iterable[Settings]) -> Problem | None:
    """What leaves out a file of the project, with the place that says so; None where nothing does."""
    for one in settings:
        for pattern in one.exclude:
            options = discovery.Options(exclude=(pattern,), folder=one.folder)
            if discovery.is_excluded(root, os.path.join(root, path), options):
                file, line, key = _place(one, pattern)
                cure = "--isolated or --config takes others"
                if pattern in DEFAULT_EXCLUDE and not file:
                    cure = "that is a default, in place of which the settings may say others"
                return Problem(
                    file, line, key, f"`{pattern}` leaves out {path}, so what relies on it is not seen; {cure}"
                )
    return None


def _place(settings: Settings, pattern: str) -> tuple[str, int, str]:
    """File, line and key that have a pattern; no file where it is a default or a word of the command line."""
    for file in sorted(settings.sources, key=lambda one: one != settings.file):
        try:
            text = read_text(file).removeprefix("\ufeff")
            data = parse(text)
        except (OSError, UnicodeDecodeError, TomlError):
            continue
        around = ("tool", "taskguard") if os.path.basename(file) == "pyproject.toml" else ()
        own = data
        for part in around:
            own = own.get(part, {})
        for key in KEYS:
            if pattern in own.get(key, ()):
                return for_people(file), lines(text).get((*around, key), 0), ".".join((*around, key))
    return "", 0, KEYS[1]
