"""The tables of the names of Celery's modules, and of what comes through JSON, compared with the Celery that is installed."""

from __future__ import annotations

import datetime
import decimal
import importlib
import uuid

import pytest

pytest.importorskip("celery")
from taskguard.celery_exports import APP, NAMES
from taskguard.project.hazards.payloads.as_objects import OF_ARRIVING


@pytest.mark.parametrize("module", NAMES)
def test_the_table_has_all_that_can_be_imported(module):
    held = importlib.import_module(module)
    assert {one for one in dir(held) if not one.startswith("_")} <= NAMES[module]


@pytest.mark.parametrize(
    ("module", "name"), [("celery", "crontab"), ("celery", "CELERY"), ("celery.beat", "PeriodicTask")]
)
def test_other_names_cannot_be_imported(module, name):
    assert name not in NAMES[module]
    with pytest.raises(ImportError):
        exec(f"from {module} import {name}", {})


def test_an_app_has_what_the_table_says_and_no_signals():
    from celery import Celery

    held = {one for one in dir(Celery("shop")) if not one.startswith("_")}
    assert held <= APP
    with pytest.raises(AttributeError):
        Celery("shop").task_failure  # noqa: B018


NOW = datetime.datetime(2024, 5, 6, 7, 8, tzinfo=datetime.timezone.utc)
SENT = (
    "text",
    1,
    1.5,
    True,
    None,
    [1],
    {"one": 1},
    b"data",
    NOW,
    NOW.date(),
    NOW.time(),
    decimal.Decimal("1.5"),
    uuid.UUID(int=1),
)


@pytest.mark.parametrize("value", SENT, ids=repr)
def test_what_comes_through_json_has_no_other_names(value):
    from kombu.utils.json import dumps, loads

    held = loads(dumps(value))
    assert type(held) is type(value)
    assert {one for one in dir(held) if not one.startswith("_")} <= OF_ARRIVING
