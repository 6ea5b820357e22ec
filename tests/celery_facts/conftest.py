"""What the tests of this folder have in common: an app of their own, and a task of it."""

from __future__ import annotations

import pytest


@pytest.fixture
def app():
    pytest.importorskip("celery")
    from celery_apps import bare, unshared

    return unshared(bare())


@pytest.fixture
def work(app):
    @app.task(name="claims.work")
    def work(*args, **kwargs):
        return args

    app.finalize()
    return work
