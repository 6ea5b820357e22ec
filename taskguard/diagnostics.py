"""What taskguard says: frozen, sorted values that do not render themselves."""

from __future__ import annotations

from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal

    Level = Literal["off", "warn", "error"]


class Span(Record):
    """A place in a file. Lines and columns are 1-based, columns count code points, the end is exclusive."""

    line: int
    column: int
    end_line: int
    end_column: int


TOP = Span(1, 1, 1, 1)


class Related(Record):
    """A second place that belongs to a diagnostic. `path` is relative to the project root, with `/`."""

    path: str
    line: int
    message: str


class Edit(Record):
    """Replace what `span` covers in `path` by `text`."""

    path: str
    span: Span
    text: str


class Fix(Record):
    """Edits that remove a diagnostic. A fix that could change behaviour is not `safe`."""

    edits: tuple[Edit, ...]
    safe: bool = True


class Diagnostic(Record):
    """One sentence of the linter. The field order is the sort order: path, line, column, code.

    `measure` is the number that the rule holds against a limit, 0 where it measures nothing. `practice` says that nothing fails
    because of it.
    """

    path: str
    line: int
    column: int
    code: str
    end_line: int
    end_column: int
    name: str
    level: Level
    symbol: str | None
    message: str
    help: str
    related: tuple[Related, ...] = ()
    depends: tuple[str, ...] = ()
    fix: Fix | None = None
    measure: int = 0
    practice: bool = False

    @property
    def fixable(self) -> str | None:
        """`safe`, `unsafe` or None."""
        if self.fix is None:
            return None
        return "safe" if self.fix.safe else "unsafe"


class Undecided(Record):
    """A verdict that a rule could not give, because Unknown stood in the way."""

    path: str
    line: int
    column: int
    code: str
    why: str


class Report(Record):
    """What one run has to say. `files` counts the files looked at, `suppressed` and `baselined` what was hidden.
    `idle` says that no rule was on that could have found anything in them."""

    diagnostics: tuple[Diagnostic, ...]
    undecided: tuple[Undecided, ...] = ()
    files: int = 0
    suppressed: int = 0
    baselined: int = 0
    idle: bool = False

    def count(self, level: Level) -> int:
        """How many diagnostics have that level (`error` or `warn`)."""
        return sum(1 for one in self.diagnostics if one.level == level)
