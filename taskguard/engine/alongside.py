"""A report that another process makes, while this one goes on."""

from __future__ import annotations

import os

from taskguard.engine.gather import several
from taskguard.engine.workers import all_of, forked

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from taskguard.diagnostics import Report


def alongside(make: Callable[[], Report], workers: int | None) -> Callable[[], Report]:
    """Starts to make a report; the function given back waits for it. Where no other process may work, or it died, it is made then."""
    if not several(workers):
        return make
    from taskguard.facts.codec import read_report, write_report

    process, results = forked(lambda: write_report(make(), 0).encode("utf-8", "surrogatepass"))

    def over() -> Report:
        data = all_of(results)
        os.close(results)
        if os.waitpid(process, 0)[1] != 0:
            return make()
        return read_report(data.decode("utf-8", "surrogatepass"))[0]

    return over
