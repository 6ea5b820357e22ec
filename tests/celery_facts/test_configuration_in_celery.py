"""What the rules about configuration say of Celery, seen to happen in Celery itself."""

from __future__ import annotations

import logging
from datetime import timedelta

import pytest

celery = pytest.importorskip("celery")
from celery_apps import make  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore")
VERSION = tuple(int(part) for part in celery.__version__.split(".")[:2])


@pytest.fixture
def app():
    return make()


class Settings:
    """A configuration source with a namespace."""

    CELERY_BROKER_URL = "memory://"
    CELERY_TASK_DEFAULT_QUEUE = "source"


# -- TG310 ---------------------------------------------------------------------------------------------------------------


def published(**settings):
    """The queue to which a task `a.b` goes with these settings."""
    from celery.signals import before_task_publish

    app = make(**settings)

    @app.task(name="a.b", shared=False)
    def b(): ...

    sent = []

    def look(routing_key=None, **kwargs):
        sent.append(routing_key)

    before_task_publish.connect(look, weak=False)
    try:
        b.delay()
    finally:
        before_task_publish.disconnect(look)
    return sent[0]


def test_routes_in_their_right_forms():
    assert published(task_routes={"a.*": {"queue": "q"}}) == "q"
    assert published(task_routes=([("a.*", {"queue": "q"})],)) == "q"
    assert published(task_routes={"a.*": "q"}) == "q"


@pytest.mark.parametrize("routes", [[("a.*", {"queue": "q"})], (("a.*", "q"), ("c", "d"))])
def test_flat_pairs_fail_at_each_publish(routes):
    with pytest.raises(ValueError, match="unpack"):
        published(task_routes=routes)


@pytest.mark.parametrize(
    "key", ["expires", "countdown", "eta", "retries", "ignore_result", "time_limit", "soft_time_limit"]
)
@pytest.mark.parametrize("value", [None, 10])
def test_a_route_with_such_a_key_fails_at_each_publish(key, value):
    with pytest.raises(TypeError):
        published(task_routes={"a.*": {"queue": "q", key: value}})


@pytest.mark.parametrize("name", ["rate_limit", "max_retries", "default_retry_delay", "acks_late", "queu"])
def test_other_options_of_a_route_are_thrown_away(name):
    assert published(task_routes={"a.*": {"queue": "q", name: 3}}) == "q"


def test_only_keys_with_a_star_are_patterns():
    assert published(task_routes={"a.?": {"queue": "q"}}) == "celery"
    assert published(task_routes={"a.[b]": {"queue": "q"}}) == "celery"


def test_a_route_that_is_no_dict_fails_at_each_publish():
    from kombu import Queue

    for route in (Queue("q"), None, 5, ["queue"]):
        with pytest.raises((TypeError, ValueError, AttributeError)):
            published(task_routes={"a.*": route})


# -- TG311, TG312 --------------------------------------------------------------------------------------------------------


def sourced(namespace, **names):
    app = celery.Celery("claims", set_as_current=False)
    app.config_from_object(type("Source", (), names), namespace=namespace)
    return app


def test_a_name_without_the_prefix_is_not_read():
    assert sourced("CELERY", TASK_ALWAYS_EAGER=True).conf.task_always_eager is False
    assert sourced("CELERY", CELERY_TASK_ALWAYS_EAGER=True).conf.task_always_eager is True


def test_a_prefixed_new_name_without_namespace_is_not_read():
    assert sourced(None, CELERY_TASK_DEFAULT_QUEUE="x").conf.task_default_queue == "celery"
    assert sourced(None, task_default_queue="x").conf.task_default_queue == "x"


def test_an_old_name_under_a_namespace_is_read_from_5_7_on():
    app = sourced("CELERY", CELERYD_CONCURRENCY=3, CELERY_TASK_DEFAULT_QUEUE="x")
    assert app.conf.worker_concurrency == (3 if VERSION >= (5, 7) else None)


def test_an_unknown_setting_is_silent():
    app = sourced("CELERY", CELERY_TASK_TIME_LIMITS=3)
    assert app.conf.task_time_limit is None


def test_which_of_two_places_counts():
    for late in (False, True):
        app = celery.Celery("claims", broker="redis://argument", set_as_current=False)
        app.config_from_object(Settings, namespace="CELERY")
        if late:
            assert app.conf.task_serializer
        app.conf.task_default_queue = "direct"
        expected = ("direct", "redis://argument") if VERSION >= (5, 7) else ("source", "memory://")
        assert (app.conf.task_default_queue, app.conf.broker_url) == expected


def test_without_a_namespace_the_app_counts():
    app = celery.Celery("claims", set_as_current=False)
    app.config_from_object(type("Source", (), {"task_default_queue": "source"}))
    app.conf.task_default_queue = "direct"
    assert app.conf.task_default_queue == "direct"


@pytest.mark.parametrize("read", [False, True])
def test_a_second_source_replaces_the_first_and_keeps_its_namespace(read):
    app = celery.Celery("claims", set_as_current=False)
    app.config_from_object(Settings, namespace="CELERY")
    if read:
        assert app.conf.task_default_queue == "source"
    app.config_from_object(type("Second", (), {"CELERY_TASK_SERIALIZER": "yaml"}))
    assert (app.conf.task_default_queue, app.conf.task_serializer) == ("celery", "yaml")


# -- TG314 ---------------------------------------------------------------------------------------------------------------


