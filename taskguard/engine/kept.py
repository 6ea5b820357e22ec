"""What the last run found, as far as it holds for the files that there are now."""

from __future__ import annotations

from taskguard.project.python.held_texts import Answers
from taskguard.project.python.linked import Linked
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from taskguard.engine.kept_reads import KeptReads
    from taskguard.engine.listing_changes import Listing
    from taskguard.engine.reads import Asked, Read, Said
    from taskguard.engine.verdicts import Verdicts
    from taskguard.facts.model import Facts
    from taskguard.facts.positions import Moved

# Beside the rules, these are worked out with them: how many tasks there are, and what the settings name in doubt.
TASKS, WARNINGS = ("the number of tasks", "warnings about settings")
# What links the files to a project: where that comes to the same again, nothing has changed for who rests on it.
LINKING = "linking"


class Changed(Record):
    """A file that has changed in nothing that was read: its facts before and now, and where things have gone."""

    path: str
    old: Facts
    new: Facts
    moved: Moved


class Kept(Record):
    """The verdicts of the last run as they stood (`before`), the same where they stand now, the files that have changed, and those that have come or
    are gone and that nobody could have noticed. `stale` are the units that rest on something that has changed, those in `places` only where they judge these
    files: what they found there is not among `verdicts`. `gone` is what says something else by now.
    `known` is what was read, where that was looked at, `answered` are answers whose places have moved since, and `linked_as` stands for what the files were linked to.
    """

    before: Verdicts
    verdicts: Verdicts
    changed: tuple[Changed, ...]
    listing: Listing
    stale: frozenset[str] = frozenset()
    places: dict[str, frozenset[str]] = {}
    gone: frozenset[Read] = frozenset()
    known: KeptReads | None = None
    linked_as: int = 0
    answered: dict[str, dict[Asked, Said]] = {}

    @property
    def again(self) -> frozenset[str]:
        """The units to be judged again: those that are stale, and those that nobody keeps what they read of."""
        return self.stale.union(self.before.light)

    @property
    def answers(self) -> Answers | None:
        """What was answered of files that have not changed."""
        known, others = self.known, {path for path, _ in self.gone}
        if known is None:
            return None

        def kept(path: str) -> dict[Asked, Any]:
            try:
                return {} if path in others else known.values(path)
            except ValueError:  # damaged
                return {}

        return Answers(apart=[one.path for one in self.changed], kept=kept)

    @property
    def linked(self) -> Linked | None:
        """What the files were linked to, where nothing that says so has changed."""
        return Linked(*self.known.head.linked) if self.known is not None and LINKING not in self.stale else None
