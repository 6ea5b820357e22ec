from __future__ import annotations

from taskguard.rule import Finding, ProjectRule, Unsure, mended

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.rule import Facade, Findings, Project


class FacadeAllMismatch(ProjectRule, code="TG403", since="0.1.0"):
    """
    The `__all__` of a facade and the names that it binds disagree.

    ## Why is this bad?
    A listed name that is not bound makes `from facade import *` fail with an `AttributeError`, and a reader believes that it is there. A
    symbol that the facade imports and does not list is lost to star imports, to documentation tools and to type checkers, which take
    it for private.

    The second is said only of a facade that is one by the settings or a comment. A facade without `__all__` has nothing to disagree.

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
    import is what is missing (TG401).

    ## Unknown
    Undecided for names that a star import of something unreadable, or a `__getattr__` without a literal table, may bind. Nothing is said to be
    unlisted where a part of `__all__` cannot be read.
    """

    def check(self, project: Project) -> Findings:
        for facade in project.facades:
            if not facade.module.unreadable:
                yield from unbound(facade)
                if facade.declared:
                    yield from unlisted(facade)


def unbound(facade: Facade) -> Findings:
    module = facade.module
    listed = module.dunder_all()
    offered = {symbol.name for offer in facade.offers().values() for symbol in offer.symbols}
    for name, span in listed.names if listed is not None else ():
        there = module.binds(name)
        if there is None:
            yield Unsure(module.path, span, f"whether the facade binds `{name}` cannot be told")
        elif not there:
            elsewhere = name in offered or name in module.table()
            typing = " at run time (only under `if TYPE_CHECKING`)" if name in module.table() else ""
            yield Finding(
                module.path,
                span,
                f"`__all__` lists `{name}`, which the facade does not bind{typing}",
                f"{module.name}.{name}",
                f"import `{name}`, or take it out of `__all__`",
                depends=tuple(one.path for one in facade.sources),
                fix=None if elsewhere else mended(module.edits.unlisting(name, span)),
            )


def unlisted(facade: Facade) -> Findings:
    """Symbols of the sources that the facade binds under a public name and does not list."""
    module = facade.module
    listed = module.dunder_all()
    if listed is None or not listed.complete:
        return
    handed = [one for one in facade.handed() if one.name not in listed and not one.name.startswith("_")]
    fix = mended(module.edits.listing([one.name for one in handed])) if handed else None
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
