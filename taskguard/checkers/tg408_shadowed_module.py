from __future__ import annotations

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
    Silent for a file that is empty or defines nothing itself: comments, imports, `__all__`, a warning that it is deprecated, the sample test that a
    generator wrote, the bare `AppConfig` that `startapp` writes where the package defines that class, a script of a shell, or a first view that answers everybody with the same page. Undecided for what may be run by its path: a file with an `if __name__ == "__main__":`, a page (Streamlit, Gradio, Dash, marimo),
    one that a command of a deployment file or of a README runs so, or that another module of the project loads by its path. A file that imports from its package (`from .models import Order`)
    cannot be run so, nor loaded under the name of the file alone: then it is told all the same.
    A folder without `__init__.py` hides nothing.
    Other rules are silent about what a hidden file declares, sets, imports or patches: nothing of it happens. Its tasks count for none of them.
    """

    def check(self, project: Project) -> Findings:
        for path, module in project.modules.items():
            package = module.hidden_by
            if not package or says_nothing(module, project.modules[package]):
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


def says_nothing(module: Module, package: Module) -> bool:
    """Whether nobody can miss what a file says: it defines nothing, and hands on at most names of other modules, as whoever imports them by way
    of the package finds out for himself. Or it is a script in another language, or the sample test that old `startapp` wrote, the configuration that it writes and
    that the package has by now, or a first view that says hello."""
    from taskguard.project.facades.facades import hands_on
    from taskguard.project.facades.greeting import in_another_language, is_stub_beside, only_greets

    facts = module.facts
    if facts.failure is not None and in_another_language(module):
        return True
    if facts.failure is None and [one.qualname for one in facts.functions] == STARTAPP:
        return True
    return facts.failure is None and (hands_on(module) or only_greets(module) or is_stub_beside(module, package))
