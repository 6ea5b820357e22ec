"""Which files there are. Asks the disk only, never git."""

from __future__ import annotations

from taskguard.discovery.reading import read
from taskguard.discovery.walking import Found, Options, Walk, is_excluded, walk

__all__ = ["Found", "Options", "Walk", "is_excluded", "read", "walk"]
