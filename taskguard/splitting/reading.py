"""The god file as the linked project knows it: its tasks, who uses its names, and what must be pinned."""

from __future__ import annotations

import re

from taskguard.facts.entries import class_entry
from taskguard.facts.model import Call, Import
from taskguard.patterns import regex
from taskguard.project.change.users import Users
from taskguard.project.editing import arguments
from taskguard.project.editing.edits import edits_of
from taskguard.project.editing.script import Script, quoted
from taskguard.project.python.imports import imports_of
from taskguard.project.python.names import resolve
from taskguard.project.python.values import Known
from taskguard.project.tasks.declarations import tasks_in
from taskguard.record import Record
from taskguard.splitting.configured import queue_of, schedules_of
from taskguard.splitting.god import God, Piece, User, god_of, with_pieces

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.diagnostics import Edit
    from taskguard.project.python.project import Module
    from taskguard.project.tasks.task import Task

IDENTIFIER = regex(r"[^\W\d]\w*")


class Read(Record):
    """The god file. `stuck` are tasks whose names would change, `unsure` those whose names cannot be told, in words."""

    god: God
    stuck: tuple[str, ...]
    unsure: tuple[str, ...]


def god_file(module: Module, limit: int, *, users: bool = True) -> Read:
    """The god file of a module; `users` False looks at nobody else. Raises SyntaxError."""
    project = module.project
    text = project.text(module.path) or ""
    plain = god_of(text, module.path, module.name, module.package, limit=limit)
    script = Script(module.path, text)
    tasks: dict[str, str] = {}
    pieces: dict[str, list[Piece]] = {}
    stuck: list[str] = []
    unsure: list[str] = []
    for task in tasks_in(module):
        top = task.qualname.partition(".")[0]
        if top not in plain.homes:
            continue
        tasks[top] = queue_of(task, routed=users)
        if task.name_source == "automatic" and isinstance(task.name, Known):
            name = str(task.name.value)
            if task.function is None and plain.blocks[plain.homes[top][-1]].kind == "class":
                found = _class_name(module, plain, top, name)
                if isinstance(found, Piece):
                    pieces.setdefault(top, []).append(found)
                else:
                    stuck.append(
                        f"{module.path}:{task.line}: the class `{top}` is called `{name}`, after its module, and {found}"
                    )
                continue
            edits = _pinned(module, script, task, name)
            if edits is None:
                stuck.append(
                    f"{module.path}:{task.line}: `{task.qualname}` is called `{task.name.value}`, and its declaration takes no `name=`"
                )
            for edit in edits or ():
                start, end = script.lines.range(edit.span)
                pieces.setdefault(top, []).append(Piece(start, end, edit.text))
        elif task.name_source == "unknown" and "name" not in task.options:
            unsure.append(f"{module.path}:{task.line}: what Celery calls `{task.qualname}` cannot be told")
    starred = starring(module) if users else ()
    outside = used_outside(module, [*plain.homes, *plain.given, *sorted(plain.rebound)], starred) if users else {}
    schedules = schedules_of(project, tasks_in(module)) if users else {}
    made = with_pieces(plain, pieces).replace(outside=outside, starred=starred, tasks=tasks, schedules=schedules)
    return Read(made, tuple(stuck), tuple(unsure))


def _pinned(module: Module, script: Script, task: Task, name: str) -> tuple[Edit, ...] | None:
    """The edits that give a task its name; None where its declaration takes none."""
    edits = edits_of(module).name(task, name)
    if edits is not None or task.function is None:
        return edits
    expr = next((one for one in task.function.decorators if one.span == task.span), None)
    if not isinstance(expr, Call) or not _takes_names(module, expr.callee):
        return None
    # Whether the wrapper hands the name on is seen when what is written is judged.
    return arguments.argument(script, expr, f"name={quoted(name)}")


def _class_name(module: Module, god: God, top: str, name: str) -> Piece | str:
    """A line that gives a class of a task its name; why there is none where it has no place, or a class below would get the name, too.

    Celery calls a class without one after its module (celery/app/base.py, `register_task`).
    """
    block = god.blocks[god.homes[top][-1]]
    project = module.project
    below = re.compile(rf"^[ \t]*class[ \t]+(\w+)\([^)]*\b{re.escape(top)}\b", re.M)
    named = {task.qualname for task in tasks_in(module) if task.function is None}  # each of these has a name of its own
    for path in project.search(top):
        for found in below.finditer(project.text(path) or ""):
            if path != module.path or found[1] not in named:
                return f"`{found[1]}` ({path}) would get a `name` that is written there"
    entry = class_entry(god.text[block.code : block.end])
    if entry is None:
        return "its body has no place for a `name`, or binds it by itself"
    at = block.code + entry[0]
    gap = "" if re.match(r"[ \t]*\w+[ \t]*[:=]", god.text[at : block.end]) else god.newline
    return Piece(at, at, f"{entry[1]}name = {quoted(name)}{god.newline}{gap}")


def _takes_names(module: Module, written: str) -> bool:
    """Whether a function of the project takes a keyword `name`."""
    found = resolve(module, written)
    function = found.module.function(found.path) if found.kind == "symbol" and found.module is not None else None
    return function is not None and any(one.kind == "rest" or one.name == "name" for one in function.params)


def starring(module: Module) -> tuple[str, ...]:
    """The files that take all of the module by a star."""
    found = imports_of(module.project).importers(module).get("*", ())
    return tuple(sorted({user.path for user, one in found if isinstance(one, Import)}))


def used_outside(module: Module, names: list[str], starred: tuple[str, ...]) -> dict[str, tuple[User, ...]]:
    """Who relies on which name of the module."""
    project = module.project
    users = Users(project)
    made: dict[str, tuple[User, ...]] = {}
    said = {path: frozenset(IDENTIFIER.findall(project.text(path) or "")) for path in starred}
    asked = users.attributes(module.name)
    for name in dict.fromkeys(names):
        found = [User(one.path, one.line, one.how) for one in users.of(module.name, name)]
        found += [
            User(path, 1, "imports it by a star") for path in starred if name in said[path] and not name.startswith("_")
        ]
        found += [User(one.path, one.line, one.how) for one in asked.get(name, ())]
        if found:
            made[name] = tuple(sorted(dict.fromkeys(found)))
    return made
