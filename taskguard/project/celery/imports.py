"""The import graph as Python runs it: which modules a module imports when it is itself imported."""

from __future__ import annotations

from taskguard.facts.import_lines import pairs_in
from taskguard.facts.import_selections import imports_in
from taskguard.facts.questions import holds
from taskguard.facts.selections import calling
from taskguard.project.celery.computed import IMPORTING, Open, computed, may_compute
from taskguard.project.celery.text_questions import calls_itself, loads_later
from taskguard.project.python.imports import imports_of
from taskguard.project.python.names import absolute_name
from taskguard.project.python.old_python import beside
from taskguard.query import query
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import TypeVar

    from taskguard.facts.model import CallSite
    from taskguard.project.python.project import Module, Project

    T = TypeVar("T")
    Called = tuple[Module, str]
else:
    Called = "Called"

COMPUTED = "import_module"
# So many functions are followed that the start of a worker calls.
MOST_CALLED = 2000


class Startup(Record):
    """Which functions of a module run at start-up, too. A file without one of `words` has none.

    `started` are those that run because a worker starts from a module, `calls` what a function calls.
    """

    functions: Callable[[Module], tuple[str, ...]]
    words: tuple[str, ...]
    started: Callable[[Module], Iterable[Called]] | None = None
    calls: Callable[[Module, str], Iterable[Called]] | None = None


class Reached:
    """What a set of modules imports. `paths` are files, `dynamic` what is known of the names of modules that may be imported, too."""

    def __init__(self) -> None:
        self.paths: dict[str, None] = {}
        self.dynamic: dict[Open, None] = {}

    def may_hold(self, name: str) -> bool:
        """Whether a module of that dotted name may be imported by a computed name."""
        return any(
            (not first or name == first or name.startswith(f"{first}."))
            and (not last or name.rpartition(".")[2] == last)
            for first, last in self.dynamic
        )


