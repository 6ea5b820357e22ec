"""Names that a change took away: from module paths that had them, and from code that uses them."""

from __future__ import annotations

from taskguard.project.change.model import Change
from taskguard.project.change.moves import LOGGERS
from taskguard.project.change.terms import Missing, Piece, User
from taskguard.query import query
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator


class LostSymbol(Record):
    """A name that a module path had and has no more. `new` is what it became, `parts` what it was split into, `users` those who still rely on it."""

    module: str
    name: str
    kind: str
    path: str
    line: int
    new: Piece | None
    parts: tuple[Piece, ...]
    users: tuple[User, ...]

    @property
    def dotted(self) -> str:
        return f"{self.module}.{self.name}"


class Unbound(Record):
    """A name that code of a file uses and that nothing binds since the change; `others` are further places of it in the file."""

    path: str
    missing: Missing
    new: Piece | None
    old: Piece | None
    others: tuple[Missing, ...]


@query
def lost_symbols(change: Change) -> list[LostSymbol]:
    """Names that are gone and that somebody uses, or that were public in a covered module, or a Celery app."""
    return list(_lost_symbols(change))


def _lost_symbols(change: Change) -> Iterator[LostSymbol]:
    apps = {one.dotted for one in change.before.configured().services} if change.old_paths else set()
    for path in change.old_paths:
        module = change.before.module_name(path)
        if not module or change.before.unreadable(path) or _unreadable(change, module):
            continue
        lines = {one.qualname: one.span.line for one in change.before.pieces(path)}
        for name, kind in change.before.names(path).items():
            if name.startswith("__") or change.after.binds(module, name) is not False:
                continue
            users = _users(change, module, name)
            public = kind != "import" and not name.startswith("_") and path in change.covered and not own_affair(path)
            public = public and not (kind == "variable" and _logger(change, f"{module}.{name}"))
            public = public or f"{module}.{name}" in apps  # a worker is started from it, whoever imports it
            if not users and (not public or _told_as_task(change, f"{module}.{name}")):
                continue
            old = change.moves.old.get(f"{module}.{name}")
            new = change.moves.to.get(f"{module}.{name}")
            parts = change.moves.parts(old) if old is not None and new is None and old.kind == "function" else ()
            yield LostSymbol(module, name, kind, path, lines.get(name, 1), new, parts, users)


def _logger(change: Change, dotted: str) -> bool:
    piece = change.moves.old.get(dotted)
    return piece is not None and any(f"{word}⟫(" in line.text for line in piece.lines for word in LOGGERS)


def own_affair(path: str) -> bool:
    """Whether a file is a test or a migration: nobody outside relies on its public names by their path."""
    parts = path.split("/")
    file = parts[-1]
    return (
        file.startswith("test_")
        or file.endswith("_test.py")
        or file in ("conftest.py", "tests.py")
        or bool({"tests", "test", "migrations"} & set(parts[:-1]))
    )


def _unreadable(change: Change, module: str) -> bool:
    path = change.after.path_of(module)
    return bool(path) and change.after.unreadable(path)


def _users(change: Change, module: str, name: str) -> tuple[User, ...]:
    found = change.after.users(module, name)
    if any(task.name == f"{module}.{name}" for task in change.old_tasks()):
        # A string that is a task's name asks for the task and not for the symbol.
        found = tuple(one for one in found if one.how != "names it")
    return found


def _told_as_task(change: Change, dotted: str) -> bool:
    """Whether the loss is told as the loss of a task name."""
    tasks = [task for task in change.old_tasks() if task.dotted == dotted and task.name is not None]
    names, _ = change.after.task_names() if tasks else (set(), False)
    return any(task.name not in names for task in tasks)


@query
def unbound_names(change: Change) -> list[Unbound]:
    """Names that nothing binds in the covered files, and that the code around them had before."""
    return list(_unbound_names(change))


def _unbound_names(change: Change) -> Iterator[Unbound]:
    back = {new.dotted: change.moves.old[old] for old, new in change.moves.to.items()}
    held: dict[str, tuple[Missing, ...]] = {}
    for path in change.new_paths:
        if path not in change.covered:
            continue
        module = change.after.module_name(path)
        pieces = {one.qualname: one for one in change.after.pieces(path)}
        fresh: dict[str, list[tuple[Missing, Piece | None]]] = {}
        for one in change.after.missing(path):
            home = change.before.path_of(one.module) if one.module else ""
            if home and one.name in change.before.names(home):
                continue  # told of the name that is gone
            old = back.get(f"{module}.{one.scope}") if one.scope else None
            sources = (
                [old.path]
                if old is not None
                else [path]
                if path in change.old_paths
                else []
                if one.scope
                else [*change.covered.intersection(change.old_paths)]
            )
            for source in sources:
                held.setdefault(source, change.before.missing(source))
            scope = old.qualname if old is not None else one.scope
            had = [other for source in sources for other in held[source] if other.name == one.name]
            if any(other.scope == scope or not one.scope or other.module for other in had):
                continue
            fresh.setdefault(one.name, []).append((one, old))
        for places in fresh.values():
            first, old = places[0]
            yield Unbound(path, first, pieces.get(first.scope), old, tuple(one for one, _ in places[1:]))
