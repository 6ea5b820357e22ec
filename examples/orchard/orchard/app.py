"""The Celery application."""

from __future__ import annotations

from celery import Celery

app = Celery("orchard", broker="memory://", backend="cache+memory://", include=["orchard.tasks"])
app.config_from_object("orchard.settings")
