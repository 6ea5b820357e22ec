"""Where the rows are: a stand-in for a database."""

from __future__ import annotations

from contextlib import contextmanager


class Store:
    """Rows by kind and id."""

    def __init__(self) -> None:
        self.held: dict[str, dict[int, dict]] = {}
        self.depth = 0

    def rows(self, kind: str) -> list[dict]:
        return list(self.held.get(kind, {}).values())

    def get(self, kind: str, number: int) -> dict | None:
        return self.held.get(kind, {}).get(number)

    def save(self, kind: str, row: dict) -> None:
        if not self.depth:
            raise RuntimeError("rows are saved within a transaction")
        self.held.setdefault(kind, {})[row["id"]] = row

    def next_id(self, kind: str) -> int:
        return max(self.held.get(kind, {0: {}}), default=0) + 1

    def price(self, kind: str) -> int:
        return {"apple": 120, "pear": 180, "plum": 240}.get(kind, 100)


STORE = Store()


@contextmanager
def atomic():
    """A transaction."""
    STORE.depth += 1
    try:
        yield
    finally:
        STORE.depth -= 1
