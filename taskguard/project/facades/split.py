"""Whether a module that nobody declared is the facade of a split, which means to hand on everything, or an aggregator, which means to hand on a part."""

from __future__ import annotations

from taskguard.project.facades.reexports import lost_symbols_of, offers_of
from taskguard.project.python.imports import imports_of
from taskguard.project.python.text_questions import says

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.project.facades.facades import Facade
    from taskguard.project.facades.reexports import Lost
    from taskguard.project.facades.symbols import Symbol
    from taskguard.project.python.project import Module

# Of 127 aggregating packages of five Celery projects 83 leave something out, and 14 of these hand on four fifths or more:
# the share alone does not tell. Hence the name, the kind and the users as well.
LEAST_SHARE = 0.8
LEAST_SYMBOLS = 4


def split_losses(facade: Facade) -> list[Lost]:
    """The symbols that a recognised facade has probably forgotten; empty in doubt."""
    if not facade.sources or not all(kin(facade.module, source) for source in facade.sources):
        return []
    if any(source.unreadable for source in facade.sources) or _chooses(facade):
        return []
    lost = lost_symbols_of(facade)
    if not lost:
        return []
    symbols = {symbol.dotted: symbol for offer in offers_of(facade).values() for symbol in offer.symbols}
    handed = symbols.keys() - {one.symbol.dotted for one in lost}
    if len(handed) < LEAST_SYMBOLS or len(handed) < LEAST_SHARE * len(symbols):
        return []
    kinds = {symbols[dotted].kind for dotted in handed}
    return [
        one
        for one in lost
        if one.symbol.kind in kinds
        and not one.instead
        and not used_directly(facade, one.symbol)
        and is_spoken_of(facade, one.symbol)
    ]


def _chooses(facade: Facade) -> bool:
    """Whether it is the public face of one private module beside it, `x.py` of `_x.py`: that hands on what is meant for others."""
    files = [source.path for source in facade.sources]
    return len(files) == 1 and files[0].rpartition("/")[2].startswith("_") and not facade.sources[0].is_package


def kin(facade: Module, source: Module) -> bool:
    """Whether the source's name says that it was cut out of the facade: `x.py` beside `x_impl/`, `_x/` or `x_part.py`, `x_tasks.py` beside `x/`."""
    folder, _, file = facade.path.rpartition("/")
    folder = f"{folder}/" if folder else ""
    if not source.path.startswith(folder):
        return False
    own = file.rpartition(".")[0].strip("_")
    other = source.path[len(folder) :].partition("/")[0].partition(".")[0].strip("_")
    return bool(other) and (own == other or own.startswith(f"{other}_") or other.startswith(f"{own}_"))


def used_directly(facade: Facade, symbol: Symbol) -> bool:
    """Whether code outside the sources and the tests imports the symbol from its source, past the facade."""
    imports = imports_of(symbol.source.project)
    inside = _inside(facade, symbol)
    importers = [one for home in {symbol.source, symbol.home} for one, _ in imports.importers_of(home, symbol.name)]
    return any(module.path not in inside and "test" not in module.path for module in importers)


def is_spoken_of(facade: Facade, symbol: Symbol) -> bool:
    """Whether a file outside of the sources has the name of the symbol, or it is a task, which messages name: what came after the split is asked of the
    facade by nobody."""
    if symbol.kind == "task":
        return True
    project = symbol.source.project
    inside = _inside(facade, symbol)
    return any(path not in inside and says(project, path, symbol.name) for path in project.search(symbol.name))


def _inside(facade: Facade, symbol: Symbol) -> set[str]:
    return {facade.module.path, symbol.home.path, *(one.path for one in facade.sources)}
