"""Imports with the names by which they are made: one file may be imported under two, from two entries of `sys.path`, and is two modules then."""

from __future__ import annotations

from taskguard.facts.questions import every, holds
from taskguard.patterns import regex
from taskguard.project.celery.discovery import discovery_of
from taskguard.project.celery.django import lineage, settings_modules
from taskguard.project.python.imports import imports_of
from taskguard.project.python.testing import in_tests
from taskguard.project.tasks.declarations import tasks_in

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from taskguard.project.celery.model import Service
    from taskguard.project.python.project import Module, Project

    # A file, and the folder from which its name counts.
    Node = tuple[str, str]

QUOTED = regex(r"""["']([A-Za-z_]\w*(?:\.\w+)*)["']""")
# Parts of the names of modules that a web process or a command of manage.py runs, and no worker by itself.
WEB = frozenset(
    "admin admins api apis consumers endpoints forms handlers managers middleware middlewares models receivers resources routers serializers"
    " signals view views viewset viewsets webhooks".split()
)
# What imports modules that no import statement names.
COMPUTED = (
    "import_module", "__import__", "import_string", "autodiscover_modules", "module_has_submodule", "exec_module", "load_module", "run_path", "runpy",
)  # fmt: skip
# One of these is a part of each of them, and of each below.
PARTS = ("import_", "_module", "_submodule", "run_path", "runpy", "walk_packages")
SWEEPING = ("walk_packages", "iter_modules", "find_modules")


def root_of(name: str, path: str) -> str | None:
    """The folder from which a file has this dotted name; None where it has it from none."""
    inside = name.replace(".", "/")
    for ending in (f"{inside}.py", f"{inside}/__init__.py"):
        if path == ending:
            return ""
        if path.endswith(f"/{ending}"):
            return path[: -len(ending) - 1]
    return None


def lasts(path: str) -> tuple[str, ...]:
    """What a dotted name that means a file may end in."""
    package = path.removesuffix("/__init__.py")
    last = package.rpartition("/")[2].removesuffix(".py")
    return (last,) if package == path else (last, "__init__")


