"""The contract of a linked project, worked out for the files that are asked for."""

from __future__ import annotations

from taskguard.diagnostics import Span
from taskguard.facts.model import Binding, Import
from taskguard.project.change.configured import configured
from taskguard.project.change.shown import shown
from taskguard.project.change.terms import (
    MARKED,
    Configured,
    Decoration,
    Line,
    Missing,
    OptionTerms,
    Parameter,
    Piece,
    TaskTerms,
    Use,
    User,
)  # fmt: skip
from taskguard.project.editing.edits import edits_of
from taskguard.project.facades.facades import facades_of
from taskguard.project.python.exported import binds_name
from taskguard.project.python.names import absolute_name, frames, resolve, resolved_name
from taskguard.project.python.values import Known, Name
from taskguard.project.tasks.declarations import all_tasks, tasks_in
from taskguard.query import query

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.diagnostics import Edit
    from taskguard.facts.bodies import Unit
    from taskguard.facts.model import Function
    from taskguard.project.change.users import Users
    from taskguard.project.python.project import Module, Project
    from taskguard.project.tasks.task import Task

BUILTINS = frozenset(dir(__import__("builtins")))


@query
def units_of(module: Module) -> tuple[Unit, ...]:
    """The functions, methods, classes and constants of a file, as it writes them."""
    from taskguard.facts.bodies import units

    text = module.project.text(module.path)
    return units(text) if text is not None else ()


@query
def _units_by_name(module: Module) -> dict[str, Unit]:
    """The units by their names; of several the first one."""
    return {one.qualname: one for one in reversed(units_of(module))}


