"""Files to facts, in worker processes where the amount of work pays for them."""

from __future__ import annotations

import os

from taskguard.engine.extraction import Order, make

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from taskguard.engine.extraction import Held, Made, Wanted

# Below this many bytes of files, starting processes costs more than it saves: two of them send, and take apart, as long as one reads.
PAYS = 12_000_000
CHUNKS = 8
MOST_WORKERS = 8


def several(workers: int | None) -> bool:
    """Whether more than one process may work here. `workers` is what the user asked for."""
    return hasattr(os, "fork") and (workers if workers is not None else os.cpu_count() or 1) > 1


def gather(
    order: Order,
    workers: int | None = None,
    progress: Callable[[int, int], None] | None = None,
    held: Held | None = None,
) -> dict[str, Made]:
    """What all files of `order` say, by path. `workers` None lets the amount of work decide. `held` gets the bytes that pass by.

    Raises UserError where a worker process dies, with the files that it had.
    """
    total = sum(wanted.size for wanted in order.files)
    count = workers if workers is not None else (min(os.cpu_count() or 1, MOST_WORKERS) if total > PAYS else 1)
    if count > 1 and len(order.files) > 1:
        from taskguard.engine.workers import MOST_SHARES

        if hasattr(os, "fork"):
            from taskguard.engine.workers import parallel
        else:
            from taskguard.engine.spawn_workers import parallel
        return parallel(order, list(chunks(order, total, min(count, MOST_SHARES // CHUNKS - 1))), count, progress, held)
    made: dict[str, Made] = {}
    for place, wanted in enumerate(order.files):
        one = make(order, wanted, held)
        if one is not None:
            made[wanted.path] = one
        if progress is not None and place % 64 == 0:
            progress(place, len(order.files))
    return made


def chunks(order: Order, total: int, count: int) -> Iterator[Order]:
    """Shares of about equal bytes."""
    share = max(total // (count * CHUNKS), 1)
    held: list[Wanted] = []
    weight = 0
    for wanted in order.files:
        held.append(wanted)
        weight += wanted.size
        if weight >= share:
            yield Order(order.root, tuple(held), order.extra, order.keep)
            held, weight = [], 0
    if held:
        yield Order(order.root, tuple(held), order.extra, order.keep)
