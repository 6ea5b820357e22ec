import json
import logging

from celery import shared_task
from django.db import transaction

from bakery.baking.ovens import FLOUR, OvenError
from bakery.base import BaseTask
from bakery.metrics import Metrics, log_context, measured
from bakery.models import Order

logger = logging.getLogger(__name__)


@measured
def mix(kind, water=300):
    flour = FLOUR[kind]
    if flour > water:
        logger.info("dry dough")
    return {"flour": flour, "water": water}


@shared_task(
    name="bakery.tasks.bake_bread", base=BaseTask, bind=True, queue="oven", priority=5, soft_time_limit=50, time_limit=60
)
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
