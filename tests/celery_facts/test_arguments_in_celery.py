"""What the rule about arguments of tasks (TG501) says of Celery, seen to happen in Celery itself."""

from __future__ import annotations

import pytest

celery = pytest.importorskip("celery")

pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture
def remind(app):
    @app.task(name="claims.remind", bind=True)
    def remind(self, user_id, day=None, /, *, copy=False):
        return user_id, day, copy

    app.finalize()
    return remind


def greeted(app, **options):
    @app.task(name="claims.greet", **options)
    def greet(name):
        return f"hello {name}"

    app.finalize()
    return greet


@pytest.mark.parametrize(
    ("args", "kwargs"),
    [((), {}), ((1, 2, 3), {}), ((1,), {"user_id": 2}), ((1,), {"dya": 2}), ((1,), {"countdown": 5}), ((1,), {"args": ()})],
    ids=str,
)  # fmt: skip
def test_arguments_that_do_not_fit_where_the_task_is_sent(remind, args, kwargs):
    with pytest.raises(TypeError):
        remind.delay(*args, **kwargs)
    with pytest.raises(TypeError):
        remind.apply_async(args, kwargs)


def test_the_worker_alone_knows_what_can_be_given_by_position_only(remind):
    remind.delay(user_id=1)
    assert isinstance(remind.apply((), {"user_id": 1}).result, TypeError)


@pytest.mark.parametrize(("args", "kwargs"), [((1,), {}), ((1, 2), {}), ((1,), {"copy": True})])
def test_arguments_that_fit(remind, args, kwargs):
    remind.delay(*args, **kwargs)
    assert remind.apply(args, kwargs).successful()


def test_names_count_for_nothing_by_position(remind):
    day, user_id = "monday", 1
    remind.delay(day, user_id)
    assert remind.apply((day, user_id)).result[:2] == (day, user_id)


def test_keywords_of_apply_async_are_no_arguments(app):
    greet = greeted(app)
    with pytest.raises(TypeError, match="name"):
        greet.apply_async(name="you")
    with pytest.raises(TypeError, match="name"):
        greet.apply_async(countdown=5)


@pytest.mark.parametrize(
    "args", [5, {"name": "you"}, {"you"}, "y", iter("y")], ids=["number", "dict", "set", "text", "generator"]
)
def test_args_that_are_no_list(app, args):
    with pytest.raises(TypeError):
        greeted(app).apply_async(args)


def test_args_that_are_no_list_in_this_process(app):
    greet = greeted(app)
    assert isinstance(greet.apply(5).result, TypeError)
    assert isinstance(greet.apply("you").result, TypeError)  # three arguments: one for each letter
    assert greet.apply(("you",)).result == "hello you"


@pytest.mark.parametrize("kwargs", [2, ["name"], "name"], ids=str)
def test_kwargs_that_are_no_dict(app, kwargs):
    with pytest.raises((TypeError, ValueError)):
        greeted(app).apply_async((), kwargs)


def test_signatures_of_what_is_no_list(app):
    greet = greeted(app)
    with pytest.raises(TypeError):
        celery.signature(greet, args=5)
    made = greet.subtask("user", immutable=True)
    assert made.args == tuple("user")
    with pytest.raises(TypeError):
        made.apply_async()


def test_nobody_compares_what_is_sent_by_name(app):
    greet = greeted(app)
    app.send_task("claims.greet", (1, 2))
    assert isinstance(greet.apply((1, 2)).result, TypeError)  # as the worker finds out


def test_a_signature_is_compared_when_it_is_sent(app):
    greet = greeted(app)
    for made in (greet.s(1, 2), greet.si(), greet.s(other=1), greet.signature((1, 2))):
        with pytest.raises(TypeError):
            made.apply_async()
    assert greet.s().apply(("you",)).result == "hello you"
    assert isinstance(greet.si().apply(("you",)).result, TypeError)  # what is immutable takes nothing more


def test_no_check_with_typing_off_and_for_classes(app):
    greet = greeted(app, typing=False)
    greet.delay()
    assert isinstance(greet.apply().result, TypeError)

    class Send(celery.Task):
        name = "claims.send"

        def run(self, user_id): ...

    send = app.register_task(Send())
    send.delay()
    assert isinstance(send.apply().result, TypeError)


def test_what_a_decorator_below_takes_is_compared(app):
    def logged(func):
        def run(*args, **kwargs):
            return func("you")

        return run

    greet = app.task(name="claims.logged")(logged(lambda name: f"hello {name}"))
    app.finalize()
    greet.delay()
    assert greet.apply().result == "hello you"


