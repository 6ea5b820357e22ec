"""Which rows are wanted, and in which order."""

from __future__ import annotations

from taskguard.globs import matcher
from taskguard.inventory.rows import MORE, Row
from taskguard.record import Record

SORT_KEYS = ("name", "place", "queue", "base", "module")


class Choice(Record):
    """The filters; empty ones let everything through. Several values of one filter are alternatives.

    `paths` are globs over root-relative paths; `bases` are full or bare class names, whose subclasses count; `missing` are options that must not be set.
    """

    queues: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    bases: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    duplicates: bool = False
    unscheduled: bool = False
    unrouted: bool = False
    sort: str = "place"


def choose(rows: list[Row], choice: Choice) -> list[Row]:
    """The rows that pass all filters, sorted."""
    return sorted((row for row in rows if wanted(row, choice)), key=lambda row: order(row, choice.sort))


def wanted(row: Row, choice: Choice) -> bool:
    if (
        choice.queues
        and row.queue.value not in choice.queues
        and not (row.queue.name and row.queue.name in choice.queues)
    ):
        return False
    if choice.paths and not any(at(row.path, path) for path in choice.paths):
        return False
    if choice.bases and not any(
        one == base or one.endswith("." + base) for base in choice.bases for one in row.ancestors
    ):
        return False
    if choice.missing and not any(lacks(row, option) for option in choice.missing):
        return False
    if choice.duplicates and not row.duplicate:
        return False
    if choice.unscheduled and (row.schedules or row.name is None):
        return False
    return not choice.unrouted or row.queue.origin == "default"


def lacks(row: Row, option: str) -> bool:
    """Whether neither the declaration nor its base class (nor a route, for the queue) gives the option; False where that cannot be told."""
    if option == "queue" and row.queue.origin != "default":
        return False
    known = {*row.options, *row.unknown_options, *row.inherited}
    return option not in known and MORE not in known


def at(path: str, pattern: str) -> bool:
    """Whether a path is `pattern`, below it, or matched by it as a glob."""
    plain = pattern.removeprefix("./").rstrip("/")
    return path == plain or path.startswith(plain + "/") or plain in ("", ".") or matcher((plain,))(path)


def order(row: Row, key: str) -> tuple[object, ...]:
    place = (row.path, row.line, row.qualname)
    if key == "place":
        return place
    value = {"name": row.name, "queue": row.queue.value, "base": row.base, "module": row.module}[key]
    return (value is None, value or "", *place)
