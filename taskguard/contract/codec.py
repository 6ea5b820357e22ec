"""Terms as plain JSON values, and back: for snapshots, and for what is kept of a commit.

What is read is checked: values of another form raise KeyError, TypeError, ValueError, IndexError or AttributeError.
"""

from __future__ import annotations

from taskguard.contract.shapes import checked
from taskguard.diagnostics import TOP, Span
from taskguard.project.change.terms import (
    Configured,
    Decoration,
    EntryTerms,
    Line,
    Missing,
    OptionTerms,
    Parameter,
    Piece,
    RouteTerms,
    ServiceTerms,
    TaskTerms,
    Use,
)  # fmt: skip

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def service(one: ServiceTerms) -> dict[str, Any]:
    return {
        "app": one.dotted, "default_queue": one.default, "path": one.path, "line": one.span.line, "open": one.routes_open,
        "routes": [[each.kind, each.pattern, dict(each.options), each.open, each.guard, each.path, each.span.line] for each in one.routes],
    }  # fmt: skip


def entry(one: EntryTerms) -> list[Any]:
    return [one.key, one.task, one.schedule, dict(one.more), one.path, one.span.line]


def task(one: TaskTerms) -> dict[str, Any]:
    return {
        "name": one.name, "source": one.source, "form": one.form, "function": one.qualname, "line": one.where.line,
        "options": {name: [option.text, option.known] for name, option in one.options},
        "open": one.open, "spread": list(one.spread), "inherited": dict(one.inherited), "closed": one.closed,
    }  # fmt: skip


def piece(one: Piece) -> dict[str, Any]:
    return {
        "name": one.qualname, "kind": one.kind, "line": one.span.line,
        "parameters": [[each.name, each.kind, each.preset] for each in one.parameters],
        "decorators": [[each.name, each.text, each.task] for each in one.decorations],
        "body": [
            [each.kind, each.text, list(each.inside), each.number, [[use.callee, use.literals] for use in each.calls], list(each.types)]
            for each in one.lines
        ],
    }  # fmt: skip


def missing(one: Missing) -> list[Any]:
    return [one.name, one.scope, one.span.line, one.span.column, one.module]


def configured(one: Configured) -> dict[str, Any]:
    """Routes and schedules."""
    return {
        "services": [*map(service, one.services)],
        "schedule": [*map(entry, one.entries)],
        "schedule_open": one.entries_open,
    }


def read_configured(one: dict[str, Any]) -> Configured:
    entries = tuple(read_entry(*each) for each in one["schedule"])
    return checked(Configured(tuple(map(read_service, one["services"])), entries, str(one["schedule_open"])))


def at(line: int) -> Span:
    return TOP.replace(line=line, end_line=line)


def read_missing(one: list[Any]) -> Missing:
    name, scope, line, column, module = one
    return checked(Missing(name, scope, Span(line, column, line, column), module))


def read_service(one: dict[str, Any]) -> ServiceTerms:
    routes = tuple(
        RouteTerms(kind, pattern, tuple(options.items()), opened, guard, path, at(line))
        for kind, pattern, options, opened, guard, path, line in one["routes"]
    )
    return ServiceTerms(one["app"], routes, one["open"], one["default_queue"], one["path"], at(one["line"]))


def read_entry(key: str, task: str, schedule: str, more: dict[str, str], path: str, line: int) -> EntryTerms:
    return EntryTerms(key, task, schedule, tuple(more.items()), path, at(line))


def read_task(path: str, module: str, one: dict[str, Any]) -> TaskTerms:
    where = at(one["line"])
    options = tuple((name, OptionTerms(known, text, where)) for name, (text, known) in one["options"].items())
    return checked(TaskTerms(
        one["name"], one["source"], one["form"], module, path, one["function"], where, (), options, one["open"], tuple(one["spread"]),
        tuple(one["inherited"].items()), one["closed"],
    ))  # fmt: skip


def read_piece(path: str, module: str, one: dict[str, Any]) -> Piece:
    lines = tuple(
        Line(kind, text, tuple(inside), number, tuple(Use(*use) for use in calls), tuple(types))
        for kind, text, inside, number, calls, types in one["body"]
    )
    if any(place >= number for number, line in enumerate(lines) for place in line.inside):
        raise ValueError("a line inside one that comes after it")
    line = one["line"]
    return checked(Piece(
        module, path, one["name"], one["kind"], at(line), tuple(Parameter(*each) for each in one["parameters"]),
        tuple(Decoration(name, text, task, line) for name, text, task in one["decorators"]), lines,
    ))  # fmt: skip
