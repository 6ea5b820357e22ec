"""Patches of the old path that no rule tells, since somebody looks the name up there: the code that a test runs by itself does so no more."""

from __future__ import annotations

import re

from taskguard.diagnostics import Undecided
from taskguard.facts.lines import Lines
from taskguard.project.facades.patch_calls import patched_by
from taskguard.project.python.testing import in_tests
from taskguard.splitting.edges import edges_of
from taskguard.splitting.naming import dotted_of
from taskguard.splitting.patching import looked_up_in, mentioned

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from taskguard.project.python.project import Module, Project
    from taskguard.splitting.god import God
    from taskguard.splitting.plan import Placed

PATCHES = ("patch", "setattr")


def lost_patches(
    project: Project, god: God, parts: Sequence[Placed], code: str, told: Collection[tuple[str, int, int]]
) -> Iterator[tuple[Undecided, bool]]:
    """Those that are not at one of the places `told`, and whether the test does not itself ask the old path for the name, so that they can go elsewhere."""
    known, every = {*god.homes, *god.given}, edges_of(god).every
    last = re.compile(rf"\b{re.escape(god.name.rpartition('.')[2])}\b")
    near = frozenset(project.search(god.name.rpartition(".")[2]))
    for path in project.search(*PATCHES):
        user = project.modules[path]
        if path not in near or not in_tests(path) or not last.search(project.text(path) or "") or user.unreadable:
            continue
        for place, name in _patched(user, god):
            if name not in known or (path, *place) in told:
                continue
            lines = Lines(project.text(path) or "")
            around = next(iter(mentioned(user, lines, place[0])))
            homes = looked_up_in(god, parts, every, name, [around], only=True)
            if homes:
                module = dotted_of(god, parts[homes[0]].module.path)
                why = f"`{name}` is patched at {god.name}, and {module} looks it up by itself"
                yield Undecided(path, *place, code, why), name not in around.read


def _patched(user: Module, god: God) -> Iterator[tuple[tuple[int, int], str]]:
    for site in user.facts.calls:
        for holder, name, expr in patched_by(user, site):
            if holder.path == god.path and re.fullmatch(r"\w+", name):
                yield (expr.span.line, expr.span.column), name
