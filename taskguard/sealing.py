"""Bytes that are kept between runs: under a head that says what they answer, with a check against damage."""

from __future__ import annotations

from zlib import crc32

WIDTH = 8


def sealed(head: bytes, body: bytes) -> bytes:
    """The bytes to keep."""
    return head + b"%08x" % crc32(body) + body


def unsealed(data: bytes, head: bytes = b"") -> bytes | None:
    """The body that was sealed under this head; None for another head, and for what is damaged."""
    start = len(head) + WIDTH
    body = data[start:]
    return body if data.startswith(head) and data[len(head) : start] == b"%08x" % crc32(body) else None
