from __future__ import annotations

from taskguard.project.python.aside import kept_for_reading
from taskguard.project.python.exported import binds_name, listed_objects
from taskguard.project.python.names import dunder_all, live
from taskguard.rule import Finding, ProjectRule, Related, Unsure, listing, mended

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.rule import Facade, Findings, Fix, Module, Project, Span

# Each finding brings the fix for all.
MOST_FIXED = 300


class FacadeAllMismatch(ProjectRule, code="TG403", since="0.1.0"):
    """
    The `__all__` of a module and the names that it binds disagree.

    ## Why is this bad?
    A listed name that is not bound makes `from module import *` fail with an `AttributeError`, and a reader believes that it is there. After
    a split or a rename such names stay behind, most of all in the `__init__.py` of a package. It is said of any module, tests left out. So is a
    list of the objects themselves, with which the star import is a `TypeError`. A
    symbol that the facade imports and does not list is lost to star imports, to documentation tools and to type checkers, which take
    it for private.

    The second is said only of a facade that is one by the settings or a comment. A module without `__all__` has nothing to disagree.

    ## Example
    `reports/__init__.py`:
    ```py
    ```
    `reports/weekly.py`:
    ```py
    def build_weekly(): ...

    def purge_weekly(): ...
    ```
    `report_tasks.py`:
    ```py
    # taskguard: facade
    from reports.weekly import build_weekly
    from reports.weekly import purge_weekly  # error

    __all__ = [
        "build_weekly",
        "send_weekly",  # error
    ]
    ```

    ## Use instead
    `report_tasks.py`:
    ```py
    # taskguard: facade
    from reports.weekly import build_weekly
    from reports.weekly import purge_weekly

    __all__ = [
        "build_weekly",
        "purge_weekly",
    ]
    ```

    ## Fix
    Safe: adds all that is not listed to `__all__`, sorted where it is, and takes out what is not bound. A listed name that a source has stays, since its
    import is what is missing (TG401). Where more than 300 names are not listed, there is no fix.

    ## Unknown
    Names that the module does not bind are told once, at the first of them.
    Undecided for names that a star import of something unreadable, or a `__getattr__` without a literal table, may bind, and for submodules that
    the settings leave out, git ignores or a build makes. Silent where other code sets the name as an attribute of the module, in a package that is called like what was
    put aside (`legacy_mail`, `backup`), and of one that lists nothing but modules which are all gone, where nobody imports these packages; in a module of an application
    that no worker loads and nobody outside of it imports or names, nor what lies in it, unless it is a facade, a file above it builds a distribution, or code may join its name (its last word stands in quotes where modules are imported by computed names); and of objects in a
    list that other code reads as such (`init(models.__all__)`), where nobody imports it by a star. Silent, too, where nobody does, for a name whose line has a comment that says that
    it is not imported on purpose (`# imported lazily`), and for all where such a comment stands right above the list, or its docstring says so, and the module binds none of its names. Nothing is said to
    be unlisted where a part of `__all__` cannot be read, nor a name that only a `try` imports: a star import would fail where that is missing.
    """

    def check(self, project: Project) -> Findings:
        from taskguard.project.facades.facades import facades_of
        from taskguard.project.facades.listed import listing_modules

        facades = {facade.module: facade for facade in facades_of(project)}
        for module in dict.fromkeys((*facades, *listing_modules(project))):
            if not module.unreadable:
                facade = facades.get(module)
                yield from wanted(module, facade, (*objects(module), *unbound(module, facade)))
                if facade is not None and facade.declared:
                    yield from unlisted(facade)


def wanted(module: Module, facade: Facade | None, said: tuple[Finding | Unsure, ...]) -> Findings:
    """What is said of a list, unless nobody could ever ask for it: that is looked for in the whole project, and so at last."""
    from taskguard.project.celery.forgotten import is_dead

    if said and not (facade is None and is_dead(module)):
        yield from said


