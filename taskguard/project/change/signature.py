"""What of a signature changed so that a message in flight, or a caller that nobody touched, would fail."""

from __future__ import annotations

from taskguard.project.change.terms import Parameter, plain_pair

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

PLACED = ("positional", "both")


def outside(parameters: tuple[Parameter, ...], bound: bool) -> tuple[Parameter, ...]:
    """The parameters that a caller fills: without the task itself where it is passed first."""
    return parameters[1:] if bound and parameters and parameters[0].kind in PLACED else parameters


def breaks(old: tuple[Parameter, ...], new: tuple[Parameter, ...]) -> list[str]:
    """What breaks callers, as phrases; empty where every old call still works and means the same."""
    return list(_breaks(old, new))


def _breaks(old: tuple[Parameter, ...], new: tuple[Parameter, ...]) -> Iterator[str]:
    before, after = _named(old), _named(new)
    kinds = {one.kind for one in new}
    gone = [one for one in before if one not in after]
    added = [one for one in after if one not in before]
    renamed = _renamed(old, new, gone, added)
    for name, other in renamed.items():
        yield f"the parameter `{name}` is now called `{other}`"
    for name in gone:
        if name not in renamed and not {"var", "rest"} <= kinds:
            yield f"the parameter `{name}` is gone"
    for name in added:
        if name not in renamed.values() and not after[name].preset:
            yield f"the parameter `{name}` is new and has no default"
    yield from _places(old, new, renamed)
    for name in before:
        other = renamed.get(name, name)
        if other in after:
            yield from _same(before[name], after[other])
    for kind, mark in (("var", "*args"), ("rest", "**kwargs")):
        if any(one.kind == kind for one in old) and kind not in kinds:
            yield f"it takes no {mark} any more"


def _named(parameters: tuple[Parameter, ...]) -> dict[str, Parameter]:
    return {one.name: one for one in parameters if one.kind not in ("var", "rest")}


def _renamed(
    old: tuple[Parameter, ...], new: tuple[Parameter, ...], gone: list[str], added: list[str]
) -> dict[str, str]:
    """Parameters that kept their place and lost their name, where the number of parameters is the same."""
    if len(old) != len(new):
        return {}
    pairs = zip(old, new)
    return {a.name: b.name for a, b in pairs if a.name in gone and b.name in added and a.kind == b.kind}


def _places(old: tuple[Parameter, ...], new: tuple[Parameter, ...], renamed: dict[str, str]) -> Iterator[str]:
    """Parameters that a positional call would now fill otherwise."""
    first = [renamed.get(one.name, one.name) for one in old if one.kind in PLACED]
    second = [one.name for one in new if one.kind in PLACED]
    kept = [one for one in first if one in second]
    order = [one for one in second if one in first]
    if kept != order:
        yield f"the parameters stand in another order: {', '.join(order)}"
        return
    for place, name in enumerate(first):
        if name in second and second.index(name) > place and not any(one not in second for one in first[:place]):
            yield f"`{second[place]}` stands before `{name}`"
            return


def _same(old: Parameter, new: Parameter) -> Iterator[str]:
    if old.preset and not new.preset:
        yield f"`{new.name}` has no default any more"
    elif old.preset != new.preset and old.preset:
        was, now = plain_pair(old.preset, new.preset)
        yield f"the default of `{new.name}` is {now}, it was {was}"
    if old.kind in PLACED and new.kind == "keyword":
        yield f"`{new.name}` is keyword-only"
    elif old.kind in ("both", "keyword") and new.kind == "positional":
        yield f"`{new.name}` is positional-only"
