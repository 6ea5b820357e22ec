"""Which known word a wrong one most likely meant, and a bound to what it may cost to find that out."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

# What all comparisons of one `Spelling` may take, in letters that are held against each other: some seconds. Thirty wrong names
# among two thousand take as much.
MOST_STEPS = 30_000_000
# What the comparison of two words takes besides, in the same steps.
PER_WORD = 200
LONGEST = 200


class Spelling:
    """Suggestions for wrong words, as long as they are worth their time: a file with thousands of them gets no more of them then.

    Make one for all that is compared in one go, so that what is suggested does not hang on what else has been asked.
    """

    def __init__(self) -> None:
        self._left = MOST_STEPS

    def nearest(self, word: str, known: Iterable[str], cutoff: float = 0.6) -> str | None:
        """The one of `known` that `word` most likely meant, or None."""
        return next(iter(self.close(word, known, 1, cutoff)), None)

    def close(self, word: str, known: Iterable[str], most: int, cutoff: float) -> list[str]:
        """Up to `most` of `known` that are like `word`, the likest first."""
        if self._left <= 0 or not 0 < len(word) <= LONGEST:
            return []
        words = [one for one in known if len(one) <= LONGEST]
        # Letters are held against the places of the same letter in the other word.
        self._left -= max(map(word.count, set(word))) * sum(map(len, words)) + PER_WORD * len(words)
        from difflib import get_close_matches

        return get_close_matches(word, words if self._left > 0 else (), most, cutoff)
