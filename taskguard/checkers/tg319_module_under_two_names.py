from __future__ import annotations

from taskguard.rule import ProjectRule, said

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.rule import Findings, Project


class ModuleUnderTwoNames(ProjectRule, heavy=True, shares="imports", code="TG319", since="0.1.0"):
    """
    A sender imports a module of tasks under another name than the worker.

    ## Why is this bad?
    A task without `name=` is called after the module as it was imported. If two folders are on `sys.path`, and one lies in the other, a file below both is
    `users.tasks` to one importer and `shop.users.tasks` to another: two modules, and two names of one task. The message carries the
    sender's. The worker has registered its own, and throws the message away: "Received unregistered task".

    ## Example
    `config/__init__.py`:
    ```py
    ```
    `config/app.py`:
    ```py
    import sys
    from pathlib import Path

    from celery import Celery

    sys.path.append(str(Path(__file__).resolve().parent.parent / "shop"))
    app = Celery("shop", include=["shop.users.tasks"])
    ```
    `shop/__init__.py`:
    ```py
    ```
    `shop/users/__init__.py`:
    ```py
    ```
    `shop/users/tasks.py`:
    ```py
    from config.app import app


    @app.task
    def count(): ...
    ```
    `shop/web.py`:
    ```py
    from users.tasks import count  # error


    def show(request):
        count.delay()
    ```

    ## Use instead
    `shop/web.py`:
    ```py
    from shop.users.tasks import count


    def show(request):
        count.delay()
    ```

    ## Unknown
    Silent for tasks with `name=` and where an app makes names of its own; where the worker may import the module under the sender's name as
    well, by its configuration, an import that it runs, or Django's checks, which import the views; where a name leads to several files, and
    where an import is guarded. Undecided where the worker imports modules by computed names. A warning where nothing but the import itself says that its folder is on
    the path.

    ## References
    - [Automatic naming and relative imports](https://docs.celeryq.dev/en/stable/userguide/tasks.html#task-naming-relative-imports)
    """

    def check(self, project: Project) -> Findings:
        from taskguard.project.celery.system import celery_of
        from taskguard.project.diagnosis.imports.two_names import under_two_names

        if project.complete:
            yield from said(under_two_names(celery_of(project)))
