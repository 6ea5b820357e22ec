from contextlib import contextmanager


class Metrics:
    @staticmethod
    def count(name, amount=1):
        print(name, amount)


@contextmanager
def log_context(**fields):
    print(fields)
    yield


def traced(label):
    def decorate(function):
        return function

    return decorate


def measured(function):
    return function


def retry_policy(kind):
    return {"autoretry_for": (ConnectionError,), "retry_backoff": True, "max_retries": 7}
