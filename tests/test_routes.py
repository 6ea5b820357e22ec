"""Where a route leads, by every form of `task_routes` that Celery takes. Celery's own router is the judge."""

from __future__ import annotations

from typing import Any

import pytest
from celery import Celery

from celery_projects import configured
from taskguard.project.celery.routes import queue_by_route, routes_open
from taskguard.project.python.values import Known

NAMES = ("shop.tasks.send", "shop.mail.post", "other.tasks.send")
BEFORE = """
import re
PATTERN = re.compile(r"shop\\.mail\\..*")
OWN = {'shop.tasks.send': 'own'}
ROUTES = ({'shop.tasks.*': 'globbed'}, OWN)
PAIRS = [('shop.*', {'queue': 'paired'})]
class Held:
    ROUTES = {'shop.*': {'queue': 'held'}}
def made():
    return {'shop.tasks.*': 'made'}
"""
FORMS = {
    "a dict": "{'shop.tasks.send': 'one', 'shop.mail.*': {'queue': 'two'}}",
    "a name": "OWN",
    "a name of a tuple": "ROUTES",
    "an attribute of a class": "Held.ROUTES",
    "a list of dicts": "[OWN, {'shop.*': 'rest'}]",
    "the first that answers": "[{'shop.*': 'first'}, OWN]",
    "a tuple of pairs": "([('shop.tasks.send', 'one'), ('shop.*', {'queue': 'two'})],)",
    "pairs by a name": "[PAIRS]",
    "pairs": "([('other.*', 'else')], PAIRS)",
    "a pattern": "{PATTERN: 'matched'}",
    "a pattern that stands there": "{re.compile('shop[.]tasks'): {'queue': 'matched'}}",
    "what a function returns": "made()",
    "a route without a queue": "{'shop.tasks.send': {'priority': 3}}",
    "a spread": "{**OWN, 'shop.mail.post': 'more'}",
    "an empty list": "[]",
    "nothing": "None",
    "no route": "{'nobody.*': 'x'}",
}


def celerys(text: str) -> dict[str, str | None]:
    """The queue that Celery sends each task to by its routes; None for the default one."""
    app = Celery("proj", broker="memory://", set_as_current=False)
    held: dict[str, Any] = {}
    exec(f"{BEFORE}\nMADE = {text}", held)
    app.conf.task_routes = held["MADE"]
    routed = {name: app.amqp.router.route({}, name).get("queue") for name in NAMES}
    return {
        name: queue.name if queue is not None and queue.name != "celery" else None for name, queue in routed.items()
    }


@pytest.mark.parametrize("text", FORMS.values(), ids=FORMS)
def test_a_route_leads_where_celery_takes_it(text: str) -> None:
    service = configured(f"{BEFORE}\napp.conf.task_routes = {text}\n")
    made = {name: queue_by_route(service, name) for name in NAMES}
    assert not routes_open(service)
    assert {name: one.value if isinstance(one, Known) else None for name, one in made.items()} == celerys(text)
    assert all(isinstance(one, Known) or one.absent for one in made.values())


OPEN = {
    "a function by its path": "'shop.routing.route'",
    "a function of the project": "(route,)",
    "a lambda": "[lambda name, *rest: None]",
    "an object that nobody knows": "unknown",
    "what nobody knows returns": "unknown()",
    "a key that is computed": "{unknown: 'mails'}",
    "one of several": "[OWN, unknown]",
    "pairs of which one is unknown": "[[unknown, ('shop.*', 'x')]]",
}


@pytest.mark.parametrize("text", OPEN.values(), ids=OPEN)
def test_a_route_that_nobody_can_tell_leaves_the_others_unsure(text: str) -> None:
    before = "from elsewhere import unknown\ndef route(name, args, kwargs, options, task=None, **rest):\n    return choose(name)\n"
    service = configured(f"{before}{BEFORE}\napp.conf.task_routes = {text}\n")
    assert routes_open(service) or not all(queue_by_route(service, name).absent for name in NAMES)
    assert not queue_by_route(service, "other.tasks.send").absent
