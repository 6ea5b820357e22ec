"""What declares a task, with which options, and what only looks like it."""

from __future__ import annotations

from textwrap import dedent

import pytest

from taskguard import engine
from taskguard.project.python.values import Known, Name
from taskguard.project.tasks.declarations import tasks_in
from taskguard.project.tasks.task import Task
from taskguard.settings.model import House, Settings


def declared(files: dict[str, str] | str, house: House = House(), path: str = "shop/tasks.py") -> tuple[Task, ...]:
    """The tasks that `path` declares; a mere text is that file."""
    given = {path: files} if isinstance(files, str) else files
    project = engine.link({name: dedent(text) for name, text in given.items()}, Settings(house=house))
    return tasks_in(project.modules[path])


FORMS = {
    "shared_task": "from celery import shared_task\n@shared_task\ndef send(): ...",
    "shared_task with options": "from celery import shared_task\n@shared_task(queue='mail')\ndef send(): ...",
    "a qualified name": "import celery\n@celery.shared_task()\ndef send(): ...",
    "another name": "from celery import shared_task as job\n@job\ndef send(): ...",
    "an alias": "from celery import shared_task\njob = shared_task\n@job()\ndef send(): ...",
    "an app": "from celery import Celery\napp = Celery('shop')\n@app.task\ndef send(): ...",
    "an app with options": "import celery\nmain = celery.Celery()\n@main.task(name='a')\ndef send(): ...",
    "the method of an app": "from celery import Celery\napp = Celery()\ntask = app.task\n@task\ndef send(): ...",
    "current_app": "from celery import current_app\n@current_app.task\ndef send(): ...",
    "current_app by another name": "from celery import current_app as app\n@app.task\ndef send(): ...",
    "a subclass of Celery": "from celery import Celery\nclass A(Celery): ...\na = A()\n@a.task\ndef send(): ...",
    "an app made by a function": """
        from celery import Celery
        def make():
            made = Celery("shop")
            made.conf.task_acks_late = True
            return made
        app = make()
        @app.task
        def send(): ...
        """,
    "an app that is an attribute": """
        from celery import Celery
        class Holder:
            app = Celery("shop")
        @Holder.app.task
        def send(): ...
        """,
    "under a condition": """
        from celery import shared_task
        if DEBUG:
            @shared_task
            def send(): ...
        """,
    "in a try": """
        try:
            from celery import shared_task
        except ImportError:
            shared_task = None
        @shared_task
        def send(): ...
        """,
    "an import in the function": """
        def make():
            from celery import shared_task
            @shared_task
            def send(): ...
            return send
        """,
    "a function that makes tasks": """
        from celery import shared_task
        def make(queue):
            @shared_task(queue=queue)
            def send(): ...
            return send
        """,
    "an app of the function": """
        from celery import Celery
        def make():
            app = Celery("shop")
            @app.task
            def send(): ...
        """,
    "in a class": """
        from celery import shared_task
        class Mails:
            @shared_task
            def send(): ...
        """,
    "a call": "from celery import shared_task\ndef send(): ...\nsend_task = shared_task(send)",
    "a call with options": "from celery import Celery\na = Celery()\ndef send(): ...\na.task(queue='mail')(send)",
    "functools.partial": """
        from functools import partial
        from celery import shared_task
        job = partial(shared_task, queue="mail")
        @job()
        def send(): ...
        """,
    "a decorator kept in a variable": """
        from celery import shared_task
        job = shared_task(queue="mail")
        @job
        def send(): ...
        """,
    "a wrapper": """
        from celery import shared_task
        def job(**options):
            return shared_task(**options)
        @job(queue="mail")
        def send(): ...
        """,
    "a wrapper around the function": """
        from celery import shared_task
        def job(func):
            return shared_task(queue="mail")(func)
        @job
        def send(): ...
        """,
    "a registered instance": """
        from celery import Celery, Task
        app = Celery("shop")
        class Send(Task):
            name = "send"
            def run(self): ...
        app.register_task(Send())
        """,
    "a registered class": """
        from celery import Celery, Task
        app = Celery("shop")
        @app.register_task
        class Send(Task):
            def run(self): ...
        """,
    "a stacked decorator": """
        from celery import shared_task
        from shop.metrics import counted
        @counted
        @shared_task(queue="mail")
        @counted
        def send(): ...
        """,
    "an async function": "from celery import shared_task\n@shared_task\nasync def send(): ...",
}


