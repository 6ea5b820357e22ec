"""What the rules about configuration say of Celery, seen to happen in Celery itself."""

from __future__ import annotations

import logging
import random
from datetime import datetime, timedelta

import pytest

from taskguard.project.celery import cronfields

celery = pytest.importorskip("celery")
pytestmark = pytest.mark.filterwarnings("ignore")
VERSION = tuple(int(part) for part in celery.__version__.split(".")[:2])


def make(**settings):
    made = celery.Celery("claims", broker="memory://", backend="cache+memory://", set_as_current=False)
    made.conf.update(settings)
    made.finalize()
    return made


@pytest.fixture
def app():
    return make()


class Settings:
    """A configuration source with a namespace."""

    CELERY_BROKER_URL = "memory://"
    CELERY_TASK_DEFAULT_QUEUE = "source"


# -- TG307 ---------------------------------------------------------------------------------------------------------------


def beat_of(app, entry):
    """What `celery beat` makes of a schedule with this one entry."""
    from celery.beat import Scheduler

    app.conf.beat_schedule = {"one": entry}
    scheduler = Scheduler(app=app, lazy=True)
    scheduler.setup_schedule()
    return scheduler


@pytest.mark.parametrize("key", ["queue", "enabled", "name_of_task"])
def test_beat_does_not_start_with_an_unknown_key(app, key):
    with pytest.raises(TypeError, match=key):
        beat_of(app, {"task": "t", "schedule": 10, key: "x"})


@pytest.mark.parametrize("key", ["name", "app", "args", "kwargs", "options", "relative"])
def test_beat_starts_with_the_known_keys(app, key):
    values = {"args": (1,), "kwargs": {"a": 1}, "options": {"queue": "q"}, "relative": True}
    assert "one" in beat_of(app, {"task": "t", "schedule": 10, key: values.get(key, "x")}).schedule


@pytest.mark.parametrize("schedule", ["10", "*/5 * * * *", [10], (10,), {"seconds": 10}])
def test_beat_does_not_start_with_such_a_schedule(app, schedule):
    with pytest.raises(AttributeError):
        beat_of(app, {"task": "t", "schedule": schedule})


def test_the_class_crontab_is_no_schedule(app):
    from celery.schedules import crontab

    kept = crontab.__dict__.get("app"), celery.schedules.BaseSchedule.__dict__["app"]
    try:
        with pytest.raises((TypeError, AttributeError)):
            beat_of(app, {"task": "t", "schedule": crontab}).tick()
    finally:
        if "app" in crontab.__dict__ and kept[0] is None:
            del crontab.app


@pytest.mark.parametrize("schedule", [0, -5, timedelta(0), timedelta(days=-1, hours=23)])
def test_such_a_schedule_is_always_due(app, schedule):
    scheduler = beat_of(app, {"task": "t", "schedule": schedule})
    due, wait = scheduler.schedule["one"].is_due()
    assert due
    assert wait == 0


def test_an_entry_without_a_schedule_is_never_due(app):
    scheduler = beat_of(app, {"task": "t"})
    if VERSION < (5, 7):
        with pytest.raises(AttributeError):
            scheduler.tick()
    else:
        scheduler.tick()
        assert scheduler.schedule["one"].total_run_count == 0


def run_of(app, **entry):
    """What one run of an entry sends: the message's args, or the exception that beat logs."""
    from celery.beat import Scheduler

    sent = []
    app.tasks.pop("t", None)

    @app.task(name="t", shared=False)
    def t(*args, **kwargs): ...

    t.apply_async = lambda args, kwargs, **options: sent.append((args, kwargs))
    scheduler = Scheduler(app=app, lazy=True)
    held = scheduler._maybe_entry("one", {"task": "t", "schedule": 10, **entry})
    try:
        scheduler.apply_async(held, advance=False)
    except Exception as error:
        return error
    return sent[0]


@pytest.mark.parametrize(
    "entry", [{"args": 5}, {"kwargs": ("a",)}, {"kwargs": "ab"}, {"options": ("queue",)}, {"options": "queue"}]
)
def test_an_entry_with_such_arguments_sends_nothing(app, entry):
    assert isinstance(run_of(app, **entry), Exception)


def test_an_entry_without_a_task_sends_nothing_that_a_worker_runs(app):
    assert beat_of(app, {"schedule": 10}).schedule["one"].task is None


# -- TG308, TG309 --------------------------------------------------------------------------------------------------------


def test_a_crontab_without_minute_fires_sixty_times():
    from celery.schedules import crontab

    assert len(crontab(hour=3).minute) == 60
    assert len(crontab(day_of_week=1).minute) == 60
    assert crontab(hour=3, minute=0).minute == {0}


@pytest.mark.parametrize(
    "fields",
    [
        {"minute": 60}, {"hour": 24}, {"day_of_week": 7}, {"day_of_week": "7"}, {"day_of_week": "Mo"}, {"day_of_month": 0}, {"month_of_year": 13},
        {"minute": "15/2"}, {"minute": None}, {"minute": 1.5}, {"minute": ["1"]}, {"minute": "*/0"}, {"minute": "*/"}, {"minute": "1,,2"},
        {"minute": "-5"}, {"minute": "0 9 * * *"}, {"hour": "8 - 17"}, {"day_of_week": "mon, tue"}, {"day": 1}, {"minutes": 5},
    ],
)  # fmt: skip
def test_crontab_refuses(fields):
    from celery.schedules import crontab

    with pytest.raises((ValueError, TypeError, crontab_error())):
        crontab(**fields)


def crontab_error():
    from celery.schedules import ParseException

    return ParseException


def test_crontab_reads_no_further_than_a_step():
    from celery.schedules import crontab

    assert crontab("*/5 * * * *") == crontab(minute="*/5")
    assert crontab("*/5 * * * *").hour == set(range(24))


def test_a_date_that_does_not_exist_never_comes(app):
    from celery.schedules import crontab

    fields = {"minute": 0, "hour": 0, "day_of_month": 31, "month_of_year": "2,4"}
    with pytest.raises((ValueError, RuntimeError)):
        crontab(**fields, app=app, nowfun=lambda: datetime(2026, 1, 1)).is_due(datetime(2026, 1, 1))


def test_fields_are_expanded_as_celery_expands_them():
    """A thousand fields that chance wrote, right and wrong ones."""
    from celery.schedules import crontab

    chance = random.Random(7)
    words = [
        "0",
        "1",
        "5",
        "07",
        "12",
        "23",
        "31",
        "59",
        "60",
        "*",
        "*",
        "/",
        "/",
        "-",
        "-",
        ",",
        ",",
        " ",
        "mon",
        "Sunday",
        "Mo",
        "x",
        "_",
        "",
    ]
    for _ in range(3000):
        text = "".join(chance.choice(words) for _ in range(chance.randint(1, 6)))
        field = chance.choice(list(cronfields.FIELDS))
        try:
            expected = getattr(crontab(**{field: text}), field)
        except Exception:
            expected = None
        try:
            found = cronfields.expand(field, text)
        except cronfields.Wrong:
            found = None
        if field in ("day_of_month", "month_of_year") and found is not None and expected is None:
            assert not cronfields.possible(
                *((found, range(1, 13)) if field == "day_of_month" else (range(1, 32), found))
            )
            continue
        assert (found or None) == (expected or None), (field, text)


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


def test_args_as_a_string_are_letters(app):
    assert run_of(app, args="abc") == (["a", "b", "c"], {})


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
