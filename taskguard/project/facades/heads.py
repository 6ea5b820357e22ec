"""What ends the loading of a file before anything of it can run."""

from __future__ import annotations

from taskguard.facts.questions import holds
from taskguard.project.facades.broken import broken_at_head, settled
from taskguard.project.facades.gone import gone_in
from taskguard.project.facades.loaded_with import lacks
from taskguard.project.facades.never_loaded import NEVER
from taskguard.project.facades.text_questions import unbound_head
from taskguard.project.python.imports import imports_of
from taskguard.project.python.names import absolute_name
from taskguard.query import query

# What puts other modules in the place of those that are missing.
STUBS = ("sys.modules", "meta_path")
# So many modules that a file takes with it are looked at.
MOST = 300

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.project.python.project import Module


@query
def head_failure(module: Module) -> str:
    """Where a file surely ends whenever it is loaded: an import at its head that fails, or a name that nothing binds. Empty where it does not."""
    missing = next(_missing(module), "")
    if missing:
        return f"the file gets no further than its import of {missing}"
    name = unbound_head(module.project, module.path)
    return f"the file gets no further than its use of {name}, which nothing binds" if name else ""


@query
def load_failure(module: Module) -> str:
    """Where a file ends whenever it is loaded: at its own head, or at that of a module which it imports there, and so on. Empty where it does not surely end."""
    own = head_failure(module)
    if own or holds(module.project, module.path, *STUBS):
        return own
    seen, queue = {module.path}, [module]
    while queue and len(seen) <= MOST:
        for one in _imported(queue.pop(0)):
            if one.path in seen or one.unreadable or holds(one.project, one.path, *STUBS):
                continue
            seen.add(one.path)
            queue.append(one)
            missing = next(_missing(one), "") if lacks(one) else ""
            if missing:
                return f"the file loads {one.name}, which gets no further than its import of {missing}"
    return ""


def _missing(module: Module) -> Iterator[str]:
    """What imports at the head of a file want and surely do not get."""
    yield from broken_at_head(module)
    yield from _gone_at_head(module)


def _imported(module: Module) -> Iterator[Module]:
    """What a module surely imports whenever it is loaded, and the packages around that. A name that a package binds itself need be no module of it."""
    project, imports = module.project, imports_of(module.project)
    for one in imports.running(module):
        package = project.find(absolute_name(module, one.module), module)
        bound = package is not None and one.name and package.entry(one.name) is not None
        for path in imports.targets(module, one.module, one.name):
            target = project.modules[path]
            if bound and target is not package:
                continue
            if target.root == module.root and settled(module, one.module, target):
                yield from (project.modules[package] for package in reversed(imports.packages(target)))
                yield target


def _gone_at_head(module: Module) -> Iterator[str]:
    """The modules of the project's own packages that imports at the head want, and that are not there."""
    for one in gone_in(module, everything=True, any_root=True):
        if (
            one.certain
            and one.doubt in ("", NEVER)
            and any(not place.scope and not place.guard for place in one.imports)
        ):
            yield one.dotted
