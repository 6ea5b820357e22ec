from __future__ import annotations

from taskguard.rule import TOP, Finding, ProjectRule, Related

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.rule import Findings, Module, Project

# Folders of files that are run, not imported as a package.
LOOSE = frozenset(
    "bin demo demos doc docs example examples sample samples script scripts test testing tests tools".split()
)
STARTERS = frozenset(("manage.py", "setup.py", "__main__.py"))


class MissingInit(ProjectRule, code="TG105", since="0.1.0", hidden=True):
    """
    A folder with task modules has no `__init__.py` while the folders beside it have one.

    ## Why is this bad?
    Python imports the folder all the same, as a namespace package, so nothing fails at home. But `setuptools.find_packages()`
    leaves it out of the wheel, Django takes it for no app unless it is told the path, and test runners and type checkers give its
    modules another name. The worker that is deployed then does not know the tasks.

    ## Example
    `journal/apps/billing/__init__.py`:
    ```py
    ```
    `journal/apps/reports/tasks.py`:
    ```py
    from celery import shared_task  # error


    @shared_task(name="reports.build")
    def build(): ...
    ```

    ## Use instead
    `journal/apps/reports/__init__.py`:
    ```py
    ```

    ## Unknown
    Silent where no folder beside it is a package, where more than one in four of them are none (a project that means namespace
    packages), for import roots, for folders that are run rather than imported (they import their own files by bare names,
    hold an app of their own at the top of the tree, or are called `scripts`, `tests` or the like), and for names that no import can spell.
    """

    def check(self, project: Project) -> Findings:
        from taskguard.project.tasks.declarations import tasks_in

        if not project.complete:
            return
        packages = {path.rpartition("/")[0] for path in project.modules if _is_init(path)}
        folders = {path.rpartition("/")[0] for path in project.modules}
        holding: dict[str, list[Module]] = {}
        for module in project.looked_at:
            folder = module.path.rpartition("/")[0]
            if folder and folder not in packages and _importable(folder, project.roots) and tasks_in(module):
                holding.setdefault(folder, []).append(module)
        for folder, modules in sorted(holding.items()):
            parent = folder.rpartition("/")[0]
            beside = [
                one for one in _beside(parent, folders | packages) if one != folder and _importable(one, project.roots)
            ]
            proper = sorted(packages.intersection(beside))
            if _is_habit(len(proper), len(beside)) and not _is_run(project, folder, parent in packages):
                first = modules[0]
                marker = next(path for path in _inits(proper[0]) if path in project.modules)
                yield Finding(
                    first.path,
                    TOP,
                    f"the folder {folder} has no __init__.py, but {_share(proper, len(beside))}",
                    symbol=first.name or None,
                    help=f"add {folder}/__init__.py",
                    related=(Related(marker, 1, "a folder beside it is a package"),),
                    depends=tuple(module.path for module in modules[1:]),
                )


def _is_habit(proper: int, beside: int) -> bool:
    """Whether so many packages among the folders beside say that the project means packages."""
    return proper > 0 and 3 * (beside - proper) <= proper


def _is_init(path: str) -> bool:
    return path.rpartition("/")[2] in ("__init__.py", "__init__.pyi")


def _inits(folder: str) -> tuple[str, str]:
    return f"{folder}/__init__.py", f"{folder}/__init__.pyi"


def _importable(folder: str, roots: list[str]) -> bool:
    """Whether a package might be meant: no import root, each name an identifier, none of a loose kind."""
    parts = folder.split("/")
    return folder not in roots and all(part.isidentifier() and part not in LOOSE for part in parts)


def _beside(parent: str, folders: set[str]) -> set[str]:
    """The folders directly below `parent` that hold Python files, at some depth."""
    prefix = f"{parent}/" if parent else ""
    return {
        prefix + one[len(prefix) :].partition("/")[0]
        for one in folders
        if one.startswith(prefix) and one != parent and one
    }


def _share(proper: list[str], beside: int) -> str:
    if len(proper) == 1:
        return f"{proper[0]} has one"
    return (
        f"all {beside} folders beside it have one"
        if len(proper) == beside
        else f"{len(proper)} of {beside} folders beside it have one"
    )


def _is_run(project: Project, folder: str, inside: bool) -> bool:
    """Whether the folder's files are run from within it: they import each other by bare names, or start something."""
    from taskguard.project.tasks.declarations import tasks_in

    own = [module for module in project.modules.values() if module.path.rpartition("/")[0] == folder]
    names = {module.path.rpartition("/")[2].rsplit(".", 1)[0] for module in own}
    if names & {name.rsplit(".", 1)[0] for name in STARTERS}:
        return True
    for module in own:
        bare = [one.module.partition(".")[0] for one in module.facts.imports if not one.module.startswith(".")]
        if any(name in names and project.find(name) is None for name in bare):
            return True
        if not inside and any(task.app.startswith(f"{module.name}.") for task in tasks_in(module)):
            return True
    return False
