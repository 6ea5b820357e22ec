"""Which files there are. Asks the disk only, never git."""

from __future__ import annotations

from taskguard.discovery.chain import ignored
from taskguard.discovery.listing import UNSURE, ListingCache
from taskguard.discovery.walking import Options, Walk, is_excluded, walk
from taskguard.reading import read

__all__ = ["UNSURE", "ListingCache", "Options", "Walk", "ignored", "is_excluded", "read", "walk"]
