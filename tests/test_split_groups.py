"""What of a god file belongs together."""

from __future__ import annotations

import pytest

from split_places import god
from taskguard.splitting.affinity import affinities
from taskguard.splitting.edges import edges_of, units_of
from taskguard.splitting.propose import common
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
