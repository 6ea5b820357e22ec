"""Schedules, routes and queues, wherever a project says them; where Celery's own behaviour is the yardstick, Celery is run."""

from __future__ import annotations

import pytest

from celery_projects import APP, DJANGO, ENTRY, configured, service_of
from taskguard import engine
from taskguard.project.celery.model import Route
from taskguard.project.celery.queues import queues_of, queues_open
from taskguard.project.celery.references import references_of
from taskguard.project.celery.routes import queue_by_route, routes_of, routes_open
from taskguard.project.celery.schedules import beat_of, beat_open, loose_entries
from taskguard.project.celery.system import celery_of
from taskguard.project.python.values import ABSENT
from taskguard.settings.model import CelerySetting, Settings

# -- schedules ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        f"app.conf.beat_schedule = {{'add': {ENTRY}}}",
        f"app.conf.beat_schedule = dict(add={ENTRY})",
        f"app.conf.update(beat_schedule={{'add': {ENTRY}}})",
        f"app.conf.beat_schedule['add'] = {ENTRY}",
        f"app.conf.beat_schedule.update({{'add': {ENTRY}}})",
        f"app.conf.CELERYBEAT_SCHEDULE = {{'add': {ENTRY}}}",
        f"SCHEDULE = {{}}\nSCHEDULE['add'] = {ENTRY}\napp.conf.beat_schedule = SCHEDULE",
        f"SCHEDULE = {{}}\nif DEBUG:\n    SCHEDULE.update({{'add': {ENTRY}}})\napp.conf.beat_schedule = SCHEDULE",
        f"ONE = {{'add': {ENTRY}}}\napp.conf.beat_schedule = {{**ONE}}",
        f"def schedule():\n    return {{'add': {ENTRY}}}\napp.conf.beat_schedule = schedule()",
        f"def schedule():\n    made = {{}}\n    made['add'] = {ENTRY}\n    return made\napp.conf.beat_schedule = schedule()",
        f"from proj.c import NAMED\napp.conf.beat_schedule = NAMED\nX = {ENTRY}",
    ],
)
def test_an_entry_is_seen_wherever_it_stands(text: str):
    service = configured(text, proj__c=f"NAMED = {{'add': {ENTRY}}}\n")
    assert [(one.key.value, one.task.value, one.how) for one in beat_of(service)] == [
        ("add", "proj.tasks.add", "beat_schedule")
    ]
    assert beat_of(service)[0].schedule is not None


@pytest.mark.parametrize(
    "text",
    [
        "A = B + C\nB = A + C\nC = A + B\napp.conf.task_queues = A",
        "A = C + [1]\nA = A + [2]\nC = A\napp.conf.task_queues = A",
        "A = {**B}\nA = {**A, **B}\nB = {**A, **A}\napp.conf.beat_schedule = A\napp.conf.task_routes = A",
        "def f():\n    return f()\napp.conf.beat_schedule = f()\napp.conf.task_routes = f()",
        "from proj.celery import A\nA = A\napp.conf.beat_schedule = A",
    ],
)
def test_names_that_lead_round_in_circles_end(text: str):
    service = configured(text)
    assert (beat_open(service) or queues_open(service) or routes_open(service)) and beat_of(service) == ()


def test_an_entry_under_a_condition_in_a_settings_module():
    files = {
        **DJANGO,
        "proj/settings.py": f"CELERY_BEAT_SCHEDULE = {{}}\nif DEBUG:\n    CELERY_BEAT_SCHEDULE['x'] = {ENTRY}\n",
    }
    (entry,) = beat_of(service_of(files))
    assert (entry.guard, entry.path, entry.key_span.line, entry.task_span.line) == ("if", "proj/settings.py", 3, 3)


def test_a_child_settings_module_adds_to_the_schedule():
    files = {
        **DJANGO,
        "manage.py": "import os\nos.environ['DJANGO_SETTINGS_MODULE'] = 'proj.settings_live'\n",
        "proj/settings.py": f"CELERY_BEAT_SCHEDULE = {{'base': {ENTRY}}}\n",
        "proj/settings_live.py": f"from proj.settings import *\nCELERY_BEAT_SCHEDULE['live'] = {ENTRY}\n",
    }
    assert {one.key.value for one in beat_of(service_of(files))} == {"base", "live"}


def test_periodic_tasks_that_a_handler_adds():
    service = configured(
        "from proj.tasks import add\n"
        "@app.on_after_configure.connect\n"
        "def setup(sender, **kwargs):\n"
        "    sender.add_periodic_task(10.0, add.s(1, 2), name='ten')\n"
        "    sender.add_periodic_task(crontab(hour=7), app.signature('proj.tasks.gone'), expires=10)\n",
        proj__tasks="from celery import shared_task\n@shared_task(name='adding')\ndef add(a, b): ...\n",
    )
    first, second = beat_of(service)
    assert (first.key.value, first.task.value, first.how) == ("ten", "adding", "add_periodic_task")
    assert (second.key, second.task.value) == (ABSENT, "proj.tasks.gone")
    references = [(one.kind, one.name.value) for one in references_of(celery_of(service.project))]
    assert ("add_periodic_task", "proj.tasks.gone") in references
    assert ("add_periodic_task", "adding") not in references