class Names:
    """The files of a project by all names that its folders may give them. Make one a project, and only where a question needs it."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self._by_last: dict[str, list[str]] = {}
        self._files: dict[str, list[Node]] = {}
        for path in project.modules:
            last = path.removesuffix("/__init__.py").rpartition("/")[2].removesuffix(".py")
            if path.endswith(".py"):
                self._by_last.setdefault(last, []).append(path)
        self.roots = frozenset((*project.roots, *project.evidence.claimed, *self._started_in()))

    def _started_in(self) -> Iterator[str]:
        """The folders in which a deployment file starts Celery: `cd shop && celery -A tasks worker`."""
        evidence = self.project.evidence
        for launch in evidence.deployment.launches:
            name = launch.app.partition(":")[0]
            folders = evidence.worked_in(launch.path)
            for path in self._by_last.get(name.rpartition(".")[2], ()) if folders else ():
                root = root_of(name, path)
                if root in folders:
                    yield root

    def files(self, name: str, extra: str | None = None) -> list[Node]:
        """The files that a dotted name may mean, each with the folder it counts from; `extra` is one more such folder."""
        if extra is None:
            if name not in self._files:
                self._files[name] = self._found(name, None)
            return self._files[name]
        return self._found(name, extra)

    def _found(self, name: str, extra: str | None) -> list[Node]:
        made = []
        for path in self._by_last.get(name.rpartition(".")[2], ()):
            root = root_of(name, path)
            if root is not None and (root in self.roots or root == extra):
                made.append((path, root))
        return made

    def imported(self, path: str, root: str, name: str, member: str | None, extra: str | None = None) -> list[Node]:
        """The files that one import in the file `path` names, which has its own name from `root`."""
        if not name.startswith("."):
            made = [*self.files(name, extra)]
            if member and member != "*":
                made += self.files(f"{name}.{member}", extra)
            return made
        dots = len(name) - len(name.lstrip("."))
        folder = path.rpartition("/")[0]
        for _ in range(dots - 1):
            folder = folder.rpartition("/")[0]
        inside = "/".join(one for one in (folder, name[dots:].replace(".", "/")) if one)
        bases = [inside, f"{inside}/{member}"] if member and member != "*" else [inside]
        ends = [f"{base}{ending}" for base in bases for ending in (".py", "/__init__.py")]
        return [(one, root) for one in ends if one in self.project.modules]


class Loaded:
    """All that a worker may import, by name. More may be found than it imports, never less, unless `open` says why."""

    def __init__(self, names: Names, service: Service) -> None:
        self.names = names
        self.open = ""
        self.told: dict[Node, tuple[str, int]] = {}  # what the configuration names, with the place
        self._project = service.project
        self._service = service
        self._settings = {one.path for module in settings_modules(service).modules for one in lineage(module)}
        self._started = list(self._starts(service))
        self._begun = frozenset(self._started)
        self._plain: bool | None = None
        self._nodes: set[Node] = set()

    def starts_with(self, path: str, root: str) -> bool:
        """Whether the configuration itself makes the worker import a file by its name from there, or may do so."""
        return (path, root) in self._begun

    def surely_knows(self, path: str, root: str) -> bool:
        """Whether the worker surely knows a file by its name from a folder: what it imports it knows by the name of the module, if all that it
        starts from has that."""
        modules = self._project.modules
        if self._plain is None:
            self._plain = all((one, modules[one].root) in self._begun for one, _ in self._begun)
        return self._plain and root == modules[path].root and discovery_of(self._service).holds(modules[path]) is True

    def under(self, path: str) -> set[str]:
        """The folders from which the worker may know a file."""
        if not self._nodes:
            self._walk(self._started)
        return {root for one, root in self._nodes if one == path}

    def _starts(self, service: Service) -> Iterator[Node]:
        discovery = discovery_of(service)
        self.open = discovery.open or next(iter(discovery.loose.values()), "")
        for path in self._project.search("worker_main"):
            if path != service.path and not in_tests(path):
                self.open = self.open or f"{path} starts a worker"
        launches = [launch.app.partition(":")[0] for launch in service.project.evidence.deployment.launches]
        for one in discovery.wanted:
            found = self.names.files(one.name)
            if not found and ".apps." in one.name:
                package, _, rest = one.name.partition(".apps.")
                found = self.names.files(".".join((package, *rest.split(".")[1:])))
            if one.how == "app" or one.path in self._settings:
                yield from self._all(one.path, launches)
                continue
            for node in found:
                self.told.setdefault(node, (one.place, one.span.line))
            yield from found
        for path in self._settings:
            yield from self._all(path, ())

    def _all(self, path: str, launches: Iterable[str]) -> list[Node]:
        """A file under the name by which it is started, or under all that it may have."""
        package = f"{path.rpartition('/')[0]}/__init__.py"
        started = [(path, node[1]) for one in launches for node in self.names.files(one) if node[0] in (path, package)]
        if started:
            self.told.update((node, ("", 0)) for node in started)
            return started
        return [(path, root) for root in self.names.roots if not root or path.startswith(f"{root}/")] if path else []

    def _walk(self, starts: Iterable[Node]) -> None:
        queue = list(starts)
        while queue:
            node = queue.pop()
            if node in self._nodes:
                continue
            self._nodes.add(node)
            path, root = node
            folder = path.rpartition("/")[0]
            while folder and folder != root:
                if f"{folder}/__init__.py" in self._project.modules:
                    queue.append((f"{folder}/__init__.py", root))
                folder = folder.rpartition("/")[0]
            module = self._project.modules[path]
            for name, member in self._written(module):
                queue += self.names.imported(path, root, name, member)
            project = self._project
            if path in self._settings or "urls" in module.name or holds(project, path, "include("):
                queue += self._strings(path)
            if holds(project, path, *PARTS) and holds(project, path, *COMPUTED, *SWEEPING):
                queue += self._strings(path)
                if holds(project, path, *SWEEPING, "import_module(f", 'import_module("%'):
                    self.open = self.open or f"{path} imports modules by a computed name"

    def _written(self, module: Module) -> list[tuple[str, str | None]]:
        """The imports that run, those of functions included where a worker may call them."""
        if is_web(module):
            return imports_of(self._project).top_level(module.path)[0]
        written = imports_of(self._project).written(module.path)
        return written if written is not None else [(one.module, one.name) for one in module.facts.imports]

    def _strings(self, path: str) -> list[Node]:
        """The modules that strings name, or an attribute of which they name."""
        made = []
        for name in dict.fromkeys(every(self._project, path, QUOTED)):
            made += self.names.files(name)
            holder, _, last = name.rpartition(".")
            if holder:  # an object of a module; to name a task imports nothing
                made += [node for node in self.names.files(holder) if not self._is_task(node[0], last)]
            if ".apps." in name:
                made += self.names.files(name.partition(".apps.")[0])
        return made

    def _is_task(self, path: str, name: str) -> bool:
        return path in self._project.looked_at_paths and any(
            task.qualname == name for task in tasks_in(self._project.modules[path])
        )


def is_web(module: Module) -> bool:
    """Whether a web process or a command runs the functions of a module, by its name, and no worker does by itself."""
    return not WEB.isdisjoint(module.name.split(".")) or ".management.commands." in f".{module.name}"
