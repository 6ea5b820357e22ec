"""A snapshot of a contract: written as a sorted, reviewable JSON file, and read as the old state of a change."""

from __future__ import annotations

import json

from taskguard.contract import codec
from taskguard.errors import UserError
from taskguard.reading import read_text, why

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from taskguard.project.change.linked import Linked
    from taskguard.project.change.terms import Configured, Missing, Piece, TaskTerms, User

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
    return written(
        {
            "what": WHAT,
            "schema": SCHEMA,
            **codec.configured(state.configured()),
            "broken": [list(one) for one in sorted(broken)],
            "facades": sorted(state.facade_paths()),
            "files": files,
        }
    )


def _module(state: Linked, path: str, names: dict[str, str], whole: bool) -> dict[str, Any]:
    head = {"digest": state.digest(path), "module": state.module_name(path), "lines": state.lines(path), "names": names}
    return {
        **head,
        "tasks": [codec.task(one) for one in state.tasks(path)],
        "pieces": [codec.piece(one) for one in state.pieces(path)],
        "missing": [codec.missing(one) for one in state.missing(path)],
    } if whole else head  # fmt: skip


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
        data = json.loads(read_text(file))
    except OSError as error:
        raise UserError(f"{file} cannot be read: {why(error)}; `taskguard snapshot -o FILE` writes one") from None
    except (UnicodeDecodeError, ValueError, RecursionError) as error:
        raise UserError(f"{file} is no snapshot: {error}; `taskguard snapshot -o {file}` writes one") from None
    if not isinstance(data, dict) or data.get("what") != WHAT:
        raise UserError(f"{file} is no snapshot; `taskguard snapshot -o FILE` writes one")
    if data.get("schema") != SCHEMA:
        raise UserError(
            f"{file} has schema {data.get('schema')} and this version reads {SCHEMA}: update taskguard, or write the snapshot anew"
        )
    try:
        return Stored(data)
    except (KeyError, TypeError, ValueError, IndexError, AttributeError, OverflowError):
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
            path: tuple(codec.read_piece(path, one["module"], each) for each in one["pieces"])
            for path, one in whole.items()
        }
        self._tasks = {
            path: tuple(codec.read_task(path, one["module"], each) for each in one["tasks"])
            for path, one in whole.items()
        }
        self._missing = {
            path: tuple(codec.read_missing(each) for each in one["missing"]) for path, one in whole.items()
        }
        self._facades = frozenset(map(str, data["facades"]))
        self._configured = codec.read_configured(data)

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

    def naming(self, task: TaskTerms, name: str) -> None:
        """None: a snapshot holds no text to edit."""

    def protective(self, path: str) -> tuple[str, ...]:
        return ()
