"""The table of the names of Celery's modules, compared with the Celery that is installed."""

from __future__ import annotations

import importlib

import pytest

pytest.importorskip("celery")
from taskguard.celery_exports import APP, NAMES


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
