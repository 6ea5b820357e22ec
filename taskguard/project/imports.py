"""What the import statements of a project's files say, and where they lead: read from the texts once, whoever asks, and without parsing them."""

from __future__ import annotations

from taskguard.facts.import_lines import import_lines, plain_names
from taskguard.project.names import absolute_name
from taskguard.query import query

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from taskguard.facts.model import Import
    from taskguard.project.project import Module, Project

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
        self._lines: dict[str, list[Line] | None] = {}
        self._written: dict[str, list[Pair] | None] = {}
        self._named: dict[str, dict[str, list[str]] | None] = {}
        self._importers: dict[str, dict[str, list[User]]] = {}
        self._importers_of: dict[tuple[str, str], list[User]] = {}

    def lines(self, path: str) -> list[Line] | None:
        """The `from … import` statements of a file; None where it takes a parser to tell."""
        if path not in self._lines:
            self._lines[path] = import_lines(self.project.text(path) or "")
        return self._lines[path]

    def written(self, path: str) -> list[Pair] | None:
        """What all import statements of a file name, each name for itself; None where it takes a parser to tell."""
        if path not in self._written:
            lines = self.lines(path)
            self._written[path] = (
                None
                if lines is None
                else [
                    *((name, member) for name, members in lines for member in members),
                    *((name, None) for name in plain_names(self.project.text(path) or "")),
                ]
            )
        return self._written[path]

    def named(self, path: str) -> dict[str, list[str]] | None:
        """The dotted names of modules that the imports of a file may mean, by their last parts; None where it takes a parser to tell."""
        if path not in self._named:
            written = self.written(path)
            held: dict[str, list[str]] | None = None if written is None else {}
            for name in dict.fromkeys(_dotted(written or ())):
                if held is not None:
                    held.setdefault(name.rpartition(".")[2], []).append(name)
            self._named[path] = held
        return self._named[path]

    def importers(self, target: Module) -> dict[str, list[User]]:
        """Which names other files import from `target`, and where. Files are parsed for it if their text imports from there."""
        held = self._importers.get(target.path)
        if held is None:
            held = self._importers[target.path] = {}
            for user in self._users(target, ""):
                held.setdefault(user[1].name or "", []).append(user)
        return held

    def importers_of(self, target: Module, name: str) -> list[User]:
        """Where other files import one name from `target`. Files are parsed for it if their text imports that name from there."""
        held = self._importers.get(target.path)
        if held is not None:
            return held.get(name, [])
        found = self._importers_of.get((target.path, name))
        if found is None:
            found = [user for user in self._users(target, name) if user[1].name == name]
            self._importers_of[target.path, name] = found
        return found

    def _users(self, target: Module, name: str) -> Iterator[User]:
        for module in self.possible_importers(target, name):
            yield from ((module, one) for one in self.imports_from(module, target))

    def imports_from(self, module: Module, target: Module) -> Iterator[Import]:
        """The imports by which a module takes names from `target`."""
        for one in module.facts.imports:
            if one.name and self.project.find(absolute_name(module, one.module), module) is target:
                yield one

    def possible_importers(self, target: Module, name: str) -> Iterator[Module]:
        """The other files that import a name from `target`, any where it is empty, as far as their texts say; none is parsed for it."""
        word = target.name.rpartition(".")[2]
        for path in self.project.importing_from({word, ""} if target.is_package else {word}) if word else []:
            module = self.project.modules[path]
            if module is not target and self._may_import(module, target, name):
                yield module

    def _may_import(self, module: Module, target: Module, name: str) -> bool:
        """Whether a file imports a name from `target`, any where it is empty, as far as its text says; True for one that is parsed anyway."""
        project = self.project
        if (not name and module.path in project.looked_at_paths) or project.text(module.path) is None:
            return True
        lines = self.lines(module.path)
        return lines is None or any(
            (not name or name in names or "" in names) and project.find(absolute_name(module, one), module) is target
            for one, names in lines
        )


def _dotted(written: Iterable[Pair]) -> Iterator[str]:
    for name, member in written:
        yield name
        if member:
            yield f"{name}.{member}"


@query
def imports_of(project: Project) -> Imports:
    """What the import statements of all files of a project say, and who imports what."""
    return Imports(project)
