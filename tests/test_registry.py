"""Tasks with the configuration applied: who names a queue when a task is sent, what most tasks of a house do, whether routes may say more."""

from __future__ import annotations

import pytest

from taskguard import engine
from taskguard.project.celery.system import celery_of
from taskguard.project.registry.habits import habits_at
from taskguard.project.registry.routing import ANNOTATIONS, ROUTES, configured
from taskguard.project.registry.sends import told_each_time
from taskguard.project.tasks.declarations import tasks_in

APP = {
    "shop/__init__.py": "",
    "shop/celery.py": "from celery import Celery\napp = Celery('shop', include=['shop.tasks'])\n",
}
TASKS = (
    "from celery import shared_task\n\n\n@shared_task\ndef send(order): ...\n\n\n@shared_task\ndef post(letter): ...\n"
)
SENT = "from celery import chain, current_app, signature\nfrom shop.tasks import post, send\n\n\ndef view():\n    "


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        (["pass"], False),
        (["send.apply_async((1,), queue='mails')"], True),
        (["send.apply_async((1,), **options)"], True),
        (["send.delay(1)"], False),
        (["send.apply_async((1,), queue='mails')", "send.delay(1)"], False),
        (["send.apply_async((1,), queue='mails')", "post.delay(1)"], True),
        (["post.apply_async((1,), queue='mails')"], False),
        (["current_app.send_task('shop.tasks.send', queue='mails')"], True),
        (["current_app.send_task('shop.tasks.send')"], False),
        (["current_app.send_task('shop.tasks.send', queue='mails')", "current_app.send_task('shop.tasks.post')"], True),
        (["current_app.signature('shop.tasks.send').apply_async(queue='mails')"], True),
        (["current_app.signature('shop.tasks.send').apply_async()"], False),
        (["send.apply_async((1,), queue='mails')", "current_app.signature(*names)"], True),
        (["send.s(1).set(queue='mails').delay()"], True),
        (["chain(send.s(1), post.s()).delay()"], False),
    ],
)
def test_a_queue_is_told_each_time_where_every_place_that_sends_the_task_names_one(
    lines: list[str], told: bool
) -> None:
    files = {**APP, "shop/tasks.py": TASKS, "shop/views.py": SENT + "\n    ".join(lines) + "\n"}
    project = engine.link(files)
    send, _ = tasks_in(project.modules["shop/tasks.py"])
    assert told_each_time(celery_of(project), send) is told


def test_a_schedule_sends_too_and_tests_do_not() -> None:
    entry = "app.conf.beat_schedule = {{'send': {{'task': '{}', 'schedule': 60.0, 'options': {{{}}}}}}}\n"
    for task, options, told in (
        ("shop.tasks.send", "'queue': 'mails'", True),
        ("shop.tasks.send", "'priority': 3", False),
        ("shop.tasks.post", "'priority': 3", True),
    ):
        files = {
            "shop/__init__.py": "",
            "shop/celery.py": APP["shop/celery.py"] + entry.format(task, options),
            "shop/tasks.py": TASKS,
            "shop/views.py": f"{SENT}send.apply_async((1,), queue='mails')\n",
            "tests/test_views.py": f"{SENT}send.delay(1)\n",
        }
        project = engine.link(files)
        send, _ = tasks_in(project.modules["shop/tasks.py"])
        assert told_each_time(celery_of(project), send) is told, (task, options)


@pytest.mark.parametrize(
    ("queued", "plain", "habit"),
    [
        (4, 0, None),
        (5, 0, (5, 5)),
        (6, 0, (6, 6)),
        (9, 1, (9, 10)),
        (9, 2, None),
        (4, 1, (4, 5)),
        (39, 1, (39, 40)),
        (60, 3, (60, 63)),
        (40, 3, None),
    ],
)
def test_a_queue_is_the_habit_of_five_tasks_or_more_with_few_exceptions(
    queued: int, plain: int, habit: tuple[int, int] | None
) -> None:
    tasks = [f"@shared_task(queue='mails')\ndef send_{at}(): ...\n" for at in range(queued)]
    tasks += [f"@shared_task\ndef post_{at}(): ...\n" for at in range(plain)]
    files = {**APP, "shop/tasks.py": "from celery import shared_task\n" + "".join(tasks)}
    files["shop/celery.py"] += "from kombu import Queue\napp.conf.task_queues = [Queue('mails')]\n"
    files["tests/test_it.py"] = "from celery import shared_task\n@shared_task\ndef odd(): ...\n"
    found = habits_at(engine.link(files).modules["shop/tasks.py"])
    assert found.base is None
    assert (found.queue and (found.queue.count, found.queue.total)) == habit


@pytest.mark.parametrize(
    ("with_base", "other", "name", "habit"),
    [
        (4, 1, "Base", True), (8, 2, "Base", False), (4, 0, "Base", False), (5, 0, "Base", True), (19, 1, "Base", True),
        (1, 1, "BaseTask", True), (2, 0, "BaseTask", False), (1, 2, "BaseTask", False), (3, 2, "BaseTask", True),
    ],
)  # fmt: skip
def test_a_base_is_the_habit_of_most_tasks(with_base: int, other: int, name: str, habit: bool) -> None:
    tasks = [f"@shared_task(base={name})\ndef send_{at}(): ...\n" for at in range(with_base)]
    tasks += [f"@shared_task\ndef post_{at}(): ...\n" for at in range(other)]
    files = {**APP, "shop/base.py": f"from celery import Task\nclass {name}(Task): ...\n"}
    files["shop/tasks.py"] = f"from celery import shared_task\nfrom shop.base import {name}\n" + "".join(tasks)
    found = habits_at(engine.link(files).modules["shop/tasks.py"]).base
    assert (found is not None) is habit
    assert found is None or (found.what, found.count, found.total) == (
        f"shop.base.{name}",
        with_base,
        with_base + other,
    )


ROUTED = "{'shop.*': 'mails'}"


@pytest.mark.parametrize(
    ("text", "routes"),
    [
        (f"CELERY_TASK_ROUTES = {ROUTED}", True),
        (f"class Config:\n    CELERY_TASK_ROUTES = {ROUTED}", True),
        (f"from x import app\napp.conf.task_routes = {ROUTED}", True),
        (f"from x import app\napp.conf['task_routes'] = {ROUTED}", True),
        (f"from x import app\napp.conf['task_routes']['shop.tasks.send'] = {ROUTED}", True),
        (f"from x import make\nmake().task_routes = {ROUTED}", True),
        (f"from x import make\nmake().conf['CELERY_ROUTES'] = {ROUTED}", True),
        (f"from x import app\napp.conf.update(task_routes={ROUTED})", True),
        (f"from x import make\nmake().routes = {ROUTED}", False),
        (f"from x import app\napp.task_routes.other = {ROUTED}", False),
        (f"from x import app\napp.conf['task_annotations'] = {ROUTED}", False),
        ("from x import app\napp.conf[0] = 1\nprint(task_routes)", False),
    ],
)
def test_a_project_without_an_app_may_have_routes_wherever_one_of_their_names_is_set(text: str, routes: bool) -> None:
    project = engine.link({"shop/conf.py": text})
    assert configured(project, ROUTES) is routes
    assert configured(project, ANNOTATIONS) is ("annotations" in text)
