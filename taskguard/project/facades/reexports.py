"""What a facade hands on of its sources, and what it loses."""

from __future__ import annotations

from taskguard.facts.model import Binding, Const, Import, Ref
from taskguard.project.facades.symbols import Offer, Symbol, offered
from taskguard.project.python.imports import imports_of
from taskguard.project.python.names import Found, absolute_name, attribute, live, running_stars, star_names
from taskguard.project.python.own_names import writes_own_names
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.diagnostics import Span
    from taskguard.project.facades.facades import Facade
    from taskguard.project.python.project import Module


class Lost(Record):
    """A symbol that the facade does not hand on.

    `instead` is the dotted name of what the facade's name leads to, where it has the name for something else. `typing` says that it is
    imported for type checkers only. `hidden` says why it may be there all the same; such a verdict is to be withheld.
    """

    symbol: Symbol
    span: Span | None
    instead: str = ""
    typing: bool = False
    hidden: str = ""

    @property
    def plain(self) -> bool:
        """Whether nothing stands in the way of an import of it."""
        return not (self.instead or self.typing or self.hidden)


class HandedOn(Record):
    """A symbol that the facade binds as `name`; `span` is the import or alias that does. `files` are the source and the symbol's home."""

    name: str
    dotted: str
    span: Span
    files: tuple[str, ...]


class Handed(Record):
    """What a facade binds at run time: each name with all that it may lead to, and all definitions that it reaches.

    `open_stars` are modules whose star-imported names cannot be told, `dynamic` says why any name at all may be there.
    """

    names: dict[str, list[Found]]
    reached: frozenset[tuple[str, str]]
    open_stars: tuple[Module, ...]
    dynamic: str


def handed_on(facade: Module) -> Handed:
    """Everything that importers can take from the facade."""
    names: dict[str, list[Found]] = {}
    for name in facade.table():
        for entry in live(facade, name):
            names.setdefault(name, []).append(_leads(facade, entry))
    open_stars = []
    for star in running_stars(facade):
        target = facade.project.find(absolute_name(facade, star.module), facade)
        if target is None:
            continue
        exported = star_names(target)
        if exported is None:
            open_stars.append(target)
        for name in exported or ():
            names.setdefault(name, []).append(attribute(target, name))
    served = facade.facts.getattr_names
    for name in served or ():
        names.setdefault(name, []).append(Found("unknown", None, name))
    dynamic = ""
    if served is None:
        dynamic = "the facade's __getattr__ cannot be read as a table of names"
    elif writes_own_names(facade):
        dynamic = "the facade binds names by other means than statements"
    reached = frozenset(
        (found.module.path, found.path)
        for founds in names.values()
        for found in founds
        if found.kind == "symbol" and found.module is not None
    )
    return Handed(names, reached, tuple(open_stars), dynamic)


def _leads(facade: Module, entry: Import | Binding) -> Found:
    if isinstance(entry, Binding):
        if isinstance(entry.value, Ref) and entry.value.name.partition(".")[0] != entry.name:
            return attribute(facade, entry.value.name)
        return Found("symbol", facade, entry.name)
    target = facade.project.find(absolute_name(facade, entry.module), facade)
    if not entry.name:
        return Found("module", target, "") if target is not None else Found("external", None, entry.module)
    if target is not None:
        return attribute(target, entry.name)
    return Found("unknown" if entry.module.startswith(".") else "external", None, f"{entry.module}.{entry.name}")


def offers_of(facade: Facade) -> dict[Module, Offer]:
    """What each source of the facade offers; sources that cannot be parsed are left out."""
    made = {}
    for source in facade.sources:
        if not source.unreadable:
            made[source] = offered(source, facade.private, lambda name, source=source: users_of(facade, source, name))  # type: ignore[misc]
    return made


def users_of(facade: Facade, source: Module, name: str) -> tuple[str, ...]:
    """The files that import `name` from the source or from the facade, sorted."""
    project = source.project
    found = [
        *imports_of(project).importers(source).get(name, ()),
        *imports_of(project).importers(facade.module).get(name, ()),
    ]
    return tuple(sorted({module.path for module, _ in found} - {facade.module.path, source.path}))


def lost_symbols_of(facade: Facade) -> list[Lost]:
    """The symbols of the sources that the facade does not hand on, each once."""
    handed = handed_on(facade.module)
    made: dict[str, Lost] = {}
    for offer in offers_of(facade).values():
        for symbol in offer.symbols:
            lost = _loss(facade.module, handed, symbol)
            if lost is not None:
                made.setdefault(symbol.dotted, lost)
    return list(made.values())


def handed_symbols(facade: Facade) -> list[HandedOn]:
    """The symbols of the sources that the facade binds, under each name once, in the order of the facade's lines."""
    module = facade.module
    symbols = {(one.home.path, one.path): one for offer in offers_of(facade).values() for one in offer.symbols}
    made: dict[str, HandedOn] = {}
    for name, founds in handed_on(module).names.items():
        for found in founds:
            symbol = symbols.get((found.module.path if found.module is not None else "", found.path))
            if found.kind != "symbol" or symbol is None or name in made:
                continue
            entries = live(module, name)
            span = entries[0].span if entries else import_of(module, symbol.source)
            if span is not None:
                made[name] = HandedOn(
                    name, symbol.dotted, span, tuple(dict.fromkeys((symbol.source.path, symbol.home.path)))
                )
    return sorted(made.values(), key=lambda one: one.span)


def _loss(facade: Module, handed: Handed, symbol: Symbol) -> Lost | None:
    if (symbol.home.path, symbol.path) in handed.reached and not symbol.alias:
        return None
    founds = handed.names.get(symbol.name, [])
    if any(not _elsewhere(facade, found, symbol) for found in founds):
        return None
    span = import_of(facade, symbol.source)
    if founds:
        return Lost(symbol, span, founds[0].dotted)
    if handed.dynamic:
        return Lost(symbol, span, hidden=handed.dynamic)
    for target in handed.open_stars:
        words = target.facts.words
        if not target.unreadable or not words or symbol.name in words:
            return Lost(symbol, span, hidden=f"what `from {target.name} import *` binds cannot be told")
    typing = any(one.guard == "type_checking" for one in facade.entries(symbol.name))
    return Lost(symbol, span, typing=typing)


def _elsewhere(facade: Module, found: Found, symbol: Symbol) -> bool:
    """Whether a name of the facade surely leads to something else than the symbol."""
    if found.kind == "external":
        # `LIMIT = settings.LIMIT`: the source's name leads out of the project, too
        return not symbol.alias or attribute(symbol.source, symbol.name).dotted != found.dotted
    if found.kind != "symbol" or found.module in (None, facade) or found.module is None:
        return False
    if (found.module.path, found.path) == (symbol.home.path, symbol.path):
        return False
    other = found.module.entry(found.path)
    if isinstance(other, Binding) and isinstance(other.value, Const) and symbol.value is not None:
        return other.value.value != symbol.value.value
    return not symbol.alias


def import_of(facade: Module, source: Module) -> Span | None:
    """Where the facade first imports from the source, or the source itself."""
    for one in facade.facts.imports:
        if one.scope:
            continue
        absolute = absolute_name(facade, one.module)
        target = facade.project.find(absolute, facade)
        if target is source or (one.name and facade.project.find(f"{absolute}.{one.name}", facade) is source):
            return one.span
    return None
