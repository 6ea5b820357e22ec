"""What a worker loads beside its own modules: what these import whenever they are loaded, and so on. One that fails to load takes them with it."""

from __future__ import annotations

from taskguard.project.facades.worker_side import worker_side
from taskguard.project.python.imports import imports_of
from taskguard.project.python.names import absolute_name
from taskguard.project.python.testing import in_tests
from taskguard.query import query

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from taskguard.project.python.project import Module, Project

    Pair = tuple[str, str | None]


@query
def suspects(project: Project) -> frozenset[Module]:
    """The modules that a worker's own ones surely load, and that import what seems to be missing. No file is parsed where there is none."""
    own, imports = worker_side(project), imports_of(project)
    perhaps = dict(_loaded(own, imports.statements, lambda _: True))
    found = frozenset(one for one in perhaps if one not in own and _lacks(one))
    if not found:
        return found
    leading = _leading_to(found, perhaps)

    def surely(module: Module) -> Iterator[Pair]:
        return ((one.module, one.name) for one in imports.running(module))

    def passes(module: Module) -> bool:
        return module in leading and not module.unreadable

    return found.intersection(one for one, _ in _loaded(own, surely, passes))


def _leading_to(found: Iterable[Module], loaded: dict[Module, list[Module]]) -> frozenset[Module]:
    """The modules by which one may come to these: the others need not be read. `loaded` says what each may load."""
    users: dict[Module, list[Module]] = {}
    for user, used in loaded.items():
        for one in used:
            users.setdefault(one, []).append(user)
    made: set[Module] = set()
    queue = list(found)
    while queue:
        if (module := queue.pop()) not in made:
            made.add(module)
            queue.extend(users.get(module, ()))
    return frozenset(made)


def _lacks(module: Module) -> bool:
    """Whether a module seems to import one that the project has not."""
    names = (absolute_name(module, name) for name, _ in imports_of(module.project).statements(module))
    return any(name and module.project.find(name, module) is None for name in names)


def _loaded(
    own: Iterable[Module], imported: Callable[[Module], Iterable[Pair]], passes: Callable[[Module], bool]
) -> Iterator[tuple[Module, list[Module]]]:
    """Modules and what they import, directly and through others, each with what it imports itself. Tests are left out, and what does not pass."""
    seen: set[str] = set()
    queue = list(own)
    while queue:
        module = queue.pop()
        if module.path in seen or in_tests(module.path) or not passes(module):
            continue
        seen.add(module.path)
        project, imports = module.project, imports_of(module.project)
        paths = [path for name, member in imported(module) for path in imports.targets(module, name, member)]
        found = (project.modules[path] for path in (*paths, *imports.packages(module)))
        # What counts from another root may have another name there, and mean other modules by its own imports.
        loaded = [one for one in found if one.root == module.root]
        yield module, loaded
        queue.extend(loaded)
