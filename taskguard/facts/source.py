"""Bytes to text, as Python reads them: byte order mark, PEP 263 comment, else UTF-8. Line ends and form feeds stay as they are."""

from __future__ import annotations

import codecs

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Literal

NAME_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.")
# What editors write that call it "Unicode"; Python reads none of them. UTF-32 first: its mark begins with that of UTF-16.
FOREIGN_MARKS = (
    (codecs.BOM_UTF32_LE, "UTF-32"), (codecs.BOM_UTF32_BE, "UTF-32"), (codecs.BOM_UTF16_LE, "UTF-16"), (codecs.BOM_UTF16_BE, "UTF-16"),
)  # fmt: skip


FOREIGN_STARTS = frozenset(mark[:1] for mark, _ in FOREIGN_MARKS)


class SourceError(Exception):
    """A file that cannot be decoded. `kind` is `syntax` or `unreadable`, `line` is 1-based."""

    def __init__(self, message: str, line: int = 1, kind: Literal["syntax", "unreadable"] = "unreadable") -> None:
        super().__init__(message)
        self.message, self.line, self.kind = message, line, kind


def text_of(data: bytes | None) -> str | None:
    """The text of a file with these bytes, None where it has none."""
    try:
        return None if data is None else decode(data)
    except SourceError:
        return None


def decode(data: bytes) -> str:
    """The text of a source file, without its byte order mark. Raises SourceError."""
    for mark, name in FOREIGN_MARKS if data[:1] in FOREIGN_STARTS else ():
        if data.startswith(mark):
            raise SourceError(f"the file is {name}, which Python does not read")
    marked = data.startswith(codecs.BOM_UTF8)
    if marked:
        data = data[3:]
    declared, line = declared_encoding(data)
    if b"\0" in data:
        raise SourceError("source code cannot contain null bytes", count_lines(data[: data.index(b"\0") + 1]), "syntax")
    if marked and declared and not _is_utf8(declared):
        raise SourceError(f"the file begins with the mark of UTF-8 and declares {declared}", line)
    if declared and not _is_utf8(declared):
        return _decode_as(data, declared, line)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        text = _spoilt_in_comments(data)
        if text is not None:
            return text
        raise _undecodable(data, error, "UTF-8" if declared else "UTF-8, and no other encoding is declared") from None


def _spoilt_in_comments(data: bytes) -> str | None:
    """The text of a file of which nothing but comments is no UTF-8, with a `\ufffd` for each such byte; None where that is not so. Python up to 3.13 imports
    such a file: its parser leaves out comments before it decodes."""
    import ast

    text = data.decode("utf-8", "replace")
    try:
        nodes = ast.walk(ast.parse(text))  # no name may have that letter
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    texts = (one.value for one in nodes if isinstance(one, ast.Constant) and isinstance(one.value, str))
    return None if any("\ufffd" in one for one in texts) else text


def declared_encoding(data: bytes) -> tuple[str, int]:
    """The encoding that a comment in the first two lines names, and its line; "" without one. `data` has no byte order mark."""
    end = data.find(b"\n", data.find(b"\n") + 1)
    head = data if end < 0 else data[:end]
    if b"coding" not in head:
        return "", 0
    for number, line in enumerate(head.splitlines()[:2], 1):
        bare = line.lstrip(b" \t\f")
        if not bare.startswith(b"#"):
            if bare:
                break
            continue
        if name := _named(bare.decode("latin-1")):
            return name, number
    return "", 0


def _named(comment: str) -> str:
    """What follows `coding:` or `coding=` in a comment."""
    at = comment.find("coding")
    while at >= 0:
        at += len("coding")
        if comment[at : at + 1] in (":", "="):
            rest = comment[at + 1 :].lstrip(" \t")
            end = next((place for place, letter in enumerate(rest) if letter not in NAME_LETTERS), len(rest))
            if end:
                return rest[:end]
        at = comment.find("coding", at)
    return ""


def _is_utf8(name: str) -> bool:
    normal = name[:12].lower().replace("_", "-")
    return normal == "utf8" or normal == "utf-8" or normal.startswith("utf-8-")


def _decode_as(data: bytes, name: str, line: int) -> str:
    try:
        text = data.decode(name)
    except LookupError:
        raise SourceError(f"unknown encoding: {name}", line) from None
    except UnicodeDecodeError as error:
        raise _undecodable(data, error, name) from None
    except (ValueError, RecursionError, MemoryError) as error:
        raise SourceError(f"the file cannot be read as {name}: {error}", line) from None
    # An encoding that is no superset of ASCII turns the comment that names it into something else.
    if name not in text:
        raise SourceError(f"a source file cannot be written in {name}", line)
    if "\0" in text:
        raise SourceError("source code cannot contain null bytes", count_lines(text[: text.index("\0") + 1]), "syntax")
    return text


def _undecodable(data: bytes, error: UnicodeDecodeError, name: str) -> SourceError:
    line = count_lines(data[: error.start + 1])
    byte = data[error.start]
    return SourceError(f"byte 0x{byte:02x} in line {line} is not {name}", line)


def count_lines(data: bytes | str) -> int:
    r"""The physical lines as editors count them: `\n`, `\r\n` and a lone `\r` each end one, and a last line needs no end.

    Takes text, or bytes of an encoding that has ASCII's line ends.
    """
    if isinstance(data, bytes):
        return _count(data, b"\n", b"\r", b"\r\n")
    return _count(data, "\n", "\r", "\r\n")


def _count(data: Any, feed: Any, carriage: Any, both: Any) -> int:
    ends: int = data.count(feed)
    if carriage in data:
        ends += data.count(carriage) - data.count(both)
    return ends + (bool(data) and not data.endswith((feed, carriage)))
