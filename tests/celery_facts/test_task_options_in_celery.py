"""What the rules about task declarations say of Celery, seen to happen in Celery itself."""

from __future__ import annotations

import pytest

celery = pytest.importorskip("celery")
from celery_apps import make, unshared  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture
def app():
    return unshared(make())


def test_a_bound_function_without_a_parameter_fails(app):
    @app.task(bind=True)
    def report(): ...

    outcome = report.apply()
    assert outcome.state == "FAILURE"
    assert isinstance(outcome.result, TypeError)


def test_self_without_bind_is_an_ordinary_argument(app):
    @app.task
    def export(self, path):
        return self, path

    with pytest.raises(TypeError):
        export.delay("a.csv")
    assert export.apply(args=("a", "b")).result == ("a", "b")


def test_a_misspelt_option_is_swallowed(app):
    @app.task(max_retry=5)
    def report(): ...

    assert (report.max_retries, report.max_retry) == (3, 5)


@pytest.mark.parametrize(
    ("options", "state"),
    [
        ({"retry_backoff": True, "retry_kwargs": {"max_retries": 1}}, "FAILURE"),
        ({"autoretry_for": (OSError,)}, "RETRY"),
    ],
)
def test_retry_options_do_nothing_without_autoretry_for(app, options, state):
    states = []

    @app.task(**options, on_retry=lambda *args, **kwargs: states.append("RETRY"))
    def fetch():
        raise OSError

    fetch.apply()
    assert (states or ["FAILURE"])[0] == state


def test_call_options_do_nothing_on_a_task(app):
    from celery.signals import before_task_publish

    @app.task(countdown=60, link_error="x", headers={"from": "decorator"})
    def report(): ...

    sent = []

    def look(headers=None, **kwargs):
        sent.append(headers)

    before_task_publish.connect(look, weak=False)
    try:
        report.delay()
    finally:
        before_task_publish.disconnect(look)
    assert sent[0]["eta"] is None
    assert "from" not in sent[0]


def test_options_of_the_app_decorator_are_attributes_in_shared_task(app):
    @celery.shared_task(name="lazy_one", lazy=False, filter=lambda task: "filtered")
    def report(): ...

    assert celery.Celery("other", set_as_current=False).tasks["lazy_one"].lazy is False


def test_a_decorated_class_runs_its_constructor(app):
    ran = []

    @app.task
    class Export(celery.Task):
        name = "lost"

        def __init__(self):
            ran.append("init")

        def run(self):
            ran.append("run")

    Export.apply()
    assert "init" in ran
    assert "run" not in ran
    assert "lost" not in app.tasks


def test_a_class_that_nothing_registers_is_unknown(app):
    class Report(celery.Task):
        name = "report"

        def run(self): ...

    assert "report" not in app.tasks
    app.register_task(Report())
    assert "report" in app.tasks


def test_a_soft_limit_above_the_hard_one_fails_at_each_call(app):
    @app.task(soft_time_limit=600, time_limit=300)
    def report(): ...

    version = tuple(int(part) for part in celery.__version__.split(".")[:2])
    if version < (5, 5):
        assert report.delay()
        return
    with pytest.raises(ValueError, match="soft_time_limit"):
        report.delay()


# -- TG215 ---------------------------------------------------------------------------------------------------------------


def traced(task):
    """What goes wrong in a worker's tracer, outside of the task's own body, in one run."""
    from celery.app.trace import build_tracer

    told = []
    tracer = build_tracer(task.name, task, app=task.app, eager=False)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("celery.app.trace.report_internal_error", lambda task, exc: told.append(exc))
        try:
            tracer("uuid", (), {}, {"id": "uuid", "args": (), "kwargs": {}})
        except TypeError as error:
            told = told or [error]
    return told


@pytest.mark.parametrize("hook", ["before_start", "on_success", "after_return", "on_failure", "on_retry"])
@pytest.mark.parametrize("fits", [True, False])
def test_a_hook_that_does_not_take_what_celery_passes_fails_each_time(app, hook, fits, caplog):
    from taskguard.project.diagnosis.declarations.task_hooks import HOOKS

    words, called = HOOKS[hook][0].split(), []

    def taking(self, *args):
        called.append(len(args))

    def short(self):
        called.append(0)

    base = type("Base", (celery.Task,), {hook: taking if fits else short})

    @app.task(base=base, bind=True)
    def report(self):
        if hook == "on_failure":
            raise KeyError
        if hook == "on_retry":
            raise celery.exceptions.Retry("later", KeyError())

    told = traced(report)
    if fits:
        assert (told, called) == ([], [len(words)])
    else:
        # Which of both depends on the version: 5.7.0 logs what `on_success` and `after_return` raise.
        assert called == [] and "takes 1 positional argument but" in f"{told} {caplog.text}"


def test_a_shadow_name_that_takes_less_fails_when_the_task_is_sent(app):
    class Base(celery.Task):
        def shadow_name(self, args): ...

    @app.task(base=Base)
    def report(): ...

    with pytest.raises(TypeError):
        report.delay()


def test_a_function_given_as_hook_gets_the_task_first(app):
    seen = []

    @app.task(on_success=lambda *args: seen.append(args))
    def report(): ...

    traced(report)
    assert seen and seen[0][0].name == report.name and len(seen[0]) == 5


def test_annotations_beat_the_declaration_and_those_for_all_tasks_those_of_a_name():
    app = celery.Celery("claims", broker="memory://", set_as_current=False)
    app.conf.task_annotations = {
        "both": {"time_limit": 2, "queue": "mail"},
        "*": {"time_limit": 3},
        "b*": {"queue": "no"},
    }

    @app.task(name="both", time_limit=1, shared=False)
    def both(): ...

    @app.task(name="bare", time_limit=1, shared=False)
    def bare(): ...

    assert (both.time_limit, both.queue, bare.time_limit, hasattr(bare, "queue")) == (3, "mail", 3, False)


@pytest.mark.parametrize(("again", "runs"), [(False, 1), (True, 3)])
def test_what_the_body_catches_autoretry_for_does_not_see(app, again, runs):
    seen = []

    @app.task(autoretry_for=(Exception,), max_retries=2, default_retry_delay=0)
    def fetch():
        seen.append(1)
        try:
            raise ConnectionError
        except Exception:
            if again:
                raise

    fetch.apply()
    assert len(seen) == runs


def test_the_body_under_autoretry_for_does_not_see_that_the_retries_are_used_up(app):
    seen: list[str] = []

    @app.task(autoretry_for=(OSError,), max_retries=1, default_retry_delay=0)
    def work():
        seen.append("runs")
        try:
            raise OSError
        except work.MaxRetriesExceededError:
            seen.append("used up")

    work.apply()
    assert seen == ["runs", "runs"]


def test_what_autoretry_for_was_given_a_retry_of_the_body_does_not_know(app):
    seen = []

    @app.task(bind=True, autoretry_for=(Exception,), retry_kwargs={"countdown": 60}, default_retry_delay=7)
    def fetch(self):
        try:
            raise ConnectionError
        except Exception as error:
            try:
                self.retry(exc=error)
            except celery.exceptions.Retry as again:
                seen.append(again.when)
                raise

    fetch.apply()
    assert set(seen) == {7}
