"""Which known word a wrong one most likely meant, and a bound to what it may cost to find that out."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

# What all comparisons of one `Spelling` may take, in steps of some tenth of a microsecond: two seconds. Seventy wrong names that resemble each of
# two thousand take as much.
MOST_STEPS = 40_000_000
# What it takes to compare the lengths of two words, their letters, and the words, besides what grows with them.
PER_WORD, PER_LETTERS, PER_COMPARISON = 8, 40, 250
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
        from difflib import SequenceMatcher
        from heapq import nlargest

        matcher = SequenceMatcher[str]()
        matcher.set_seq2(word)
        # Letters are held against the places of the same letter in the other word.
        often = max(map(word.count, set(word)))
        found: list[tuple[float, str]] = []
        for one in known:
            self._left -= PER_WORD
            if len(one) > LONGEST:
                continue
            matcher.set_seq1(one)
            if matcher.real_quick_ratio() < cutoff:
                continue
            self._left -= PER_LETTERS + 2 * len(one)
            if matcher.quick_ratio() < cutoff:
                continue
            self._left -= PER_COMPARISON + often * len(one)
            if self._left <= 0:
                return []
            if (ratio := matcher.ratio()) >= cutoff:
                found.append((ratio, one))
        return [one for _, one in nlargest(most, found)]
