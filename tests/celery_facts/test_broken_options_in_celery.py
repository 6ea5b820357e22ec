"""What the rules about broken declarations, values of options and the configuration say of Celery, seen to happen in Celery itself."""

from __future__ import annotations

import functools
import threading
from datetime import timedelta

import pytest

celery = pytest.importorskip("celery")

pytestmark = pytest.mark.filterwarnings("ignore")


def work(*args):
    return "done"


def fails(*args):
    raise KeyError("work")


# -- TG211 ---------------------------------------------------------------------------------------------------------------


class Callable:
    def __call__(self): ...


@pytest.mark.parametrize("given", [lambda: 1, functools.partial(work, 1), Callable(), staticmethod(work)])
def test_what_is_no_function_makes_no_task(app, given):
    """Where the app is finalised for a task that is shared, or when one that is not is used first."""
    task = app.task(name="claims.work")(given)
    with pytest.raises((SyntaxError, AttributeError, TypeError)):
        task.delay()


@pytest.mark.parametrize("given", ["claims.work", {"queue": "mail"}, classmethod(work)])
def test_what_is_given_by_position_has_to_be_a_function(app, given):
    with pytest.raises(TypeError):
        app.task(given)
    with pytest.raises(TypeError):
        celery.shared_task(given)


@pytest.mark.parametrize(
    "options",
    [
        {"base": "claims.Base"}, {"base": celery.Task()}, {"autoretry_for": KeyError}, {"autoretry_for": None}, {"dont_autoretry_for": KeyError},
        {"retry_backoff": None}, {"retry_backoff_max": None}, {"retry_backoff": "True"}, {"retry_backoff": timedelta(1)},
    ],
    ids=str,
)  # fmt: skip
def test_options_with_which_the_task_cannot_be_made(app, options):
    app.task(name="claims.work", **options)(work)
    with pytest.raises((TypeError, ValueError)):
        app.finalize()


def test_a_class_method_around_a_task_has_no_class(app):
    class Reports:
        @classmethod
        @app.task
        def build(cls, day): ...

        @staticmethod
        @app.task
        def send(day):
            return day

    app.finalize()
    with pytest.raises(TypeError):
        Reports.build.delay("today")
    assert Reports.send.apply(("today",)).result == "today"


def test_a_url_for_the_loader(app):
    with pytest.raises((ImportError, AttributeError)):
        celery.Celery("claims", "redis://localhost", set_as_current=False).loader  # noqa: B018


@pytest.mark.parametrize(
    "module", ["celery.task", "celery.decorators", "celery.five", "celery.utils.encoding", "celery.utils.mail"]
)
def test_modules_that_are_gone(module):
    with pytest.raises(ImportError):
        __import__(module)


# -- TG212 ---------------------------------------------------------------------------------------------------------------


def test_a_decorator_above_hides_the_task(app):
    def timed(func):
        @functools.wraps(func)
        def run(*args):
            return ["timed", func(*args)]

        return run

    hidden = timed(app.task(name="claims.work")(work))
    app.finalize()
    assert not hasattr(hidden, "delay")
    assert app.tasks["claims.work"].apply().result == "done"


# -- TG213 ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rate", ["10/d", "10/min", "10/ m", "ten", "1/M"])
def test_rates_that_celery_does_not_know(rate):
    from celery.utils.time import rate as read

    with pytest.raises((KeyError, ValueError)):
        read(rate)


@pytest.mark.parametrize("rate", ["10/m", "10 /m", "0.5/s", "100", 5, None, ""])
def test_rates_that_it_knows(rate):
    from celery.utils.time import rate as read

    assert read(rate) >= 0


def test_a_rate_limit_of_annotations_is_that_of_the_task_when_a_worker_asks(app):
    app.conf.task_annotations = {"claims.work": {"rate_limit": "1/d", "max_retries": "3"}}
    app.task(name="claims.work")(work)
    app.finalize()
    assert (app.tasks["claims.work"].rate_limit, app.tasks["claims.work"].max_retries) == ("1/d", "3")


def test_a_worker_that_is_told_such_a_limit_leaves_its_task_as_it_was(app):
    from types import SimpleNamespace

    from celery.worker.control import rate_limit

    task = app.task(name="claims.work", rate_limit="5/m")(work)
    app.finalize()
    with pytest.raises(KeyError, match="d"):
        rate_limit(SimpleNamespace(app=app, consumer=None), "claims.work", "5/d")
    assert task.rate_limit == "5/m"


