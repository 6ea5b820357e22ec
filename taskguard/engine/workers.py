"""Processes that turn files into facts."""

from __future__ import annotations

from taskguard.engine.gather import Made, make
from taskguard.errors import UserError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from concurrent.futures import Future

    from taskguard.engine.gather import Order
    from taskguard.facts.model import Facts

    Sent = tuple[str, Facts | str | int | None, int, int]

SHOWN = 5


def chunk(order: Order) -> list[Sent]:
    """What one worker does with its share. Text crosses the border between processes faster than records do."""
    import gc

    gc.disable()
    found = ((wanted.path, make(order, wanted)) for wanted in order.files)
    return [(path, _short(made), made.flags, made.mark) for path, made in found if made is not None]


def _short(made: Made) -> Facts | str | int | None:
    """What a file says, as text where there is one for it."""
    from taskguard.facts.codec import encode

    said = made.said
    try:
        return said if said is None or isinstance(said, int | str) else encode(said)
    except ValueError:
        return said


def parallel(
    order: Order, shares: Iterator[Order], count: int, progress: Callable[[int, int], None] | None
) -> dict[str, Made]:
    """What all files of an order say, worked out by `count` processes. Raises UserError where one of them dies."""
    import multiprocessing
    from concurrent.futures import ProcessPoolExecutor, as_completed
    from concurrent.futures.process import BrokenProcessPool

    method = "fork" if "fork" in multiprocessing.get_all_start_methods() else "spawn"
    made: dict[str, Made] = {}
    with ProcessPoolExecutor(count, mp_context=multiprocessing.get_context(method)) as pool:
        # What happens to the pool can happen while it is being filled, too.
        running: dict[Future[list[Sent]], Order] = {}
        try:
            for share in shares:
                running[pool.submit(chunk, share)] = share
            for future in as_completed(running):
                for sent in future.result():
                    made[sent[0]] = Made(*sent[1:])
                if progress is not None:
                    progress(len(made), len(order.files))
        except BrokenProcessPool:
            done = {
                path for future in running if future.done() and not future.exception() for path, *_ in future.result()
            }
            lost = [one.path for one in order.files if one.path not in done]
            names = ", ".join(lost[:SHOWN]) + (f" and {len(lost) - SHOWN} more" if len(lost) > SHOWN else "")
            raise UserError(
                f"a worker process died (killed, or out of memory) while it read {names}; try --workers 1"
            ) from None
        except KeyboardInterrupt:
            for process in list(getattr(pool, "_processes", {}).values()):
                process.terminate()
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return made
