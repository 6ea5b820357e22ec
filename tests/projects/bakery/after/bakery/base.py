from celery import Task


class BaseTask(Task):
    abstract = True
    acks_late = True
    max_retries = 4
