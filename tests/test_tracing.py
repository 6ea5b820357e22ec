"""Who has read what: each read is known by the units that rest on it, also by way of values that were worked out for another unit."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from taskguard.engine.reads import Reads, named
from taskguard.query import cyclic, query
from taskguard.tracing import ALL, TRACE, Frame


class Owner:
    """What queries are kept with; `read` notes a read by a number of its own."""

    def __init__(self) -> None:
        self.memo: dict[object, object] = {}

    def read(self, number: int) -> int:
        TRACE.reads.add(number)
        return number


@query
def low(owner: Owner) -> int:
    return owner.read(1)


@query
def high(owner: Owner) -> int:
    return low(owner) + owner.read(2)


@cyclic(0)
def around(owner: Owner, place: int) -> int:
    owner.read(10 + place)
    return around(owner, (place + 1) % 3)


@pytest.fixture(autouse=True)
def traced() -> Iterator[None]:
    TRACE.start()
    yield
    TRACE.stop()


def units_by_read() -> dict[int, set[str]]:
    units = {name: place for place, name in enumerate(TRACE.units)}
    return {
        read: {name for name, place in units.items() if mask >> place & 1} for read, mask in TRACE.masks(units).items()
    }


def test_a_value_that_is_asked_again_brings_its_reads_along() -> None:
    owner = Owner()
    with TRACE.unit("one"):
        high(owner)
    with TRACE.unit("two"):
        low(owner)
    with TRACE.unit("three"):
        owner.read(3)
    assert units_by_read() == {1: {"one", "two"}, 2: {"one"}, 3: {"three"}}


def test_values_that_ask_for_one_another_rest_on_all_that_each_has_read() -> None:
    owner = Owner()
    with TRACE.unit("one"):
        around(owner, 0)
    with TRACE.unit("two"):
        around(owner, 2)
    assert units_by_read() == {10: {"one", "two"}, 11: {"one", "two"}, 12: {"one", "two"}}


def test_what_is_worked_out_for_nobody_counts_for_who_asks() -> None:
    owner = Owner()
    with TRACE.nobody():
        high(owner)
        owner.read(4)
    with TRACE.unit("one"):
        low(owner)
    assert units_by_read() == {1: {"one"}}


def test_what_is_read_outside_of_units_is_read_for_all() -> None:
    Owner().read(5)
    assert units_by_read() == {5: {ALL}}


def test_what_several_ask_in_turns_is_one_frame() -> None:
    owner, frame = Owner(), Frame()
    for number, name in enumerate(("one", "two")):
        with TRACE.unit(name), TRACE.within(frame):
            owner.read(20 + number)
    assert units_by_read() == {20: {"one", "two"}, 21: {"one", "two"}}


def test_a_value_whose_work_fails_is_read_all_the_same() -> None:
    @query
    def failing(owner: Owner) -> int:
        raise ValueError(owner.read(6))

    with TRACE.unit("one"), pytest.raises(ValueError, match="6"):
        failing(Owner())
    with TRACE.unit("two"):
        Owner().read(7)
    assert units_by_read() == {6: {"one"}, 7: {"two"}}


def test_reads_of_two_runs_are_joined_by_the_names_of_their_units() -> None:
    before = Reads([ALL, "one", "two"], {"a.py": {3: 0b010, 4: 0b110}}, {}, {b"wtask": 0b010})
    now = Reads([ALL, "two", "one"], {"a.py": {5: 0b100}}, {}, {b"wtask": 0b010})
    both = before.without({"one"}, ()).joined(now)
    assert {part: named(both.units, mask) for part, mask in both.parts["a.py"].items()} == {
        4: ({"two"}, frozenset()),
        5: ({"one"}, frozenset()),
    }
    assert {search: named(both.units, mask) for search, mask in both.searches.items()} == {
        b"wtask": ({"two"}, frozenset())
    }
