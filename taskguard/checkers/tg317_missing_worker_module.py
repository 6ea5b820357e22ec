from __future__ import annotations

from taskguard.rule import ProjectRule, said

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.rule import Findings, Project


class MissingWorkerModule(ProjectRule, shares="imports", code="TG317", since="0.1.0"):
    """
    `include`, `imports`, `autodiscover_tasks` or `celery -A` names a module that the project does not have.

    ## Why is this bad?
    A worker imports all that it is told to import before it takes its first message. A module of `include` or `imports` that was renamed,
    moved or deleted stops it with a ModuleNotFoundError, and so does a task's name among them: both list modules. Nobody else imports these
    strings: the web process and the tests go on. Discovery looks for a package that it cannot import one level higher, and then keeps
    silent: the tasks are not registered. It keeps silent, too, where the package has tasks and discovery imports none of them: `related_name` is wrong,
    or the `__init__` of `tasks/` imports nothing (where but one module is missed, TG304 says it there, and names this line); and a package of `include` or `imports` that imports none of its modules with tasks is one of which nothing is registered. A source of `config_from_object` that is not there, or that its module has not, stops it, too. What `celery -A` names in a deployment file (Dockerfile, compose file, Procfile, supervisord, systemd,
    Makefile, package scripts, shell) or in a job that checks each commit (GitHub, GitLab, CircleCI, Travis, Azure, Bitbucket) is asked for where it stands: a module that is not there, or an app that the module does not have. A module named alone must have an app, by whatever name:
    Celery takes `app`, even if that is one of FastAPI or Flask, then `celery`, then what the module `celery` of a package has, then any other.
    So is what a README, or a guide to setting up or deploying, tells people to start, where no such file starts the same: a warning.
    A name that differs from the project's package in case alone (`celery -A shop` of a package `Shop`) is told there, and as `DJANGO_SETTINGS_MODULE` where the app is made: a
    checkout that was renamed on Windows or macOS works on that machine, and nowhere else.
    A start of a compose file is told where the module, or one that it imports whenever it is imported, is in the project and not in the image: its Dockerfile, which begins with a plain image (`python`, `debian`…), copies other folders alone, and no volume brings it;
    and where the folder in which the container starts has nothing of the name, since a volume lies over it (`./shop:/srv`, and `-A shop`), or the code is copied one folder lower. So is a start there whose module has another name in the container:
    an image that is built of `worker/` alone (`build: ./worker`, `COPY . .`) has `worker/worker.py` as `worker`, and no `worker.worker`.
    A module that is named so that it is in no package, or in too few, and that imports with dots (`celery -A worker` of `apps/worker/worker.py`, which has `from .masks import cut`) is there, and its import fails.
    A Procfile that names such a module without its package (`cd server && celery -A worker` of `server/shop/worker.py`, which imports from `shop`) is told, a warning: the command runs one folder higher.
    So are the settings of a project's former name there: where nothing has that name any more, and all other code (`manage.py`, `wsgi.py`) names one module that the project has.

    ## Example
    `shop/__init__.py`:
    ```py
    ```
    `shop/app.py`:
    ```py
    from celery import Celery

    app = Celery("shop", include=["shop.tasks", "shop.mails"])  # error
    ```
    `shop/tasks.py`:
    ```py
    from shop.app import app


    @app.task(name="shop.send")
    def send(): ...
    ```

    ## Use instead
    `shop/__init__.py`:
    ```py
    ```
    `shop/app.py`:
    ```py
    from celery import Celery

    app = Celery("shop", include=["shop.tasks"])
    ```
    `shop/tasks.py`:
    ```py
    from shop.app import app


    @app.task(name="shop.send")
    def send(): ...
    ```

    ## Unknown
    Silent for what may be a library: a name of which the project has not even the first part, unless requirements are there and do not name it, no
    code imports it, and what is listed beside it is the project's own, or the app's own package has all that stands behind the first part (a warning then). A warning, too, for one without a dot that lies beside the app in its package, where each start names the app from the folder above. Undecided where the module may be generated, is
    ignored by git or left out by the settings, where an image has a folder with such a module under the name's first part (`WORKDIR /srv/worker`, `COPY . .`), or where a file under another import root may be meant. A warning where the entry stands
    under a condition, where the configuration may be set elsewhere too, where discovery finds nothing and the worker starts all the same, where a module of `config_from_object` or the settings that the app's module names are missing, and where
    `-A` names something in a package that holds no app. A name is there for `-A` whatever folder it counts from; undecided where several
    packages have its first part and the command's own folder does not say which. Silent for
    what a container has of its folder where that cannot be told: an entrypoint, `PYTHONPATH`, a command that goes elsewhere, a copy of another stage, a volume
    that others fill, a distribution that is a folder (`-e .`), or a module above that binds the last part of the name or says itself where its modules are. Silent for
    what an app lists that no process runs: each start of Celery that the project has or writes down is one of another app, and this one neither declares nor names a task. Silent for
    a name of which the project has not even the first part where a compose file starts it in an image that is not surely built of the app's folder (`build: ../other`, a mount from elsewhere, `extends`), and for
    an app in an image that no file of another folder names, where another file starts an app that the project has: it may be another project's. Silent for
    a unit whose absolute working directory belongs to another project on the same machine: none in which other files start what this project has.
    """

    def check(self, project: Project) -> Findings:
        from taskguard.project.celery.system import celery_of
        from taskguard.project.diagnosis.starts.missing_modules import missing_modules

        if project.complete:
            yield from said(missing_modules(celery_of(project)))
