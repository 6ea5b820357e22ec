"""What ends the loading of a file before anything of it can run."""

from __future__ import annotations

from taskguard.facts.questions import Question
from taskguard.facts.undefined import unbound_at_load, undefined
from taskguard.project.facades.broken import broken_at_head
from taskguard.project.facades.gone import gone_in
from taskguard.query import query

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.project.python.project import Module


@query
def head_failure(module: Module) -> str:
    """Where a file surely ends whenever it is loaded: an import at its head that fails, or a name that nothing binds. Empty where it does not."""
    missing = next(broken_at_head(module), "") or next(_gone_at_head(module), "")
    if missing:
        return f"the file gets no further than its import of {missing}"
    name = _unbound(module.project, module.path)
    return f"the file gets no further than its use of {name}, which nothing binds" if name else ""


def _gone_at_head(module: Module) -> Iterator[str]:
    """The modules of the project's own packages that imports at the head want, and that are not there."""
    for one in gone_in(module, everything=True, any_root=True):
        if one.certain and not one.doubt and any(not place.scope and not place.guard for place in one.imports):
            yield one.dotted


@Question
def _unbound(text: str) -> str:
    found = unbound_at_load(text, undefined(text))
    return found[0] if found is not None else ""
