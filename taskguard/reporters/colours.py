"""Colour for a terminal, or none."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

CODES = {
    "bold": "1",
    "error": "1;31",
    "warn": "1;33",
    "undecided": "1;35",
    "dim": "2",
    "gutter": "34",
    "help": "1;36",
    "good": "1;32",
}


def painter(colour: bool) -> Callable[[str, str], str]:
    """A function of a kind of text and the text: it paints, or leaves the text as it is."""
    return painted if colour else plain


def painted(kind: str, text: str) -> str:
    return f"\x1b[{CODES[kind]}m{text}\x1b[0m"


def plain(kind: str, text: str) -> str:
    return text
