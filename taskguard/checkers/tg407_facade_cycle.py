from __future__ import annotations

from taskguard.rule import Finding, ProjectRule, Related, listing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.rule import Cycle, Early, Facade, Findings, Project


class FacadeCycle(ProjectRule, shares="imports", code="TG407", since="0.1.0"):
    """
    A module imports its own facade, or asks its package for a name that the package does not have yet.

    ## Why is this bad?
    The facade imports the implementation, and the implementation the facade: whichever is loaded first finds the other half made. It works
    as long as everybody comes through the facade, and fails in the worker, the shell or the test that imports the new module directly.
    Where the facade is the package around the implementation it is always loaded first, and then the order of its lines decides.

    Any package is loaded before its modules, line by line. A module in it that asks it for a name which one of the later lines binds fails with an
    ImportError, whoever imports it: the worker does not start. That is told of every package, and is certain. Where a Celery app is there
    by luck alone, since an earlier `from … import *` has brought what that module only imports itself, it is a warning; nothing is said of other names, which are there whoever
    imports the package.

    So do two plain modules of a worker that import names from each other at the top: whichever is loaded first has not bound what the other asks it for. That
    is told where both orders fail, or where the worker starts from the module whose order does. Three and more that import each other in a circle are told in the same way. And so are circles of any modules that the worker comes to by way of
    others, where the order of its imports is known from the app's module and `include` on: the web comes in by another module, and works.

    An import inside a function does not run at that time, and one under `if TYPE_CHECKING` not at all: both are fine.

    ## Example
    `reports/__init__.py`:
    ```py
    ```
    `reports/layout.py`:
    ```py
    def header(): ...
    ```
    `reports/weekly.py`:
    ```py
    from report_tasks import header  # warn

    def build_weekly():
        return header()
    ```
    `report_tasks.py`:
    ```py
    from reports.layout import header
    from reports.weekly import build_weekly
    ```

    ## Use instead
    `reports/weekly.py`:
    ```py
    from reports.layout import header

    def build_weekly():
        return header()
    ```

    ## Unknown
    Silent where the facade is the module `models` of an installed application of Django, which is loaded before anything else, and has bound the
    name above its import of the other module.
    """

    def check(self, project: Project) -> Findings:
        from taskguard.project.celery.system import celery_of
        from taskguard.project.diagnosis.imports.circles import circular_imports
        from taskguard.project.diagnosis.imports.entered_circles import entered_circles
        from taskguard.project.diagnosis.imports.mutual import mutual_imports
        from taskguard.project.facades.cycles import import_cycles
        from taskguard.project.facades.facades import facades_of
        from taskguard.project.facades.loading import early_imports

        told = set()
        system = celery_of(project)
        for early in (
            *early_imports(project),
            *mutual_imports(system),
            *circular_imports(system),
            *entered_circles(system),
        ):
            if (early.module, early.imported) not in told:
                told.add((early.module, early.imported))
                yield early_said(early)
        for facade in facades_of(project):
            for cycle in import_cycles(facade):
                if (cycle.module, cycle.imported) not in told:
                    yield said(facade, cycle)


def said(facade: Facade, cycle: Cycle) -> Finding:
    module, name = cycle.module, facade.module.name
    if cycle.via is not None:
        message = f"`{module.name}` imports the facade `{name}`, which imports it by way of `{cycle.via.name}`"
    elif cycle.closed:
        message = f"`{module.name}` imports its own facade `{name}`, which imports it"
    else:
        message = f"`{module.name}` imports its own facade `{name}`"
    related = [Related(facade.module.path, 1, "this is the facade")]
    if cycle.via is not None:
        related.append(Related(cycle.via.path, 1, f"it imports `{module.name}`"))
    depends = (facade.module.path, *((cycle.via.path,) if cycle.via is not None else ()))
    advice = "import from the module that defines it; what is defined in the facade itself belongs behind it"
    if cycle.inside:
        advice = "import from the module that defines it: this works only as long as the package imports that one first"
    return Finding(
        module.path, cycle.imported.span, message, module.name, advice, tuple(related), depends, certain=False
    )


def early_said(early: Early) -> Finding:
    module, package, name = early.module, early.package, early.imported.name
    files = tuple(dict.fromkeys(one.path for one in (package, *early.through, *((early.star,) if early.star else ()))))
    way = f" by way of {listing(f'`{one.name}`' for one in early.through)}" if early.through else ""
    if early.star is not None:
        message = f"`{package.name}` has `{name}` at this time only because `{early.star.name}`, star-imported before, needs it"
    else:
        message = f"`{package.name}` has no `{name}` yet: it imports `{module.name}`{way} before line {early.line} binds the name"
    advice = f"import `{name}` from the module that defines it"
    if not package.is_package:
        advice = f"import it in the function that needs it, or let `{package.name}` import `{module.name}` below line {early.line}"
    return Finding(
        module.path,
        early.imported.span,
        message,
        module.name,
        advice,
        (Related(package.path, early.line, f"`{name}` is bound here"),),
        tuple(path for path in files if path != module.path),
        certain=early.star is None,
    )
