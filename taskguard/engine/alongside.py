"""A judgement that another process makes, while this one goes on."""

from __future__ import annotations

import os

from taskguard.engine.gather import several
from taskguard.engine.linter import LintResult
from taskguard.engine.workers import all_of, forked

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


def alongside(make: Callable[[], LintResult], workers: int | None) -> Callable[[], LintResult]:
    """Starts to judge; the function given back waits for the report and for what crashed. Where no other process may work, or it died, it is done then."""
    if not several(workers):
        return make
    import marshal

    from taskguard.facts.codec import read_report, write_report

    def sent() -> bytes:
        result = make()
        return marshal.dumps((write_report(result.report, 0), result.crashes, result.faults))

    process, results = forked(sent)

    def over() -> LintResult:
        data = all_of(results)
        os.close(results)
        if os.waitpid(process, 0)[1] != 0:
            return make()
        report, crashes, faults = marshal.loads(data)
        return LintResult(read_report(report)[0], crashes, faults=faults)

    return over
