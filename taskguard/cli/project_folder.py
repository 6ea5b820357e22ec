"""Where `init` and `baseline` work: in the folder with settings or packaging of its own around the working directory, or in the root."""

from __future__ import annotations

import os

from taskguard.cli.arguments import Option
from taskguard.cli.options import working_folder
from taskguard.errors import UserError
from taskguard.record import Record
from taskguard.settings.find import SETTINGS_NAMES, find_root, unrooted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.cli.arguments import Words

ROOT = Option(
    ("--root",), "work in the root of the project, not in the folder around that has a pyproject.toml of its own"
)


class Workplace(Record):
    """A folder, and the root of the project that it is part of; both absolute. `inside` is the one relative to the other, with `/`."""

    root: str
    folder: str

    @property
    def inside(self) -> str:
        return "" if self.folder == self.root else os.path.relpath(self.folder, self.root).replace(os.sep, "/")

    def shown(self, name: str) -> str:
        """A file of the folder as the working directory sees it."""
        return os.path.relpath(os.path.join(self.folder, name)).replace(os.sep, "/")


def workplace(words: Words) -> Workplace:
    """Where a command works that has `ROOT` among its options. Raises UserError."""
    place = os.path.realpath(working_folder())
    root = find_root(place)
    if root in unrooted():
        raise UserError(f"{root} is no project: the home folder and / never are; run this in the folder of one")
    while place != root and not words.flag(ROOT.key):
        if any(os.path.isfile(os.path.join(place, name)) for name in SETTINGS_NAMES):
            return Workplace(root, place)
        place = os.path.dirname(place)
    return Workplace(root, root)
