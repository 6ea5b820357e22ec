from __future__ import annotations

from taskguard.rule import ProjectRule, said

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.rule import Findings, Project


class CeleryModuleShadowed(ProjectRule, code="TG322", since="0.1.0"):
    """
    A module of the project that is called `celery` hides the library.

    ## Why is this bad?
    Python looks in the folder where it was started first. A `celery.py` there is what `from celery import Celery` finds, in that file itself too:
    "cannot import name 'Celery' from partially initialized module 'celery'". The command `celery` has loaded the library before it looks
    there and may go on; `python`, `manage.py`, gunicorn, uvicorn and pytest do not. Inside a package the name does no harm: there it is
    `shop.celery`.

    ## Example
    `celery.py`:
    ```py
    from celery import Celery  # error

    app = Celery("shop", include=["tasks"])
    ```
    `tasks.py`:
    ```py
    from settings import QUEUE

    from celery import shared_task


    @shared_task(name="send", queue=QUEUE)
    def send(): ...
    ```
    `settings.py`:
    ```py
    QUEUE = "mail"
    ```

    ## Use instead
    ~~`celery.py`~~

    `worker.py`:
    ```py
    from celery import Celery

    app = Celery("shop", include=["tasks"])
    ```
    `tasks.py`:
    ```py
    from settings import QUEUE

    from celery import shared_task


    @shared_task(name="send", queue=QUEUE)
    def send(): ...
    ```
    `settings.py`:
    ```py
    QUEUE = "mail"
    ```

    ## Unknown
    Silent where nothing imports from `celery` what the module does not have, and of the library itself that was brought along (a package with
    `canvas`, `loaders`, `concurrency`…). Undecided where nothing tells that imports count from its folder: no module there
    imports another one by its plain name, no file puts the folder on the path; or where an `__init__.py` beside it may make the folder a package.
    """

    def check(self, project: Project) -> Findings:
        from taskguard.project.celery.system import celery_of
        from taskguard.project.diagnosis.imports.shadowing import library_shadows

        if project.complete:
            yield from said(library_shadows(celery_of(project).project))
