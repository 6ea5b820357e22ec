"""Rows to text: a table for a terminal, JSON, CSV, Markdown."""

from __future__ import annotations

import json

from taskguard.inventory.rows import Row
from taskguard.project.python.values import told_apart
from taskguard.reporters.escape import Paths, shown, without_bytes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

SCHEMA = 1
NOTHING, UNKNOWN = "-", "?"
HEAD = ("name", "queue", "base", "limits", "retries", "schedule", "place")
FIELDS = (
    "name", "name_source", "queue", "queue_origin", "base", "soft_time_limit", "time_limit", "max_retries", "schedules", "form", "module",
    "qualname", "path", "line",
)  # fmt: skip


def as_object(row: Row) -> dict[str, object]:
    """A task of the JSON. Its shape is published in docs/schemas/tasks.schema.json."""
    queue: dict[str, object] = {"value": row.queue.value, "origin": row.queue.origin}
    if row.queue.name:
        queue["name"] = row.queue.name
    return {
        "name": row.name,
        "name_source": row.name_source,
        "module": row.module,
        "qualname": row.qualname,
        "path": without_bytes(row.path),
        "line": row.line,
        "form": row.form,
        "options": row.options,
        "unknown_options": list(row.unknown_options),
        "base": row.base,
        "base_source": row.base_source,
        "queue": queue,
        "schedules": [
            {"key": one.key, "schedule": one.schedule, "path": without_bytes(one.path), "line": one.line}
            for one in row.schedules
        ],
        "signature": None
        if row.signature is None
        else [{"name": one.name, "kind": one.kind, "default": one.default} for one in row.signature],
    }


def as_json(rows: list[Row], root: str) -> Iterator[str]:
    """`root` is relative to the working directory, paths are relative to the root."""
    yield json.dumps({"schema": SCHEMA, "root": root, "tasks": [as_object(row) for row in rows]}, indent=2) + "\n"


def as_csv(rows: list[Row]) -> Iterator[str]:
    """One line a task under a line of field names; empty for what is not set or unknown."""
    import csv
    from io import StringIO

    held = StringIO()
    writer = csv.writer(held, lineterminator="\n")
    writer.writerow(FIELDS)
    for row in rows:
        schedules = "; ".join(one.schedule or one.key or UNKNOWN for one in row.schedules)
        values = (
            row.name, row.name_source, row.queue.value, row.queue.origin, row.base, *row.limits, row.retries, schedules, row.form, row.module,
            row.qualname, without_bytes(row.path), row.line,
        )  # fmt: skip
        writer.writerow(["" if value is None else value for value in values])
    yield held.getvalue()


def as_markdown(rows: list[Row], paths: Paths) -> Iterator[str]:
    """A table as GitHub renders it."""
    yield f"| {' | '.join(HEAD)} |\n"
    yield "|" + " --- |" * len(HEAD) + "\n"
    for row, base in zip(rows, bases(rows), strict=True):
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells(row, base, paths))} |\n"


def as_table(rows: list[Row], paths: Paths) -> Iterator[str]:
    """Aligned columns under a heading, and a line that counts."""
    lines = [
        tuple(word.upper() for word in HEAD),
        *(cells(row, base, paths) for row, base in zip(rows, bases(rows), strict=True)),
    ]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEAD))]
    for line in lines if rows else ():
        yield "  ".join(f"{cell:<{width}}" for cell, width in zip(line, widths, strict=True)).rstrip() + "\n"
    unnamed = sum(1 for row in rows if row.name is None)
    doubtful = f", {unnamed} of them with an unknown name" if unnamed else ""
    yield f"{len(rows)} {'task' if len(rows) == 1 else 'tasks'}{doubtful}\n"


def bases(rows: list[Row]) -> list[str]:
    """The base class of each task: by its last name, in full where two would look alike."""
    names = told_apart(*(row.base or "" for row in rows))
    return [
        name or (UNKNOWN if row.base_source == "unknown" else NOTHING) for name, row in zip(names, rows, strict=True)
    ]


def cells(row: Row, base: str, paths: Paths) -> tuple[str, ...]:
    """What people see of a task: `-` is not set, `?` unknown."""
    soft, hard = (NOTHING if one is None else str(one) for one in row.limits)
    retries = NOTHING if row.retries is None else str(row.retries)
    schedule = "; ".join(one.schedule or UNKNOWN for one in row.schedules) or NOTHING
    queue = (
        f"{row.queue.value or row.queue.name.rpartition('.')[2] or UNKNOWN} ({row.queue.origin})"
        if row.queue.origin != "unknown"
        else UNKNOWN
    )
    limits = NOTHING if soft == hard == NOTHING else f"{soft}/{hard}"
    name = row.name if row.name is not None else f"{UNKNOWN} ({row.qualname})"
    shown_cells = [shown(cell) for cell in (name, queue, base, limits, retries, schedule)]
    return (*shown_cells, f"{paths(row.path)}:{row.line}")
