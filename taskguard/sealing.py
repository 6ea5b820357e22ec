"""A seal for bytes that are kept between runs: what is damaged, and what another than this user wrote, does not pass."""

from __future__ import annotations

try:
    from _blake2 import blake2b  # costs a tenth of what `hashlib` does
except ImportError:
    from hashlib import blake2b

WIDTH = 16


def fingerprint(data: bytes) -> str:
    """16 hexadecimal digits that stand for the data."""
    return blake2b(data, digest_size=8).hexdigest()


class Seal:
    """Seals with one key. `purpose` says what is sealed: what was sealed for one purpose does not pass for another."""

    __slots__ = ("_key",)

    def __init__(self, key: bytes, purpose: bytes) -> None:
        self._key: bytes = blake2b(purpose, key=key, digest_size=32).digest()

    def check(self, *parts: bytes) -> bytes:
        """What nobody can make of the parts who does not have the key: 16 bytes."""
        made = blake2b(key=self._key, digest_size=WIDTH)
        for part in parts:
            made.update(b"%d:" % len(part))
            made.update(part)
        digest: bytes = made.digest()
        return digest

    def sealed(self, head: bytes, body: bytes) -> bytes:
        """The bytes to keep: under a head that says what the body answers."""
        return head + self.check(head, body) + body

    def unsealed(self, data: bytes, head: bytes = b"") -> bytes | None:
        """The body that was sealed under this head; None for another head, and for what does not pass."""
        if not data.startswith(head):
            return None
        start = len(head) + WIDTH
        body = data[start:]
        return body if data[len(head) : start] == self.check(head, body) else None
