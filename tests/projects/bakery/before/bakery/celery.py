from celery import Celery
from celery.schedules import crontab

app = Celery("bakery")
app.autodiscover_tasks(["bakery"])
app.conf.beat_schedule = {
    "bake-bread": {"task": "bakery.tasks.bake_bread", "schedule": crontab(hour=3, minute=0)},
    "close-day": {"task": "bakery.tasks.close_day", "schedule": crontab(hour=22, minute=0)},
}