@pytest.mark.parametrize("text", FORMS.values(), ids=FORMS)
def test_every_form_is_seen(text: str) -> None:
    (task,) = declared(text)
    assert task.qualname.rpartition(".")[2].lower() == "send"


NO_TASKS = {
    "invoke": "from invoke import task\nimport celery\n@task\ndef send(context): ...",
    "prefect": "from prefect import task, flow\nimport celery\n@task(retries=3)\ndef send(): ...",
    "airflow": "from airflow.decorators import task\n# celery\n@task()\ndef send(): ...",
    "a function of that name": "# celery\ndef task(f):\n    return f\n@task\ndef send(): ...",
    "a function called shared_task": "# celery\ndef shared_task(f):\n    return f\n@shared_task\ndef send(): ...",
    "a method called task": "import celery\nclass A:\n    def task(self, f): ...\na = A()\n@a.task\ndef send(): ...",
    "an app of another kind": "from flask import Flask\napp = Flask('celery')\n@app.task\ndef send(): ...",
    "huey": "from huey import RedisHuey\nhuey = RedisHuey('celery')\n@huey.task()\ndef send(): ...",
    "dramatiq": "import dramatiq, celery\n@dramatiq.actor\ndef send(): ...",
    "locust": "from locust import task\nclass U:\n    @task(3)\n    def celery(self): ...",
    "a class that nobody registers": "from celery import Task\nclass Send(Task):\n    def run(self): ...",
    "a call of a task": "from celery import shared_task\nfrom other import send\nsend.delay(shared_task)",
    "another method of an app of a package": "from acme.celery import app\n@app.route\ndef send(): ...\n@app.timer\ndef post(): ...",
    "an app of a package that is not Celery's by its name": "# celery\nfrom acme.web import app\n@app.task\ndef send(): ...",
    "a parameter of that name": """
        from celery import shared_task
        def make(shared_task):
            @shared_task
            def send(): ...
        """,
    "the other branch binds a fallback": """
        try:
            from prefect import task
        except ImportError:
            from celery import shared_task as other
        @task
        def send(): ...
        """,
}


@pytest.mark.parametrize("text", NO_TASKS.values(), ids=NO_TASKS)
def test_what_only_looks_like_a_task_is_none(text: str) -> None:
    assert declared(text) == ()


APP = {"shop/__init__.py": "", "shop/celery.py": "from celery import Celery\napp = Celery('shop')\n"}
IMPORTS = {
    "absolute": "from shop.celery import app",
    "relative": "from .celery import app",
    "of a module": "import shop.celery\napp = shop.celery.app",
    "of a module by another name": "from shop import celery as c\napp = c.app",
    "by star": "from shop.celery import *",
    "through the package": "from shop import app",
    "through a chain of stars": "from shop.all_names import *",
    "for type checkers only, and at run time": """
        from typing import TYPE_CHECKING
        if TYPE_CHECKING:
            from shop.nothing import app
        else:
            from shop.celery import app
        """,
}


@pytest.mark.parametrize("text", IMPORTS.values(), ids=IMPORTS)
def test_an_app_is_known_through_its_import(text: str) -> None:
    files = {**APP, "shop/all_names.py": "from shop.celery import *\n"}
    files["shop/__init__.py"] = "from shop.celery import app\n"
    files["shop/tasks.py"] = dedent(text) + "\n@app.task(queue='mail')\ndef send(): ...\n"
    (task,) = declared(files)
    assert task.app == "shop.celery.app"
    assert task.option("queue").value == "mail"


def test_modules_of_a_namespace_package_are_found() -> None:
    files = {
        "jobs/app.py": "from celery import Celery\napp = Celery('jobs')\n",
        "jobs/names.py": "MAIL = 'mail'\n",
        "jobs/tasks.py": "from jobs import names\nfrom . import app as a\n@a.app.task(queue=names.MAIL)\ndef send(): ...\n",
    }
    (task,) = declared(files, path="jobs/tasks.py")
    assert task.option("queue").value == "mail"


