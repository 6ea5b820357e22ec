from __future__ import annotations

from taskguard.rule import TOP, Finding, Fix, ProjectRule, Related, Unsure, listing, mended

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.rule import Facade, FacadeFault, Findings, Lost, Project


class FacadeMissingSymbol(ProjectRule, code="TG401", since="0.1.0"):
    """
    A public symbol of a source module is not re-exported by its facade.

    ## Why is this bad?
    A facade is there so that code that imports from the old path goes on working. A symbol that it does not hand on is an
    `ImportError` in whatever still asks for it: often a task that only a schedule or a rarely used view imports.

    What counts as a symbol: the functions, classes, tasks and constants (upper case or `Final`) that a source module defines, and those
    other variables that some file of the project imports. If the source has an `__all__`, that list is what counts. Loggers and type
    variables never do. A name that is imported only under `if TYPE_CHECKING` is not there at run time.

    The level is that of the settings where somebody said that the module is a facade (`[[tool.taskguard.facades]]`, or a comment
    `# taskguard: facade`). There every symbol counts, and so does a facade or a source that the settings name and nobody finds.

    A module that merely looks like one (imports of project modules, `__all__`, aliases and `warnings.warn`; no `__init__.py`) may be an
    aggregator that means to re-export a part. In five Celery projects 83 of 127 aggregating packages leave something out, and 14 of these
    re-export four fifths or more: the share alone does not tell. So there it is a warning, and only if all of this holds:

    - the names say that it was split: every source is `x_impl/`, `_x/`, `x_part.py` or the like beside the facade `x.py`, or the facade is
      `x_tasks.py` beside `x/`;
    - it re-exports at least four symbols, and four fifths of all that its sources define;
    - it re-exports others of the same kind (task, function, class, constant);
    - no code outside the sources and the tests imports the symbol from its source, past the facade;
    - another file speaks of it, or it is a task: what came after the split is asked of the facade by nobody.

    ## Example
    `reports/weekly.py`:
    ```py
    WEEK = 7

    def build_weekly(): ...

    def purge_weekly(): ...
    ```
    `report_tasks.py`:
    ```py
    # taskguard: facade
    from reports.weekly import WEEK, build_weekly  # error
    ```
    `reports/__init__.py`:
    ```py
    ```

    ## Use instead
    `report_tasks.py`:
    ```py
    # taskguard: facade
    from reports.weekly import WEEK, build_weekly, purge_weekly
    ```

    ## Fix
    Safe for a facade by the settings or a comment, unsafe for one that only looks like it: adds all that is missing of one source to the imports of
    that source, written as these are (dots or none, brackets, one name a line or a statement, `x as x`, sorted where they are), and to `__all__` where
    there is one. Left to you where the facade has that name for something else, or two sources have it.

    ## Unknown
    What a star import of a file that does not parse may bind, and what a `__getattr__` without a literal table may serve, is
    counted as undecided. A facade that is only recognised is silent where it is the public face of one private module (`x.py` of `_x.py`).
    """

    def check(self, project: Project) -> Findings:
        from taskguard.project.facades.facades import facade_faults, facades_of
        from taskguard.project.facades.split import split_losses

        for fault in facade_faults(project):
            yield not_there(project, fault)
        for facade in facades_of(project):
            if facade.declared:
                yield from declared(facade)
            else:
                lost = [one for one in split_losses(facade) if not one.hidden]
                found = fixes(facade, lost)
                yield from (missing(facade, one, found) for one in lost)


def declared(facade: Facade) -> Findings:
    from taskguard.project.facades.reexports import lost_symbols_of, offers_of

    path = facade.module.path
    if facade.module.unreadable:
        yield Unsure(path, TOP, "the facade does not parse")
        return
    for source in facade.sources:
        if source.unreadable:
            yield Unsure(path, TOP, f"the source {source.path} does not parse")
    for source, offer in offers_of(facade).items():
        if source.is_package and not offer.symbols and facade.how == "declared" and len(facade.sources) == 1:
            yield Unsure(path, TOP, f"{source.path} defines nothing; `{source.name}.*` would mean its submodules")
        if not offer.complete:
            yield Unsure(path, TOP, f"the `__all__` of {source.path} cannot be read to its end")
    losses = lost_symbols_of(facade)
    found = fixes(facade, losses)
    for lost in losses:
        yield missing(facade, lost, found)


