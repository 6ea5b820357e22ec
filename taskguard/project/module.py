"""One file of the linked project."""

from __future__ import annotations

from taskguard.facts.model import Binding, Class, Facts, Function, Import

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.diagnostics import Span
    from taskguard.facts.model import Expr
    from taskguard.project.class_tasks import ClassMistake
    from taskguard.project.editing.edits import Editing
    from taskguard.project.exported import All
    from taskguard.project.habits import Habits
    from taskguard.project.names import Found
    from taskguard.project.places import Places
    from taskguard.project.project import Project
    from taskguard.project.tasks import Task
    from taskguard.settings.model import House

# Which guard is believed first where a name is bound in several branches.
GUARDS = {"": 0, "try": 1, "if": 2, "type_checking": 3, "except": 4}


class Module:
    """A file, its dotted name, and what its names are. Made by the project; everything is worked out when asked for.

    `path` is relative to the project root with `/`; `name` is the dotted module name; `root` is the folder from which that name counts.
    """

    __slots__ = (
        "_attributes", "_classes", "_editing", "_entries", "_exports", "_functions", "_locals", "_places", "_stars", "_table", "_tasks", "is_package", "name", "path", "project", "root",
        "task_calls",
    )  # fmt: skip

    def __init__(self, project: Project, path: str, name: str, root: str) -> None:
        self.project = project
        self.path = path
        self.name = name
        self.root = root
        self.is_package = path.rpartition("/")[2].startswith("__init__.")
        self._table: dict[str, list[Import | Binding]] | None = None
        self._entries: dict[str, Import | Binding | None] = {}
        self._attributes: dict[str, dict[str, Binding]] = {}
        self._stars: list[Import] | None = None
        self._locals: dict[str, dict[str, Import | None]] | None = None
        self._functions: dict[str, Function] | None = None
        self._classes: dict[str, Class] | None = None
        self._exports: dict[int, tuple[str, ...] | None] = {}
        self._tasks: tuple[Task, ...] | None = None
        self._editing: Editing | None = None
        self._places: Places | None = None
        self.task_calls: list[tuple[str, Expr]] | None = None  # filled by methods

    def __repr__(self) -> str:
        return f"Module({self.path!r})"

    @property
    def facts(self) -> Facts:
        return self.project.facts(self.path)

    @property
    def places(self) -> Places:
        """The statements of this file by what they change and where they stand."""
        if self._places is None:
            from taskguard.project.places import Places

            self._places = Places(self.facts)
        return self._places

    @property
    def skimmed(self) -> Facts:
        """The facts of this file as far as they are there: length, failure and directives, without parsing it for that."""
        return self.project.skimmed(self.path)

    @property
    def unreadable(self) -> bool:
        """Whether the file could not be parsed, so that what it binds is Unknown."""
        return self.facts.failure is not None

    @property
    def hidden_by(self) -> str:
        """The path of the package of the same name beside this file, which Python imports in its place; empty where there is none."""
        package = f"{self.path.removesuffix('.py')}/__init__.py"
        return package if package in self.project.modules and not self.is_package else ""

    @property
    def never_loaded(self) -> bool:
        """Whether nothing in this file ever happens: a package hides it, and it is no script that may be run by its path."""
        return self.path in self.project.unloaded

    @property
    def in_tests(self) -> bool:
        """Whether the file is part of tests, examples or documentation."""
        from taskguard.project.testing import in_tests

        return in_tests(self.path)

    @property
    def package(self) -> str:
        """The dotted name of the package that relative imports count from."""
        return self.name if self.is_package else self.name.rpartition(".")[0]

    @property
    def house(self) -> House:
        """The house rules of tasks at this path."""
        return self.project.house(self.path)

    @property
    def guests(self) -> bool:
        """Whether the settings that hold here name checkers of other packages."""
        return bool(self.project.settings_at(self.path).checkers)

    @property
    def habits(self) -> Habits:
        """What most tasks of the same import root do; nothing for tests, examples and hidden folders."""
        from taskguard.project.habits import habits_at

        return habits_at(self)

    @property
    def class_mistakes(self) -> tuple[ClassMistake, ...]:
        """The classes of this file that are meant as tasks and are none, in order of line."""
        from taskguard.project.class_tasks import class_mistakes

        return class_mistakes(self)

    @property
    def tasks(self) -> tuple[Task, ...]:
        """The tasks declared in this file, in order of line."""
        if self._tasks is None:
            from taskguard.project.declarations import declared

            self._tasks = ()  # a declaration that asks for itself while it is read
            self._tasks = () if self.never_loaded else declared(self)
        return self._tasks

    @property
    def edits(self) -> Editing:
        """The edits of this file that a fix may be made of."""
        if self._editing is None:
            from taskguard.project.editing.edits import Editing

            self._editing = Editing(self)
        return self._editing

    def code_lines(self) -> int:
        """Lines without blank lines, comments and docstrings."""
        return self.project.code_lines(self.path)

    def absolute(self, module: str) -> str:
        """The absolute name of a module named in an import of this file; empty where dots lead out of the root.

        Python 2 looks into the file's own package first.
        """
        if not module.startswith("."):
            from taskguard.project.old_python import meant_beside

            return f"{self.package}.{module}" if meant_beside(self, module) else module
        dots = len(module) - len(module.lstrip("."))
        parts = self.package.split(".") if self.package else []
        if dots > max(len(parts), 1):
            return ""
        base = parts[: len(parts) - dots + 1]
        rest = module[dots:]
        return ".".join([*base, rest] if rest else base)

    def table(self) -> dict[str, list[Import | Binding]]:
        """Module level names and everything that binds each, in order."""
        if self._table is None:
            made: dict[str, list[Import | Binding]] = {}
            for imported in self.facts.imports:
                if not imported.scope and imported.name != "*":
                    made.setdefault(imported.bound, []).append(imported)
            for binding in self.facts.bindings:
                made.setdefault(binding.name, []).append(binding)
            for entries in made.values():
                if len(entries) > 1:
                    entries.sort(key=lambda one: one.span)
            self._table = made
        return self._table

    def entry(self, name: str) -> Import | Binding | None:
        """What binds `name` at module level: the last one that no branch guards, else the likeliest branch."""
        entries = self.table().get(name)
        if not entries:
            return None
        if len(entries) == 1:
            only = entries[0]
            return None if isinstance(only, Binding) and only.kind == "deleted" else only
        if name not in self._entries:
            self._entries[name] = self._likeliest(entries)
        return self._entries[name]

    def _likeliest(self, entries: list[Import | Binding]) -> Import | Binding | None:
        last = entries[-1]
        if isinstance(last, Binding) and last.kind == "deleted" and not last.guard:
            return None
        plain = [one for one in entries if not one.guard and getattr(one, "kind", "") != "deleted"]
        if plain:
            return plain[-1]
        live = [one for one in entries if getattr(one, "kind", "") != "deleted"]
        return min(live, key=lambda one: GUARDS.get(one.guard, 5)) if live else None

    @property
    def stars(self) -> list[Import]:
        """The star imports at module level."""
        if self._stars is None:
            self._stars = [one for one in self.facts.imports if one.name == "*" and not one.scope]
        return self._stars

    def local(self, frame: str, name: str) -> Import | bool | None:
        """What `name` is inside the function or class `frame`: an import, True for another local name, None if it is not its own."""
        if self._locals is None:
            made: dict[str, dict[str, Import | None]] = {}
            for imported in self.facts.imports:
                if imported.scope and imported.bound:
                    made.setdefault(imported.scope, {})[imported.bound] = imported
            for function in self.facts.functions:
                names = made.setdefault(function.qualname, {})
                for one in function.locals:
                    names.setdefault(one, None)
            self._locals = made
        names = self._locals.get(frame, {})
        if name not in names:
            return None
        return names[name] or True

    def function(self, qualname: str) -> Function | None:
        """The (last) function of that qualified name."""
        if self._functions is None:
            self._functions = {one.qualname: one for one in self.facts.functions}
        return self._functions.get(qualname)

    def klass(self, qualname: str) -> Class | None:
        """The (last) class of that qualified name."""
        if self._classes is None:
            self._classes = {one.qualname: one for one in self.facts.classes}
        return self._classes.get(qualname)

    def attribute(self, qualname: str, name: str) -> Binding | None:
        """What (last) binds `name` in the body of the class `qualname`."""
        made = self._attributes.get(qualname)
        if made is None:
            klass = self.klass(qualname)
            attributes = klass.attributes if klass is not None else ()
            made = self._attributes[qualname] = {one.name: one for one in attributes}
        return made.get(name)

    def submodule(self, name: str) -> Module | None:
        """The module or package `name` inside this package."""
        if not self.is_package:
            return None
        return self.project.find(f"{self.name}.{name}" if self.name else name, self)

    def resolve(self, dotted: str, scope: str = "") -> str:
        """The absolute dotted name that `dotted` finally is, or the empty string."""
        return self.find(dotted, scope).dotted

    def find(self, dotted: str, scope: str = "") -> Found:
        """Where `dotted`, written in this file inside `scope`, leads."""
        from taskguard.project.names import resolve

        return resolve(self, dotted, scope)

    def binds(self, name: str) -> bool | None:
        """Whether `from module import name` works at run time; None where that cannot be told."""
        from taskguard.project.exported import binds

        return binds(self, name)

    def shows(self, name: str) -> bool:
        """Whether the text of a file that nobody has parsed shows that it defines the name at module level."""
        from taskguard.project.worker_side import surely_defines

        return surely_defines(self, name)

    def may_hold(self, name: str) -> str:
        """Why `name` may be a submodule of this package although the project has no such file; empty where it is none."""
        from taskguard.project.broken import may_be_module

        return may_be_module(self, name)

    def given(self, name: str) -> bool:
        """Whether the module has a name that none of its statements binds: other code sets it, or it is a folder of modules."""
        from taskguard.project.listed import has_folder, set_from_outside

        return has_folder(self, name) or set_from_outside(self, name)

    def put_aside(self) -> bool:
        """Whether the module is kept for reading: in a package that is called so and that nobody imports, or as what is left of one."""
        from taskguard.project.aside import left_over, put_aside

        return put_aside(self) or left_over(self)

    def star_paths(self) -> tuple[str, ...]:
        """The other files that its star imports take names from, in turn."""
        from taskguard.project.broken import behind

        return tuple(one.path for one in behind(self) if one is not self)

    def listed_objects(self) -> list[tuple[str, str, Span]]:
        """What `__all__` lists in place of a name, what each is (function, class, module), and where."""
        from taskguard.project.exported import listed_objects

        return listed_objects(self)

    def dunder_all(self) -> All | None:
        """The module's `__all__` as far as it can be read, None where it has none."""
        from taskguard.project.exported import dunder_all

        return dunder_all(self)

    def exports(self, depth: int = 0) -> tuple[str, ...] | None:
        """The names that `from module import *` binds, or None where that cannot be told."""
        if depth > 20:
            return None
        if 0 not in self._exports:
            from taskguard.project.exported import starred_names

            self._exports[0] = ()  # a cycle of star imports adds nothing
            self._exports[0] = starred_names(self, depth)
        return self._exports[0]


# What runs a file by its path. A package that was put before a module may load what it hides so.
BY_PATH = ("spec_from_file_location", "SourceFileLoader", "run_path", "execfile")


def unloaded(project: Project) -> frozenset[str]:
    """The files that a package of the same name beside them hides, and that are no scripts and are not loaded by their path from there."""
    made = set()
    for package in project.modules:
        path = f"{package.removesuffix('/__init__.py')}.py"
        if not package.endswith("/__init__.py") or path not in project.modules:
            continue
        around = project.text(package) or ""
        if "__main__" not in (project.text(path) or "") and not any(word in around for word in BY_PATH):
            made.add(path)
    return frozenset(made)