def test_accept_content_as_a_string_is_refused():
    from kombu.exceptions import SerializerNotInstalled

    app = make(accept_content="json")
    with app.connection_for_read() as connection, pytest.raises(SerializerNotInstalled):
        app.amqp.TaskConsumer(connection.default_channel)
    with pytest.raises(SerializerNotInstalled):
        make(result_accept_content="json").backend  # noqa: B018


def test_queues_as_a_string_crash():
    with pytest.raises(AttributeError):
        make(task_queues="mail").amqp.queues  # noqa: B018
    with pytest.raises(AttributeError):
        make(task_queues=["mail"]).amqp.queues  # noqa: B018


def test_autodiscovery_of_a_string_looks_for_letters(app, caplog):
    asked = []
    app.loader.import_default_modules()
    from celery.loaders import base

    kept = base.find_related_module
    base.find_related_module = lambda package, related: asked.append(package)
    try:
        with caplog.at_level(logging.ERROR):
            app.autodiscover_tasks("proj", force=True)
    finally:
        base.find_related_module = kept
    assert asked == ["p", "r", "o", "j"]


def test_imports_and_include_may_be_strings():
    app = make(imports="json", include="random")
    assert {"json", "random"} <= {module.__name__ for module in app.loader.import_default_modules() if module}


# -- TG315 ---------------------------------------------------------------------------------------------------------------


def test_one_signature_twice_is_one_entry(app):
    @app.task(name="clean", shared=False)
    def clean(*args): ...

    app.add_periodic_task(10, clean.s(1))
    app.add_periodic_task(20, clean.s(1).set(queue="q"))
    app.add_periodic_task(30, clean.si(1))
    app.add_periodic_task(40, clean.s(), args=(1,))
    app.add_periodic_task(50, clean.s(2))
    app.add_periodic_task(60, clean.s(1), name="named")
    app.add_periodic_task(70, clean.s(3), name="named")
    assert {key: entry["schedule"] for key, entry in app.conf.beat_schedule.items()} == {
        "clean(1)": 40, "clean(2)": 50, "named": 70,
    }  # fmt: skip


# -- TG311: old and new names set on the app -----------------------------------------------------------------------------


def bare(**settings):
    made = celery.Celery("claims", broker="memory://", set_as_current=False)
    made.conf.update(settings)
    return made


def test_old_and_new_names_on_an_app_without_a_source_are_refused():
    made = bare(task_serializer="json", task_track_started=True, CELERY_TIMEZONE="Europe/Berlin")
    with pytest.raises(celery.exceptions.ImproperlyConfigured, match="CELERY_TIMEZONE"):
        assert made.conf.timezone


def test_old_names_alone_are_read_and_so_is_a_mixture_after_the_first_look():
    assert bare(CELERY_TIMEZONE="Europe/Berlin").conf.timezone == "Europe/Berlin"
    made = bare()
    assert made.conf.timezone is None
    made.conf.update(task_serializer="yaml", CELERY_TIMEZONE="Europe/Berlin")
    assert made.conf.task_serializer == "yaml"


def test_of_two_names_of_one_setting_one_value_is_lost():
    assert bare(task_serializer="json", CELERY_TASK_SERIALIZER="yaml").conf.task_serializer == "yaml"
    assert bare(CELERY_TASK_SERIALIZER="yaml", task_serializer="json").conf.task_serializer == "json"


@pytest.mark.parametrize("name", ["time_zone", "prefetch_multiplier", "visibility_timeout", "CELERY_BACKEND"])
def test_names_that_people_give_to_settings_set_nothing(name):
    plain, made = bare().conf, bare(**{name: "x"}).conf
    for setting in ("timezone", "worker_prefetch_multiplier", "broker_transport_options", "result_backend"):
        assert made[setting] == plain[setting]


def test_the_defaults_are_those_that_celery_says():
    from celery.app.defaults import NAMESPACES, flatten

    from taskguard.project.celery.setting_defaults import DEFAULTS

    for name, option in flatten(NAMESPACES):
        value = option.default
        value = (
            value.total_seconds()
            if isinstance(value, timedelta)
            else list(value)
            if isinstance(value, tuple)
            else value
        )
        assert value in (*DEFAULTS.get(name, ()), float("inf")), name


def test_exchange_and_routing_key_are_called_like_the_default_queue():
    conf = bare(task_default_queue="letters").conf
    assert (conf.task_default_exchange, conf.task_default_routing_key) == ("letters", "letters")


def test_no_setting_gives_tasks_their_options_of_retries():
    made = bare()
    made.config_from_object({"CELERY_TASK_MAX_RETRIES": 5, "CELERY_TASK_DEFAULT_RETRY_DELAY": 60}, namespace="CELERY")
    held = made.task(bare, name="held")
    assert (held.max_retries, held.default_retry_delay) == (3, 180)


def test_of_a_configuration_of_flask_celery_reads_its_own_names_alone(monkeypatch):
    from celery import Celery

    monkeypatch.delenv("CELERY_BROKER_URL", raising=False)
    app = Celery("shop", set_as_current=False)
    app.conf.update({"SECRET_KEY": "x", "CELERY_BROKER_URL": "redis://store"})
    assert app.conf.broker_url is None
    assert app.connection().transport_cls == "amqp"
    other = Celery("shop", set_as_current=False)
    other.conf.update({"SECRET_KEY": "x", "BROKER_URL": "redis://store"})
    assert other.conf.broker_url == "redis://store"