def fixes(facade: Facade, losses: list[Lost]) -> dict[str, Fix | None]:
    """The fix of each source that the facade loses something of: all that is simply missing at once, so that the imports look written by hand."""
    from taskguard.project.editing.edits import edits_of

    by_source: dict[str, list[Lost]] = {}
    names = [one.symbol.name for one in losses]
    for one in losses:
        if one.plain and names.count(one.symbol.name) == 1:
            by_source.setdefault(one.symbol.source.path, []).append(one)
    made = {}
    for path, lost in by_source.items():
        wanted = [one.symbol.name for one in lost]
        edits = edits_of(facade.module)
        made[path] = mended(edits.importing(lost[0].symbol.source, wanted), edits.listing(wanted), safe=facade.declared)
    return {one.symbol.dotted: made[path] for path, lost in by_source.items() for one in lost}


def missing(facade: Facade, lost: Lost, found: dict[str, Fix | None]) -> Finding | Unsure:
    symbol, path, span = lost.symbol, facade.module.path, lost.span or TOP
    if lost.hidden:
        return Unsure(path, span, f"whether `{symbol.name}` of {symbol.source.name} is there: {lost.hidden}")
    what = f"the {symbol.kind} `{symbol.name}` of `{symbol.source.name}`"
    advice = f"import `{symbol.name}` here"
    if lost.instead:
        message = f"{what} is not re-exported: the facade's `{symbol.name}` is `{lost.instead}`"
        advice = "rename one of the two, or import this one under another name"
    elif lost.typing:
        message = f"{what} is imported for type checkers only: it is not there at run time"
        advice = f"import `{symbol.name}` outside `if TYPE_CHECKING`"
    else:
        message = f"{what} is not re-exported"
    depends = dict.fromkeys((symbol.source.path, symbol.home.path, *symbol.users))
    related = Related(symbol.home.path, symbol.span.line, f"`{symbol.name}` is defined here")
    return Finding(
        path, span, message, symbol.dotted, f"{advice}; a name that is the source's own begins with `_`", (related,), tuple(depends),
        certain=facade.declared, fix=found.get(symbol.dotted),
    )  # fmt: skip


def not_there(project: Project, fault: FacadeFault) -> Finding:
    """A setting that names a facade or a source that the project does not have."""
    meant = f" (`{fault.near}`?)" if fault.near else ""
    if fault.facade is not None:
        message = f"the settings name the source `{fault.name}`{meant}, and no module has that name"
        advice = f"mend `sources` in {fault.file}, or take it out"
        return Finding(fault.facade.path, TOP, message, fault.name, advice, depends=(fault.file, *places(fault.name)))
    depends = (fault.file, *places(fault.name), *(one.path for one in fault.sources))
    advice = f"bring the module back, or take the facade out of {fault.file}"
    if not fault.sources:
        message = f"the settings name the facade `{fault.name}`{meant}, and no module has that name"
        return Finding(fault.file, TOP, message, fault.name, advice, depends=depends)
    names = listing(f"`{one.name}`" for one in fault.sources)
    message = f"the facade `{fault.name}`{meant} over {names} is gone: nothing re-exports their symbols"
    return Finding(fault.sources[0].path, TOP, message, fault.name, advice, depends=depends)


def places(name: str) -> tuple[str, ...]:
    """The files whose appearance, or loss, changes whether a module of that name is there."""
    folder = name.removesuffix(".*").replace(".", "/")
    return (f"{folder}.py", f"{folder}/__init__.py")
