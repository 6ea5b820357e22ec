"""What TG320 says of the signals of an app, seen to happen in Celery itself."""

from __future__ import annotations

import ast
import functools
import gc

import pytest

from taskguard.facts.app_use import effects
from taskguard.facts.receivers import receivers
from taskguard.facts.signal_names import SENT

celery = pytest.importorskip("celery")


USES = """
app.conf.timezone
app.conf["timezone"]
app.conf.get("timezone")
app.conf.humanize()
app.conf.table()
app.conf.beat_schedule["x"] = {}
app.conf.beat_schedule.update(x={})
app.conf.update(timezone=app.conf.timezone)
app.conf.timezone = "UTC"
app.conf["timezone"] = "UTC"
app.conf.update(timezone="UTC")
app.conf.setdefault("timezone", "UTC")
app.conf.add_defaults({"timezone": "UTC"})
app.conf.clear()
app.timezone
app.now()
app.backend
app.control.ping
app.log
app.pool
app.annotations
app.connection()
app.connection_for_write()
app.either("timezone")
app.uses_utc_timezone()
app.amqp
app.loader
app.main
app.Task
app.Task = celery.Task
app.steps
app.user_options
app.finalized
app.tasks
app.finalize()
app.register_task(Sample())
app.config_from_object({"timezone": "UTC"})
app.config_from_object({"timezone": "UTC"}, force=True)
app.config_from_object({"timezone": "UTC"}, False, True)
app.config_from_object({"timezone": "UTC"}, silent=True)
app.config_from_object({"timezone": "UTC"}, silent=False)
app.autodiscover_tasks(["json"])
app.add_defaults({"timezone": "UTC"})
app.set_default()
app.set_current()
app.signature("x")
app.task(name="x")(sample)
app.task(sample)
app.on_after_finalize.connect(sample)
app.on_configure.connect(sample)
app.gen_task_name("f", "m")
""".strip().splitlines()


class Sample(celery.Task):
    name = "sample"


def sample(*args, **kwargs): ...


@pytest.mark.parametrize("use", USES)
def test_what_a_use_of_the_app_sends(use):
    app = celery.Celery("x", broker="memory://", set_as_current=False)
    sent = []

    def configured(sender, **kwargs):
        sent.append("reads")

    def finalised(sender, **kwargs):
        sent[:] = ["finalises"]

    app.on_after_configure.connect(configured)
    app.on_after_finalize.connect(finalised)
    exec(use, {"app": app, "celery": celery, "Sample": Sample, "sample": sample})
    told = [one.does for one in effects(ast.parse(use).body[0], frozenset(("app",)))]
    assert told == sent


LOST = {
    "local": "def f():\n    @app.on_after_configure.connect\n    def h(sender, **kwargs): called.append(1)\nf()",
    "lambda": "app.on_after_configure.connect(lambda sender, **kwargs: called.append(1))",
    "partial": "app.on_after_configure.connect(functools.partial(lambda sender, **kwargs: called.append(1)))",
    "rebound": "@app.on_after_configure.connect\ndef h(sender, **kwargs): called.append(1)\ndef h(): ...",
    "temporary": "class C:\n    def h(self, sender, **kwargs): called.append(1)\napp.on_after_configure.connect(C().h)",
    "": "@app.on_after_configure.connect\ndef h(sender, **kwargs): called.append(1)",
    "retry": "def f():\n    @app.on_after_configure.connect(retry=True)\n    def h(sender, **kwargs): called.append(1)\nf()",
    "weak": "app.on_after_configure.connect(lambda sender, **kwargs: called.append(1), None, False)",
    "cycle": "def f():\n    @app.on_after_configure.connect\n    def h(sender, **kwargs): called.append(h)\nf()",
    "returned": "def f():\n    @app.on_after_configure.connect\n    def h(sender, **kwargs): called.append(1)\n    return h\nkept = f()",
    "early": "def f():\n    @app.on_after_configure.connect\n    def h(sender, **kwargs): called.append(1)\n    app.conf.timezone\nf()",
}


@pytest.mark.parametrize("kind", LOST)
def test_which_receivers_are_never_called(kind):
    called: list[object] = []
    app = celery.Celery("x", broker="memory://", set_as_current=False)
    held = {"app": app, "called": called, "functools": functools}
    gc.disable()  # what holds itself lives until the collector comes
    try:
        exec(LOST[kind], held)
        app.conf.timezone  # noqa: B018
    finally:
        gc.enable()
    (found,) = receivers(LOST[kind])
    assert bool(found.lost) is not bool(called)


