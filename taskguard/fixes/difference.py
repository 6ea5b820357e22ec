"""What fixes change, as a unified diff that `git apply` and `patch` take."""

from __future__ import annotations

import codecs
from difflib import SequenceMatcher

from taskguard.facts.source import decode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Literal

    Opcode = tuple[Literal["replace", "delete", "insert", "equal"], int, int, int, int]

CONTEXT = 3
# Files of more lines are compared line by line, which takes no longer than they are; and so far is looked for where they go on alike.
LONG, FARTHEST = 2000, 300


def difference(path: str, old: bytes, new: bytes) -> Iterator[str]:
    """The lines of the diff of one file, with their ends. A last line without one is marked as `diff` does it."""
    before, after = _lines(old), _lines(new)
    matcher = Aligned if len(before) + len(after) > LONG else SequenceMatcher
    first = True
    for group in matcher(None, before, after).get_grouped_opcodes(CONTEXT):
        if first:
            first = False
            yield f"--- a/{path}\n"
            yield f"+++ b/{path}\n"
        (_, start, _, begin, _), (_, _, stop, _, end) = group[0], group[-1]
        yield f"@@ -{_range(start, stop)} +{_range(begin, end)} @@\n"
        for tag, i, k, j, n in group:
            pieces = ((" ", before[i:k]),) if tag == "equal" else (("-", before[i:k]), ("+", after[j:n]))
            for sign, lines in pieces:
                for line in lines:
                    yield sign + (line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n")


class Aligned(SequenceMatcher[str]):
    """Two texts that differ in many small places: each place ends where both go on alike."""

    def get_opcodes(self) -> list[Opcode]:
        """How the first becomes the second."""
        old, new = self.a, self.b
        made: list[Opcode] = []
        i = j = 0
        while i < len(old) or j < len(new):
            k, n = i, j
            while k < len(old) and n < len(new) and old[k] == new[n]:
                k, n = k + 1, n + 1
            if k > i:
                made.append(("equal", i, k, j, n))
            i, j = k, n
            if i == len(old) and j == len(new):
                break
            k, n = _alike_again(old, new, i, j)
            made.append(("insert" if k == i else "delete" if n == j else "replace", i, k, j, n))
            i, j = k, n
        return made

    def __init__(self, isjunk: None, a: Sequence[str], b: Sequence[str]) -> None:
        super().__init__()
        self.a, self.b = a, b


def _alike_again(old: Sequence[str], new: Sequence[str], i: int, j: int) -> tuple[int, int]:
    """The nearest places behind these from which two lines of both are the same, or one after as many others; the ends where none is near."""
    for far in range(1, FARTHEST):
        for more in range(far + 1):
            k, n = i + far - more, j + more
            alike = k < len(old) and n < len(new) and old[k] == new[n]
            if alike and (far == 2 * more or old[k + 1 : k + 2] == new[n + 1 : n + 2]):
                return k, n
    return len(old), len(new)


def _range(start: int, stop: int) -> str:
    """Lines as the head of a hunk says them."""
    count = stop - start
    return f"{start + 1}" if count == 1 else f"{start + (count > 0)},{count}"


def _lines(data: bytes) -> list[str]:
    text = decode(data)
    if data.startswith(codecs.BOM_UTF8):
        text = "\ufeff" + text
    *whole, last = text.split("\n")
    return [f"{line}\n" for line in whole] + ([last] if last else [])