class Linked:
    """One state of a project."""

    partial = False

    def __init__(self, project: Project) -> None:
        self.project = project
        self._pieces: dict[str, tuple[Piece, ...]] = {}
        self._named: dict[str, dict[str, Piece]] = {}
        self._tasks: dict[str, tuple[TaskTerms, ...]] = {}
        self._names: dict[tuple[str, str, str], str] = {}
        self._users: Users | None = None
        self._configured: Configured | None = None
        self._task_names: tuple[set[str], bool] | None = None
        self._paths: list[str] | None = None

    @property
    def paths(self) -> list[str]:
        """The paths of all modules that can be imported: not stubs, nor a module that a package hides."""
        if self._paths is None:
            modules = self.project.modules.items()
            self._paths = [
                path
                for path, one in modules
                if not path.endswith(".pyi") and (not one.name or self.project.find(one.name, one) is one)
            ]
        return self._paths

    @property
    def roots(self) -> tuple[str, ...]:
        return tuple(self.project.roots)

    def text(self, path: str) -> str | None:
        return self.project.text(path) if path in self.project.modules else None

    def digest(self, path: str) -> str:
        """What tells one text from another."""
        from hashlib import sha256

        return sha256((self.text(path) or "").encode("utf-8", "surrogatepass")).hexdigest()[:16]

    def module_name(self, path: str) -> str:
        return self.project.modules[path].name

    def path_of(self, module: str) -> str:
        """The path of the module of that name, empty where there is none."""
        found = self.project.module(module)
        return found.path if found is not None else ""

    def pieces(self, path: str) -> tuple[Piece, ...]:
        """The functions, methods, classes and constants of a file."""
        if path not in self._pieces:
            module = self.project.modules.get(path)
            made = units_of(module) if module is not None and not module.unreadable else ()
            declared = {task.span for task in tasks_in(module)} if module is not None and made else set()
            self._pieces[path] = tuple(self._piece(module, one, declared) for one in made) if module is not None else ()
        return self._pieces[path]

    def _by_qualname(self, path: str) -> dict[str, Piece]:
        """The pieces of a file by their names; of several the first one."""
        if path not in self._named:
            self._named[path] = {one.qualname: one for one in reversed(self.pieces(path))}
        return self._named[path]

    def piece(self, dotted: str) -> Piece | None:
        """The piece of that dotted name, or the one that the name is an attribute of."""
        parts = dotted.split(".")
        for length in range(len(parts) - 1, 0, -1):
            module = self.project.module(".".join(parts[:length]))
            if module is not None:
                wanted = ".".join(parts[length:])
                named = self._by_qualname(module.path)
                while wanted and wanted not in named:
                    wanted = wanted.rpartition(".")[0]
                return named.get(wanted)
        return None

    def _piece(self, module: Module, unit: Unit, declared: set[Span]) -> Piece:
        function = module.function(unit.qualname)
        preset = dict(unit.preset)
        parameters = tuple(
            Parameter(one.name, one.kind, self.resolved(module, preset[one.name]) if one.name in preset else "")
            for one in (function.params if function is not None else ())
        )
        decorations = tuple(
            Decoration(
                self.resolved(module, one.name), self.resolved(module, one.text), one.span in declared, one.span.line
            )
            for one in unit.decorations
        )
        lines = tuple(
            Line(
                one.kind,
                self.resolved(module, one.text, one.scope),
                one.inside,
                one.number,
                tuple(Use(self.resolved(module, use.callee, one.scope), use.literals) for use in one.calls),
                tuple(self.resolved(module, kind, one.scope) for kind in one.types),
            )
            for one in unit.lines
        )
        return Piece(module.name, module.path, unit.qualname, unit.kind, unit.span, parameters, decorations, lines)

    def resolved(self, module: Module, text: str, scope: str = "") -> str:
        """A marked text with its names resolved as seen from `scope`."""
        return MARKED.sub(lambda one: f"⟪{self._resolve(module, one[1], scope)}⟫", text)

    def _resolve(self, module: Module, name: str, scope: str) -> str:
        key = (module.path, scope, name)
        if key not in self._names:
            found = resolve(module, name, scope)
            first = name.partition(".")[0]
            if found.kind == "missing" and found.module is module and first in BUILTINS:
                self._names[key] = name
            elif found.kind == "external" and self._lacks(found.path, module):
                self._names[key] = f"?{name}"
            elif found.kind in ("symbol", "module", "external") and found.dotted:
                self._names[key] = found.dotted
            else:
                self._names[key] = name if first in ("__name__", "__file__") else f"?{name}"
        return self._names[key]

    # -- tasks ------------------------------------------------------------------------------------------------------

    def tasks(self, path: str) -> tuple[TaskTerms, ...]:
        """The tasks that a file declares."""
        if path not in self._tasks:
            module = self.project.modules.get(path)
            self._tasks[path] = tuple(map(self._terms, tasks_in(module))) if module is not None else ()
        return self._tasks[path]

    @property
    def task_paths(self) -> frozenset[str]:
        """The paths of all modules that declare tasks."""
        return frozenset(task.path for task in all_tasks(self.project)).intersection(self.paths)

    def task_names(self) -> tuple[set[str], bool]:
        """All task names, and whether some cannot be told."""
        if self._task_names is None:
            paths = set(self.paths)
            names = [task.name for task in all_tasks(self.project) if task.path in paths]
            known = {one.value for one in names if isinstance(one, Known)}
            self._task_names = known, not all(isinstance(one, Known) for one in names)
        return self._task_names

    def unsettled(self, changed: frozenset[str]) -> list[TaskTerms]:
        """The tasks of other files whose options rest on one of `changed`."""
        found = []
        for task in all_tasks(self.project):
            if task.path not in changed and changed.intersection(task.depends):
                found.append(self._terms(task))
        return found

    def _terms(self, task: Task) -> TaskTerms:
        unit = self._unit(task)
        written: dict[str, str] = {}
        spread: tuple[str, ...] = ()
        for one in unit.decorations if unit is not None else ():
            if one.span == task.span:
                written = {key: self.resolved(task.module, text) for key, text in one.keywords if key}
                spread = tuple(self.resolved(task.module, text) for key, text in one.keywords if not key)
        options = []
        for name, option in sorted(task.options.items()):
            known = isinstance(option.value, Known)
            text = shown(option.value.value) if known else written.get(name) or f"⟪{option.value.name}⟫"
            options.append((name, OptionTerms(known, text, option.span)))
        inherited, closed = self._inherited(task)
        return TaskTerms(
            task.name.value if isinstance(task.name, Known) else None, task.name_source, task.form, task.module.name, task.path, task.qualname, task.span, (task.line, *task.noqa_lines),
            tuple(options), task.open, spread, inherited, closed, task.depends,
        )  # fmt: skip

    def _unit(self, task: Task) -> Unit | None:
        """The unit of a task's definition; read only where an option cannot be told otherwise."""
        if not task.open and all(isinstance(one.value, Known) for one in task.options.values()):
            return None
        return _units_by_name(task.module).get(task.qualname)

    def _inherited(self, task: Task) -> tuple[tuple[tuple[str, str], ...], bool]:
        base = task.base
        if task.form == "class" or base.absent:
            return (), True
        if not isinstance(base, Known) or not isinstance(base.value, Name):
            return (), False
        from taskguard.project.tasks.declarations import class_options

        home, _, name = base.value.dotted.rpartition(".")
        module = self.project.find(home, task.module)
        klass = module.klass(name) if module is not None else None
        if module is None or klass is None:
            return (), base.value.dotted.startswith("celery.")
        options, opened = class_options(module, klass)
        given = tuple((key, shown(one.value.value)) for key, one in sorted(options.items()) if one.value.known)
        return given, not opened and all(one.value.known for one in options.values())

    def configured(self) -> Configured:
        """The routes and schedules of the project."""
        if self._configured is None:
            self._configured = configured(self.project, self.resolved)
        return self._configured

    # -- names ------------------------------------------------------------------------------------------------------

    def names(self, path: str) -> dict[str, str]:
        """What a file binds at run time, by name: `function`, `class`, `variable`, or `import`."""
        from taskguard.project.python.names import live

        module = self.project.modules[path]
        made: dict[str, str] = {}
        for name in module.table():
            entries = live(module, name)
            if entries:
                last = entries[-1]
                made[name] = last.kind if isinstance(last, Binding) else "import"
        return made

    def binds(self, module: str, name: str) -> bool | None:
        """Whether `from module import name` works; None where that cannot be told."""
        found = self.project.module(module)
        return binds_name(found, name) if found is not None else False

    def leads(self, module: str, name: str) -> str:
        """The dotted name that a name of a module leads to, empty where that cannot be told."""
        found = self.project.module(module)
        return resolved_name(found, name) if found is not None else ""

    def called(self, module: str, name: str) -> tuple[str, ...]:
        """The resolved names that a function calls."""
        home = self.project.module(module)
        function: Function | None = home.function(name) if home is not None else None
        return (
            tuple(resolved_name(home, one, name) for one in function.calls)
            if home is not None and function is not None
            else ()
        )

    def unreadable(self, path: str) -> bool:
        return path in self.project.modules and self.project.modules[path].unreadable

    def missing(self, path: str) -> tuple[Missing, ...]:
        """The names that a file uses and nothing binds."""
        from taskguard.facts.undefined import undefined

        text = self.text(path)
        if text is None or self.unreadable(path):
            return ()
        return (
            *(Missing(*one) for one in undefined(text)),
            *self._for_checkers_only(path, text),
            *self._from_nowhere(path),
        )

    def _from_nowhere(self, path: str) -> Iterator[Missing]:
        """Names that are imported from a module that a package of the project does not have: a relative import that counts from elsewhere now."""
        module = self.project.modules[path]
        for one in module.facts.imports:
            if one.guard or not one.name or one.name == "*":
                continue
            absolute = absolute_name(module, one.module)
            if any(self.project.find(name, module) is not None for name in (absolute, f"{absolute}.{one.name}")):
                continue
            if one.module.startswith(".") or self._lacks(absolute, module):
                scope = one.scope.partition(".<locals>")[0]
                yield Missing(one.bound, scope, one.span, absolute or one.module)

    def _lacks(self, dotted: str, origin: Module) -> bool:
        """Whether a dotted name leads into a package of the project that has no such part."""
        parts = dotted.split(".")
        for length in range(len(parts) - 1, 0, -1):
            found = self.project.find(".".join(parts[:length]), origin)
            if found is not None:
                return found.is_package and binds_name(found, parts[length]) is False
        return False

    def _for_checkers_only(self, path: str, text: str) -> Iterator[Missing]:
        """Names that run-time code uses and that are imported under `if TYPE_CHECKING`."""
        from taskguard.facts.bodies import units

        module = self.project.modules[path]
        typing = frozenset(
            name
            for name, entries in module.table().items()
            if all(isinstance(one, Import) and one.guard == "type_checking" for one in entries)
        )
        for unit in units(text, typing) if typing else ():
            for line in unit.lines:
                for name in MARKED.findall(" ".join((line.text, *line.types))):
                    first = name.partition(".")[0]
                    if first in typing and not any(module.local(frame, first) for frame in frames(line.scope)):
                        yield Missing(first, unit.qualname, Span(line.number, 1, line.number, 1))

    def lines(self, path: str) -> int:
        """The physical lines of a file, 0 where it is not there."""
        return self.project.skimmed(path).lines if path in self.project.modules else 0

    def facade_paths(self) -> frozenset[str]:
        """The paths of facades and their sources."""
        facades = facades_of(self.project)
        return frozenset(
            path for one in facades for path in (one.module.path, *(source.path for source in one.sources))
        )

    def references(self, name: str) -> tuple[User, ...]:
        """The strings that are this task name."""
        from taskguard.project.change.users import references

        return references(self.project, name)

    def naming(self, task: TaskTerms, name: str) -> tuple[Edit, ...] | None:
        """The edits that give a task an explicit name, None where its declaration cannot be edited so."""
        module = self.project.modules.get(task.path)
        found = next((one for one in tasks_in(module) if one.span == task.where), None) if module is not None else None
        return edits_of(module).name(found, name) if module is not None and found is not None else None

    def protective(self, path: str) -> tuple[str, ...]:
        """The calls that the settings at a path protect."""
        return self.project.settings_at(path).protective_calls

    def users(self, module: str, name: str) -> tuple[User, ...]:
        """The places that use a name of a module, whether or not the module has it."""
        if self._users is None:
            from taskguard.project.change.users import Users

            self._users = Users(self.project)
        return self._users.of(module, name)
