"""Processes that turn files into facts, where the platform cannot fork."""

from __future__ import annotations

from taskguard.engine.workers import add, died, sent

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from taskguard.engine.extraction import Held, Made, Order


def parallel(
    order: Order, shares: list[Order], count: int, progress: Callable[[int, int], None] | None, held: Held | None = None
) -> dict[str, Made]:
    """What all files of an order say, worked out by `count` new processes. Raises UserError where one of them dies."""
    from concurrent.futures import ProcessPoolExecutor
    from concurrent.futures.process import BrokenProcessPool
    from multiprocessing import get_context

    made: dict[str, Made] = {}
    with ProcessPoolExecutor(count, mp_context=get_context("spawn")) as pool:
        try:
            for found in pool.map(sent, shares):
                add(made, found, order)
                if progress is not None:
                    progress(len(made), len(order.files))
        except BrokenProcessPool:
            raise died([one.path for one in order.files if one.path not in made]) from None
        except KeyboardInterrupt:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return made
