from __future__ import annotations

from taskguard.rule import ProjectRule, said

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.rule import Findings, Project


class AppNotLoaded(ProjectRule, heavy=True, shares="imports", code="TG318", since="0.1.0"):
    """
    Nothing that a web process starts imports the Celery app, and its code sends shared tasks.

    ## Why is this bad?
    A `@shared_task` belongs to the app that the process has made. The worker makes one, since it is started with the app's module. A web
    process or a command of `manage.py` makes one only if something that Django imports imports that module. Else `delay()` takes Celery's
    default app, which has read no settings: the message goes to `amqp://localhost`, not to the broker of the project. It is refused there, or it
    lies where no worker looks; routes, serializers and the result backend are lost as well. In a shell of the worker's, and in
    tests that import the app, all is well.

    The same comes of threads: `Celery(…)` is the current app of the thread that makes it, all others have the default app. FastAPI runs each route that
    is a plain `def` in a thread of its own, so what it sends there is lost until somebody says `app.set_default()`. So is the result that it asks for by `AsyncResult(id)`, an AttributeError of `DisabledBackend`. Django's part of Celery does so by
    itself.

    The same comes of a module of tasks that makes an app for itself (`app = Celery()`), which nothing configures: a worker has its tasks, whoever sends them speaks to `amqp://localhost`.

    ## Example
    `shop/__init__.py`:
    ```py
    ```
    `shop/celery.py`:
    ```py
    import os

    from celery import Celery

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")
    app = Celery("shop")  # error
    app.config_from_object("django.conf:settings", namespace="CELERY")
    app.autodiscover_tasks()
    ```
    `shop/settings.py`:
    ```py
    INSTALLED_APPS = ["orders"]
    CELERY_BROKER_URL = "redis://broker"
    ```
    `orders/__init__.py`:
    ```py
    ```
    `orders/tasks.py`:
    ```py
    from celery import shared_task


    @shared_task(name="orders.confirm")
    def confirm(order): ...
    ```
    `orders/views.py`:
    ```py
    from orders.tasks import confirm


    def buy(request):
        confirm.delay(request.POST["order"])
    ```

    ## Use instead
    `shop/__init__.py`:
    ```py
    from .celery import app as celery_app

    __all__ = ("celery_app",)
    ```

    ## Unknown
    Of an app without a configuration: a warning, where all other apps have a broker that is not the default one, code elsewhere sends its tasks, and no start of Celery names it.
    Django projects with one app alone; of others those with one app, where a function that a route of Flask or FastAPI leads to sends the task, and the app is made
    neither in a factory nor beside the application for the web; for threads those of FastAPI alone, with sends in a route or in a function that one calls, and `AsyncResult(id)` in a route, as a warning: not where `CELERY_RESULT_BACKEND` may be in the environment, which Celery reads itself. Silent where any module besides those of tasks imports the app, in a function or under a condition too; where
    its name stands in a string, or modules are imported by a computed name; where the default app has a configuration too (`celeryconfig.py`,
    django-celery, `CELERY_BROKER_URL` in the environment, which Celery reads itself, or as a field of pydantic's settings: then told only where the settings name another default queue and no worker reads `celery`); where the project's broker may be the default one; and where nothing
    but tasks sends, helpers that no view or command imports, and receivers in a file that nobody imports.

    ## References
    - [First steps with Django](https://docs.celeryq.dev/en/stable/django/first-steps-with-django.html)
    """

    def check(self, project: Project) -> Findings:
        from taskguard.project.celery.system import celery_of
        from taskguard.project.diagnosis.apps.other_threads import sent_in_threads
        from taskguard.project.diagnosis.apps.results_in_threads import results_in_threads
        from taskguard.project.diagnosis.apps.stray_apps import stray_apps
        from taskguard.project.diagnosis.apps.unloaded import unloaded_apps
        from taskguard.project.diagnosis.apps.unloaded_web import unloaded_web

        if project.complete:
            yield from said(unloaded_apps(celery_of(project)))
            yield from said(unloaded_web(celery_of(project)))
            yield from said(sent_in_threads(celery_of(project)))
            yield from said(results_in_threads(celery_of(project)))
            yield from said(stray_apps(celery_of(project)))
