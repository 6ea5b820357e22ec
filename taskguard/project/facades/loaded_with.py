"""What a worker loads beside its own modules: what these import whenever they are loaded, and so on. One that fails to load takes them with it."""

from __future__ import annotations

from taskguard.project.facades.worker_side import worker_side
from taskguard.project.python import text_questions as texts
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
    return _surely_loaded(project, frozenset(one for one in _perhaps(project) if _lacks(one)))


@query
def short_of_names(project: Project) -> frozenset[Module]:
    """As `suspects`, those that import a name of which nothing in the text of the imported module says that it is there."""
    return _surely_loaded(project, frozenset(one for one in _perhaps(project) if _lacks_names(one)))


@query
def _perhaps(project: Project) -> dict[Module, list[Module]]:
    """What a worker's own modules may load, each with what it may load itself; no file is parsed for it."""
    return dict(_loaded(worker_side(project), imports_of(project).statements, lambda _: True))


def _surely_loaded(project: Project, asked: frozenset[Module]) -> frozenset[Module]:
    """Those of the modules that a worker's own ones load whatever happens, without these own ones."""
    own, imports = worker_side(project), imports_of(project)
    found = asked - own
    if not found:
        return found
    leading = _leading_to(found, _perhaps(project))

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


def lacks(module: Module) -> bool:
    """Whether a module seems to import a module or a name that the project has not. No file is parsed for it but those whose text does not tell."""
    return _lacks(module) or _lacks_names(module)


def _lacks(module: Module) -> bool:
    """Whether a module seems to import one that the project has not, or by dots out of all packages."""
    for name, _ in imports_of(module.project).statements(module):
        absolute = absolute_name(module, name)
        if module.project.find(absolute, module) is None if absolute else name.startswith("."):
            return True
    return False


def _lacks_names(module: Module) -> bool:
    """Whether a module seems to import a name that a module of the project has not."""
    project = module.project
    for name, member in imports_of(project).statements(module):
        target = project.find(absolute_name(module, name), module) if member and member != "*" else None
        if not member or target is None or target is module or target.submodule(member) is not None:
            continue
        if not texts.may_bind(project, target.path, member):
            return True
    return False


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
