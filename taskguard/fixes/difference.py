"""What fixes change, as a unified diff that `git apply` and `patch` take."""

from __future__ import annotations

import codecs
from difflib import unified_diff

from taskguard.facts.source import decode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator


def difference(path: str, old: bytes, new: bytes) -> Iterator[str]:
    """The lines of the diff of one file, with their ends. A last line without one is marked as `diff` does it."""
    for line in unified_diff(_lines(old), _lines(new), f"a/{path}", f"b/{path}"):
        yield line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"


def _lines(data: bytes) -> list[str]:
    text = decode(data)
    if data.startswith(codecs.BOM_UTF8):
        text = "\ufeff" + text
    *whole, last = text.split("\n")
    return [f"{line}\n" for line in whole] + ([last] if last else [])
