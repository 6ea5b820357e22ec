"""The functions of a file to which one of it leads."""

from __future__ import annotations

from taskguard.facts.selections import inner_called, leading_calls

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.facts.model import Function
    from taskguard.project.python.project import Module

# So far are the functions followed that a function calls.
DEEPEST = 3


def reached(module: Module, function: Function, *, awaited: bool = False) -> Iterator[Function]:
    """A function and those of its file that it calls, directly or through others; `awaited`: also those by `async def`, and those that are defined in it."""
    queue, seen = [(function, 0)], {function.qualname}
    for one, depth in queue:
        yield one
        for held in _called_by(module, one, awaited) if depth < DEEPEST else ():
            if held.qualname not in seen and not held.decorators and (awaited or not held.is_async):
                seen.add(held.qualname)
                queue.append((held, depth + 1))


def _called_by(module: Module, function: Function, within: bool) -> Iterator[Function]:
    for name in leading_calls(module.facts, module.project.heads, function.qualname):
        held = module.function(name) if "." not in name and not function.binds(name) else None
        if held is not None:
            yield held
    for name in inner_called(module.facts, function.qualname) if within else ():
        inner = module.named_functions(f"{function.qualname}.<locals>.{name}")
        if len(inner) == 1:
            yield inner[0]
