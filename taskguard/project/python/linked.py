"""What the files of a tree were linked to, as plain values: a run keeps them for the next one, which then need not look again."""

from __future__ import annotations

from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Linked(Record):
    """`evidence` is what speaks for import roots and what deployment files say (`Roots.said`), `unloaded` are the files that nothing can load. `words` and
    `widened` are what `Project.widen` was told, `words` None where nobody could look for wrappers."""

    evidence: tuple[Any, ...]
    unloaded: tuple[str, ...]
    words: tuple[str, ...] | None
    widened: tuple[str, ...]
