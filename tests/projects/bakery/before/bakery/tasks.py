"""Everything that the bakery does at night."""

import json
import logging
from datetime import timedelta

from celery import shared_task
from django.db import transaction

from bakery.base import BaseTask
from bakery.metrics import Metrics, log_context, measured, retry_policy, traced
from bakery.models import Order

logger = logging.getLogger(__name__)

OPENING_HOUR = 6
FLOUR = {"wheat": 500, "rye": 300}
GRACE = timedelta(minutes=5)


class OvenError(Exception):
    """The oven is cold."""


class Oven:
    heat = 230

    def __init__(self, name):
        self.name = name

    def bake(self, dough, minutes=40):
        if minutes > 90:
            raise OvenError(self.name)
        return [dough] * minutes


def _rounded(amount):
    return round(amount)


def loaves_for(guests, each=2, *, spare=1):
    """How many loaves that many guests eat."""
    total = guests * each
    return _rounded(total) + spare


@measured
def mix(kind, water=300):
    flour = FLOUR[kind]
    if flour > water:
        logger.info("dry dough")
    return {"flour": flour, "water": water}


@shared_task(base=BaseTask, bind=True, queue="oven", priority=5, soft_time_limit=50, time_limit=60)
def bake_bread(self, order_id, loaves, kind="wheat"):
    """Bakes the bread of one order."""
    Metrics.count("bread.started")
    with log_context(order=order_id):
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
    Metrics.count("bread.done", 1)
    return json.dumps({"order": order_id, "loaves": loaves})


@shared_task(queue="oven", **retry_policy("night"))
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


@shared_task(queue="mail", ignore_result=True, rate_limit="10/m")
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
