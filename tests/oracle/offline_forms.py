"""Small projects like those of `offline`: the forms in which tasks are declared, and wrappers around them."""

from __future__ import annotations

# Every way to register.
FORMS = {
    "shop/__init__.py": "",
    "shop/app.py": """
from celery import Celery, Task


class Base(Task):
    acks_late = True
    rate_limit = "5/m"

    def __call__(self, *args, **kwargs):
        return super().__call__(*args, **kwargs)


app = Celery("shop", set_as_current=True)
""",
    "shop/tasks.py": """
from functools import partial, wraps

from celery import Task, current_app, shared_task

from shop.app import Base, app


def bare(func):
    def wrapper(*args, **kwargs):
        return func(*args, **kwargs)

    return wrapper


def renamed(func):
    def inner():
        return func()

    inner.__name__ = func.__name__
    return inner


def slow(*args, **kwargs):
    kwargs["queue"] = "slow"
    return shared_task(*args, **kwargs)


def slower(**kwargs):
    kwargs.setdefault("time_limit", 900)
    return slow(**kwargs)


def plain(): ...


called = app.task(plain)
named = app.task(name="named", queue="q")(plain)
shared = shared_task(bind=True, name="shared")(plain)
half = partial(app.task, acks_late=True)


@half(name="half")
def by_half(): ...


@slower(name="slower", queue="lost")
def two_deep(): ...


@app.task
@bare
def hidden_name(): ...


@app.task
@renamed
def kept_name(): ...


@current_app.task(name="current")
def on_current(): ...


@app.task(base=Base, bind=True, serializer="json")
def based(self): ...


@app.task(shared=False)
def alone(): ...


def make():
    @shared_task
    def inside(): ...

    @app.task(name="inside.named")
    def also_inside(): ...

    return inside


make()


class Report(Base):
    name = "report"
    max_retries = 9

    def run(self): ...


class Unnamed(Task):
    queue = "unnamed"

    def run(self): ...


report = app.register_task(Report())
app.register_task(Unnamed())


@app.register_task
class Decorated(Base):
    ignore_result = True

    def run(self): ...
""",
}

# Wrappers in wrappers that rename, take out and add options of their callers.
WRAPPERS = {
    "shop/__init__.py": "",
    "shop/deco.py": """
from celery import Celery, Task

app = Celery("shop")


class Job(Task):
    abstract = True
    default_queue = "low"


def task(*args, **kwargs):
    for option in "queue", "routing_key":
        if option in kwargs:
            kwargs["default_{}".format(option)] = kwargs.pop(option)
    return app.task(*args, **kwargs)


def job(name, **kwargs):
    return task(name=name, base=Job, bind=True, **kwargs)


def urgent(name, **kwargs):
    kwargs.setdefault("priority", 9)
    return job(name, queue="urgent", **kwargs)


def connected(signal, *args, **kwargs):
    by_id = kwargs.pop("by_id", False)

    def wrapper(func):
        made = task(func, *args, **kwargs)
        print(signal, by_id)
        return made

    return wrapper
""",
    "shop/tasks.py": """
from shop.deco import connected, job, task, urgent


@task
def bare(): ...


@task(queue="slow", acks_late=True)
def plain(): ...


@job("job", queue="fast", routing_key="a.b")
def by_job(self): ...


@urgent("urgent")
def by_urgent(self): ...


@urgent("calm", priority=3, time_limit=5)
def calm(self): ...


@connected("created", by_id=True)
def on_created(pk): ...
""",
}