def test_a_task_that_sends_itself_is_not_given_itself(app):
    @app.task(bind=True, name="claims.again")
    def again(self, left):
        if left:
            with pytest.raises(TypeError):
                self.delay(self, left)
            self.delay(left - 1)
        return left

    app.finalize()
    assert again.apply((1,)).result == 1


# -- what signatures are given in a canvas ---------------------------------------------------------------------------


@pytest.fixture
def shop(app):
    """Tasks whose results are the arguments that they got."""
    app.conf.task_always_eager = True

    @app.task(name="claims.one")
    def one(*args, **kwargs):
        return [*args, *kwargs.items()]

    @app.task(name="claims.single")
    def single(pk):
        return pk

    app.finalize()
    return one, single


def test_what_is_given_later_stands_before(shop):
    one, _ = shop
    assert one.s(1).delay(2).get() == [2, 1]
    assert one.s(1, a=1).apply_async((2,), {"a": 3}).get() == [2, 1, ("a", 3)]
    assert one.si(1).delay(2).get() == [1]
    assert one.s(1).set(immutable=True).delay(2).get() == [1]
    assert one.s(1).clone((2,)).delay().get() == [2, 1]


def test_the_result_stands_before_the_arguments_of_the_next(shop):
    one, _ = shop
    assert celery.chain(one.s(1), one.s(2)).delay().get() == [[1], 2]
    assert celery.chain(one.s(1), one.si(2)).delay().get() == [2]
    assert celery.chain(one.s(1), one.s(2))(3).get() == [[3, 1], 2]
    assert celery.chain(one.s(1), one.s(2)).apply_async((3,)).get() == [[3, 1], 2]
    assert (one.s(1) | one.s(2) | one.s(3)).delay().get() == [[[1], 2], 3]
    steps = one.s(1)
    steps |= one.s(2)
    assert steps.delay().get() == [[1], 2]
    empty = celery.chain()
    assert (empty | one.s(2)).delay().get() == [2]


def test_keywords_of_a_chain_go_to_the_first(shop):
    one, _ = shop
    assert celery.chain(one.s(1), one.s(2)).apply_async(kwargs={"a": 1}).get() == [[1, ("a", 1)], 2]


def test_members_of_a_group_and_the_body_of_a_chord(shop):
    one, _ = shop
    assert celery.group(one.s(1), one.s(2)).delay(3).get() == [[3, 1], [3, 2]]
    assert celery.chord([one.s(1), one.s(2)])(one.s(3)).get() == [[[1], [2]], 3]
    assert celery.chord([one.s(1)], one.si(3))().get() == [3]
    assert (celery.group(one.s(1), one.s(2)) | one.s(3)).delay().get() == [[[1], [2]], 3]
    assert (one.s(1) | celery.group(one.s(2), one.s(3))).delay().get() == [[[1], 2], [[1], 3]]
    assert celery.chain(one.s(1), celery.chord([one.s(2), one.s(3)], one.s(4))).delay().get() == [
        [[[1], 2], [[1], 3]],
        4,
    ]


def test_a_chain_as_the_header_of_a_chord_runs_side_by_side(shop):
    one, _ = shop
    assert celery.chord(celery.chain(one.s(1), one.s(2)), one.s(3))().get() == [[[1], [2]], 3]


def test_a_link_gets_the_result(app, shop):
    _, single = shop
    seen = []

    @app.task(name="claims.seen")
    def note(*args):
        seen.append(args)

    single.apply_async((1,), link=note.s(2))
    single.s(1).set(link=note.s(2)).delay()
    made = single.s(1)
    made.link(note.s(2))
    made.delay()
    single.apply_async((1,), link=note.si(2))
    assert seen == [(1, 2), (1, 2), (1, 2), (2,)]


def test_a_group_makes_immutable_what_is_linked_to_it(app, shop):
    _, single = shop
    seen = []

    @app.task(name="claims.seen")
    def note(*args):
        seen.append(args)

    made = celery.group(single.s(1), single.s(2))
    made.link(note.s(3))
    made.delay()
    last = celery.chain(single.s(1), single.s())
    last.link(note.s(3))
    last.delay()
    assert seen[0] == (3,) and set(seen[1:]) == {(1, 3)}  # up to 5.6 the link of a chain is called twice here


def test_one_too_many_in_a_chain(shop):
    one, single = shop
    with pytest.raises(TypeError):
        celery.chain(single.s(1), single.s(1)).apply(throw=True)
    assert celery.chain(single.s(1), single.s()).delay().get() == 1
    with pytest.raises(TypeError):
        celery.chain(single.s(), one.s(1)).delay()


