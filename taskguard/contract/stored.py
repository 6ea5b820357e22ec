"""A snapshot of a contract: written as a sorted, reviewable JSON file, and read as the old state of a change."""

from __future__ import annotations

import json

from taskguard.diagnostics import TOP, Span
from taskguard.errors import UserError
from taskguard.project.change.terms import (
    Decoration,
    Line,
    Missing,
    OptionTerms,
    Parameter,
    Piece,
    TaskTerms,
    Use,
)  # fmt: skip

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from taskguard.project.change.linked import Linked

SCHEMA = 1
WHAT = "taskguard contract"


def snapshot(state: Linked) -> str:
    """The contract of a project as the text of a snapshot file.

    It covers the modules that declare tasks or belong to a facade in full; of the other files in their folders it keeps digests, to tell later what is new.
    """
    covered = state.task_paths | state.facade_paths()
    near = in_folders(state.paths, covered)
    files = {
        path: {"digest": digest(state.text(path)), **(_module(state, path) if path in covered else {})} for path in near
    }
    return written({"what": WHAT, "schema": SCHEMA, "files": files})


def in_folders(paths: Iterable[str], covered: Iterable[str]) -> list[str]:
    """The paths in or below the folders of the covered ones."""
    folders = {path.rpartition("/")[0] for path in covered}
    return sorted(path for path in paths if any(folder in folders for folder in _above(path)))


def _above(path: str) -> list[str]:
    parts = path.split("/")[:-1]
    return ["/".join(parts[:length]) for length in range(len(parts) + 1)]


def digest(text: str | None) -> str:
    """What tells one text from another."""
    from hashlib import sha256

    return sha256((text or "").encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _module(state: Linked, path: str) -> dict[str, Any]:
    return {
        "module": state.module_name(path),
        "lines": state.lines(path),
        "names": dict(sorted(state.names(path).items())),
        "tasks": [_task(one) for one in state.tasks(path)],
        "pieces": [_piece(one) for one in state.pieces(path)],
        "missing": [[one.name, one.scope, one.span.line, one.span.column] for one in state.missing(path)],
    }


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
        return Stored(data["files"])
    except (KeyError, TypeError, ValueError, IndexError, AttributeError):
        raise UserError(f"{file} is a damaged snapshot: write it anew with `taskguard snapshot -o {file}`") from None


class Stored:
    """The old state of a change, from a snapshot."""

    partial = True

    def __init__(self, files: dict[str, dict[str, Any]]) -> None:
        self._digests = {path: str(one["digest"]) for path, one in files.items()}
        full = {path: one for path, one in files.items() if "module" in one}
        self.paths = sorted(full)
        self._modules = {path: str(one["module"]) for path, one in full.items()}
        self._names = {
            path: {str(name): str(kind) for name, kind in one["names"].items()} for path, one in full.items()
        }
        self._pieces = {
            path: tuple(_read_piece(path, one["module"], each) for each in one["pieces"]) for path, one in full.items()
        }
        self._tasks = {
            path: tuple(_read_task(path, one["module"], each) for each in one["tasks"]) for path, one in full.items()
        }
        self._lines = {path: int(one["lines"]) for path, one in full.items()}
        self._missing = {
            path: tuple(
                Missing(name, scope, Span(line, column, line, column)) for name, scope, line, column in one["missing"]
            )
            for path, one in full.items()
        }

    def changed(self, after: Linked) -> set[str]:
        """The paths of `after` that are new or differ, and those that are gone."""
        now = set(in_folders(after.paths, self.paths))
        differ = {path for path in now if path not in self._digests or self._digests[path] != digest(after.text(path))}
        return differ | (self._digests.keys() - now)

    def text(self, path: str) -> str | None:
        return None

    def module_name(self, path: str) -> str:
        return self._modules[path]

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

    @property
    def task_paths(self) -> frozenset[str]:
        return frozenset(path for path, tasks in self._tasks.items() if tasks)

    def facade_paths(self) -> frozenset[str]:
        return frozenset()

    def lines(self, path: str) -> int:
        return self._lines.get(path, 0)

    def unreadable(self, path: str) -> bool:
        return False


def _at(line: int) -> Span:
    return TOP.replace(line=line, end_line=line)  # type: ignore[no-any-return]


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