def objects(module: Module) -> Findings:
    """One for all, since one list of them is one mistake."""
    from taskguard.project.facades.listed import read_as_values

    held = listed_objects(module)
    if held and not read_as_values(module):
        written, what, span = held[0]
        more = f" (and {len(held) - 1} more)" if len(held) > 1 else ""
        yield Finding(
            module.path,
            span,
            f"`__all__` lists the {what} `{written}` itself, not its name{more}: `from {module.name} import *` is a TypeError",
            module.name,
            f'write "{written.rpartition(".")[2]}"',
        )


def unbound(module: Module, facade: Facade | None) -> Findings:
    from taskguard.project.editing.edits import edits_of
    from taskguard.project.facades.broken import may_be_module, star_paths
    from taskguard.project.facades.listed import given_from_outside, meant_unbound
    from taskguard.project.facades.reexports import offers_of

    listed = dunder_all(module)
    what = "facade" if facade is not None else "module"
    offered: frozenset[str] | None = None
    names = listed.names if listed is not None else ()
    bound = {name: binds_name(module, name) for name, _ in names}
    whole = not any(one is not False for one in bound.values())
    told: dict[str, list[tuple[str, Span]]] = {}
    for name, span in names:
        there = bound[name]
        if there or (there is False and given_from_outside(module, name)):
            continue
        if (facade is None or not facade.declared) and (
            kept_for_reading(module) or (there is False and meant_unbound(module, name, whole))
        ):
            continue
        why = may_be_module(module, name) if there is False else f"whether the {what} binds `{name}` cannot be told"
        if why:
            yield Unsure(module.path, span, why)
            continue
        if offered is None:
            offers = offers_of(facade).values() if facade is not None else ()
            offered = frozenset(symbol.name for offer in offers for symbol in offer.symbols)
        elsewhere = "for types" if name in module.table() else "in a source" if name in offered else ""
        told.setdefault(elsewhere, []).append((name, span))
    depends = tuple(one.path for one in facade.sources) if facade is not None else star_paths(module)
    for elsewhere, missing in told.items():
        fix = None if elsewhere else mended(edits_of(module).unlisting(missing))
        only = " at run time (only under `if TYPE_CHECKING`)" if elsewhere == "for types" else ""
        yield _unbound(module, f"{what} does not bind{only}", missing, depends, fix)


def _unbound(
    module: Module, why: str, missing: list[tuple[str, Span]], depends: tuple[str, ...], fix: Fix | None
) -> Finding:
    """One for all such names of a module: what made one wrong, made them all."""
    first, span = missing[0]
    names = listing(f"`{name}`" for name, _ in missing)
    them, it = (f"`{first}`", "it") if len(missing) == 1 else ("them", "them")
    return Finding(
        module.path, span, f"`__all__` lists {names}, which the {why}", f"{module.name}.{first}",
        f"import {them}, or take {it} out of `__all__`",
        related=tuple(Related(module.path, one.line, f"`{name}` is listed here") for name, one in missing[1:]),
        depends=depends, fix=fix,
    )  # fmt: skip


def may_be_missing(module: Module, name: str) -> bool:
    """Whether a `try` alone binds the name, so that a star import would fail on it where that went wrong, if it were listed."""
    entries = live(module, name)
    return bool(entries) and all(one.guard == "try" for one in entries)


def unlisted(facade: Facade) -> Findings:
    """Symbols of the sources that the facade binds under a public name and does not list."""
    from taskguard.project.editing.edits import edits_of
    from taskguard.project.facades.reexports import handed_symbols

    module = facade.module
    listed = dunder_all(module)
    if listed is None or not listed.complete:
        return
    names = {name for name, _ in listed.names}
    handed = [one for one in handed_symbols(facade) if one.name not in names and not one.name.startswith("_")]
    handed = [one for one in handed if not may_be_missing(module, one.name)]
    fix = mended(edits_of(module).listing([one.name for one in handed])) if 0 < len(handed) <= MOST_FIXED else None
    for one in handed:
        yield Finding(
            module.path,
            one.span,
            f"the facade binds `{one.name}`, and its `__all__` does not list it",
            one.dotted,
            f'add "{one.name}" to `__all__`',
            depends=one.files,
            fix=fix,
        )