WRAPPERS = {
    "partial": "from functools import partial\njob = partial(shared_task, queue='mail')\n@job(name='a')",
    "a variable": "job = shared_task(queue='mail', name='a')\n@job",
    "setdefault": """
        def job(*args, **options):
            options.setdefault("queue", "mail")
            return shared_task(*args, **options)
        @job(name="a")
        """,
    "an item": """
        def job(*args, **options):
            options["queue"] = "mail"
            return shared_task(*args, **options)
        @job(name="a")
        """,
    "a keyword": "def job(**options):\n    return shared_task(queue='mail', **options)\n@job(name='a')",
    "a parameter": "def job(queue, **o):\n    return shared_task(queue=queue, **o)\n@job('mail', name='a')",
    "a default": "def job(queue='mail', **o):\n    return shared_task(queue=queue, **o)\n@job(name='a')",
    "a nested decorator": """
        def job(**options):
            def decorate(func):
                return shared_task(queue="mail", **options)(func)
            return decorate
        @job(name="a")
        """,
}


@pytest.mark.parametrize("text", WRAPPERS.values(), ids=WRAPPERS)
def test_what_a_wrapper_sets_counts(text: str) -> None:
    (task,) = declared(f"from celery import shared_task\n{dedent(text).strip()}\ndef send(): ...\n")
    assert (task.option("queue").value, task.option("name").value) == ("mail", "a")


def test_a_wrapper_that_cannot_be_followed_leaves_the_options_open() -> None:
    house = House(decorators=("shop.jobs.job",))
    text = "from shop.jobs import job\n@job(queue='mail')\ndef send(): ...\n@job\ndef receive(): ...\n"
    send, receive = declared({"shop/tasks.py": text}, house)
    assert send.option("queue").value == "mail"
    assert not receive.option("queue").known
    assert not receive.option("queue").absent


def test_an_open_spread_leaves_the_other_options_open() -> None:
    text = "from celery import shared_task\nfrom x import o\n@shared_task(queue='mail', **o)\ndef send(): ...\n"
    (task,) = declared(text)
    assert task.option("queue").value == "mail"
    assert not task.option("base").absent


def test_two_stacked_declarations_are_two_tasks() -> None:
    text = "from celery import shared_task\n@shared_task(name='a')\n@shared_task(name='b')\ndef send(): ...\n"
    assert [task.name.value for task in declared(text)] == ["a", "b"]


def test_decorators_around_the_task_decorator_are_resolved() -> None:
    text = """
        from celery import shared_task
        from django.db import transaction
        from shop.metrics import counted as c
        @c("mails")
        @shared_task
        @transaction.atomic
        def send(): ...
        """
    (task,) = declared(text)
    assert task.above == ("shop.metrics.counted",)
    assert task.below == ("django.db.transaction.atomic",)


def test_names_are_explicit_or_automatic() -> None:
    text = """
        from celery import shared_task
        from x import NAME
        PREFIX = "shop"
        @shared_task
        def one(): ...
        @shared_task(name=f"{PREFIX}.two")
        def two(): ...
        @shared_task(name=NAME)
        def three(): ...
        class Mails:
            @shared_task
            def four(): ...
        """
    tasks = declared(text)
    assert [(task.name.value, task.name_source) for task in tasks] == [
        ("shop.tasks.one", "automatic"),
        ("shop.two", "explicit"),
        (None, "unknown"),
        ("shop.tasks.four", "automatic"),
    ]
    assert [task.dotted for task in tasks][-1] == "shop.tasks.Mails.four"


def test_a_base_is_the_class_that_the_name_leads_to() -> None:
    files = {
        "shop/base.py": "from celery import Task\nclass BaseTask(Task):\n    abstract = True\n",
        "shop/__init__.py": "from shop.base import BaseTask as Base\n",
        "shop/tasks.py": "from celery import shared_task\nfrom shop import Base\n@shared_task(base=Base)\ndef send(): ...\n",
    }
    (task,) = declared(files)
    assert isinstance(task.base, Known)
    assert task.base.value == Name("shop.base.BaseTask")
    assert set(task.depends) == {"shop/__init__.py", "shop/base.py"}


def test_options_of_a_class_come_from_its_attributes_and_bases() -> None:
    text = """
        from celery import Celery, Task
        app = Celery("shop")
        class Base(Task):
            queue = "mail"
            max_retries = 3
        class Send(Base):
            name = "send"
            max_retries = 5
            def run(self): ...
        app.register_task(Send())
        """
    options = [declared(text)[0].option(name).value for name in ("name", "queue", "max_retries")]
    assert options == ["send", "mail", 5]


def test_the_place_is_the_decorator_with_columns_in_letters() -> None:
    text = 'from celery import shared_task\nclass Ä:\n    "é"; x = 1\n    @shared_task(name="grüße", queue="mail")\n    def send(): ...\n'
    assert [(*task.span, task.line) for task in declared(text)] == [(4, 6, 4, 45, 5)]
