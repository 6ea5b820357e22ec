from __future__ import annotations

from taskguard.project.python.aside import kept_for_reading
from taskguard.project.python.exported import binds_name
from taskguard.project.python.names import absolute_name, dunder_all, resolve
from taskguard.rule import Finding, ProjectRule, Related, Spelling, Unsure, listing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.rule import Facade, Findings, Import, Module, Project

# So many names that one statement misses of a module have one cause, and what looks like one of them is no help.
MANY = 3
GUARDED = frozenset(("type_checking", "try", "except"))


class FacadeDanglingImport(ProjectRule, code="TG402", since="0.1.0", of_change={"together": False}):
    """
    A facade imports from a module of the project what that module does not have.

    ## Why is this bad?
    The import fails, and with it every import of the facade: all tasks behind it are gone at once, because one function was renamed, moved
    or deleted in a file that does not mention the facade. If a whole module is gone, it is named once; what one statement misses of a module is told at the
    first name of it. A package whose `__init__.py` only imports
    from the project is a facade, too; around modules of tasks TG405 says it, and so it does wherever a worker loads such a package, or the
    package asks modules of tasks for what they do not have. A facade that loads what it is asked for by a table (PEP 562: `__getattr__` and `import_module`) is loaded all the same, and
    whoever asks for what a row misses gets a ModuleNotFoundError or an AttributeError.

    ## Example
    `reports/__init__.py`:
    ```py
    ```
    `reports/weekly.py`:
    ```py
    def build_weekly_report(): ...
    ```
    `report_tasks.py`:
    ```py
    # taskguard: facade
    from reports.weekly import build_weekly_report, build_weekly  # error
    ```

    ## Use instead
    `report_tasks.py`:
    ```py
    # taskguard: facade
    from reports.weekly import build_weekly_report
    ```

    ## Options
    - `together` (default `true`): with `false` each name that a statement misses is a finding of its own, as it always is where two states are compared.

    ## Unknown
    Silent for imports in a `try` (they are meant to fail sometimes) and under `if TYPE_CHECKING`, and in a package that
    is called like what was put aside (`legacy_mail`, `backup`) and that nobody imports; in a package of an application that no worker loads and nobody outside of it
    imports or names, nor what lies in it, unless a file above it builds a distribution or a comment or the settings make it a facade. Undecided where the source does not parse,
    has a `__getattr__` without a literal table, binds names through `globals()`, or takes a star import from outside the project; for a submodule that a build may make (`_core`,
    `events_pb2`), and in stub files. Of tables, dicts with plain strings count (`"shop.mails"`, `".mails"`, `"shop.mails:send"`, `("shop.mails", "send")`); silent where the
    `__getattr__` catches something, or puts the name together.
    """

    together: bool = True

    def check(self, project: Project) -> Findings:
        from taskguard.project.facades.facades import facades_of
        from taskguard.project.facades.package_facades import failing_packages

        spelling = Spelling()
        for facade in facades_of(project):
            yield from self._said(facade, spelling)
        for package in failing_packages(project):
            yield from wanted(package, tuple(self._said(package, spelling, apart=True)))
        yield from lost_in_tables(project)

    def _said(self, facade: Facade, spelling: Spelling, apart: bool = False) -> Findings:
        """What is to be said of one facade; `apart` leaves to TG405 what that says of it anyhow."""
        from taskguard.project.facades.told_of_workers import told_of_workers

        module = facade.module
        told: set[str] = set()
        lacking: list[Import] = []
        for one in module.facts.imports:
            if one.scope or one.guard in GUARDED:
                continue
            for said in judged(facade, one, lacking):
                if not facade.declared and kept_for_reading(module):
                    break
                symbol = getattr(said, "symbol", "")
                if isinstance(said, Unsure) or (
                    symbol not in told and not (apart and symbol in told_of_workers(module))
                ):
                    yield said
                    told.add(symbol)
        if lacking and apart:
            lacking = [one for one in lacking if _dotted(module, one) not in told_of_workers(module)]
        if lacking and (facade.declared or not kept_for_reading(module)):
            yield from lacks(module, lacking, spelling, self.together)


def lost_in_tables(project: Project) -> Findings:
    """What the table of a `__getattr__` names and the project has not."""
    from taskguard.project.celery.forgotten import is_dead
    from taskguard.project.facades.lazy_tables import lost_rows

    for row in lost_rows(project):
        whole = f"{row.holder.name}.{row.name}" if row.holder.name else row.name
        if row.doubt:
            yield Unsure(row.module.path, row.span, row.doubt)
        elif not is_dead(row.module):
            missing = f"there is no module `{whole}`" if row.gone else f"`{row.holder.name}` has no `{row.name}`"
            yield Finding(
                row.module.path,
                row.span,
                f"{missing}, from which `{row.asked}` is to be loaded",
                whole,
                f"name the place where it is now: whoever asks this module for `{row.asked}` gets an error",
                (Related(row.holder.path, 1, f"`{row.name}` was looked for here"),),
                (row.holder.path,),
            )


def wanted(facade: Facade, said: tuple[Finding | Unsure, ...]) -> Findings:
    """What is said of a package, unless nobody could ever import it: that is looked for in the whole project, and so at last. A facade that a split
    has left is for those outside of it."""
    from taskguard.project.celery.forgotten import is_dead

    if said and (facade.declared or not is_dead(facade.module)):
        yield from said


def _dotted(module: Module, one: Import) -> str:
    """The name that an import asks for, with that of the module which it asks."""
    target = module.project.find(absolute_name(module, one.module), module)
    return f"{target.name}.{one.name}" if target is not None else ""


