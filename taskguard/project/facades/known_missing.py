"""Test files that know that a name which they patch may be missing, or that put another module in its place."""

from __future__ import annotations

import re

from taskguard.facts.questions import holds
from taskguard.facts.selections import own_imports
from taskguard.facts.swapped import swapped_modules
from taskguard.project.facades.unrun import around
from taskguard.project.python.exported import binds_name
from taskguard.project.python.names import absolute_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.project.python.project import Module


def is_swapped(user: Module, dotted: str) -> bool:
    """Whether a test file may put another module under the name of one on the way to what it patches: what that has nobody knows."""
    if not holds(user.project, user.path, "sys.modules"):
        return False
    names = swapped_modules(user.project, user.path)
    return names is None or any(f"{dotted}.".startswith(f"{one}.") for one in names)


def minds(user: Module, holder: Module, name: str, line: int) -> bool:
    """Whether a test file minds that the name may be missing: it imports it, or from it, in a `try` itself; or the function that patches it uses another one
    that the file tries to import from there and that is missing, so that it is for another state of the module."""
    tried = [one for one in own_imports(user.facts, user.project.heads) if one.guard == "try"]
    whole = f"{holder.name}.{name}"
    if any(f"{absolute_name(user, one.module)}.".startswith(f"{whole}.") for one in tried):
        return True
    tried = [one for one in tried if one.name and absolute_name(user, one.module) == holder.name]
    if any(one.name == name for one in tried):
        return True
    lost = [one for one in tried if one.name and binds_name(holder, one.name) is False]
    text = around(user, line) if lost else ""
    return any(re.search(rf"\b{re.escape(one.bound)}\b", text) for one in lost)
