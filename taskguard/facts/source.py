"""Bytes to text, as Python reads them."""

from __future__ import annotations


class SourceError(Exception):
    """A file that cannot be decoded. `kind` is `syntax` or `unreadable`, `line` is 1-based."""

    def __init__(self, message: str, line: int = 1, kind: str = "unreadable") -> None:
        super().__init__(message)
        self.message, self.line, self.kind = message, line, kind


def decode(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise SourceError(str(error)) from None


def count_lines(data: bytes | str) -> int:
    newline = b"\n" if isinstance(data, bytes) else "\n"
    return data.count(newline) + (not data.endswith(newline) and bool(data))
