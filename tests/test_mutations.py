"""One damage at a time: each that a careless split does is reported with its own code and no other, what is harmless is not."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent, indent

import pytest

from harness import on_disk, settings_from
from taskguard import engine
from taskguard.diagnostics import Diagnostic
from taskguard.engine import change_rules

FOLDER = Path(__file__).parent / "projects" / "bakery"
FACADE, OVENS, BREAD, DAY, CELERY = (
    f"bakery/{name}.py" for name in ("tasks", "baking/ovens", "baking/bread", "baking/day", "celery")
)


def files(state: str) -> dict[str, str]:
    top = FOLDER / state
    return {path.relative_to(top).as_posix(): path.read_text("utf-8") for path in sorted(top.rglob("*.py"))}


def said(after: dict[str, str]) -> list[Diagnostic]:
    """What is said of the split, when it ends like this."""
    settings = change_rules.for_change(settings_from((FOLDER / "taskguard.toml").read_text("utf-8")))
    judged = change_rules.lint_states(
        engine.link(on_disk(files("before")), settings), engine.link(on_disk(after), settings)
    )
    assert not judged.crashes, "\n".join(judged.crashes)
    return list(judged.report.diagnostics)


def mutated(path: str, *pairs: str) -> dict[str, str]:
    """The split with some text of one file replaced: old, new, old, new…"""
    made = files("after")
    text = made[path]
    for old, new in zip(pairs[::2], pairs[1::2], strict=True):
        assert text.count(old) >= 1, f"{old!r} is not in {path}"
        text = text.replace(old, new, 1)
    return {**made, path: text}


def shown(found: list[Diagnostic]) -> str:
    return "\n".join(f"{one.path}:{one.line}: {one.level} {one.code} {one.message}" for one in found)


# What `bake_bread` does inside of its log context, the head included.
BLOCK = """    with log_context(order=order_id):
        try:
            order = Order.get(order_id)
        except Order.DoesNotExist:
            logger.warning("no order %s", order_id)
            return None
        try:
            with transaction.atomic():
                order.reserve(mix(kind))
                order.save()
        except (OvenError, ConnectionError) as error:
            raise self.retry(exc=error, countdown=30)
