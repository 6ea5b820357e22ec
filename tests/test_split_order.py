"""What a split keeps in order, and what it refuses."""

from __future__ import annotations

import pytest

from split_places import god, parted, plan
from taskguard.errors import UserError
from taskguard.facts.entries import class_entry
from taskguard.splitting.god import User
from taskguard.splitting.write import split


def test_a_class_reads_the_name_of_the_module_that_it_binds_itself() -> None:
    made = parted("limit = 3\n\n\nclass Basket:\n    limit = limit\n", one="limit", two="Basket").files
    assert "from shop.parts.one import limit" in made["shop/parts/two.py"]


def test_an_import_within_a_function_stands_above_a_decorated_one() -> None:
    text = """\
        def first(marked):
            @marked
            def inner():
                return second
            return inner


        def second(marked):
            return first
        """
    made = parted(text, one="first", two="second").files
    late = next(text for text in made.values() if "    from shop.parts" in text)
    compile(late, "late", "exec")


def test_what_is_deleted_again_is_deleted_behind_its_users() -> None:
    text = "step = 2\n\n\nfirst = step + 1\n\ndel step\n\nlast = 5\n"
    made = parted(text, one="last first step").files["shop/parts/one.py"]
    assert made.index("step = 2") < made.index("first = step") < made.index("del step")


@pytest.mark.parametrize(
    ("text", "used", "reason"),
    [
        ("if OLD:\n    def one(): ...\n    __all__ = []\n    __all__.append('one')\n\ntwo = 2\n", (), "uses `__all__`, which stays in the facade"),
        ("state = None\n\n\ndef one():\n    global state\n    state = 1\n\n\ntwo = 2\n", ("state",), "is rebound by `global state`"),
    ],
)  # fmt: skip
def test_what_a_facade_cannot_hand_on_is_refused(text: str, used: tuple[str, ...], reason: str) -> None:
    held = god(text).replace(outside={name: (User("shop/views.py", 1, f"uses it as `tasks.{name}`"),) for name in used})
    names = {"one": "one state" if used else "one", "two": "two"}
    with pytest.raises(UserError, match=reason):
        split(held, plan(**names))


def test_a_branch_that_only_binds_constants_goes_into_one_module() -> None:
    text = "SLOW = True\nif SLOW:\n    LIMIT = 1\nelse:\n    LIMIT = 2\n\n\ndef one():\n    return LIMIT\n\n\ndef two():\n    return LIMIT\n"
    made = parted(text, first="one", second="two", third="SLOW LIMIT").files
    assert [path for path, held in made.items() if "LIMIT = 2" in held] == ["shop/parts/third.py"]


@pytest.mark.parametrize(
    ("above", "kept"),
    [
        ("# SPDX-License-Identifier: MIT\n# We grow apples.\n", ["# SPDX-License-Identifier: MIT", "# We grow apples."]),
        ("#!/usr/bin/env python\n# -*- coding: utf-8 -*-\n# ruff: noqa: E501\n# of the shop\n", ["# -*- coding: utf-8 -*-", "# ruff: noqa: E501"]),
        ("# of the shop\n", []),
    ],
)  # fmt: skip
def test_what_holds_for_a_whole_file_holds_for_its_parts(above: str, kept: list[str]) -> None:
    made = parted(f'{above}"""The shop."""\n\none = 1\ntwo = 2\n', first="one", second="two").files
    for path in ("shop/parts/first.py", "shop/parts/second.py"):
        assert made[path].splitlines()[: len(kept) + 1] == [*kept, f'"""About {path[11:-3]}."""']


def test_a_class_of_a_task_is_called_what_it_was_called() -> None:
    assert class_entry('class Ledger(Task):\n    """Text."""\n    queue = "money"\n') == (36, "    ")
    assert class_entry("class Ledger(Task): queue = 1\n") is None
    assert class_entry('class Ledger(Task):\n    """Text."""\n') is None


def test_what_only_annotations_name_is_imported_for_type_checkers() -> None:
    text = """\
        from __future__ import annotations


        def first(order: Order):
            return second


        class Order:
            def send(self, one: Order) -> str:
                found: list[Basket] = []
                return first(one), found


        class Basket(Order): ...


        def second(basket: Basket):
            def inner(other: Basket): ...
            return Basket
        """
    made = parted(text, one="first", two="Order second", three="Basket").files
    assert "if TYPE_CHECKING:\n    from shop.parts.two import Order\n" in made["shop/parts/one.py"]
    assert "    from shop.parts.two import second\n    return second" in made["shop/parts/one.py"]
    two = made["shop/parts/two.py"]
    assert "if TYPE_CHECKING:\n    from shop.parts.three import Basket\n" in two, "of its signature"
    assert two.count("    from shop.parts.three import Basket\n") == 2, "and of its body"


def test_what_a_function_evaluates_of_annotations_is_imported_when_it_runs() -> None:
    text = """\
        def first():
            def inner(one: Order): ...
            return second, inner


        class Order: ...


        class Basket(Order):
            kept = first


        def second(): return first
        """
    made = parted(text, one="first", two="Order Basket second").files
    assert (
        "    from shop.parts.two import Order\n    from shop.parts.two import second\n    def inner"
        in made["shop/parts/one.py"]
    )


def test_what_a_lambda_asks_for_cannot_wait() -> None:
    text = "import a\n\nname = lambda: other\n\n\nclass Basket:\n    made = lambda: other()\n\n\ndef other(): return name, Basket\n"
    with pytest.raises(UserError, match="outside of a function"):
        split(god(text), plan(one="Basket", two="other name"))
    assert class_entry("class Ledger(Task):\n    name = None\n    queue = 1\n") is None
    assert class_entry("class Ledger(Task):\n    if LONG:\n        name = 'long'\n") is None
    assert class_entry("class Ledger(Task):\n    name: str\n") == (20, "    ")
    assert class_entry("class Ledger(Task):\n    # a comment\n    @property\n    def name(self): ...\n") is None
