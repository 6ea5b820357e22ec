"""Text that a terminal, a log or a parser can take as it is: nothing in a path, a message or a line of code acts on its own."""

from __future__ import annotations

import os


def shown(text: str) -> str:
    """`text` with control, direction and other invisible characters written as escapes; bytes that are no UTF-8 as `\\xe9`."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() or is_blank(char) else escaped(char) for char in text)


def is_blank(char: str) -> bool:
    """Whether this is a blank of a script other than ours, such as the ideographic one; line breaks are none."""
    return char > "\x9f" and char.isspace() and char not in "\u2028\u2029"


def escaped(char: str) -> str:
    """One character as an escape."""
    number = ord(char)
    if 0xDC80 <= number <= 0xDCFF:
        return f"\\x{number - 0xDC00:02x}"
    named = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}.get(char)
    if named:
        return named
    if number < 0x100:
        return f"\\x{number:02x}"
    return f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"


def without_bytes(text: str) -> str:
    """`text` with only those characters escaped that no Unicode text can hold: what a file name has from bytes that are no UTF-8."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return "".join(escaped(char) if 0xD800 <= ord(char) <= 0xDFFF else char for char in text)
    return text


class Paths:
    """Root-relative paths as the working directory sees them, ready to be shown."""

    def __init__(self, root: str, cwd: str) -> None:
        self._root = root
        self._cwd = cwd
        self._known: dict[str, str] = {}

    def __call__(self, path: str) -> str:
        known = self._known.get(path)
        if known is None:
            known = self._known[path] = shown(os.path.relpath(os.path.join(self._root, path), self._cwd))
        return known
