"""A small project with a hole at every place that takes a value."""

from __future__ import annotations

import ast
import re
import warnings

from fuzz.expressions import deep, expression

TYPE_CHECKING = False
if TYPE_CHECKING:
    from random import Random

HOLE = "HOLE"
HEAD = """\
import copy, enum, os, re
from datetime import timedelta
import shop
from celery import Celery, Task, chain, shared_task, signature
from celery.schedules import crontab, schedule, solar
from kombu import Exchange, Queue
from shop.helpers import *
"""
FILES = {
    "shop/__init__.py": "",
    "shop/helpers.py": """\
import enum, os
KNOWN = ("mail", "reports")
NUMBERS = [1, 2, HOLE]
OPTIONS = {"queue": "mail", "time_limit": HOLE, HOLE: HOLE}
OPTIONS["expires"] = HOLE
OPTIONS[HOLE] = 1
OPTIONS.update({HOLE: 2}, priority=HOLE)
OPTIONS.setdefault(HOLE, HOLE)
UNKNOWN = os.environ.get("X", HOLE)
class Colour(enum.Enum):
    RED = "red"
    ODD = HOLE
    BIG = 0xffff
class Options:
    QUEUE = "mail"
    ODD = HOLE
    KEY = HOLE
    BIG = [HOLE]
def made(x=HOLE):
    return {"queue": "mail", "soft_time_limit": x, "expires": HOLE, HOLE: 1}
def odd(x=HOLE):
    return {x: HOLE}
def set_key(key, value=HOLE):
    made = {"queue": "mail"}
    made[key] = value
    made[HOLE] = HOLE
    made.update(name=HOLE)
    if made.get(HOLE) == HOLE:
        made.pop(key)
    return made
def pick(x, y):
    if x == y:
        return x
    if x in [y, HOLE]:
        return HOLE
    return y
""",
    "shop/celery.py": """\
app = Celery("shop", broker=HOLE, backend=HOLE, include=HOLE, namespace=HOLE, task_cls=HOLE)
app.config_from_object("shop.config", namespace=HOLE)
app.conf.task_default_queue = HOLE
app.conf.task_queues = [Queue("mail"), Queue(HOLE), HOLE]
app.conf.task_routes = {"shop.tasks.send": HOLE, HOLE: {"queue": HOLE}, "shop.*": {"queue": HOLE, HOLE: 1}}
app.conf.update(task_serializer=HOLE, accept_content=HOLE, timezone=HOLE, **HOLE)
app.conf.beat_schedule = {
    "send": {"task": "shop.tasks.send", "schedule": HOLE, "args": HOLE, "kwargs": HOLE, "options": HOLE},
    "again": {"task": "shop.tasks.send", "schedule": 30, "args": HOLE, "kwargs": HOLE, "options": {"queue": HOLE, "expires": HOLE}},
    HOLE: {"task": HOLE, "schedule": crontab(hour=HOLE, minute=HOLE), HOLE: HOLE},
    "whole": HOLE,
    "days": {"task": "shop.tasks.gone", "schedule": crontab(HOLE, HOLE, day_of_month=HOLE, month_of_year=HOLE), "relative": HOLE},
}
app.conf.beat_schedule[HOLE] = {"task": "shop.tasks.other", "schedule": timedelta(seconds=HOLE, minutes=HOLE)}
app.conf["beat_max_loop_interval"] = HOLE
app.autodiscover_tasks(HOLE, related_name=HOLE)
@app.on_after_configure.connect
def periodic(sender, **kwargs):
    sender.add_periodic_task(HOLE, send.s(HOLE), name=HOLE, queue=HOLE, expires=HOLE)
    sender.add_periodic_task(10, send.s(HOLE, a=HOLE), args=HOLE, kwargs=HOLE)
    sender.add_periodic_task(10, send.s(HOLE, a=HOLE))
    sender.add_periodic_task(10, signature(HOLE, args=HOLE, kwargs=HOLE), HOLE, HOLE, HOLE)
    sender.add_periodic_task(crontab(minute=HOLE), HOLE, **HOLE)
from shop.tasks import send
""",
    "shop/config.py": """\
task_default_queue = HOLE
task_default_priority = HOLE
task_routes = ([("a.*", HOLE), (HOLE, {"queue": "mail"})],)
result_expires = HOLE
imports = HOLE
task_annotations = {"*": HOLE, HOLE: {"rate_limit": HOLE}}
broker_transport_options = {"visibility_timeout": HOLE, "priority_steps": HOLE, HOLE: 1}
broker_url = "redis://cache/0" if HOLE else HOLE
task_queue_max_priority = HOLE
CELERY_TASK_TIME_LIMIT = HOLE
CELERYBEAT_SCHEDULE = HOLE
task_queues = HOLE
""",
    "shop/wrapping.py": """\
from shop.celery import app
def task(queue="mail", *args, **options):
    options.setdefault("priority", HOLE)
    options.setdefault(HOLE, HOLE)
    options["soft_time_limit"] = HOLE
    return shared_task(*args, queue=queue, name=HOLE, **options)
def policy(kind):
    return {"autoretry_for": HOLE, "retry_backoff": HOLE, "max_retries": kind, HOLE: HOLE}
class BaseTask(Task):
    queue = HOLE
    time_limit = HOLE
    autoretry_for = HOLE
    max_retries = HOLE
""",
    "shop/tasks.py": """\
from shop.celery import app
from shop.wrapping import BaseTask, policy, task
Q = HOLE
@shared_task(bind=HOLE, base=HOLE, name=HOLE, queue=HOLE, soft_time_limit=HOLE, time_limit=HOLE, max_retries=HOLE)
def send(self, a: HOLE = HOLE, *, b: HOLE = HOLE) -> HOLE: ...
NOTE: HOLE = HOLE
@app.task(HOLE)
def first(): ...
@app.task(name="shop.tasks.other", queue=Q, rate_limit=HOLE, priority=HOLE, expires=HOLE, serializer=HOLE, autoretry_for=HOLE)
def other(a, b=HOLE): ...
@shared_task(base=BaseTask, soft_time_limit=HOLE, time_limit=60, retry_backoff=HOLE, acks_late=HOLE, ignore_result=HOLE, **HOLE)
def based(): ...
@task(HOLE, time_limit=HOLE, expires=HOLE)
def wrapped(x=HOLE): ...
@task(queue=HOLE, **policy(HOLE))
def wrapped_more(): ...
@shared_task(**made(HOLE))
def made_of(): ...
@shared_task(**odd(HOLE))
def odd_of(): ...
@shared_task(**set_key(HOLE, HOLE))
def key_of(): ...
@shared_task(**{"queue": HOLE, HOLE: HOLE}, **OPTIONS)
def spread(): ...
@shared_task(queue=pick(HOLE, HOLE), name=f"shop.{HOLE}")
def picked(): ...
@HOLE
@shared_task(name="shop.under")
@HOLE
def under(): ...
class Other(HOLE, metaclass=HOLE):
    queue: HOLE = HOLE
class Old(Task):
    name = HOLE
    queue = HOLE
    def run(self, a=HOLE): ...
app.register_task(Old())
""",
    "shop/use.py": """\
from shop.celery import app
from shop.tasks import other, send
def run(x=HOLE):
    app.send_task(HOLE, args=HOLE, queue=HOLE)
    app.send_task("shop.tasks.gone", HOLE, HOLE, countdown=HOLE, expires=HOLE)
    send.apply_async(HOLE, HOLE, queue=HOLE, routing_key=HOLE, priority=HOLE, **HOLE)
    send.delay(HOLE, a=HOLE)
    signature(HOLE, queue=HOLE)
    chain(send.s(HOLE).set(queue=HOLE), other.si(HOLE, HOLE))
    app.tasks[HOLE]
    send.retry(queue=HOLE, countdown=HOLE)
    PeriodicTask.objects.update_or_create(name=HOLE, task=HOLE, defaults={"task": HOLE, HOLE: HOLE})
    return {"task": HOLE, "schedule": HOLE, HOLE: HOLE}
__all__ = ["run", HOLE]
""",
}  # fmt: skip
SETTINGS = """\
[tasks]
base = ["BaseTask"]
require = ["queue", "soft_time_limit", "time_limit"]
[tasks.allowed]
queue = ["mail"]
priority = [1, 2]
"""
NUMBER = sum(text.count(HOLE) for text in FILES.values())
_HOLES = re.compile(HOLE)


def values(random: Random) -> list[str]:
    """An expression for each hole; most of them plain, so that the odd ones are reached."""
    odd = random.choice((1, 3, 10, NUMBER))
    chosen = ["'mail'"] * NUMBER
    for place in random.sample(range(NUMBER), odd):
        made = deep(random) if random.randrange(20) == 0 else expression(random)
        if parses(made) or random.randrange(100) == 0:
            chosen[place] = made
    return chosen


def parses(text: str) -> bool:
    """Whether Python takes the text as the value of an argument, and in a display."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            ast.parse(f"f(x={text})\n{{{text}: [*{text}]}}\ndef f(x: {text} = {text}): ...")
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return False
    return True


def project(chosen: list[str]) -> dict[str, str]:
    """The files of the project with these expressions in its holes. Python would refuse some of them: `check` says so."""
    left = iter(chosen)
    made = {"taskguard.toml": SETTINGS}
    for path, text in FILES.items():
        head = "" if path.endswith(("__init__.py", "helpers.py")) else HEAD
        made[path] = head + _HOLES.sub(lambda _: next(left), text)
    return made
