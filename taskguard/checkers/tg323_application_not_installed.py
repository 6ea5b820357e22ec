from __future__ import annotations

from taskguard.rule import ProjectRule, said

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.rule import Findings, Project


class ApplicationNotInstalled(ProjectRule, code="TG323", since="0.1.0"):
    """
    The scheduler of django-celery-beat, or the result backend of django-celery-results, in a project that has not installed the application.

    ## Why is this bad?
    Both keep their data in models, and Django gives a model only to an application of `INSTALLED_APPS`. Else the import of the models is a
    RuntimeError: "Model class … doesn't declare an explicit app_label and isn't in an application in INSTALLED_APPS". Beat stops where it loads its
    scheduler, and nothing of the schedule runs; with the result backend each `delay()` fails. The setting is in one place, the list in another, and the
    tests, which start no beat, go on. So it is in a project without Django, which has no settings at all.

    ## Example
    `shop/__init__.py`:
    ```py
    ```
    `shop/celery.py`:
    ```py
    import os

    from celery import Celery

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")
    app = Celery("shop")
    app.config_from_object("django.conf:settings", namespace="CELERY")
    ```
    `shop/settings.py`:
    ```py
    SECRET_KEY = "-"
    INSTALLED_APPS = ["django.contrib.contenttypes"]
    CELERY_BROKER_URL = "redis://broker"
    CELERY_RESULT_BACKEND = "django-db"  # error
    ```

    ## Use instead
    `shop/settings.py`:
    ```py
    SECRET_KEY = "-"
    INSTALLED_APPS = ["django.contrib.contenttypes", "django_celery_results"]
    CELERY_BROKER_URL = "redis://broker"
    CELERY_RESULT_BACKEND = "django-db"
    ```

    ## Unknown
    Undecided where the installed applications cannot all be told, in any of the settings modules that are used, unless neither requirements nor code name the package that a command asks for, and where the project has a
    configuration of its own for the application. A warning for the scheduler where no file of a deployment starts beat. A command of a deployment file counts (`celery beat --scheduler django`), and so do the short names
    `django`, `django-db` and `django-cache`.

    ## References
    - [Using custom scheduler classes](https://docs.celeryq.dev/en/stable/userguide/periodic-tasks.html#using-custom-scheduler-classes)
    """

    def check(self, project: Project) -> Findings:
        from taskguard.project.celery.system import celery_of
        from taskguard.project.diagnosis.apps.uninstalled import uninstalled_apps

        if project.complete:
            yield from said(uninstalled_apps(celery_of(project)))