OF_WORKERS = {
    "local": "def f():\n    @task_prerun.connect\n    def h(**kwargs): called.append(1)\nf()",
    "sender": "def f():\n    @task_prerun.connect(sender=task)\n    def h(**kwargs): called.append(1)\nf()",
    "uid": "def f():\n    def h(**kwargs): called.append(1)\n    task_prerun.connect(h, dispatch_uid='h')\nf()",
    "lambda": "task_prerun.connect(lambda **kwargs: called.append(1))",
    "rebound": "@task_prerun.connect\ndef h(**kwargs): called.append(1)\n@task_postrun.connect\ndef h(**kwargs): ...",
    "": "@task_prerun.connect\ndef h(**kwargs): called.append(1)",
    "weak": "def f():\n    @task_prerun.connect(weak=False)\n    def h(**kwargs): called.append(1)\nf()",
    "retry": "def f():\n    @task_prerun.connect(retry=True)\n    def h(**kwargs): called.append(1)\nf()",
    "returned": "def f():\n    @task_prerun.connect\n    def h(**kwargs): called.append(1)\n    return h\nkept = f()",
    "early": "def f():\n    @task_prerun.connect\n    def h(**kwargs): called.append(1)\n    task.apply()\nf()",
}


@pytest.mark.parametrize("kind", OF_WORKERS)
def test_which_receivers_of_signals_of_workers_are_never_called(kind):
    from celery import signals

    called: list[object] = []
    app = celery.Celery("x", broker="memory://", set_as_current=False)
    held = {**{name: getattr(signals, name) for name in ("task_prerun", "task_postrun")}, "called": called}
    held["task"] = app.task(name="sample")(sample)
    exec(OF_WORKERS[kind], held)
    held["task"].apply()
    found = receivers(f"from celery.signals import task_postrun, task_prerun\n{OF_WORKERS[kind]}")[0]
    assert bool(found.lost) is not bool(called)


TAKING = {
    "decorated": "@task_failure.connect\ndef h(task_id, exception): ...",
    "called": "@task_failure.connect(weak=False)\ndef h(sender, *args): ...",
    "given": "def h(task_id): ...\ntask_failure.connect(h)",
    "lambda": "task_failure.connect(lambda task_id: None, weak=False)",
    "app": "@app.on_after_configure.connect\ndef h(sender): ...",
    "all": "@task_failure.connect\ndef h(task_id, **kwargs): ...",
    "retry": "@task_failure.connect(retry=True)\ndef h(task_id): ...",
}


@pytest.mark.parametrize("kind", TAKING)
def test_which_receivers_celery_refuses(kind):
    from celery.signals import task_failure

    before, refused = [*task_failure.receivers], False
    try:
        exec(TAKING[kind], {"app": celery.Celery("x", set_as_current=False), "task_failure": task_failure})
    except ValueError:
        refused = True
    finally:
        task_failure.receivers[:] = before
    (found,) = receivers(f"from celery.signals import task_failure\n{TAKING[kind]}")
    assert refused is (found.lost == "refused")


def test_the_signals_are_those_of_celery():
    from celery import signals
    from celery.utils.dispatch import Signal

    from taskguard.facts.signal_names import SIGNALS

    later = {"task_internal_error", "worker_before_create_process"}
    assert all(isinstance(getattr(signals, name), Signal) for name in SIGNALS - later)
    assert set(signals.__all__) <= SIGNALS


@pytest.mark.parametrize(
    ("again", "times"), [("app.conf.update(timezone='UTC')", 0), ("app.config_from_object({})", 1)]
)
def test_the_signal_is_sent_once_and_again_with_a_new_source(again, times):
    called = []
    app = celery.Celery("x", broker="memory://", set_as_current=False)
    app.conf.timezone  # noqa: B018

    def late(sender, **kwargs):
        called.append(sender)

    app.on_after_configure.connect(late)
    exec(again, {"app": app})
    app.finalize()
    assert len(called) == times


def test_what_signals_give():
    """Celery declares what each signal gives; some give more, and none gives what TG320 says it never does."""
    from celery import signals

    for name, given in SENT.items():
        signal = getattr(signals, name, None)
        if signal is not None:
            assert {*(signal.providing_args or ()), "sender", "signal"} <= given, name


def test_a_receiver_that_wants_what_the_signal_never_gives():
    """Each call is a TypeError, which `send` logs and hands back in place of an answer."""
    from celery.signals import worker_init

    def at_start(conf, **kwargs): ...

    worker_init.connect(at_start)
    try:
        (answer,) = [said for one, said in worker_init.send(sender=None) if one is at_start]
    finally:
        worker_init.disconnect(at_start)
    assert isinstance(answer, TypeError)
    text = "from celery.signals import worker_init\n@worker_init.connect\ndef at_start(conf, **kwargs): ...\n"
    (found,) = receivers(text)
    assert (found.lost, found.wants) == ("unsent", ("conf",))
