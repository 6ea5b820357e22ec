"""What the rules about schedules say of Celery, seen to happen in Celery itself."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

import pytest

from taskguard.project.celery import cronfields

celery = pytest.importorskip("celery")
from celery_apps import make  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore")
VERSION = tuple(int(part) for part in celery.__version__.split(".")[:2])


@pytest.fixture
def app():
    return make()


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


def never_runs(scheduler):
    """Beat stops at the entry up to 5.6, and goes on without it from 5.7 on."""
    if VERSION < (5, 7):
        with pytest.raises(AttributeError):
            scheduler.tick()
    else:
        scheduler.tick()
        assert scheduler.schedule["one"].total_run_count == 0


@pytest.mark.parametrize("made", [tuple, list])
def test_beat_does_not_start_with_an_entry_in_a_tuple(app, made):
    with pytest.raises(ValueError, match="length 3"):
        beat_of(app, made(({"task": "t", "schedule": 10, "args": ()},)))


@pytest.mark.parametrize("made", [tuple, list])
def test_two_keys_in_a_tuple_pass_for_a_pair(app, made):
    scheduler = beat_of(app, made(({"task": "t", "schedule": 10},)))
    assert scheduler.schedule["one"].task == "schedule"
    never_runs(scheduler)


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
    never_runs(scheduler)


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


def test_args_as_a_string_are_letters(app):
    assert run_of(app, args="abc") == (["a", "b", "c"], {})


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


def test_a_step_longer_than_its_field_is_never_taken():
    from celery.schedules import crontab

    assert crontab(minute="*/120").minute == crontab(minute="*/60").minute == {0}
    assert crontab(minute="*/120").hour == set(range(24))
    assert crontab(minute=0, hour="*/48").hour == {0}
    assert crontab(minute=0, hour=0, day_of_month="*/60").day_of_month == {1}


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


def test_a_time_zone_that_there_is_not_is_an_error_with_a_countdown():
    """TG810."""
    app = celery.Celery("shop", broker="memory://", timezone="Russia/Moscow", set_as_current=False)

    @app.task(name="send", shared=False)
    def send(): ...

    send.delay()
    with pytest.raises(Exception, match="Russia/Moscow"):
        send.apply_async(countdown=3)


@pytest.mark.parametrize("given", [None, True, "sent", {}, []])
def test_what_is_no_signature_is_asked_for_its_name(given):
    """TG307: what a function gave back that was called in place of `.s()`."""
    app = celery.Celery("shop", broker="memory://")
    with pytest.raises(AttributeError, match="has no attribute 'name'"):
        app.add_periodic_task(60, given)


def test_each_beat_sends_what_is_due():
    from celery import Celery
    from celery.beat import Scheduler

    app = Celery("shop", broker="memory://")
    app.conf.beat_schedule = {"count": {"task": "shop.count", "schedule": 1e-06}}
    sent = []
    for beat in (Scheduler(app), Scheduler(app)):
        beat.apply_async = lambda entry, *args, **options: sent.append(entry.task)
        beat.tick()
    assert sent == ["shop.count", "shop.count"]


# -- TG311: a scheduler that fills its schedule by itself ------------------------------------------------------------------


@pytest.mark.parametrize("base", ["Scheduler", "PersistentScheduler"])
@pytest.mark.parametrize("own", [False, True])
def test_a_scheduler_takes_the_setting_where_it_is_set_up(app, tmp_path, base, own):
    from celery import beat

    class Rows(getattr(beat, base)):
        if own:

            def setup_schedule(self):
                self._store = {"entries": {}}

    app.conf.beat_schedule = {"one": {"task": "t", "schedule": 10}}
    scheduler = Rows(app=app, schedule_filename=str(tmp_path / "kept"))
    assert ("one" in scheduler.schedule) is not own
