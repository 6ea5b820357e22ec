"""What the rules about names, routes, queues and discovery (TG301 to TG306, TG310, TG313, TG317 to TG319, TG322, TG324) say of Celery."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from celery_facts.claims import Claim
from celery_facts.probing import Work, attempt, load, queue_of, sent_by_beat, shop, starts, worked
from celery_facts.stage import unlike

pytestmark = pytest.mark.skipif(os.name == "nt", reason="examples are run in forked processes")


def elsewhere(what: Callable[[], object]) -> object:
    """What this says in a process of its own: who sends is seldom the worker."""
    reading, writing = os.pipe()
    if not os.fork():
        try:
            os.write(writing, json.dumps(what()).encode())
        finally:
            os._exit(0)
    os.close(writing)
    with open(reading, encoding="utf-8") as said:
        return json.loads(said.read())


def namesakes() -> str:
    app = shop("shop.mail.tasks", "shop.sms.tasks")
    app.loader.import_default_modules()
    return f"{sum(name.startswith('shop.') for name in app.tasks)} tasks"


def moved() -> str:
    """A message that is queued under the name of before, and a worker with the module at its new place."""
    app = shop("jobs")
    name = elsewhere(lambda: load().send.name)
    shutil.move("tasks.py", "jobs.py")
    return worked(app, lambda: app.send_task(name))


def scheduled() -> str:
    app = load("shop.celery").app
    name = elsewhere(lambda: sent_by_beat(app).tasks())
    return worked(app, lambda: app.send_task(name))


def discovered() -> str:
    app = load("shop.celery").app
    return worked(app, lambda: app.send_task("shop.clean_up"))


def read_queue() -> str:
    app = load().app
    work = Work(app).start()  # which queues it reads is settled now
    load().report.delay()
    return work.runs(seconds=2)


def no_queue() -> str:
    app = load().app
    app.conf.task_create_missing_queues = False
    return attempt(load().report.delay, "sent")


def queue() -> str:
    load()
    tasks = load()
    return queue_of(getattr(tasks, "build", None).delay if hasattr(tasks, "build") else tasks.report.delay)


def routed() -> str:
    return attempt(load().report.delay, "sent")


def started() -> str:
    return starts("shop.app")


def bought() -> str:
    """As a web process of Django does it."""
    from types import SimpleNamespace

    os.environ.pop("CELERY_BROKER_URL")
    os.environ["DJANGO_SETTINGS_MODULE"] = "shop.settings"
    import django

    load("shop")
    django.setup()
    views = load("orders.views")
    return attempt(lambda: views.buy(SimpleNamespace(POST={"order": 1})), "sent")


def counted() -> str:
    def name() -> object:
        from celery_facts.probing import Sent

        load("config.app")
        with Sent() as sent:
            load("shop.web").show(None)
        return sent.tasks()

    sent = elsewhere(name)
    app = load("config.app").app
    return worked(app, lambda: app.send_task(sent))


def imported() -> str:
    done = subprocess.run([sys.executable, "-c", "import tasks"], capture_output=True, text=True, check=False)
    return (done.stderr.strip().splitlines() or ["imported"])[-1].partition(":")[0]


def commanded() -> str:
    """What becomes of the command of the Procfile."""
    from celery.bin.celery import celery
    from celery.signals import worker_ready

    class Ready(BaseException): ...

    def ready(**kwargs: object) -> None:
        raise Ready

    worker_ready.connect(ready, weak=False)
    words = Path("Procfile").read_text("utf-8").partition("#")[0].split()[2:]
    try:
        return attempt(lambda: celery([*words, "--without-gossip", "--without-mingle"], standalone_mode=False), "ends")
    except Ready:
        return "starts"


MEMORY = {'"redis://broker"': '"memory://"'}

CLAIMS = (
    Claim("TG301", "An app holds one task for a name.", namesakes, "1 tasks", "2 tasks"),
    Claim("TG302", "A function that moves has another name, and messages under the old one are thrown away.", moved, "thrown away: unregistered", "SUCCESS"),
    Claim("TG303", "Beat sends a name that nobody declares, and the worker throws it away.", scheduled, "thrown away: unregistered", "SUCCESS"),
    Claim("TG304", "A worker knows the tasks of the modules that it has imported, and no others.", discovered, "thrown away: unregistered", "SUCCESS"),
    Claim("TG305", "Workers do not read a queue that `task_queues` does not list.", read_queue, "waits", "SUCCESS"),
    Claim("TG305", "With `task_create_missing_queues = False` each send fails.", no_queue, "QueueNotFound", "sent"),
    Claim("TG306", "A pattern that matches no name is without effect.", queue, "celery", "reports"),
    Claim("TG310", "A pair in a list is taken for a router: each send fails.", routed, "ValueError", "sent"),
    Claim("TG313", "The task's own queue beats the route.", queue, "slow", "reports"),
    Claim("TG317", "A module of `include` that is not there stops the worker.", started, "ModuleNotFoundError", "starts"),
    Claim("TG318", "Without an app a shared task is sent by the default one, to `amqp://localhost`.", bought, "OperationalError", "sent", MEMORY, needs=("django",)),
    Claim("TG319", "A task is called after its module as the sender imports it: the worker does not know that name.", counted, "thrown away: unregistered", "SUCCESS"),
    Claim("TG322", "A module `celery` where Python starts hides the library.", imported, "ImportError", "imported"),
    Claim("TG324", "The command does not take a pool that Celery does not have.", commanded, "BadParameter", "starts", {'Celery("app")': 'Celery("app", broker="memory://")'}),
)  # fmt: skip


def test_claims() -> None:
    assert not unlike("names")