"""

INSIDE = indent(dedent(BLOCK.partition("\n")[2]), "    ")

HARMFUL: list[tuple[str, str, str, tuple[str, ...]]] = [
    # names of tasks
    ("a task without its name", "TG701", BREAD, ('name="bakery.tasks.bake_bread", ', "")),
    ("another task without its name", "TG701", DAY, ('name="bakery.tasks.close_day", ', "")),
    ("an explicit name that was dropped", "TG701", DAY, ('name="bakery.clean", ', "")),
    ("a name with a slip of the pen", "TG701", DAY, ('"bakery.tasks.notify_guest"', '"bakery.task.notify_guest"')),
    ("a task that is a function now", "TG701", DAY, ('@shared_task(name="bakery.clean", queue="oven", expires=GRACE.seconds)\n', "")),
    # options
    ("another queue", "TG702", BREAD, ('queue="oven"', 'queue="ovens"')),
    ("no queue", "TG702", DAY, ('queue="mail", ', "")),
    ("no base", "TG702", BREAD, ("base=BaseTask, ", "")),
    ("bind lost", "TG702", BREAD, ("bind=True, ", "")),
    ("bind that was not there", "TG702", DAY, ('name="bakery.clean", ', 'name="bakery.clean", bind=True, ')),
    ("no time limit", "TG702", BREAD, (", time_limit=60", "")),
    ("another soft limit", "TG702", BREAD, ("soft_time_limit=50", "soft_time_limit=55")),
    ("another priority", "TG702", BREAD, ("priority=5", "priority=9")),
    ("no retry policy", "TG702", DAY, (', **retry_policy("night")', "")),
    ("results are kept", "TG702", DAY, ("ignore_result=True, ", "")),
    ("another rate", "TG702", DAY, ('"10/m"', '"100/m"')),
    ("an expression that differs", "TG702", DAY, ("expires=GRACE.seconds", "expires=GRACE.days")),
    ("an option that was not there", "TG702", DAY, ('queue="mail", ', 'queue="mail", acks_late=True, ')),
    # schedules
    ("an entry of the schedule lost", "TG702", CELERY, ('    "close-day": {"task": "bakery.tasks.close_day", "schedule": crontab(hour=22, minute=0)},\n', "")),
    ("another time", "TG702", CELERY, ("hour=22", "hour=23")),
    ("an entry that runs another task", "TG702", CELERY, ('"task": "bakery.tasks.close_day"', '"task": "bakery.baking.day.close_day"')),
    ("another default queue", "TG702", CELERY, ("app.autodiscover", 'app.conf.task_default_queue = "bakery"\napp.autodiscover')),
    # signatures
    ("a parameter renamed", "TG703", BREAD, ("order_id, loaves, kind", "order_id, number, kind", '"loaves": loaves', '"loaves": number')),
    ("a parameter required", "TG703", DAY, ("day, force=False", "day, force")),
    ("a default changed", "TG703", BREAD, ('kind="wheat"', 'kind="rye"')),
    ("a parameter gone", "TG703", DAY, ("day, force=False", "day")),
    ("a parameter added in front", "TG703", DAY, ("day, force=False", "shop, day, force=False")),
    ("parameters reordered", "TG703", BREAD, ("order_id, loaves, kind", "loaves, order_id, kind")),
    ("an optional parameter in between", "TG703", BREAD, ('loaves, kind="wheat"', 'loaves, oven=None, kind="wheat"')),
    ("a keyword-only parameter required", "TG703", DAY, ("copy=False", "copy")),
    ("the default of a helper", "TG703", OVENS, ("each=2", "each=3")),
    ("the parameter of a method", "TG703", OVENS, ("minutes=40", "minutes=45")),
    # bodies
    ("another countdown", "TG704", BREAD, ("countdown=30", "countdown=3")),
    ("a statement lost", "TG704", BREAD, ("                order.save()\n", "")),
    ("a condition turned", "TG704", BREAD, ("flour > water", "flour < water")),
    ("a statement added", "TG704", DAY, ("    oven.cool()", "    oven.cool()\n    oven.sell()")),
    ("statements reordered", "TG704", DAY, ("        oven.clean()\n        oven.save()\n", "        oven.save()\n        oven.clean()\n")),
    ("out of the loop", "TG704", DAY, ("            print(guest_id", "            pass\n    print(guest_id")),
    ("a constant changed", "TG704", OVENS, ('"rye": 300', '"rye": 330')),
    ("an attribute of a class changed", "TG704", OVENS, ("heat = 230", "heat = 320")),
    ("a method changed", "TG704", OVENS, ("minutes > 90", "minutes > 80")),
    ("a name that leads elsewhere", "TG704", BREAD, ("import json\n", "import simplejson as json\n")),
    ("an own exception shadowed", "TG704", OVENS, ("class OvenError(Exception)", "class OvenError(BaseException)")),
    # protections
    ("no atomic block", "TG705", BREAD, ("            with transaction.atomic():\n                order.reserve(mix(kind))\n                order.save()\n",
                                         "            order.reserve(mix(kind))\n            order.save()\n")),
    ("no atomic decorator", "TG705", DAY, ("@transaction.atomic\n", "")),
    ("less in the atomic block", "TG705", DAY, ("        oven.save()\n", "    oven.save()\n")),
    ("a metric lost", "TG705", BREAD, ('    Metrics.count("bread.started")\n', "")),
    ("another metric", "TG705", BREAD, ('"bread.done"', '"bread.started"')),
    ("no log context", "TG705", BREAD, (BLOCK, INSIDE)),
    ("an exception no longer caught", "TG705", BREAD, ("(OvenError, ConnectionError)", "OvenError")),
    ("a narrower exception", "TG705", DAY, ("except OvenError:", "except KeyError:")),
    ("no except clause", "TG705", BREAD, ('        except Order.DoesNotExist:\n            logger.warning("no order %s", order_id)\n            return None\n',
                                          "        finally:\n            pass\n")),
    ("no retry", "TG705", BREAD, ("raise self.retry(exc=error, countdown=30)", "raise")),
    ("no decorator", "TG705", DAY, ('@traced("close")\n', "")),
    ("another argument of a decorator", "TG705", DAY, ('@traced("close")', '@traced("open")')),
    ("decorators reordered", "TG705", DAY, ('@traced("close")\n@measured\n', '@measured\n@traced("close")\n')),
    ("no decorator on a helper", "TG705", BREAD, ("@measured\ndef mix", "def mix")),
    # symbols
    ("a used function not handed on", "TG706", FACADE, (", loaves_for\n", "\n", '"loaves_for", ', "")),
    ("a used constant not handed on", "TG706", FACADE, ("OPENING_HOUR, ", "", '"OPENING_HOUR", ', "")),
    ("a private name that a test imports", "TG706", FACADE, ("_rounded, ", "", '"_rounded", ', "")),
    ("a task that is used as an attribute", "TG706", FACADE, (", notify_guest\n", "\n", '\n    "notify_guest",', "")),
    ("a public name that nobody uses", "TG706", FACADE, ("Oven, ", "", '"Oven", ', "")),
    # imports that the change brings
    ("an import of what was never there", "TG402", FACADE, ("import bake_bread, mix", "import bake_bread, bake_cake, mix")),
    ("another import of what was never there", "TG405", BREAD, ("import Order", "import Order, Recipe")),
    # names
    ("a relative import one folder too deep", "TG707", BREAD, ("from bakery.models import Order", "from .models import Order")),
    ("an import lost", "TG707", BREAD, ("import json\n", "")),
    ("a constant lost", "TG707", BREAD, ("import FLOUR, OvenError", "import OvenError")),
    ("a logger lost", "TG707", DAY, ("logger = logging.getLogger(__name__)\n", "")),
    ("an import for type checkers only", "TG707", BREAD, (
        "from bakery.models import Order\n", "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from bakery.models import Order\n")),
]  # fmt: skip

HARMLESS: list[tuple[str, str, tuple[str, ...]]] = [
    ("nothing", BREAD, ()),
    ("a comment", BREAD, ('    Metrics.count("bread.started")', '    # for the dashboard\n    Metrics.count("bread.started")')),
    ("a docstring", DAY, ("day, force=False):\n", 'day, force=False):\n    """Ends the day."""\n')),
    ("no docstring", OVENS, ('    """How many loaves that many guests eat."""\n', "")),
    ("another layout", BREAD, ("raise self.retry(exc=error, countdown=30)", "raise self.retry(\n                exc=error,\n                countdown=30,\n            )")),
    ("quotes", DAY, ('"the oven is cold"', "'the oven is cold'")),
    ("annotations", OVENS, ("guests, each=2, *, spare=1)", "guests: int, each: int = 2, *, spare: int = 1) -> int")),
    ("an annotated constant", OVENS, ("OPENING_HOUR = 6", "OPENING_HOUR: int = 6")),
    ("imports sorted otherwise", BREAD, ("import json\nimport logging\n", "import logging\nimport json\n")),
    ("an import inside the function", BREAD, ("import json\n", "", '    Metrics.count("bread.done", 1)', '    import json\n\n    Metrics.count("bread.done", 1)')),
    ("an import by another way", BREAD, ("from django.db import transaction", "from django.db import transaction as db_transaction", "with transaction.atomic", "with db_transaction.atomic")),
    ("a module in place of a name", BREAD, ("from bakery.metrics import Metrics, log_context, measured", "from bakery import metrics\nfrom bakery.metrics import log_context, measured",
                                             'Metrics.count("bread.started")', 'metrics.Metrics.count("bread.started")', '    Metrics.count("bread.done", 1)', '    metrics.Metrics.count("bread.done", 1)')),
    ("functions reordered", OVENS, ("def _rounded(amount):\n    return round(amount)\n\n\n", "", "    return _rounded(total) + spare\n", "    return _rounded(total) + spare\n\n\ndef _rounded(amount):\n    return round(amount)\n")),
    ("options reordered", BREAD, ("priority=5, soft_time_limit=50", "soft_time_limit=50, priority=5")),
    ("keyword arguments reordered", BREAD, ("exc=error, countdown=30", "countdown=30, exc=error")),
    ("a default spelled out", DAY, ('queue="mail", ', 'queue="mail", max_retries=3, ')),
    ("a value of the base class spelled out", BREAD, ("base=BaseTask, ", "base=BaseTask, acks_late=True, ")),
    ("a retry policy spelled out", DAY, ('**retry_policy("night")', "autoretry_for=(ConnectionError,), retry_backoff=True, max_retries=7")),
    ("a constant for an option", DAY, ("logger = logging", 'MAIL = "mail"\nlogger = logging', 'queue="mail"', "queue=MAIL")),
    ("a new task", DAY, ("    oven.cool()\n", '    oven.cool()\n\n\n@shared_task(name="bakery.sweep")\ndef sweep():\n    print("sweep")\n')),
    ("an optional parameter", BREAD, ('kind="wheat")', 'kind="wheat", oven=None)')),
    ("a keyword-only parameter", DAY, ("day, force=False", "day, force=False, *, shop=None")),
    ("a new helper", OVENS, ("def _rounded", "def weight(loaf):\n    return loaf\n\n\ndef _rounded")),
    ("a local variable renamed", OVENS, ("    total = guests * each\n    return _rounded(total)", "    number = guests * each\n    return _rounded(number)")),
    ("an atomic block for a decorator", DAY, ("@transaction.atomic\n", "", '    for line in text.split():\n        if line:\n            print(guest_id, line, copy)\n',
                                              '    with transaction.atomic():\n        for line in text.split():\n            if line:\n                print(guest_id, line, copy)\n')),
    ("a helper cut out", BREAD, ("            with transaction.atomic():\n                order.reserve(mix(kind))\n                order.save()\n", "            _reserve(order, kind)\n",
                                 "@shared_task(", "def _reserve(order, kind):\n    with transaction.atomic():\n        order.reserve(mix(kind))\n        order.save()\n\n\n@shared_task(")),
    ("a star import in the facade", FACADE, ("from bakery.baking.bread import bake_bread, mix", "from bakery.baking.bread import *")),
    ("another logger", BREAD, ("logging.getLogger(__name__)", 'logging.getLogger("bakery.tasks")')),
    ("entries reordered", CELERY, ('    "close-day": {"task": "bakery.tasks.close_day", "schedule": crontab(hour=22, minute=0)},\n', "",
                                   "beat_schedule = {\n", 'beat_schedule = {\n    "close-day": {"task": "bakery.tasks.close_day", "schedule": crontab(minute=0, hour=22)},\n')),
    ("an unused import", BREAD, ("import json\n", "import json\nimport os\n")),
]  # fmt: skip


@pytest.mark.parametrize(("code", "path", "pairs"), [row[1:] for row in HARMFUL], ids=[row[0] for row in HARMFUL])
def test_a_damage_is_reported_with_its_code_and_no_other(code: str, path: str, pairs: tuple[str, ...]) -> None:
    found = said(mutated(path, *pairs))
    assert {one.code for one in found} == {code}, shown(found)


@pytest.mark.parametrize(("path", "pairs"), [row[1:] for row in HARMLESS], ids=[row[0] for row in HARMLESS])
def test_what_is_harmless_is_not_reported(path: str, pairs: tuple[str, ...]) -> None:
    found = said(mutated(path, *pairs))
    assert not found, shown(found)


def test_the_suite_is_large_enough() -> None:
    assert len(HARMFUL) >= 40
    assert len(HARMLESS) >= 20
