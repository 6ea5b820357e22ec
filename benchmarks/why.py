"""`python -m benchmarks.why check …`: runs taskguard in this process, and says last, on standard error, why what the last run found did not hold."""

from __future__ import annotations

import contextlib
import io
import sys
from collections.abc import Sequence
from typing import Any
from unittest.mock import patch

KEPT, NOTHING = "kept", "nothing kept"


def reason(words: Sequence[str]) -> str:
    """Why a run with these words judged anew; `KEPT` where it did not."""
    from taskguard.cli.main import main
    from taskguard.engine import incremental, running, unchanged
    from taskguard.engine.verdicts import Elsewhere

    seen: list[str] = []
    judged: list[bool] = []
    holds, tells, judges = incremental.Incremental.kept, unchanged._outcome, running._linted

    def kept(self: incremental.Incremental) -> Any:
        found = holds(self)
        if found is None:
            seen.append(self.why or NOTHING)
        return found

    def told(*given: Any) -> Any:
        try:
            return tells(*given)
        except Elsewhere as error:
            seen.append(f"moved: {error}")
            raise

    def judging(*given: Any) -> Any:
        judged.append(True)
        return judges(*given)

    with contextlib.ExitStack() as held:
        held.enter_context(patch.object(incremental.Incremental, "kept", kept))
        held.enter_context(patch.object(unchanged, "_outcome", told))
        held.enter_context(patch.object(running, "_linted", judging))
        held.enter_context(contextlib.redirect_stdout(io.StringIO()))
        held.enter_context(contextlib.redirect_stderr(io.StringIO()))
        main(list(words))
    return (seen[-1] if seen else NOTHING) if judged else KEPT


if __name__ == "__main__":
    print(reason(sys.argv[1:]), file=sys.stderr)
