from __future__ import annotations

from taskguard.rule import TOP, Finding, ProjectRule, Related, Unsure

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.rule import Findings, Project


class ShadowedModule(ProjectRule, code="TG408", since="0.1.0"):
    """
    A package hides the module of the same name beside it.

    ## Why is this bad?
    Of `tasks.py` and `tasks/__init__.py` in one folder Python imports the package, always. The module is never imported: its tasks are not
    registered, and what is mended in it has no effect. It is what is left when a file is split into a package of its own name and not deleted.

    ## Example
    `reports/tasks/__init__.py`:
    ```py
    ```
    `reports/tasks.py`:
    ```py
    from celery import shared_task  # error
    ```

    ## Use instead
    ~~`reports/tasks.py`~~

    `reports/tasks/__init__.py`:
    ```py
    from celery import shared_task
    ```

    ## Unknown
    A file with an `if __name__ == "__main__":` may be run by its path: that is undecided. A folder without `__init__.py` hides nothing.
    """

    def check(self, project: Project) -> Findings:
        for path, module in project.modules.items():
            package = f"{path.removesuffix('.py')}/__init__.py"
            if package not in project.modules or module.is_package:
                continue
            if "__main__" in (project.text(path) or ""):
                yield Unsure(path, TOP, f"{package} hides it, but it may be run by its path")
                continue
            name = path.rpartition("/")[2]
            yield Finding(
                path,
                TOP,
                f"{name} is never imported: the package {name.removesuffix('.py')}/ beside it has its name",
                module.name,
                "move what is still wanted into the package, and delete the file",
                (Related(package, 1, "this is what Python imports"),),
                (package,),
            )
