"""Small projects, each with one difficulty, in which `taskguard tasks` and a running Celery must say the same."""

from __future__ import annotations

from offline_forms import FORMS, WRAPPERS

# A service in a folder of its own, which nothing but the imports of its files marks as an import root.
SERVICE = {
    "README.md": "",
    "backend/mail/__init__.py": "",
    "backend/mail/constants.py": 'PREFIX = "mail"\n\n\nclass Names:\n    SEND = f"{PREFIX}.send"\n',
    "backend/mail/jobs/tasks.py": """
from celery import shared_task

from mail.constants import Names


@shared_task(name=Names.SEND)
def send(): ...


@shared_task
def receive(): ...
""",
}

# Decorators that are classes or objects.
CLASSES = {
    "shop/__init__.py": "",
    "shop/deco.py": """
from functools import wraps

from celery import shared_task


class Retried:
    def __init__(self, *args, **kwargs):
        self.args = args
        self.kwargs = kwargs

    def __call__(self, func):
        @wraps(func)
        def inner(*args, **kwargs):
            return func(*args, **kwargs)

        return shared_task(*self.args, **self.kwargs)(inner)


class Queued:
    def __init__(self, queue, priority=3):
        self.queue = queue
        self.priority = priority

    def __call__(self, func):
        return shared_task(queue=self.queue, priority=self.priority)(func)
""",
    "shop/tasks.py": """
from shop.deco import Queued, Retried


@Retried(name="one", max_retries=10)
def one(): ...


@Retried(rate_limit="1/m")
def two(): ...


@Queued("slow")
def three(): ...


@Queued(queue="fast", priority=9)
def four(): ...
""",
}

# Names that are made of the module's own name, and constants that are changed after they are made.
VALUES = {
    "shop/__init__.py": "",
    "shop/limits.py": """
from datetime import timedelta

SOFT = timedelta(minutes=3).total_seconds()
ERRORS = [KeyError]
ALIAS = ERRORS
ALIAS.append(ValueError)


class Limits:
    SOFT = 30
    HARD = 60


Limits.HARD = 90
""",
    "shop/tasks.py": """
from celery import shared_task

from shop.limits import ERRORS, SOFT, Limits

OWN = [OSError]
SAME = OWN
SAME.append(TypeError)


@shared_task(name=__name__ + ".plus")
def plus(): ...


@shared_task(name=f"{__name__}.formatted")
def formatted(): ...


@shared_task(name="%s.percent" % __name__)
def percent(): ...


@shared_task(name="{}.braces".format(__name__))
def braces(): ...


@shared_task(name=".".join([__name__, "joined"]))
def joined(): ...


@shared_task(autoretry_for=ERRORS, soft_time_limit=Limits.SOFT, time_limit=Limits.HARD)
def changed(): ...


@shared_task(soft_time_limit=SOFT, autoretry_for=OWN)
def handed(): ...


@shared_task(max_retries=1)
def set_later(): ...


set_later.max_retries = 5
""",
}


# Names by a pattern of the app's own.
PATTERN = {
    "shop/__init__.py": "",
    "shop/app.py": """
from celery import Celery


class App(Celery):
    def gen_task_name(self, name, module):
        if module.endswith(".tasks"):
            module = module[:-6]
        return super().gen_task_name(name, module)


app = App("shop")
""",
    "shop/mail/__init__.py": "",
    "shop/mail/tasks.py": """
from shop.app import app


@app.task
def send(): ...


@app.task(name="explicit")
def explicit(): ...
""",
}


# Options that the environment may add to, and an app whose class cannot be told.
OPEN = {
    "shop/__init__.py": "",
    "shop/options.py": """
import os

import celery

RETRY_OPTIONS = dict(max_retries=int(os.environ.get("RETRIES", 3)))
if "JITTER" in os.environ:
    RETRY_OPTIONS.update(eval(os.environ["JITTER"]))


def app_class():
    return getattr(celery, os.environ.get("APP", "Celery"))
""",
    "shop/app.py": """
from shop.options import app_class

make = app_class()
app = make("shop")
app.autodiscover_tasks(["shop"])
""",
    "shop/tasks.py": """
from shop.app import app
from shop.options import RETRY_OPTIONS


@app.task(queue="q", **RETRY_OPTIONS)
def plain(): ...


@app.task(name="named", **RETRY_OPTIONS)
def named(): ...
""",
}

# Files, import roots, and the options that stay unknown.
PROJECTS = {
    "service": (SERVICE, ["backend"], ()),
    "classes": (CLASSES, ["."], ()),
    "values": (
        VALUES,
        ["."],
        (
            "shop.tasks.changed.autoretry_for",
            "shop.tasks.changed.time_limit",
            "shop.tasks.handed.autoretry_for",
            "shop.tasks.set_later.max_retries",
        ),
    ),
    "forms": (FORMS, ["."], ()),
    "open": (
        OPEN,
        ["."],
        (
            "named.**",
            "named.max_retries",
            "shop.tasks.plain.**",
            "shop.tasks.plain.max_retries",
        ),
    ),
    "wrappers": (WRAPPERS, ["."], ()),
    "pattern": (PATTERN, ["."], ()),
}