@pytest.mark.parametrize(
    "options",
    [
        {"expires": "60"}, {"expires": timedelta(hours=1)}, {"queue": ["mail"]}, {"queue": 5}, {"serializer": "jsn"}, {"compression": "zip"},
        {"delay": 5}, {"apply_async": True},
    ],
    ids=str,
)  # fmt: skip
def test_options_with_which_each_send_fails(app, options):
    task = app.task(name="claims.work", **options)(work)
    app.finalize()
    with pytest.raises(Exception):  # noqa: B017, PT011
        task.delay()


@pytest.mark.parametrize("option", ["autoretry_for", "throws"])
def test_exceptions_by_name_are_no_exceptions(app, option):
    task = app.task(name="claims.fails", **{option: ("KeyError",)})(fails)
    app.finalize()
    if option == "throws":
        with pytest.raises(TypeError):
            isinstance(KeyError(), task.throws)
    else:
        assert isinstance(task.apply().result, TypeError)


def test_numbers_that_are_none(app):
    @app.task(bind=True, max_retries="3")
    def tried(self):
        self.retry(exc=KeyError("work"), countdown=0)

    @app.task(bind=True, max_retries=-1)
    def never(self):
        self.retry(exc=KeyError("work"), countdown=0)

    @app.task(bind=True, retry=True)
    def replaced(self):
        self.retry(exc=KeyError("work"))

    app.finalize()
    assert isinstance(tried.apply().result, TypeError)
    assert isinstance(never.apply().result, KeyError)
    assert isinstance(replaced.apply().result, TypeError)


# -- TG214 ---------------------------------------------------------------------------------------------------------------


def test_the_body_of_a_coroutine_or_a_generator_never_runs(app):
    ran = []

    @app.task
    async def sent():
        ran.append("sent")

    @app.task
    def rows():
        ran.append("rows")
        yield 1

    app.finalize()
    sent.apply().result.close()
    rows.apply()
    assert not ran


# -- TG8xx ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "url", ["ampq://localhost", "http://localhost", "postgresql://localhost", "valkey://localhost"]
)
def test_brokers_that_kombu_does_not_know(url):
    with pytest.raises(KeyError):
        celery.Celery("claims", broker=url, set_as_current=False).connection_for_write().transport  # noqa: B018


@pytest.mark.parametrize("url", ["reddis://localhost", "postgresql://localhost/shop", "amqp://localhost"])
def test_backends_that_celery_does_not_know(url):
    with pytest.raises((ImportError, celery.exceptions.ImproperlyConfigured)):
        celery.Celery("claims", broker="memory://", backend=url, set_as_current=False).backend  # noqa: B018


def test_a_torn_url_is_the_name_of_a_host():
    made = celery.Celery("claims", broker="redis//localhost:6379", set_as_current=False).connection_for_write()
    assert made.transport_cls == "amqp" and "redis" in made.hostname


def test_a_worker_refuses_what_it_does_not_accept(app):
    from kombu.exceptions import ContentDisallowed
    from kombu.serialization import dumps, loads

    kind, encoding, body = dumps(["work"], serializer="pickle")
    with pytest.raises(ContentDisallowed):
        loads(body, kind, encoding, accept=app.conf.accept_content)
    assert list(app.conf.accept_content) == ["json"] and app.conf.task_serializer == "json"


def test_the_default_timezone_is_utc_and_django_s_name_counts():
    assert str(celery.Celery("claims", set_as_current=False).timezone) == "UTC"
    made = celery.Celery("claims", set_as_current=False)
    made.config_from_object({"TIME_ZONE": "Europe/Paris"})
    assert str(made.timezone) == "Europe/Paris"


def test_eager_tasks_run_in_who_calls_them(app):
    app.conf.task_always_eager = True
    where = []

    @app.task
    def told():
        where.append(threading.get_ident())

    app.finalize()
    told.delay()
    assert where == [threading.get_ident()]


def test_the_pool_takes_its_own_limit_where_a_task_gives_0():
    """As `apply_async` of billiard's pool does (run with a worker, too): `timeout = timeout or self.timeout`."""
    import inspect

    pool = pytest.importorskip("billiard.pool")
    source = inspect.getsource(pool.Pool.apply_async)
    assert (
        "timeout = timeout or self.timeout" in source and "soft_timeout = soft_timeout or self.soft_timeout" in source
    )


def test_defaults_that_the_rules_know(app):
    assert app.conf.worker_prefetch_multiplier == 4
    redis = pytest.importorskip("kombu.transport.redis", exc_type=AttributeError)
    assert redis.Channel.visibility_timeout == 3600
