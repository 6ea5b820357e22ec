"""How often the tasks try again, in one place."""
from smtplib import SMTPException

from django.db import OperationalError

BASE_POLICY = {"max_retries": 3, "retry_backoff": True, "retry_jitter": True}


def task_retry_policy(kind):
    if kind == "email":
        return {**BASE_POLICY, "autoretry_for": (SMTPException, ConnectionError), "max_retries": 5}
    if kind == "database":
        return {**BASE_POLICY, "autoretry_for": (OperationalError,)}
    return {**BASE_POLICY, "autoretry_for": (ConnectionError, TimeoutError)}