def judged(facade: Facade, one: Import, lacking: list[Import]) -> Findings:
    """What is to be said of one import. A name that the source lacks is put on the list: others of its statement may be, too."""
    from taskguard.project.facades.broken import may_be_module
    from taskguard.project.facades.facades import facades_of
    from taskguard.project.facades.worker_side import surely_defines

    module = facade.module
    absolute = absolute_name(module, one.module)
    target = module.project.find(absolute, module)
    if target is None:
        if not one.name or one.name == "*" or module.project.find(f"{absolute}.{one.name}", module) is None:
            yield from module_gone(facade, one, absolute)
        return
    if target is module or not one.name:
        return
    if one.name == "*":
        if all(facade.module is not target for facade in facades_of(module.project)):  # TG403 says it of a facade
            yield from star_fails(facade, one, target)
        return
    if not facade.declared and surely_defines(target, one.name):
        return
    bound = binds_name(target, one.name)
    if bound is None:
        yield Unsure(module.path, one.span, f"what {target.path} binds cannot be told, so `{one.name}` may be there")
    elif not bound and may_be_module(target, one.name):
        yield Unsure(module.path, one.span, may_be_module(target, one.name))
    elif not bound:
        lacking.append(one)


def lacks(module: Module, lacking: list[Import], spelling: Spelling, together: bool) -> Findings:
    """The names that sources lack, once for each statement; each name at its first place."""
    from taskguard.project.facades.together import by_statement

    told: set[tuple[Module, str]] = set()
    for group in by_statement(module, lacking) if together else [[one] for one in lacking]:
        target = module.project.find(absolute_name(module, group[0].module), module)
        names = [one for one in group if target is not None and one.name and (target, one.name) not in told]
        if target is None or not names:
            continue
        told.update((target, one.name or "") for one in names)
        seen = [one for one in names if one.name in target.table()]
        yield from (
            lack(module, target, [one], spelling, " at run time: it has it under `if TYPE_CHECKING` only")
            for one in seen
        )
        names = [one for one in names if one not in seen]
        alone = [one for one in names if len(names) < MANY and near(one, target, spelling)]
        yield from (lack(module, target, [one], spelling) for one in alone)
        rest = [one for one in names if one not in alone]
        if rest:
            yield lack(module, target, rest, spelling)


def near(one: Import, target: Module, spelling: Spelling) -> str:
    """What may be meant in place of a name that is not there; empty where nothing looks like it."""
    meant = spelling.nearest(one.name or "", target.table())
    return meant if meant and meant != one.name else ""


def lack(module: Module, target: Module, names: list[Import], spelling: Spelling, typing: str = "") -> Finding:
    first, many = names[0], len(names) > 1
    meant = "" if many else near(first, target, spelling)
    files = (path for one in names for path in resolve(module, one.bound).files)
    return Finding(
        module.path,
        first.span,
        f"`{target.name}` has no {listing(f'`{one.name}`' for one in names)}{typing}",
        f"{target.name}.{first.name}",
        f"import {f'`{meant}`' if meant else 'what it has'}, or give it back its name{'s' * many}: the import of this facade fails",
        (Related(target.path, 1, f"`{first.name}` was looked for here"),),
        tuple(dict.fromkeys((target.path, *files))),
    )


def star_fails(facade: Facade, one: Import, target: Module) -> Findings:
    """`from target import *` where the `__all__` of target lists what target does not bind."""
    listed = dunder_all(target)
    for name, span in listed.names if listed is not None else ():
        if binds_name(target, name) is False:
            yield Finding(
                facade.module.path,
                one.span,
                f"`{target.name}` lists `{name}` in its `__all__` and does not have it: the star import fails",
                f"{target.name}.{name}",
                f"take `{name}` out of that `__all__`, or give the module its name",
                (Related(target.path, span.line, f"`{name}` is listed here"),),
                (target.path,),
            )


def module_gone(facade: Facade, one: Import, absolute: str) -> Findings:
    """An import of a module that the project does not have, though it has a package around it."""
    from taskguard.project.facades.broken import may_be_module

    module = facade.module
    gone = missing_module(facade, absolute)
    if not gone:
        return
    base = f"{module.root}/{gone.replace('.', '/')}".lstrip("/")
    paths = (f"{base}.py", f"{base}/__init__.py")
    if any(module.project.left_out(path) for path in paths):
        yield Unsure(module.path, one.span, f"`{gone}` is left out by the settings")
        return
    if why := module.project.beside(base):
        yield Unsure(module.path, one.span, why)
        return
    holder, _, last = gone.rpartition(".")
    package = module.project.find(holder, module)
    if not facade.declared and package is not None and may_be_module(package, last):
        yield Unsure(module.path, one.span, may_be_module(package, last))
        return
    yield Finding(
        module.path,
        one.span,
        f"there is no module `{gone}`",
        gone,
        "import from where its content is now, or bring it back: the import of this facade fails",
        (),
        paths,
        certain=facade.declared,
    )


def missing_module(facade: Facade, absolute: str) -> str:
    """The first part of a dotted module name that is surely not there; empty where it may be somebody else's."""
    module = facade.module
    parts = absolute.split(".")
    ours = [one.name for one in (module, *facade.sources)]
    for length in range(len(parts) - 1, 0, -1):
        holder, gone = ".".join(parts[:length]), ".".join(parts[: length + 1])
        package = module.project.find(holder, module)
        if package is None and not any(name.startswith(holder + ".") for name in ours):
            continue
        if any(name.startswith(gone + ".") for name in module.project.by_name):
            return ""  # a folder without `__init__.py`
        return gone if package is None or binds_name(package, parts[length]) is False else ""
    return ""
