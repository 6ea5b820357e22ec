"""What TG320, TG324, TG501, TG506 and TG620 say of things that are given in the place of others, seen to happen in Celery itself."""

from __future__ import annotations

import inspect

import pytest

celery = pytest.importorskip("celery")

from celery import chain, chord, group, signals, states  # noqa: E402
from celery.bin.celery import celery as command  # noqa: E402
from kombu.exceptions import EncodeError  # noqa: E402

from taskguard.project.diagnosis.apps.senders_by_name import BY_NAME, SENDERS  # noqa: E402
from taskguard.project.hazards.bodies.unknown_states import MEANT, STATES  # noqa: E402
from taskguard.project.python.refusals import FILES  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture
def send(app):
    @app.task(name="claims.send", bind=True)
    def send(self, *args):
        return args

    app.finalize()
    return send


# -- TG501 ---------------------------------------------------------------------------------------------------------------


def test_a_state_by_position_is_an_id(send):
    assert list(inspect.signature(send.update_state).parameters)[:3] == ["task_id", "state", "meta"]
    with pytest.raises(TypeError):
        send.update_state("PROGRESS", {"done": 1})
    send.update_state("PROGRESS")  # no error, and another state than that of the task that is running
    assert celery.result.AsyncResult("PROGRESS", app=send.app).state is None


# -- TG506 ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("option", ["link", "link_error"])
def test_a_task_as_a_link(send, option):
    with pytest.raises(EncodeError):
        send.apply_async((1,), **{option: send})
    with pytest.raises(EncodeError):
        send.apply_async((1,), **{option: [send.s(), send]})
    with pytest.raises(EncodeError):
        send.s(1).set(**{option: send}).delay()
    step = send.s(1)
    getattr(step, option)(send)
    with pytest.raises(EncodeError):
        step.delay()


def test_a_task_in_a_chain(send):
    for made in (
        lambda: chain(send.s(1), send),
        lambda: chain([send.s(1), send]),
        lambda: send.s(1) | send,
        lambda: send | send,
    ):
        with pytest.raises(TypeError):
            made()  # fmt: skip


def test_a_task_in_a_group(send):
    for made in (group(send, send), group([send.s(1), send]), group(send for _ in range(2)), group([send]) | send.s()):
        with pytest.raises(AttributeError):
            made.apply_async()
    with pytest.raises(TypeError):
        group(send).apply_async()


def test_a_task_as_the_body_of_a_chord(send):
    with pytest.raises(AttributeError):
        chord([send.s(1)], send).apply_async()
    with pytest.raises(AttributeError):
        chord([send.s(1)])(send)
    chord([send, send.s(1)], send.s())()  # of the header it makes signatures


# -- TG320 ---------------------------------------------------------------------------------------------------------------


def test_who_sends_the_signals_of_a_task(send):
    called = []

    def by_name(**kwargs):
        called.append("name")

    def by_task(sender, **kwargs):
        called.append(sender)

    for signal in (signals.task_prerun, signals.task_postrun, signals.task_success):
        signal.connect(by_name, sender=send.name)
        signal.connect(by_task, sender=send)
    send.apply((1,))
    assert called == [send] * 3


def test_who_sends_the_signals_of_a_message(send):
    called = []

    def by_name(sender, **kwargs):
        called.append(sender)

    def by_task(**kwargs):
        called.append("task")

    for name in BY_NAME:
        getattr(signals, name).connect(by_name, sender=send.name)
        getattr(signals, name).connect(by_task, sender=send)
    send.delay(1)
    assert called == [send.name] * 2


def test_the_signals_are_those_of_celery():
    assert all(hasattr(signals, name) for name in (*SENDERS, *BY_NAME))


# -- TG324 ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("step", sorted(FILES))
def test_the_options_that_name_a_file(step):
    found = {
        name
        for one in command.commands[step].params
        for name in one.opts
        if one.opts[-1] in FILES[step] or one.opts[0] in FILES[step]
    }
    assert found == FILES[step]  # fmt: skip
    assert any("--scheduler" in one.opts for one in command.commands[step].params)


# -- TG620 ---------------------------------------------------------------------------------------------------------------


def test_the_states_of_celery():
    assert states.ALL_STATES <= STATES
    assert {name for name in vars(states) if name.isupper() and vars(states)[name] == name} == STATES
    assert set(MEANT.values()) == STATES


def test_retry_with_names_beside_what_stood_by_position(app):
    @app.task(bind=True, name="claims.once_more")
    def once_more(self, pk):
        if not self.request.retries:
            raise self.retry(countdown=0, kwargs={"pk": pk})
        return "again"

    app.finalize()
    ended = once_more.apply((1,))
    if tuple(map(int, celery.__version__.split(".")[:2])) < (5, 7):
        assert isinstance(ended.result, TypeError)
    else:
        assert ended.result == "again"
