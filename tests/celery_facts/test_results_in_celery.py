"""What the rules about results, and about tasks that are sent again, say of Celery, seen to happen in Celery itself."""

from __future__ import annotations

import pytest

celery = pytest.importorskip("celery")
kombu = pytest.importorskip("kombu")
from celery_apps import message  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore")


# -- TG508 ---------------------------------------------------------------------------------------------------------------


def test_the_result_of_a_task_that_ignores_it_is_none_at_once(app, work):
    @app.task(name="claims.quiet", ignore_result=True)
    def quiet(): ...

    for result in (quiet.delay(), work.apply_async(ignore_result=True)):
        assert result.get() is None  # nobody runs the task
        assert result.state == "PENDING" and not result.ready() and not result.successful()
    with pytest.raises(celery.exceptions.TimeoutError):
        quiet.apply_async(ignore_result=False).get(timeout=0.1)
    app.conf.task_ignore_result = True

    @app.task(name="claims.by_settings")
    def by_settings(): ...

    @app.task(name="claims.loud", ignore_result=False)
    def loud(): ...

    assert by_settings.delay().get() is None
    with pytest.raises(celery.exceptions.TimeoutError):
        loud.delay().get(timeout=0.1)


@pytest.mark.parametrize("ask", ["get", "ready", "successful", "failed", "state", "result"])
def test_without_a_backend_a_result_cannot_be_asked_for(ask):
    app = celery.Celery("claims", broker="memory://", set_as_current=False)

    @app.task(name="claims.work", shared=False)
    def work(): ...

    result = work.delay()

    def asked():
        held = getattr(result, ask)
        return held()

    with pytest.raises((NotImplementedError, AttributeError)):
        asked()


def test_a_chord_waits_for_results_that_are_ignored(app):
    """With a backend that is asked again and again (`cache`), the body is sent when all results are there."""
    ran = []

    @app.task(name="claims.quiet", ignore_result=True)
    def quiet(): ...

    @app.task(name="claims.loud")
    def loud(): ...

    @app.task(name="claims.body")
    def body(results):
        ran.append(results)

    app.finalize()
    from celery.result import GroupResult

    for task, ready in ((quiet, False), (loud, True)):
        results = [task.apply_async() for _ in range(2)]
        for one in results:
            task.backend.mark_as_done(one.id, 1, store_result=task is loud)
        assert GroupResult("x", results, app=app).ready() is ready


def test_a_chain_and_a_group_wait_for_results_that_are_ignored(app):
    """What they wait for has no say of whether the task keeps it: only a task alone gives None at once."""

    @app.task(name="claims.quiet", ignore_result=True)
    def quiet(*args): ...

    @app.task(name="claims.loud")
    def loud(*args): ...

    app.finalize()
    ends = (
        celery.chain(loud.s(1), quiet.s()),
        loud.s(1) | quiet.s(),
        celery.group(quiet.s(1), quiet.s(2)),
        celery.group(loud.s(1), quiet.s(2)),
    )
    for canvas in ends:
        result = canvas.apply_async()
        if canvas is ends[-1]:
            app.backend.mark_as_done(result.results[0].id, 1)
        with pytest.raises(celery.exceptions.TimeoutError):
            result.get(timeout=0.1)
        assert not result.ready()
    assert quiet.s(1).delay().get() is None


def test_without_a_backend_no_chord_is_sent_and_no_id_has_a_state():
    app = celery.Celery("claims", broker="memory://", set_as_current=False)

    @app.task(name="claims.work", shared=False)
    def work(*args): ...

    for canvas in (celery.chord([work.s(1), work.s(2)], work.s()), celery.group(work.s(1), work.s(2)) | work.s()):
        with pytest.raises(NotImplementedError):
            canvas.clone().apply_async()
    with pytest.raises(NotImplementedError):
        app.AsyncResult("x").get()
    for ask in ("state", "status", "result", "info"):
        with pytest.raises(AttributeError):
            getattr(work.AsyncResult("x"), ask)
    with pytest.raises((NotImplementedError, AttributeError)):
        celery.group(work.s(1), work.s(2))().get()
    with pytest.raises((NotImplementedError, AttributeError)):
        celery.chain(work.s(1), work.s())().get()


def test_who_waits_by_name_or_by_an_id_does_not_know_that_the_result_is_ignored(app):
    @app.task(name="claims.quiet", ignore_result=True)
    def quiet(): ...

    app.finalize()
    for result in (app.send_task("claims.quiet"), quiet.AsyncResult("x")):
        with pytest.raises(celery.exceptions.TimeoutError):
            result.get(timeout=0.1)


def test_rpc_knows_no_chords():
    app = celery.Celery("claims", broker="memory://", backend="rpc://", set_as_current=False)

    @app.task(name="claims.work", shared=False)
    def work(*args): ...

    for canvas in (celery.chord([work.s(1)], work.s()), celery.group(work.s(1), work.s(2)) | work.s()):
        with pytest.raises(NotImplementedError, match="does not support chords"):
            canvas.apply_async()


# -- TG602 ---------------------------------------------------------------------------------------------------------------


def test_a_soft_limit_that_is_given_where_a_task_is_sent_goes_with_the_message(app, work):
    work.apply_async((1,), soft_time_limit=60)
    assert message(app).headers["timelimit"] == [None, 60]
    work.s(1).set(soft_time_limit=30).apply_async()
    assert message(app).headers["timelimit"] == [None, 30]


# -- TG604 ---------------------------------------------------------------------------------------------------------------


def test_retries_begin_anew_where_a_task_sends_itself(app, work):
    """A message that a task sends is a new one: what was counted before is not in it."""

    @app.task(name="claims.again", bind=True, max_retries=1)
    def again(self):
        self.apply_async()

    app.finalize()
    from celery.app.trace import build_tracer

    request = {"id": "x", "retries": 1, "is_eager": False}
    build_tracer(again.name, again, app=app)("x", (), {}, request)
    assert message(app).headers["retries"] == 0


# -- TG606 ---------------------------------------------------------------------------------------------------------------


def test_a_task_is_made_once_with_what_its_class_sets_up(app):
    made = []

    class Base(celery.Task):
        abstract = True

        def __init__(self):
            made.append(self)
            self.rows = []

    @app.task(name="claims.filled", bind=True, base=Base)
    def filled(self, row):
        self.rows.append(row)
        return list(self.rows)

    app.finalize()
    before = len(made)
    assert [filled.apply((one,)).get() for one in (1, 2)] == [[1], [1, 2]]
    assert len(made) == before
