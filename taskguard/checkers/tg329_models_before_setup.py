from __future__ import annotations

from taskguard.rule import ProjectRule, said

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.rule import Findings, Project


class ModelsBeforeSetup(ProjectRule, shares="imports", code="TG329", since="0.1.0"):
    """
    The module of the app imports models of Django at its top.

    ## Why is this bad?
    Django makes a model only when it knows its applications, which it learns in `django.setup()`. Celery calls that when the worker starts, after the module of the app has been
    loaded: an import at the top of that module, of models or of tasks and services that import some, is an AppRegistryNotReady ("Apps aren't loaded yet"), or an ImproperlyConfigured where the settings are named below it. No worker starts, and
    where the package imports the app (`from .celery import app`), neither does the site nor `manage.py`.

    ## Example
    `shop/celery.py`:
    ```py
    import os

    from celery import Celery

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")

    from orders.models import Order  # error

    app = Celery("shop")
    app.config_from_object("django.conf:settings", namespace="CELERY")


    @app.task
    def tidy():
        Order.objects.all().delete()
    ```
    `orders/__init__.py`:
    ```py
    ```
    `orders/models.py`:
    ```py
    from django.db import models


    class Order(models.Model): ...
    ```

    ## Use instead
    `shop/celery.py`:
    ```py
    import os

    from celery import Celery

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")

    app = Celery("shop")
    app.config_from_object("django.conf:settings", namespace="CELERY")


    @app.task
    def tidy():
        from orders.models import Order

        Order.objects.all().delete()
    ```

    ## Unknown
    Told once for each app, at the first such import, of models of the project and of Django's own and django-celery-beat's. Silent where the module calls `django.setup()` or what does it before the import, where a module on the way does, and about imports under a condition or in a
    `try`. A warning where neither the package imports the app nor the deployment files start workers from its module alone. Silent in projects for Python 2, and of apps that do not read Django's settings.

    ## References
    - [Django: AppRegistryNotReady](https://docs.djangoproject.com/en/stable/ref/applications/#troubleshooting)
    """

    def check(self, project: Project) -> Findings:
        from taskguard.project.celery.system import celery_of
        from taskguard.project.diagnosis.imports.models_before_setup import models_before_setup

        if project.complete:
            yield from said(models_before_setup(celery_of(project)))
