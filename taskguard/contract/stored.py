"""A snapshot of a contract: written as a sorted, reviewable JSON file, and read as the old state of a change."""

from __future__ import annotations

import json

from taskguard.diagnostics import TOP, Span
from taskguard.errors import UserError
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
    User,
)  # fmt: skip

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from taskguard.project.change.linked import Linked

SCHEMA = 1
WHAT = "taskguard contract"


def snapshot(state: Linked, broken: Iterable[tuple[str, str, str]] = ()) -> str:
    """The contract of a project as the text of a snapshot file.

    Every module has its names; those that declare tasks or belong to a facade are told in full. `broken` are imports that fail already:
    code, path and subject of their diagnostics.
    """
    from taskguard.contract.outline import Outlines

    covered = state.task_paths | state.facade_paths()
    outlines = Outlines(state)
    files = {
        path: _module(state, path, outlines.of(path, path in covered), path in covered) for path in sorted(state.paths)
    }
    conf = state.configured()
    return written(
        {
            "what": WHAT,
            "schema": SCHEMA,
            "services": [_service(one) for one in conf.services],
            "schedule": [_entry(one) for one in conf.entries],
            "schedule_open": conf.entries_open,
            "broken": [list(one) for one in sorted(broken)],
            "facades": sorted(state.facade_paths()),
            "files": files,
        }
    )


def _service(one: ServiceTerms) -> dict[str, Any]:
    return {
        "app": one.dotted, "default_queue": one.default, "path": one.path, "line": one.span.line, "open": one.routes_open,
        "routes": [[each.kind, each.pattern, dict(each.options), each.open, each.guard, each.path, each.span.line] for each in one.routes],
    }  # fmt: skip


def _entry(one: EntryTerms) -> list[Any]:
    return [one.key, one.task, one.schedule, dict(one.more), one.path, one.span.line]


def _module(state: Linked, path: str, names: dict[str, str], whole: bool) -> dict[str, Any]:
    head = {"digest": state.digest(path), "module": state.module_name(path), "lines": state.lines(path), "names": names}
    return {
        **head,
        "tasks": [_task(one) for one in state.tasks(path)],
        "pieces": [_piece(one) for one in state.pieces(path)],
        "missing": [[one.name, one.scope, one.span.line, one.span.column, one.module] for one in state.missing(path)],
    } if whole else head  # fmt: skip


def _task(one: TaskTerms) -> dict[str, Any]:
    return {
        "name": one.name, "source": one.source, "form": one.form, "function": one.qualname, "line": one.where.line,
        "options": {name: [option.text, option.known] for name, option in one.options},
        "open": one.open, "spread": list(one.spread), "inherited": dict(one.inherited), "closed": one.closed,
    }  # fmt: skip


def _piece(one: Piece) -> dict[str, Any]:
    return {
        "name": one.qualname, "kind": one.kind, "line": one.span.line,
        "parameters": [[each.name, each.kind, each.preset] for each in one.parameters],
        "decorators": [[each.name, each.text, each.task] for each in one.decorations],
        "body": [
            [each.kind, each.text, list(each.inside), each.number, [[use.callee, use.literals] for use in each.calls], list(each.types)]
            for each in one.lines
        ],
    }  # fmt: skip


def written(value: object, depth: int = 0) -> str:
    """JSON in which a list of plain values stands on one line."""
    pad = " " * (depth + 1)
    if isinstance(value, dict) and value:
        inside = ",\n".join(
            f"{pad}{json.dumps(key, ensure_ascii=False)}: {written(one, depth + 1)}" for key, one in value.items()
        )
        return f"{{\n{inside}\n{' ' * depth}}}" + ("" if depth else "\n")
    if isinstance(value, list) and any(isinstance(one, dict | list) and _deep(one) for one in value):
        inside = ",\n".join(pad + written(one, depth + 1) for one in value)
        return f"[\n{inside}\n{' ' * depth}]"
    return json.dumps(value, ensure_ascii=False)


def _deep(one: dict[str, Any] | list[Any]) -> bool:
    return isinstance(one, dict) or bool(one and isinstance(one[0], str))


def read(file: str) -> Stored:
    """The state that a snapshot file holds. Raises UserError where it is none, or of a newer version."""
    try:
        with open(file, encoding="utf-8") as opened:
            data = json.load(opened)
    except (OSError, UnicodeDecodeError, ValueError) as error:
        raise UserError(f"{file} is no snapshot: {error}; `taskguard snapshot -o {file}` writes one") from None
    if not isinstance(data, dict) or data.get("what") != WHAT:
        raise UserError(f"{file} is no snapshot; `taskguard snapshot -o FILE` writes one")
    if data.get("schema") != SCHEMA:
        raise UserError(
            f"{file} has schema {data.get('schema')} and this version reads {SCHEMA}: update taskguard, or write the snapshot anew"
        )
    try:
        return Stored(data)
    except (KeyError, TypeError, ValueError, IndexError, AttributeError):
        raise UserError(f"{file} is a damaged snapshot: write it anew with `taskguard snapshot -o {file}`") from None


