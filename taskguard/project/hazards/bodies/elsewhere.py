"""The functions of other files to which the function of a task leads."""

from __future__ import annotations

from taskguard.facts.selections import leading_calls, local_imports
from taskguard.project.hazards.calls.runs import found_in
from taskguard.project.hazards.payloads.callees import function_named
from taskguard.project.python.followed import DEEPEST, reached
from taskguard.project.python.names import absolute_name, live
from taskguard.project.python.testing import in_tests
from taskguard.query import query

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.facts.model import Function
    from taskguard.project.hazards.calls.runs import Run
    from taskguard.project.hazards.payloads.callees import Target
    from taskguard.project.python.project import Module

# Of one task no more functions are followed.
MOST = 100


def reached_elsewhere(run: Run) -> Iterator[tuple[Module, Function]]:
    """The functions of other files that the function of a task calls by their names, directly or through others."""
    held = [(run.module, one) for one in reached(run.module, run.function, awaited=True)]
    seen = {(home.path, one.qualname) for home, one in held}
    for _ in range(DEEPEST):
        following: list[tuple[Module, Function]] = []
        for home, function in held:
            for path, qualname in _leads_to(home, function.qualname):
                module = home.project.modules[path]
                target = module.function(qualname)
                if target is None or (path, qualname) in seen or len(seen) >= MOST:
                    continue
                for one in reached(module, target, awaited=True):
                    if (path, one.qualname) not in seen:
                        seen.add((path, one.qualname))
                        following.append((module, one))
        yield from following
        held = following


def found_elsewhere(module: Module) -> Iterator[tuple[Module, str]]:
    """Those to which the tasks of a file lead, without what tasks of their own file lead to as well: there it is told."""
    told: set[tuple[str, str]] = set()
    for _, found in found_in(module, reached_elsewhere):
        for home, function in found:
            key = (home.path, function.qualname)
            if key not in told and function.qualname not in own_reached(home):
                told.add(key)
                yield home, function.qualname


@query
def own_reached(module: Module) -> frozenset[str]:
    """The functions of a file that its own tasks run, or call."""
    return frozenset(
        one.qualname
        for _, found in found_in(module, lambda run: reached(module, run.function, awaited=True))
        for one in found
    )


@query
def _leads_to(module: Module, qualname: str) -> tuple[tuple[str, str], ...]:
    """The functions of other files that a function calls by their names, by path and qualified name."""
    made: dict[tuple[str, str], None] = {}
    for name in leading_calls(module.facts, module.project.heads, qualname):
        for target in _targets(module, qualname, name):
            if target.module is not module and not in_tests(target.module.path):
                made[target.module.path, target.function.qualname] = None
    return tuple(made)


def _targets(module: Module, qualname: str, name: str) -> Iterator[Target]:
    """The functions that a call by this name runs. Of several functions of one name each may import it for itself: `run` of many tasks."""
    head = name.partition(".")[0]
    if is_one(module, qualname, head):
        found = function_named(module, qualname, name)
        if found is not None:
            yield found
        return
    own = local_imports(module.facts, qualname, head)
    if name != head or len(own) < 2 or len(own) != len(module.named_functions(qualname)):
        return
    for one in own:
        home = module.project.find(absolute_name(module, one.module), module)
        found = function_named(home, "", one.name) if home is not None and one.name else None
        if found is not None:
            yield found


def is_one(module: Module, scope: str, head: str) -> bool:
    """Whether a name has but one meaning in a function, as far as imports and the statements of the module say."""
    own = local_imports(module.facts, scope, head)
    return len(own) == 1 or (not own and len(live(module, head)) <= 1)
