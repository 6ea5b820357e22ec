"""Settings of the journal: what the sample needs, no more."""
import os
from pathlib import Path

from celery.schedules import crontab

BASE_DIR = Path(__file__).resolve().parent.parent
SECRET_KEY = os.environ.get("SECRET_KEY", "only-for-the-sample")
DEBUG = False
ROOT_URLCONF = "config.urls"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
TIME_ZONE = "UTC"

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "apps.journal",
    "apps.wellness",
]

DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": BASE_DIR / "journal.sqlite3"}}
DEFAULT_FROM_EMAIL = "journal@example.org"

CELERY_BROKER_URL = os.environ.get("BROKER_URL", "redis://localhost:6379/0")
CELERY_RESULT_BACKEND = os.environ.get("RESULT_BACKEND", "redis://localhost:6379/1")
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TIMEZONE = "UTC"
CELERY_TASK_DEFAULT_QUEUE = "default"

CELERY_TASK_ROUTES = {
    "wellness.mood.*": {"queue": "analytics"},
    "maintenance.*": {"queue": "maintenance"},
}

CELERY_BEAT_SCHEDULE = {
    "daily-journal-reminders": {
        "task": "wellness.reminders.send_daily",
        "schedule": crontab(hour=18, minute=0),
    },
    "weekly-mood-summary": {
        "task": "wellness.mood.summarise_week",
        "schedule": crontab(day_of_week="mon", hour=5),
    },
    "close-stale-streaks": {
        "task": "background_tasks.journal_wellness_tasks.close_stale_streaks",
        "schedule": crontab(hour=2, minute=30),
    },
    "weekly-reports": {
        "task": "reports.generate_weekly",
        "schedule": crontab(day_of_week="mon", hour=6, minute=0),
    },
    "purge-exports": {
        "task": "maintenance.purge_exports",
        "schedule": crontab(hour=3, minute=15),
    },
}