def test_an_entry_may_name_the_task_object():
    service = configured(
        "from proj.tasks import add\napp.conf.beat_schedule = {'x': {'task': add.name, 'schedule': 1}}\n",
        proj__tasks="from celery import shared_task\n@shared_task(name='adding')\ndef add(a, b): ...\n",
    )
    assert beat_of(service)[0].task.value == "adding"


# -- routes and queues ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "routes",
    [
        "{'proj.tasks.add': {'queue': 'mail'}, 'proj.*': {'queue': 'rest'}}",
        "{'proj.*': {'queue': 'rest'}, 'proj.tasks.add': 'mail'}",
        "[{'other.*': {'queue': 'x'}}, {'proj.*': {'queue': 'mail'}}]",
        "([('proj.tasks.*', {'queue': 'mail'}), ('*', {'queue': 'rest'})],)",
        "{re.compile(r'proj\\.tasks\\..*'): {'queue': 'mail'}}",
    ],
)
def test_the_queue_that_routes_give_is_the_one_celery_takes(routes: str):
    import re

    celery = pytest.importorskip("celery")
    app = celery.Celery("x", set_as_current=False)
    app.conf.task_routes = eval(routes, {"re": re})
    real = app.amqp.router.route({}, "proj.tasks.add")
    service = configured(f"import re\napp.conf.task_routes = {routes}\n")
    assert queue_by_route(service, "proj.tasks.add").value == real["queue"].name == "mail"
    assert queue_by_route(service, "elsewhere.add").value in (None, "rest")


def test_a_router_function_makes_the_answer_unknown():
    service = configured(
        "def route(name, args, kwargs, options, task=None, **kw): ...\napp.conf.task_routes = (route,)\n"
    )
    assert [one.kind for one in routes_of(service)] == ["function"]
    found = queue_by_route(service, "proj.tasks.add")
    assert not found.known and not found.absent


def test_an_earlier_route_answers_before_a_function():
    service = configured(
        "def route(*a): ...\napp.conf.task_routes = [{'proj.tasks.add': {'queue': 'mail'}}, 'proj.routers.route', route]\n"
    )
    assert queue_by_route(service, "proj.tasks.add").value == "mail"
    assert not queue_by_route(service, "proj.tasks.other").known


def test_no_routes_at_all():
    assert queue_by_route(configured(""), "proj.tasks.add") is ABSENT


def test_a_route_has_its_place():
    (route,) = routes_of(configured("app.conf.task_routes = {\n    'proj.tasks.add': {'queue': 'mail'},\n}\n"))
    assert isinstance(route, Route)
    assert (route.path, route.span.line, route.span.column, route.kind) == ("proj/celery.py", 4, 5, "exact")


@pytest.mark.parametrize(
    "text",
    [
        "from kombu import Queue\napp.conf.task_queues = (Queue('a'), Queue(name='b', routing_key='b.#'))",
        "from kombu import Queue\nNAMES = [Queue('a')]\nNAMES += [Queue('b')]\napp.conf.task_queues = NAMES",
        "from kombu import Queue\nNAMES = [Queue('a')]\nNAMES.append(Queue('b'))\napp.conf.task_queues = NAMES",
        "app.conf.task_queues = {'a': {'exchange': 'a'}, 'b': {}}",
    ],
)
def test_queues(text: str):
    service = configured(text)
    assert [one.name.value for one in queues_of(service)] == ["a", "b"]
    assert queues_open(service) == ""


def test_computed_queues_are_open():
    service = configured("from kombu import Queue\napp.conf.task_queues = [Queue(n) for n in NAMES]\n")
    assert queues_open(service)


def test_queues_of_the_settings_count():
    files = {"proj/celery.py": APP}
    service = service_of(files, Settings(celery=CelerySetting(queues=("outside",))))
    assert [(one.name.value, one.path) for one in queues_of(service)] == [("outside", "")]


def test_entries_that_are_only_added_leave_nothing_open():
    service = configured(
        f"if BIG:\n    app.conf.beat_schedule['x'] = {ENTRY}\napp.conf.beat_schedule.update(y={ENTRY})\n"
    )
    assert {(one.key.value, one.guard) for one in beat_of(service)} == {("x", "if"), ("y", "")}
    assert beat_open(service) == ""


def test_a_schedule_that_nothing_is_known_to_read_is_told_by_its_form():
    project = engine.link(
        {
            "config.py": (
                "from celery.schedules import crontab\n"
                "class Config:\n    CELERY = {'beat_schedule': {'nightly': {'task': 'clean-up', 'schedule': crontab(hour=3)}}}\n"
                "ROWS = [{'task': 'wash up', 'schedule': 'daily', 'person': 'me'}]\n"
            )
        }
    )
    assert [one.task.value for one in loose_entries(celery_of(project))] == ["clean-up"]