def test_the_first_of_a_chain_is_compared_where_it_is_sent_and_the_others_in_the_worker(app):
    @app.task(name="claims.single")
    def single(pk): ...

    app.finalize()
    celery.chain(single.s(1), single.s(2, 3)).delay()
    with pytest.raises(TypeError):
        celery.chain(single.s(), single.s()).delay()
    with pytest.raises(TypeError):
        celery.group(single.s(1), single.s()).delay()


@pytest.mark.parametrize("how", [lambda task: task(1), lambda task: task.delay(1)], ids=["run", "sent"])
def test_no_signature_in_a_canvas(shop, how):
    one, single = shop
    for made in (
        lambda: celery.chain(one.s(1), how(single)).delay(),
        lambda: celery.group(one.s(1), how(single)).delay(),
        lambda: (one.s(1) | how(single)).delay(),
    ):
        with pytest.raises((TypeError, AttributeError, KeyError)):
            made()


def test_what_replaces_a_task_is_given_nothing(app, shop):
    one, _ = shop

    @app.task(bind=True, name="claims.again")
    def again(self):
        with celery.result.allow_join_result():
            return self.replace(one.s(1))

    assert again.delay().get() == [1]


def test_map_gives_one_argument_and_starmap_what_each_item_holds(shop):
    one, single = shop
    assert one.map([1, (2, 3)]).delay().get() == [[1], [[2, 3]]]
    assert one.starmap([(1,), (2, 3)]).delay().get() == [[1], [2, 3]]
    with pytest.raises(TypeError):
        single.starmap([(1, 2)]).apply(throw=True)
    assert one.chunks(zip([1, 2], [3, 4]), 2)().get() == [[[1, 3], [2, 4]]]


# -- schedules and retries -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("args", "kwargs", "fits"),
    [((), {}, False), ((1,), {}, True), ((1, 2), {}, False), ((), {"name": 1}, True), ((), {"other": 1}, False), ("daily", {}, False), (5, {}, False)],
)  # fmt: skip
def test_what_a_schedule_gives_is_compared_when_beat_has_the_task(app, args, kwargs, fits):
    from celery.beat import ScheduleEntry, Scheduler, SchedulingError

    greeted(app)
    entry = ScheduleEntry(name="one", task="claims.greet", schedule=5, args=args, kwargs=kwargs, app=app)
    beat = Scheduler(app, lazy=True)
    if fits:
        beat.apply_async(entry, advance=False)
    else:
        with pytest.raises(SchedulingError):
            beat.apply_async(entry, advance=False)


def test_what_is_given_beside_the_signature_of_a_periodic_task(app):
    greet = greeted(app)
    app.add_periodic_task(5, greet.s(1), (2,), {"other": 3}, name="both")
    assert app.conf.beat_schedule["both"]["args"] == (2, 1)
    assert app.conf.beat_schedule["both"]["kwargs"] == {"other": 3}
    app.add_periodic_task(5, greet, name="bare")
    assert app.conf.beat_schedule["bare"]["args"] == ()


def test_a_retry_has_the_arguments_of_the_run_where_it_is_given_none(app):
    @app.task(bind=True, name="claims.again")
    def again(self, user_id, day): ...

    app.finalize()
    again.push_request(args=(1, 2), kwargs={})
    assert again.signature_from_request().args == (1, 2)
    assert again.signature_from_request(args=(3, 4)).args == (3, 4)
    made = again.signature_from_request(args=(again, 3, 4))
    with pytest.raises(TypeError):
        made.apply_async()


# -- after a failure -------------------------------------------------------------------------------------------------

SEEN: list[int] = []


def by_id(one):
    SEEN.append(1)


def by_error(one, two, three):
    SEEN.append(3)


def by_any(*rest):
    SEEN.append(len(rest))


def by_default(one, two=None, three=None):
    SEEN.append(sum(each is not None for each in (one, two, three)))


def bound_by_any(self, *rest):
    SEEN.append(len(rest))


@pytest.mark.parametrize(
    ("function", "number"), [(by_id, 1), (by_error, 3), (by_any, 3), (by_default, 3), (bound_by_any, 1)]
)
def test_what_is_called_after_a_failure_is_given(app, function, number):
    app.conf.task_always_eager = True
    errback = app.task(name="claims.errback", bind=function is bound_by_any)(function)

    @app.task(name="claims.fails")
    def fail():
        raise KeyError("x")

    app.finalize()
    SEEN.clear()
    fail.apply_async(link_error=errback.s())
    fail.s().on_error(errback.s()).apply_async()
    assert [number, number] == SEEN
