"""The comparison of two states as plain data, and as text or Markdown for people to read."""

from __future__ import annotations

from taskguard.project.change.lost_tasks import lost_tasks
from taskguard.project.change.symbols import lost_symbols
from taskguard.project.change.terms import plain
from taskguard.project.change.verdicts import bodies, broken_signatures, changed_options
from taskguard.project.change.ways import changed_ways
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from taskguard.project.change.model import Change
    from taskguard.project.change.state import State

SCHEMA = 1
UNKNOWN = "?"


class Figures(Record):
    """The sizes of the task modules of one state: those that declare tasks, belong to a facade or took code from one that does."""

    god_files: int
    total_lines: int
    modules: int
    average: int
    largest: int
    violations: int | None


class Difference(Record):
    """Everything that differs; `moved` and `renamed` hold pairs, `sizes` path and lines before and after."""

    before: Figures
    after: Figures
    sizes: tuple[tuple[str, int, int], ...]
    moved: tuple[tuple[str, str, str], ...]
    renamed: tuple[tuple[str, str], ...]
    added: tuple[str, ...]
    gone: tuple[str, ...]
    options: tuple[tuple[str, str, str, str], ...]
    ways: tuple[tuple[str, str], ...]
    signatures: tuple[tuple[str, str], ...]
    bodies: tuple[tuple[str, str], ...]
    symbols: tuple[tuple[str, str, tuple[str, ...]], ...]


def difference(change: Change, limit: int, violations: tuple[int | None, int | None]) -> Difference:
    """What differs between the states of a change. `limit` is the number of lines above which a file is a god file."""
    lost = lost_tasks(change)
    pairs = change.task_pairs()
    old_names = {task.name for task in change.old_tasks()}
    new = [task for path in change.new_paths for task in change.after.tasks(path)]
    renamed = {str(one.old.name): str(one.new.name) for one in lost if one.new is not None}
    paths = change.before.task_paths | change.after.task_paths | change.after.facade_paths() | change.covered
    sizes = [(path, change.before.lines(path), change.after.lines(path)) for path in sorted(paths)]
    return Difference(
        figures(change.before, paths, limit, violations[0]),
        figures(change.after, paths, limit, violations[1]),
        tuple(one for one in sizes if one[1] != one[2] and max(one[1], one[2]) > limit),
        tuple(sorted((str(one.old.name), one.old.path, one.new.path) for one in pairs if one.old.name == one.new.name and one.old.path != one.new.path)),
        tuple(sorted(renamed.items())),
        tuple(sorted({str(one.name) for one in new if one.name is not None} - {str(one) for one in old_names} - set(renamed.values()))),
        tuple(sorted(str(one.old.name) for one in lost if one.new is None)),
        tuple((str(pair.new.name or pair.new.dotted), one.name, one.before, one.after) for pair, found in changed_options(change) for one in found),
        tuple((one.subject, one.said) for one in changed_ways(change)),
        tuple((one.pair.new.dotted, "; ".join(one.phrases)) for one in broken_signatures(change)),
        tuple((one.pair.new.dotted, "; ".join([*one.gone, *([one.difference.phrase] if one.difference else [])])) for one in bodies(change)),
        tuple((one.dotted, one.new.dotted if one.new is not None else "", tuple(f"{user.path}:{user.line}" for user in one.users)) for one in lost_symbols(change)),
    )  # fmt: skip


def figures(state: State, paths: Iterable[str], limit: int, violations: int | None) -> Figures:
    """The sizes of these files in one state."""
    sizes = [state.lines(path) for path in paths if path in set(state.paths)]
    total = sum(sizes)
    return Figures(
        sum(size > limit for size in sizes),
        total,
        len(sizes),
        round(total / len(sizes)) if sizes else 0,
        max(sizes, default=0),
        violations,
    )


def as_data(one: Difference) -> dict[str, object]:
    """The difference for JSON."""
    return {
        "schema": SCHEMA,
        "figures": {name: [getattr(one.before, name), getattr(one.after, name)] for name in Figures.fields},
        "god_files": [{"path": path, "before": before, "after": after} for path, before, after in one.sizes],
        "tasks": {
            "moved": [{"name": name, "from": old, "to": new} for name, old, new in one.moved],
            "renamed": [{"from": old, "to": new} for old, new in one.renamed],
            "added": list(one.added),
            "gone": list(one.gone),
        },
        "options": [
            {"task": task, "option": name, "before": before, "after": after}
            for task, name, before, after in one.options
        ],
        "ways": [{"subject": name, "differs": what} for name, what in one.ways],
        "signatures": [{"function": name, "differs": what} for name, what in one.signatures],
        "bodies": [{"function": name, "differs": what} for name, what in one.bodies],
        "symbols": [{"symbol": name, "now": now or None, "users": list(users)} for name, now, users in one.symbols],
    }


def as_text(one: Difference, markdown: bool) -> Iterator[str]:
    """The difference for people: a table of figures, then a section for everything that differs."""
    rows = [
        (name.replace("_", " ").capitalize(), _cell(getattr(one.before, name)), _cell(getattr(one.after, name)))
        for name in Figures.fields
    ]
    yield from _table(("Task modules", "Before", "After"), rows, markdown)
    code = "`" if markdown else ""
    sections = (
        ("God files", [f"{code}{path}{code}: {before} lines, now {after}" for path, before, after in one.sizes]),
        ("Tasks moved", [f"{code}{name}{code}: from {old} to {new}" for name, old, new in one.moved]),
        ("Tasks renamed", [f"{code}{old}{code} is now {code}{new}{code}" for old, new in one.renamed]),
        ("Tasks added", [f"{code}{name}{code}" for name in one.added]),
        ("Tasks gone", [f"{code}{name}{code}" for name in one.gone]),
        ("Routes and schedules", [what for _, what in one.ways]),
        ("Signatures", [f"{code}{name}{code}: {plain(what)}" for name, what in one.signatures]),
        ("Bodies and protections", [f"{code}{name}{code}: {plain(what)}" for name, what in one.bodies]),
        ("Names gone", [_symbol(*row, code) for row in one.symbols]),
    )
    for title, lines in sections[:5]:
        yield from _section(title, lines, markdown)
    if one.options:
        yield "\n## Options\n\n" if markdown else "\nOptions\n"
        yield from _table(("Task", "Option", "Before", "After"), [tuple(row) for row in one.options], markdown)
    for title, lines in sections[5:]:
        yield from _section(title, lines, markdown)


def _symbol(name: str, now: str, users: tuple[str, ...], code: str) -> str:
    went = f", now {code}{now}{code}" if now else ""
    return f"{code}{name}{code}{went}" + (
        f"; used by {', '.join(users)}" if users else "; nobody in the project uses it"
    )


def _cell(value: int | None) -> str:
    return UNKNOWN if value is None else f"{value}"


def _section(title: str, lines: list[str], markdown: bool) -> Iterator[str]:
    if lines:
        yield f"\n## {title}\n\n" if markdown else f"\n{title}\n"
        yield from (f"- {line}\n" if markdown else f"  {line}\n" for line in lines)


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]], markdown: bool) -> Iterator[str]:
    rows = list(rows)
    if markdown:
        for row in (head, ("---",) * len(head), *rows):
            yield "| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |\n"
        return
    widths = [max(len(row[place]) for row in (head, *rows)) for place in range(len(head))]
    for row in (head, *rows):
        yield "  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths)).rstrip() + "\n"
