from __future__ import annotations

from taskguard.project.names import resolve
from taskguard.rule import TOP, Finding, ProjectRule, Related, Unsure

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.rule import Findings, Module, Project


# The sample test that `startapp` wrote up to Django 1.5.
STARTAPP = ["SimpleTest.test_basic_addition"]


class ShadowedModule(ProjectRule, code="TG408", since="0.1.0", hidden=True):
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


    @shared_task
    def send(): ...
    ```

    ## Use instead
    ~~`reports/tasks.py`~~

    `reports/tasks/__init__.py`:
    ```py
    from celery import shared_task
    ```

    ## Unknown
    Silent for a file that is empty or holds nothing but comments, imports of libraries or a sample test, as generators write them. A file with an `if __name__ == "__main__":` may be run by its path, and a package may load the file beside it by its path: that is undecided. A folder without `__init__.py` hides nothing.
    Other rules are silent about what a hidden file declares, sets, imports or patches: nothing of it happens. Its tasks count for none of them.
    """

    def check(self, project: Project) -> Findings:
        for path, module in project.modules.items():
            package = module.hidden_by
            if not package or says_nothing(module):
                continue
            if not module.never_loaded:
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


def says_nothing(module: Module) -> bool:
    """Whether nobody can miss what a file says: it binds nothing but names of libraries, or is the sample test that old `startapp` wrote."""
    facts = module.facts
    if facts.failure is None and [one.qualname for one in facts.functions] == STARTAPP:
        return True
    if facts.failure is not None or facts.functions or facts.classes or facts.bindings or facts.logic or module.stars:
        return False
    return all(resolve(module, one.bound).kind == "external" for one in facts.imports if one.bound)
