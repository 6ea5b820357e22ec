"""A plan to read: module, tasks, helpers, lines of the god file, size before and after, and why."""

from __future__ import annotations

from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from taskguard.splitting.god import God
    from taskguard.splitting.plan import Placed

HEAD = ("module", "tasks", "helpers", "lines", "before", "after", "why")


class Row(Record):
    """`lines` are ranges of the god file; `before` counts them, `after` the lines of the module that is written, 0 where it is not known."""

    path: str
    tasks: int
    helpers: int
    lines: tuple[tuple[int, int], ...]
    before: int
    after: int
    why: str


def rows(god: God, parts: Sequence[Placed], files: Mapping[str, str]) -> list[Row]:
    """A row for each module."""
    made = []
    for part in parts:
        names = list(dict.fromkeys(name for place in part.places for name in god.blocks[place].binds))
        tasks = sum(name in god.tasks for name in names)
        before = sum(god.lines(place) for place in part.places)
        after = files.get(part.module.path, "").count("\n")
        made.append(
            Row(part.module.path, tasks, len(names) - tasks, ranges(god, part.places), before, after, part.module.why)
        )
    return made


def ranges(god: God, places: Sequence[int]) -> tuple[tuple[int, int], ...]:
    """The lines of blocks, with those joined that follow one another."""
    made: list[tuple[int, int]] = []
    last = -2
    for place in sorted(places):
        block = god.blocks[place]
        if place == last + 1:
            made[-1] = (made[-1][0], block.end_line)
        else:
            made.append((block.line, block.end_line))
        last = place
    return tuple(made)


def table(god: God, found: Sequence[Row], package: str) -> Iterator[str]:
    """The rows in columns."""
    cells = [HEAD]
    for one in found:
        shown = [f"{first}-{last}" if last > first else str(first) for first, last in one.lines]
        listed = ", ".join(shown[:6]) + (f" and {len(shown) - 6} more" if len(shown) > 6 else "")
        path = one.path.removeprefix(f"{package}/")
        cells.append((path, str(one.tasks), str(one.helpers), listed, str(one.before), str(one.after or "?"), one.why))
    widths = [max(len(row[column]) for row in cells) for column in range(len(HEAD))]
    right = (1, 2, 4, 5)
    yield f"{god.path}: {god.text.count(chr(10))} lines, into {package or 'the root'}\n\n"
    for number, row in enumerate(cells):
        padded = [
            cell.rjust(width) if column in right else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths))
        ]
        yield "  ".join(padded).rstrip() + "\n"
        if number == 0:
            yield "  ".join("-" * width for width in widths) + "\n"
