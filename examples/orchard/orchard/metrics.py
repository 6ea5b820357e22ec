"""Numbers for the dashboards, kept in memory here."""

from __future__ import annotations

COUNTS: dict[str, int] = {}


def count(name: str) -> None:
    COUNTS[name] = COUNTS.get(name, 0) + 1


def gauge(name: str, value: int) -> None:
    COUNTS[name] = value
