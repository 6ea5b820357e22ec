"""Settings that look as if they were read and are not: a second file beside the first, a table whose name is misspelt."""

from __future__ import annotations

import os

from taskguard.errors import Problem
from taskguard.reading import read_or_nothing
from taskguard.settings.find import NAMES, has_table

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.settings.model import Settings

PYPROJECT = "pyproject.toml"
OURS = "taskguard"
# Names that are near ours without a likeness of letters: those of the distribution and of the module.
ALIASES = frozenset(("celerytaskguard", "taskguardcelery"))


def unread(settings: Settings, root: str) -> Iterator[Problem]:
    """The lines of warning about settings that somebody wrote and nobody reads. `root` is absolute."""
    chosen = settings.file
    if chosen is not None:
        yield from _second(chosen)
    folders = dict.fromkeys((root, os.path.dirname(chosen) if chosen is not None else root))
    for folder in folders:
        yield from _misspelt(os.path.join(folder, PYPROJECT))


def _second(chosen: str) -> Iterator[Problem]:
    folder, name = os.path.split(chosen)
    for other in NAMES[NAMES.index(name) + 1 :] if name in NAMES else ():
        if os.path.isfile(os.path.join(folder, other)):
            yield Problem(os.path.join(folder, other), 0, "", f"is not read, since {name} beside it is", False)
    path = os.path.join(folder, PYPROJECT)
    if name in NAMES and os.path.isfile(path):
        data = read_or_nothing(path)
        if has_table(data):
            line = next(
                (n for n, one in enumerate(data.splitlines(), 1) if one.lstrip(b"[").startswith(b"tool.taskguard")), 0
            )
            yield Problem(path, line, "tool.taskguard", f"is not read, since {name} beside it is", False)


def _misspelt(path: str) -> Iterator[Problem]:
    for number, line in enumerate(read_or_nothing(path).splitlines(), 1):
        if line.startswith((b"[tool.", b"[[tool.")):
            table = line.lstrip(b"[")[len("tool.") :].partition(b"]")[0].partition(b".")[0].strip(b" \"'")
            name = table.decode("utf-8", "replace")
            if name != OURS and _means_ours(name):
                yield Problem(
                    path, number, f"tool.{name}", f"nobody reads this table; did you mean `tool.{OURS}`?", False
                )
                return


def _means_ours(name: str) -> bool:
    """Whether a table was most likely meant to be ours."""
    plain = name.lower().replace("-", "").replace("_", "")
    if plain == OURS or plain in ALIASES:
        return True
    if abs(len(plain) - len(OURS)) > 2 or len(set(plain) & set(OURS)) < 6:
        return False
    from difflib import SequenceMatcher

    return SequenceMatcher(None, plain, OURS).ratio() >= 0.8
