"""Celery's settings: queues by route, and what beat sends at night."""

from __future__ import annotations

from celery.schedules import crontab

task_default_queue = "reports"
task_routes = {
    "orchard.tasks.write_about_*": {"queue": "letters"},
    "orchard.crates.check": {"queue": "scales"},
}
beat_schedule = {
    "sweep-crates": {"task": "orchard.tasks.sweep_crates", "schedule": crontab(minute=0, hour=2)},
    "sweep-invoices": {"task": "orchard.tasks.sweep_invoices", "schedule": crontab(minute=30, hour=2)},
    "report": {"task": "orchard.tasks.report_everything", "schedule": crontab(minute=0, hour=6)},
    "cool-down": {"task": "orchard.tasks.cool_down", "schedule": 600},
}
timezone = "UTC"
