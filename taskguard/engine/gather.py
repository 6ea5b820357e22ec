"""Files to facts, in worker processes where the amount of work pays for them."""

from __future__ import annotations

import os

from taskguard.errors import UserError
from taskguard.facts.model import Facts
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# Below this many bytes of files, starting processes costs more than it saves.
PAYS = 3_000_000
CHUNKS = 8


class Order(Record):
    """Which files to turn into facts, and how much of them.

    `files` are pairs of path and whether it is parsed whatever the byte search says. `extra` are words for that search.
    """

    root: str
    files: tuple[tuple[str, bool], ...]
    extra: tuple[bytes, ...] = ()


def facts_of_bytes(data: bytes, path: str, force: bool, extra: tuple[bytes, ...] = ()) -> Facts:
    """The facts of one file; only its length and directives where the byte search says that it cannot matter."""
    from taskguard.facts import relevance, source

    package = path.rpartition("/")[2].startswith("__init__.")
    if not force and not relevance.relevant(data, extra, package=package):
        if b"noqa" in data.lower():
            from taskguard.facts.directives import scan

            return Facts(source.count_lines(data), directives=scan(data.decode("utf-8", "replace")))
        return Facts(source.count_lines(data))
    from taskguard.facts.extract import extract
    from taskguard.facts.failed import broken, unreadable

    try:
        text = source.decode(data)
    except source.SourceError as error:
        if error.kind == "syntax":
            failed = SyntaxError(error.message)
            failed.lineno, failed.offset = error.line, 1
            return broken(data.decode("utf-8", "replace"), source.count_lines(data), failed)
        return unreadable(error.message, source.count_lines(data))
    return extract(text)


def facts_of_file(root: str, path: str, force: bool, extra: tuple[bytes, ...] = ()) -> Facts | None:
    """As `facts_of_bytes`, for a file below `root`; None where it has vanished meanwhile."""
    from taskguard.discovery import read
    from taskguard.facts.failed import unreadable

    try:
        data = read(os.path.join(root, path))
    except FileNotFoundError:
        return None
    except OSError as error:
        return unreadable(error.strerror or str(error))
    return facts_of_bytes(data, path, force, extra)


def gather(
    order: Order, sizes: dict[str, int], workers: int | None = None, progress: Callable[[int, int], None] | None = None
) -> dict[str, Facts]:
    """The facts of all files of `order`, by path. `sizes` are bytes by path; `workers` None lets the amount of work decide.

    Raises UserError where a worker process dies, with the files that it had.
    """
    total = sum(sizes.get(path, 0) for path, _ in order.files)
    count = workers if workers is not None else (min(os.cpu_count() or 1, 8) if total > PAYS else 1)
    if count <= 1 or len(order.files) < 2:
        return _serial(order, progress)
    return _parallel(order, sizes, total, count, progress)


def _serial(order: Order, progress: Callable[[int, int], None] | None) -> dict[str, Facts]:
    made: dict[str, Facts] = {}
    for place, (path, force) in enumerate(order.files):
        facts = facts_of_file(order.root, path, force, order.extra)
        if facts is not None:
            made[path] = facts
        if progress is not None and place % 64 == 0:
            progress(place, len(order.files))
    return made


def chunk(order: Order) -> list[tuple[str, Facts | int]]:
    """What one worker does with its share: facts, or the mere number of lines where there is nothing else."""
    import gc

    gc.disable()
    made: list[tuple[str, Facts | int]] = []
    for path, force in order.files:
        facts = facts_of_file(order.root, path, force, order.extra)
        if facts is not None:
            made.append((path, facts if facts.parsed or facts.directives else facts.lines))
    return made


def chunks(order: Order, sizes: dict[str, int], total: int, count: int) -> Iterator[Order]:
    """Shares of about equal bytes."""
    share = max(total // (count * CHUNKS), 1)
    held: list[tuple[str, bool]] = []
    weight = 0
    for entry in order.files:
        held.append(entry)
        weight += sizes.get(entry[0], 0)
        if weight >= share:
            yield Order(order.root, tuple(held), order.extra)
            held, weight = [], 0
    if held:
        yield Order(order.root, tuple(held), order.extra)


def _parallel(
    order: Order, sizes: dict[str, int], total: int, count: int, progress: Callable[[int, int], None] | None
) -> dict[str, Facts]:
    import multiprocessing
    from concurrent.futures import ProcessPoolExecutor, as_completed
    from concurrent.futures.process import BrokenProcessPool

    method = "fork" if "fork" in multiprocessing.get_all_start_methods() else "spawn"
    made: dict[str, Facts] = {}
    with ProcessPoolExecutor(count, mp_context=multiprocessing.get_context(method)) as pool:
        running = {pool.submit(chunk, share): share for share in chunks(order, sizes, total, count)}
        try:
            for future in as_completed(running):
                for path, facts in future.result():
                    made[path] = Facts(facts) if isinstance(facts, int) else facts
                if progress is not None:
                    progress(len(made), len(order.files))
        except BrokenProcessPool:
            lost = [path for future, share in running.items() if not future.done() or future.exception() for path, _ in share.files]
            names = ", ".join(lost[:5]) + (f" and {len(lost) - 5} more" if len(lost) > 5 else "")
            raise UserError(f"a worker process died (killed, or out of memory) while it read {names}; try --workers 1") from None
        except KeyboardInterrupt:
            for process in list(getattr(pool, "_processes", {}).values()):
                process.terminate()
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return made
