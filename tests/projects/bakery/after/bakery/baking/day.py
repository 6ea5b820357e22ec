import logging

from celery import shared_task
from django.db import transaction

from bakery.baking.ovens import GRACE, Oven, OvenError
from bakery.metrics import Metrics, measured, retry_policy, traced

logger = logging.getLogger(__name__)


@shared_task(name="bakery.tasks.close_day", queue="oven", **retry_policy("night"))
@traced("close")
@measured
def close_day(day, force=False):
    try:
        Oven("big").bake(day, 10)
    except OvenError:
        logger.exception("the oven is cold")
        raise
    finally:
        Metrics.count("day.closed")


@shared_task(name="bakery.tasks.notify_guest", queue="mail", ignore_result=True, rate_limit="10/m")
@transaction.atomic
def notify_guest(guest_id, text="", *, copy=False):
    for line in text.split():
        if line:
            print(guest_id, line, copy)


@shared_task(name="bakery.clean", queue="oven", expires=GRACE.seconds)
def clean_oven(oven):
    with transaction.atomic():
        oven.clean()
        oven.save()
    oven.cool()
