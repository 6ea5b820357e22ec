"""Counters of what the tasks do."""
import logging

logger = logging.getLogger("metrics")


class TaskMetrics:
    @staticmethod
    def increment_counter(name, amount=1, **tags):
        logger.info("counter", extra={"counter": name, "amount": amount, "tags": tags})

    @staticmethod
    def observe(name, value, **tags):
        logger.info("observation", extra={"observation": name, "value": value, "tags": tags})
