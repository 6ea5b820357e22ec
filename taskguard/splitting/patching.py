"""Patches in tests that name the old path, sent to the module whose code looks the name up now."""

from __future__ import annotations

import re

from taskguard.diagnostics import Edit, Span
from taskguard.facts.lines import Lines
from taskguard.fixes.edited import Unedited, edited
from taskguard.patterns import regex
from taskguard.splitting.edges import edges_of
from taskguard.splitting.naming import dotted_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from taskguard.diagnostics import Diagnostic
    from taskguard.engine.overlay import Store
    from taskguard.facts.model import Class, Function
    from taskguard.project.python.project import Module, Project
    from taskguard.splitting.god import God
    from taskguard.splitting.plan import Placed

IDENTIFIER = regex(r"[^\W\d]\w*")


def mended_patches(
    project: Project, store: Store, god: God, parts: Sequence[Placed], found: Iterable[Diagnostic]
) -> dict[str, bytes]:
    """The files of tests with all patches retargeted that have one place to go: where the code that the test runs looks the name up."""
    edits: dict[str, dict[Edit, None]] = {}
    for one in found:
        edit = _edit(project.modules[one.path], god, parts, one) if one.path in project.modules else None
        for each in (edit,) if edit is not None else one.fix.edits if one.fix is not None else ():
            edits.setdefault(each.path, {})[each] = None
    made = {}
    for path, wanted in edits.items():
        try:
            made[path] = edited(store.read(path) or b"", wanted)
        except Unedited:
            continue
    return made


def _edit(user: Module, god: God, parts: Sequence[Placed], one: Diagnostic) -> Edit | None:
    text = user.project.text(one.path) or ""
    lines = Lines(text)
    start = lines.offset(one.line, one.column)
    named = re.compile(rf"(['\"]){re.escape(god.name)}\.(\w+)((?:\.\w+)*)\1").match(text, start)
    if named is None:
        return None
    homes = looked_up_in(god, parts, named[2], _mentioned(user, lines, one.line))
    if len(homes) != 1:
        return None
    first = start + 1
    place = lines.span(first, first + len(god.name))
    return Edit(one.path, Span(*place), dotted_of(god, parts[homes[0]].module.path))


def looked_up_in(god: God, parts: Sequence[Placed], name: str, mentioned: frozenset[str]) -> list[int]:
    """The modules whose code looks a name up: of those that run for what a test mentions, if it mentions something, else of all."""
    every = edges_of(god).every
    waiting = [place for word in mentioned if word != name for place in god.homes.get(word, ()) if place in every]
    reached = set(waiting)
    while waiting:
        fresh = every[waiting.pop()] - reached
        reached |= fresh
        waiting += fresh
    using = {place for place in every if name in god.blocks[place].now | god.blocks[place].later}
    chosen = using & reached or using
    return [number for number, part in enumerate(parts) if chosen.intersection(part.places)]


def _mentioned(user: Module, lines: Lines, line: int) -> frozenset[str]:
    """The words of the test around a line: the function or class that it stands in or decorates; of the whole file where that is none."""
    around = []
    held: tuple[Function | Class, ...] = (*user.facts.functions, *user.facts.classes)
    for one in held:
        first = min([one.span.line, *(decorator.span.line for decorator in one.decorators)])
        if first <= line <= one.span.end_line:
            around.append((one.span.end_line - first, first, one.span.end_line))
    if not around:
        return frozenset(IDENTIFIER.findall(lines.text))
    _, first, last = min(around)
    return frozenset(IDENTIFIER.findall(lines.text, lines.start(first), lines.after(last)))
