"""What the import statements of a project's files say, and where they lead: read from the texts once, whoever asks, and without parsing them."""

from __future__ import annotations

from taskguard.facts.import_lines import dotted, pairs
from taskguard.facts.import_selections import imports_in, running_imports
from taskguard.facts.questions import holds
from taskguard.facts.selections import imports_by_name
from taskguard.project.python import text_questions as texts
from taskguard.project.python.names import absolute_name
from taskguard.project.python.old_python import speaks_python_2
from taskguard.query import Keyed, query

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from taskguard.facts.model import Import
    from taskguard.project.python.project import Module, Project

    # A module as an import writes it, and the names that are imported from it.
    Line = tuple[str, tuple[str, ...]]
    # A module, and what is imported from it; None for `import module`.
    Pair = tuple[str, str | None]
    # A module, and what it imports.
    User = tuple[Module, Import]


class Imports:
    """The imports of one project. A text may show more imports than the file has (in strings and comments), never less."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.memo: dict[object, object] = {}

    @query
    def lines(self, path: str) -> list[Line] | None:
        """The `from … import` statements of a file, libraries left out; None where it takes a parser to tell."""
        return texts.import_lines(self.project, path, self.project.heads)

    @query
    def written(self, path: str) -> list[Pair] | None:
        """What all import statements of a file name, each name for itself, libraries left out; None where it takes a parser to tell."""
        lines = self.lines(path)
        return None if lines is None else pairs(lines, texts.plain_names(self.project, path, self.project.heads))

    @query
    def named(self, path: str) -> dict[str, list[str]] | None:
        """The dotted names of modules that the imports of a file may mean, by their last parts; None where it takes a parser to tell."""
        written = self.written(path)
        if written is None:
            return None
        held: dict[str, list[str]] = {}
        for name in dotted(written):
            held.setdefault(name.rpartition(".")[2], []).append(name)
        return held

    @query
    def top_level(self, path: str) -> tuple[list[Pair], bool]:
        """What the import statements of a file at module level name, and whether others are hidden behind something on their line."""
        return texts.top_level(self.project, path, self.project.heads)

    @query
    def statements(self, module: Module) -> list[Pair]:
        """What a module imports when it is loaded, whatever branch it does so in. A file that nobody has parsed is not parsed for this."""
        read = not self.project.skimmed(module.path).parsed and self.project.is_readable(module.path)
        held, hidden = self.top_level(module.path) if read else ([], True)
        if hidden:
            held = [(one.module, one.name) for one in running_imports(module.facts, self.project.heads)]
        return held

    def targets(self, module: Module, name: str, member: str | None) -> tuple[str, ...]:
        """The files that one import names. Imports of a name from one folder lead to one place, but in Python 2."""
        if speaks_python_2(self.project) is not False:
            return self._named_by(module, name, member)
        near = name.startswith(".") or f"/{name.partition('.')[0]}/" in module.path
        folder = module.path.rpartition("/")[0] if near else ""
        return self._targets(Keyed(module, (module.root, folder)), name, member)

    @query
    def _targets(self, user: Keyed, name: str, member: str | None) -> tuple[str, ...]:
        return self._named_by(user.held, name, member)

    def _named_by(self, module: Module, name: str, member: str | None) -> tuple[str, ...]:
        absolute = absolute_name(module, name)
        if not absolute:
            return ()
        target = self.project.reached_by(absolute, module)
        made = [] if target is None else [target.path]
        if member and member != "*":
            inner = self.project.reached_by(f"{absolute}.{member}", module)
            made += [] if inner is None else [inner.path]
        elif member and target is not None and target.is_package and holds(self.project, target.path, "__all__"):
            inside = (target.submodule(one.value) for one in target.facts.exports or () if one.kind == "name")
            made += [one.path for one in inside if one is not None]
        return tuple(made)

    def packages(self, module: Module) -> tuple[str, ...]:
        """The files of the packages around a module, the nearest first."""
        name = module.name.rpartition(".")[0]
        return self._packages(Keyed(module, (module.root, module.path.rpartition("/")[0], name)), name)

    @query
    def _packages(self, module: Keyed, name: str) -> tuple[str, ...]:
        made = []
        while name:
            package = self.project.find(name, module.held)
            made += [] if package is None else [package.path]
            name = name.rpartition(".")[0]
        return tuple(made)

    @query
    def running(self, module: Module) -> Sequence[Import]:
        """The imports that run whenever a module is loaded, those in bodies of classes among them: from its text, where nobody has parsed it.

        Those of modules that are none of the project may be left out.
        """
        unparsed = module.path not in self.project.looked_at_paths and self.project.is_readable(module.path)
        held = texts.top_imports(self.project, module.path, self.project.heads) if unparsed else None
        if held is None:
            own = running_imports(module.facts, self.project.heads) if not module.unreadable else ()
            held = tuple(one for one in own if _at_load(module, one))
        return held

    @query
    def importers(self, target: Module) -> dict[str, list[User]]:
        """Which names other files import from `target`, and where. Files are parsed for it if their text imports from there."""
        held: dict[str, list[User]] = {}
        for user in self._users(target, ""):
            held.setdefault(user[1].name or "", []).append(user)
        return held

    @query
    def importers_of(self, target: Module, name: str) -> list[User]:
        """Where other files import one name from `target`. Files are parsed for it if their text imports that name from there."""
        return [user for user in self._users(target, name) if user[1].name == name]

    def _users(self, target: Module, name: str) -> Iterator[User]:
        for module in self.possible_importers(target, name):
            yield from ((module, one) for one in self.imports_from(module, target))

    @query
    def imports_from(self, module: Module, target: Module) -> tuple[Import, ...]:
        """The imports by which a module takes names from `target`."""
        return tuple(
            one
            for one in imports_by_name(module.facts, _words(target))
            if self.project.find(absolute_name(module, one.module), module) is target
        )

    def possible_importers(self, target: Module, name: str) -> Iterator[Module]:
        """The other files that import a name from `target`, any where it is empty, as far as their texts say; none is parsed for it."""
        for path in self.project.importing_from(_words(target)) if target.name else []:
            module = self.project.modules[path]
            if module is not target and self._may_import(module, target, name):
                yield module

    def _may_import(self, module: Module, target: Module, name: str) -> bool:
        """Whether a file imports a name from `target`, any where it is empty, as far as its text says; True for one that is parsed anyway."""
        project = self.project
        if (not name and module.path in project.looked_at_paths) or not project.is_readable(module.path):
            return True
        if name and not holds(project, module.path, name):
            return False
        lines = self.lines(module.path)
        return lines is None or any(
            (not name or name in names or "" in names) and project.find(absolute_name(module, one), module) is target
            for one, names in lines
        )


def _words(module: Module) -> frozenset[str]:
    """The last words of what an import may call a module: none where dots alone lead to a package."""
    word = module.name.rpartition(".")[2]
    return frozenset((word, "")) if module.is_package else frozenset((word,))


def _at_load(module: Module, one: Import) -> bool:
    return not one.guard and (not one.scope or module.klass(one.scope) is not None)


def leading_out(module: Module) -> Import | None:
    """The first import that runs when a module is loaded and has dots that lead out of its root."""
    found = (
        one
        for one in imports_in(module.facts, module.project.heads, "")
        if one.module and not one.guard and not absolute_name(module, one.module)
    )
    return min(found, key=lambda one: one.span, default=None)


@query
def imports_of(project: Project) -> Imports:
    """What the import statements of all files of a project say, and who imports what."""
    return Imports(project)
