"""Processes that turn files into facts. This one is the first of them: what it makes itself need not be sent.

Shares are numbers in a pipe that all processes read from, so that each takes the next one when it is done with its last.
"""

from __future__ import annotations

import marshal
import os

from taskguard.engine.extraction import Made, make
from taskguard.errors import UserError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from taskguard.engine.extraction import Held, Order

    # A path, its facts as text of `codec` or its length, flags and mark. No text: this process has to make the facts itself.
    Sent = tuple[str, str | int | None, int, int]

SHOWN = 5
# A share is one byte in the pipe.
MOST_SHARES = 255


def parallel(
    order: Order, shares: list[Order], count: int, progress: Callable[[int, int], None] | None, held: Held | None = None
) -> dict[str, Made]:
    """What all files of an order say, worked out by `count` processes. Raises UserError where one of them dies."""
    import signal

    from taskguard.facts import codec, extract  # noqa: F401 - once here, not once in each process

    queue, tokens = os.pipe()
    os.write(tokens, bytes(range(len(shares))))
    os.close(tokens)
    workers: list[tuple[int, int]] = []
    made: dict[str, Made] = {}
    lost = False
    try:
        for _ in range(count - 1):
            workers.append(_worker(queue, shares))
        for number in taken(queue):
            for wanted in shares[number].files:
                one = make(order, wanted, held)
                if one is not None:
                    made[wanted.path] = one
            if progress is not None:
                progress(min(len(made) * count, len(order.files)), len(order.files))
        for process, results in list(workers):
            data = all_of(results)
            _, status = os.waitpid(process, 0)
            workers.remove((process, results))
            os.close(results)
            lost = lost or status != 0
            if status == 0:
                add(made, marshal.loads(data), order)
    finally:
        os.close(queue)
        for process, results in workers:
            os.kill(process, signal.SIGKILL)
            os.waitpid(process, 0)
            os.close(results)
    if lost and (left := [one.path for one in order.files if one.path not in made]):
        raise died(left)
    return made


def _worker(queue: int, shares: list[Order]) -> tuple[int, int]:
    """Starts a process that takes shares."""
    return forked(lambda: marshal.dumps([one for number in taken(queue) for one in sent(shares[number])]))


def forked(work: Callable[[], bytes]) -> tuple[int, int]:
    """Starts a process that does some work. Gives its number, and where what it makes can be read when it ends."""
    results, out = os.pipe()
    process = os.fork()
    if process:
        os.close(out)
        return process, results
    status = 1
    try:
        os.close(results)
        left = memoryview(work())
        while left:
            left = left[os.write(out, left) :]
        status = 0
    finally:
        os._exit(status)  # nothing of the first process is to be run, written or cleaned up twice


def taken(queue: int) -> Iterator[int]:
    """The numbers of the shares that fall to this process."""
    while token := os.read(queue, 1):
        yield token[0]


def sent(order: Order) -> list[Sent]:
    """What the files of a share say, as it crosses the border between processes."""
    found = ((wanted.path, make(order, wanted)) for wanted in order.files)
    return [(path, short(one), one.flags, one.mark) for path, one in found if one is not None]


def short(made: Made) -> str | int | None:
    """What a file says as it crosses the border: an empty text where its facts have none, so that they have to be made again."""
    from taskguard.facts.codec import encode

    said = made.said
    try:
        return said if said is None or isinstance(said, int | str) else encode(said)
    except ValueError:
        return ""


def add(made: dict[str, Made], sent: list[Sent], order: Order) -> None:
    """Takes over what another process has made."""
    force = {one.path: one for one in order.files}
    for path, said, flags, mark in sent:
        one = make(order, force[path]) if said == "" else Made(said, flags, mark)
        if one is not None:
            made[path] = one


def all_of(descriptor: int) -> bytes:
    """What another process writes to a pipe, up to its end."""
    pieces = []
    while piece := os.read(descriptor, 1 << 20):
        pieces.append(piece)
    return b"".join(pieces)


def died(lost: list[str]) -> UserError:
    """What to say when a process has ended without its results: the files that it had."""
    names = ", ".join(lost[:SHOWN]) + (f" and {len(lost) - SHOWN} more" if len(lost) > SHOWN else "")
    return UserError(f"a worker process died (killed, or out of memory) while it read {names}; try --workers 1")