class Graph:
    """Imports of modules. A file that nobody has parsed is not parsed for this: its text is searched for import statements.

    With `old` an absolute import may also mean a module beside, as in Python 2. With `torn` the text of a file that a parser has refused, or read
    in part, is searched for imports, too: there may be more of them in it than it has.
    """

    def __init__(self, project: Project, old: bool = False, torn: bool = False) -> None:
        self.project = project
        self._old = old
        self._torn = torn
        self.memo: dict[object, object] = {}

    def reached(self, starts: Iterable[Module], startup: Startup, *, unparsed: bool) -> Reached:
        """The modules that importing `starts` imports.

        With `unparsed` files are followed that nobody has parsed; else only `starts` and parsed files are.
        """
        made = Reached()
        first = list(starts)
        queue = [one.path for one in first]
        given, followed = set(queue), dict[Called, None]()
        for module, scope in self._called(first, startup):
            queue.extend((module.path, *self._inside(module, scope)))
            self._computed(module, scope, queue, made)
        while queue:
            path = queue.pop()
            if path in made.paths:
                continue
            made.paths[path] = None
            module = self.project.modules[path]
            queue.extend(self.parents(module))
            # Whether a file was parsed for something else must not change what is followed.
            wanted = unparsed or path in given
            more = wanted and self._does_more(module, startup, path in given)
            if not more and (wanted or not self.project.skimmed(path).parsed):
                queue.extend(self.imported(module) if wanted else ())
                continue
            queue.extend(self.imported(module))
            begun = [] if path in given or startup.started is None else list(startup.started(module))
            begun += [(module, scope) for scope in startup.functions(module)]
            for one in begun:
                for called, inner in self._followed([one], startup, followed):
                    queue.extend(() if called is module else (called.path,))
                    queue.extend(self._inside(called, inner))
                    self._computed(called, inner, queue, made)
            self._computed(module, "", queue, made)
            if path in self.project.looked_at_paths or path in given:
                self._computed(module, None, queue, made)
        return made

    def _inside(self, module: Module, scope: str) -> list[str]:
        """The files that the body of a function imports."""
        return [
            path
            for one in imports_in(module.facts, self.project.heads, scope)
            for path in self.targets(module, one.module, one.name)
        ]

    def _called(self, starts: Iterable[Module], startup: Startup) -> dict[Called, None]:
        """The functions that run because a worker starts from these modules, and all that they call in turn."""
        made: dict[Called, None] = {}
        if startup.started is None or startup.calls is None:
            return made
        begun = [called for one in starts if self.project.skimmed(one.path).parsed for called in startup.started(one)]
        return self._followed(begun, startup, made)

    def _followed(self, begun: list[Called], startup: Startup, seen: dict[Called, None]) -> dict[Called, None]:
        """These functions and all that they call in turn, those left out that are `seen`."""
        made: dict[Called, None] = {}
        while begun and len(seen) < MOST_CALLED:
            called = begun.pop()
            if called not in seen:
                seen[called] = made[called] = None
                begun.extend(startup.calls(*called) if startup.calls is not None else ())
        return made

    def _does_more(self, module: Module, startup: Startup, given: bool) -> bool:
        """Whether a file may import more than its import statements at module level say; of those not `given` the functions count where their text has it so."""
        path = module.path
        if not self.project.is_readable(path):
            return True
        return self._does(path) or (
            holds(self.project, path, *startup.words) and (given or loads_later(self.project, path))
        )

    @query
    def _does(self, path: str) -> bool:
        """Whether a file does more than import at module level."""
        return may_compute(self.project, path) or calls_itself(self.project, path)

    def parents(self, module: Module) -> tuple[str, ...]:
        """The files of the packages around a module, which are imported before it."""
        return imports_of(self.project).packages(module)

    @query
    def imported(self, module: Module) -> tuple[str, ...]:
        """The paths that the module level code of a module imports."""
        made: dict[str, None] = {}
        for name, member in imports_of(self.project).statements(module):
            made.update(dict.fromkeys(self.targets(module, name, member)))
        if self._torn and is_torn(module):
            for name, member in pairs_in(self.project.text(module.path) or ""):
                made.update(dict.fromkeys(self.targets(module, name, member)))
        return tuple(made)

    def targets(self, module: Module, name: str, member: str | None) -> tuple[str, ...]:
        """The files that one import names."""
        found = imports_of(self.project).targets(module, name, member)
        near = beside(module, name) if self._old and absolute_name(module, name) else None
        if near is None:
            return found
        inner = self.project.find(f"{near.name}.{member}", near) if member and member != "*" else None
        return (*found, near.path, *((inner.path,) if inner is not None else ()))

    def _computed(self, module: Module, scope: str | None, queue: list[str], made: Reached) -> None:
        """What is imported by names in strings: by the module level, by the function `scope`, or (None) perhaps by some function."""
        for site in calling(module.facts, *IMPORTING):
            level = not site.scope or module.klass(site.scope) is not None
            if site.guard == "type_checking" or level != (scope == "") or (scope and site.scope != scope):
                continue
            if scope is None:
                if site.call.callee.rpartition(".")[2] == COMPUTED and module.package:
                    self._perhaps(module, site, made)
                continue
            for one in computed(module, site):
                if isinstance(one, str):
                    target = self.project.find(one, module) or self.project.find(one.rpartition(".")[0], module)
                    queue.extend([target.path] if target is not None else [])
                else:
                    made.dynamic[one] = None

    def _perhaps(self, module: Module, site: CallSite, made: Reached) -> None:
        """What a call imports in a function that nobody is seen to call: the module that it names with all that this imports, or anything of its own package where the name is computed."""
        named = list(computed(module, site))
        if not all(isinstance(one, str) for one in named):
            made.dynamic[module.package, ""] = None
            return
        targets = [self.project.find(one, module) for one in named if isinstance(one, str)]
        queue, seen = [one.path for one in targets if one is not None], dict[str, None]()
        while queue:
            path = queue.pop()
            if path not in seen:
                seen[path] = None
                held = self.project.modules[path]
                made.dynamic[held.name, held.name.rpartition(".")[2]] = None
                queue.extend((*self.parents(held), *self.imported(held)))


def is_torn(module: Module) -> bool:
    """Whether a parser has refused a file, or read it in part; one that nobody has parsed is not parsed for this."""
    read = module.project.skimmed(module.path).parsed or not module.project.is_readable(module.path)
    return read and module.facts.failure is not None


def remembered(called: Callable[[Module], Iterable[T]]) -> Callable[[Module], tuple[T, ...]]:
    """The same function, which works out once what it says of a module: the graph is walked several times."""
    return query(lambda module: tuple(called(module)))
