"""The rules, a file a rule: this listing is the catalogue."""

from __future__ import annotations
