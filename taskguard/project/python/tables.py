"""What the facts of one file say of its names, as tables by name."""

from __future__ import annotations

from taskguard.facts.model import Binding, Class, Facts, Function, Import
from taskguard.facts.placed import class_binding
from taskguard.facts.selections import stars
from taskguard.facts.watched import note, plain_locals, quietly
from taskguard.project.python.places import Places
from taskguard.query import query

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

# Which guard is believed first where a name is bound in several branches.
GUARDS = {"": 0, "try": 1, "if": 2, "type_checking": 3, "except": 4}


class Tables:
    """The tables of a file, made when they are asked for."""

    __slots__ = ("_bound", "_by_name", "_entries", "_locals", "_places", "_table", "memo")

    def __init__(self) -> None:
        self.memo: dict[object, object] = {}
        self._table: dict[str, list[Import | Binding]] | None = None
        self._entries: dict[str, Import | Binding | None] = {}
        self._places: Places | None = None
        self._locals: dict[str, dict[str, Import]] | None = None
        self._by_name: dict[str, list[Function]] | None = None
        self._bound: dict[str, frozenset[str]] = {}

    @property
    def facts(self) -> Facts:
        """The facts of the file."""
        raise NotImplementedError

    @property
    def places(self) -> Places:
        """The statements of this file by what they change and where they stand."""
        if self._places is None:
            self._places = Places(self.facts)
        return self._places

    @property
    def unreadable(self) -> bool:
        """Whether the file could not be parsed, so that what it binds is Unknown."""
        return self.facts.failure is not None

    def table(self) -> dict[str, list[Import | Binding]]:
        """Module level names and everything that binds each, in order."""
        _ = self.facts.imports, self.facts.bindings  # who has the table rests on all of it
        return self._names()

    def entries(self, name: str) -> Sequence[Import | Binding]:
        """Everything that binds a name at module level, in order."""
        quietly(self.facts, "entries", (name,))
        return self._names().get(name, ())

    def _names(self) -> dict[str, list[Import | Binding]]:
        if self._table is None:
            made: dict[str, list[Import | Binding]] = {}
            facts = quietly(self.facts, "entries", ("",))
            for imported in facts.imports:
                if not imported.scope and imported.name != "*":
                    made.setdefault(imported.bound, []).append(imported)
            for binding in facts.bindings:
                made.setdefault(binding.name, []).append(binding)
            for entries in made.values():
                if len(entries) > 1:
                    entries.sort(key=lambda one: one.span)
            self._table = made
        return self._table

    def entry(self, name: str) -> Import | Binding | None:
        """What binds `name` at module level: the last one that no branch guards, else the likeliest branch."""
        entries = self.entries(name)
        if not entries:
            return None
        if len(entries) == 1:
            only = entries[0]
            return None if isinstance(only, Binding) and only.kind == "deleted" else only
        if name not in self._entries:
            self._entries[name] = self._likeliest(entries)
        return self._entries[name]

    def _likeliest(self, entries: Sequence[Import | Binding]) -> Import | Binding | None:
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
        return self._stars()

    @query
    def _stars(self) -> list[Import]:
        return list(stars(self.facts))

    def local(self, frame: str, name: str) -> Import | bool | None:
        """What `name` is inside the function or class `frame`: an import, True for another local name, None if it is not its own."""
        facts = quietly(self.facts, "local_imports", (frame, name))
        if self._locals is None:
            self._locals = {}
            for imported in facts.imports:
                if imported.scope and imported.bound:
                    self._locals.setdefault(imported.scope, {})[imported.bound] = imported
        found = self._locals.get(frame, {}).get(name)
        return found or (True if self._binds(frame, name) else None)

    def _binds(self, qualname: str, name: str) -> bool:
        """As `Function.binds`, of any function of that qualified name: many names are asked for."""
        bound = self._bound.get(qualname)
        if bound is None:
            bound = self._bound[qualname] = frozenset(
                one for each in self.named_functions(qualname) for one in plain_locals(each)
            )
        for function in self.named_functions(qualname):
            note(function, "binds", name)
        return name in bound

    def named_functions(self, qualname: str) -> list[Function]:
        """All functions of that qualified name, in order."""
        if self._by_name is None:
            self._by_name = {}
            for function in quietly(self.facts, "functions_named", ("",)).functions:
                self._by_name.setdefault(function.qualname, []).append(function)
        quietly(self.facts, "functions_named", (qualname,))
        return self._by_name.get(qualname, [])

    def function(self, qualname: str) -> Function | None:
        """The (last) function of that qualified name."""
        named = self.named_functions(qualname)
        return named[-1] if named else None

    def klass(self, qualname: str) -> Class | None:
        """The (last) class of that qualified name."""
        return self._classes().get(qualname)

    @query
    def _classes(self) -> dict[str, Class]:
        return {one.qualname: one for one in self.facts.classes}

    def attribute(self, qualname: str, name: str) -> Binding | None:
        """What (last) binds `name` in the body of the class `qualname`."""
        return class_binding(self.facts, qualname, name)