class Stored:
    """A state of a change, from a snapshot. It knows the pieces of covered modules only, and of other modules the names that somebody may use."""

    partial = True

    def __init__(self, data: dict[str, Any]) -> None:
        files: dict[str, dict[str, Any]] = data["files"]
        whole = {path: one for path, one in files.items() if "pieces" in one}
        self.paths = sorted(files)
        self.broken = frozenset((code, path, subject) for code, path, subject in data["broken"])
        self._digests = {path: str(one["digest"]) for path, one in files.items()}
        self._modules = {path: str(one["module"]) for path, one in files.items()}
        self._paths = {module: path for path, module in self._modules.items()}
        self._lines = {path: int(one["lines"]) for path, one in files.items()}
        self._names = {
            path: {str(name): str(what).partition(" ")[0] for name, what in one["names"].items()}
            for path, one in files.items()
        }
        self._pieces = {
            path: tuple(_read_piece(path, one["module"], each) for each in one["pieces"]) for path, one in whole.items()
        }
        self._tasks = {
            path: tuple(_read_task(path, one["module"], each) for each in one["tasks"]) for path, one in whole.items()
        }
        self._missing = {path: tuple(_read_missing(each) for each in one["missing"]) for path, one in whole.items()}
        self._facades = frozenset(map(str, data["facades"]))
        entries = tuple(_read_entry(*each) for each in data["schedule"])
        self._configured = Configured(tuple(map(_read_service, data["services"])), entries, str(data["schedule_open"]))

    def text(self, path: str) -> str | None:
        return None

    def digest(self, path: str) -> str:
        return self._digests.get(path, "")

    def module_name(self, path: str) -> str:
        return self._modules[path]

    def path_of(self, module: str) -> str:
        return self._paths.get(module, "")

    def pieces(self, path: str) -> tuple[Piece, ...]:
        return self._pieces.get(path, ())

    def piece(self, dotted: str) -> Piece | None:
        found = [
            one
            for pieces in self._pieces.values()
            for one in pieces
            if dotted == one.dotted or dotted.startswith(one.dotted + ".")
        ]
        return max(found, key=lambda one: len(one.dotted), default=None)

    def tasks(self, path: str) -> tuple[TaskTerms, ...]:
        return self._tasks.get(path, ())

    def names(self, path: str) -> dict[str, str]:
        return self._names.get(path, {})

    def missing(self, path: str) -> tuple[Missing, ...]:
        return self._missing.get(path, ())

    def configured(self) -> Configured:
        return self._configured

    @property
    def task_paths(self) -> frozenset[str]:
        return frozenset(path for path, tasks in self._tasks.items() if tasks)

    def facade_paths(self) -> frozenset[str]:
        return self._facades

    def lines(self, path: str) -> int:
        return self._lines.get(path, 0)

    def unreadable(self, path: str) -> bool:
        return False

    # -- as the new state of a change -------------------------------------------------------------------------------

    def task_names(self) -> tuple[set[str], bool]:
        """All task names, and whether some cannot be told."""
        names = [task.name for tasks in self._tasks.values() for task in tasks]
        return {one for one in names if one is not None}, None in names

    def binds(self, module: str, name: str) -> bool | None:
        """Whether a module has a name; None for a private one of a module that is not told in full."""
        path = self._paths.get(module)
        if path is None:
            return False
        held = name in self._names[path] or f"{module}.{name}" in self._paths
        return True if held else None if name.startswith("_") and path not in self._pieces else False

    def unsettled(self, changed: frozenset[str]) -> list[TaskTerms]:
        return []

    def users(self, module: str, name: str) -> tuple[User, ...]:
        return ()

    def references(self, name: str) -> tuple[User, ...]:
        return ()

    def protective(self, path: str) -> tuple[str, ...]:
        return ()


def _at(line: int) -> Span:
    return TOP.replace(line=line, end_line=line)  # type: ignore[no-any-return]


def _read_missing(one: list[Any]) -> Missing:
    name, scope, line, column, module = one
    return Missing(name, scope, Span(line, column, line, column), module)


def _read_service(one: dict[str, Any]) -> ServiceTerms:
    routes = tuple(
        RouteTerms(kind, pattern, tuple(options.items()), opened, guard, path, _at(line))
        for kind, pattern, options, opened, guard, path, line in one["routes"]
    )
    return ServiceTerms(one["app"], routes, one["open"], one["default_queue"], one["path"], _at(one["line"]))


def _read_entry(key: str, task: str, schedule: str, more: dict[str, str], path: str, line: int) -> EntryTerms:
    return EntryTerms(key, task, schedule, tuple(more.items()), path, _at(line))


def _read_task(path: str, module: str, one: dict[str, Any]) -> TaskTerms:
    where = _at(one["line"])
    options = tuple((name, OptionTerms(known, text, where)) for name, (text, known) in one["options"].items())
    return TaskTerms(
        one["name"], one["source"], one["form"], module, path, one["function"], where, (), options, one["open"], tuple(one["spread"]),
        tuple(one["inherited"].items()), one["closed"],
    )  # fmt: skip


def _read_piece(path: str, module: str, one: dict[str, Any]) -> Piece:
    lines = tuple(
        Line(kind, text, tuple(inside), number, tuple(Use(*use) for use in calls), tuple(types))
        for kind, text, inside, number, calls, types in one["body"]
    )
    line = one["line"]
    return Piece(
        module, path, one["name"], one["kind"], _at(line), tuple(Parameter(*each) for each in one["parameters"]),
        tuple(Decoration(name, text, task, line) for name, text, task in one["decorators"]), lines,
    )  # fmt: skip
