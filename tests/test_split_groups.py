"""What of a god file belongs together."""

from __future__ import annotations

import pytest

from split_places import god
from taskguard.diagnostics import Diagnostic
from taskguard.engine.checking import TextStore
from taskguard.splitting.affinity import affinities
from taskguard.splitting.aftermath import why_long
from taskguard.splitting.attention import attention
from taskguard.splitting.edges import edges_of, units_of
from taskguard.splitting.plan import Plan, PlannedModule, placed
from taskguard.splitting.propose import common
from taskguard.splitting.trial import came
from taskguard.splitting.write import ordered, split
from test_split_plan import shop


def test_a_queue_beside_which_there_is_no_other_brings_nothing_together() -> None:
    held = god(shop(), limit=250)
    units, edges = units_of(held), edges_of(held)

    def with_queues(mail: str, order: str) -> dict[tuple[int, int], float]:
        told = {name: mail if "mail" in name else order for name in held.homes if "_" in name}
        return affinities(held.replace(tasks=told), units, edges)

    assert with_queues("one", "") == with_queues("", "")
    assert with_queues("one", "two") != with_queues("", "")


@pytest.mark.parametrize(("lines", "found"), [(14, False), (15, True)])
def test_what_three_sections_use_is_common_from_fifteen_lines_on(lines: int, found: bool) -> None:
    helper = "def clean(x):\n" + "    step(x)\n" * (lines - 1)
    held = god(helper + "".join(f"\n\ndef {one}(x):\n    clean(x)\n" for one in ("mail", "order", "stock")))
    units = units_of(held)
    needs = {number: {0} if number else set[int]() for number in range(len(units))}
    assert held.lines(0) == lines
    assert bool(common(held, units, needs, ["", "Mail", "Orders", "Stock"])) is found


def test_all_reasons_why_a_long_module_stays_whole_are_told() -> None:
    names = ("FIRST", "SECOND", "THIRD")
    text = "".join(f"{one} = 0\n" for one in names) + "\n\ndef count():\n    global FIRST, SECOND, THIRD\n"
    text += "".join(f"    {one} = FIRST\n" for one in names) + "    step()\n" * 60
    held = god(text, limit=100)
    plan = Plan("shop/tasks.py", "shop/parts", (PlannedModule("shop/parts/all.py", "All.", (*names, "count")),))
    (part,) = placed(held, plan, units_of(held))
    said = why_long(held, part)
    assert all(f"`{one}` is rebound by `global {one}`" in said for one in names)


def test_a_block_that_stays_alone_is_no_blocks_that_stay_together() -> None:
    held = god("import os\n\nif os.name == 'nt':\n    EXTRA = 1\n\n\ndef send():\n    pass\n")
    units = units_of(held)
    assert any(unit.why and len(unit.places) == 1 for unit in units)
    assert not [what for _, what in attention(held, units) if "stay in one module" in what]


def test_the_order_of_a_plan_stays_where_blocks_touch_the_same_state() -> None:
    """What changes the list comes in the order of the file; what has nothing to do with it may stand between."""
    held = god("def other():\n    pass\n\n\nPARTS = []\nPARTS.append(1)\nPARTS.append(2)\n")
    places = {name: held.homes[name][0] for name in ("other", "PARTS")}
    first, second = (
        place for place in held.moving if "PARTS" in held.blocks[place].touches and place != places["PARTS"]
    )
    assert ordered(held, [first, places["other"], second], edges_of(held)) == [first, places["other"], second]
    assert ordered(held, [second, places["other"], first], edges_of(held)) == [places["other"], first, second]


def test_a_folder_that_comes_before_that_of_the_god_file_is_a_package_too() -> None:
    held = god("def send():\n    pass\n\n\ndef sweep():\n    pass\n")
    modules = tuple(PlannedModule(f"depot/{one}.py", "Some.", (one,)) for one in ("send", "sweep"))
    assert "depot/__init__.py" in split(held, Plan("shop/tasks.py", "depot", modules)).files


def test_what_is_wrong_with_a_new_module_as_a_whole_and_was_not_with_the_old_one_is_new() -> None:
    store = TextStore({"shop/tasks.py": b"", "shop/parts/mail.py": b""}, ())
    said = Diagnostic("shop/parts/mail.py", 1, 1, "TG304", 1, 2, "x", "warn", "shop.parts.mail", "m", "h")
    names = {"shop/parts/mail.py": "shop.parts.mail"}
    assert came((), (said,), "shop/tasks.py", frozenset(names), store, store, names) == ([said], [])
