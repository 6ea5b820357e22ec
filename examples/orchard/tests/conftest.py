"""Tasks run in the process of the tests, and each test has a store of its own."""

from __future__ import annotations

import pytest

from orchard.app import app
from orchard.store import STORE


@pytest.fixture(autouse=True)
def here():
    app.conf.task_always_eager = True
    app.conf.task_eager_propagates = True
    STORE.held.clear()
    yield STORE
    STORE.held.clear()


@pytest.fixture
def crate(here):
    here.held["crate"] = {1: {"id": 1, "kind": "pear", "weight": 2000}}
    return here.held["crate"][1]
