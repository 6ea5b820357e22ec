"""What is wrong with a piece of the configuration, as the rules say it."""

from __future__ import annotations

from taskguard.diagnostics import Fix, Related, Span
from taskguard.record import Record


class Fault(Record):
    """A mistake in the configuration, or with `doubt` a verdict that could not be given, and why.

    `symbol` is the subject, `depends` are further files on which it rests. One that is not `certain` is at most a warning.
    """

    path: str
    span: Span
    message: str
    help: str = ""
    symbol: str | None = None
    related: tuple[Related, ...] = ()
    depends: tuple[str, ...] = ()
    certain: bool = True
    doubt: str = ""
    fix: Fix | None = None
