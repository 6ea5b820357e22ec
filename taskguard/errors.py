"""What the user has to mend: exit code 2, or a line of warning. Anything else that escapes is our bug: exit code 3."""

from __future__ import annotations

from taskguard.record import Record


class Problem(Record):
    """One mistake of the user's: `file:line: key: message`. Line is 1-based, 0 where there is none.

    What is not `certain` may be right tomorrow (a glob that matches no file yet): it is a line of warning and stops nothing.
    """

    file: str
    line: int
    key: str
    message: str
    certain: bool = True

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return ": ".join(part for part in (place, self.key, self.message) if part)


class UserError(Exception):
    """The user must change settings or arguments.

    `problems` holds every mistake that was found, so that one run tells them all.
    """

    def __init__(self, *problems: Problem | str) -> None:
        self.problems = tuple(p if isinstance(p, Problem) else Problem("", 0, "", p) for p in problems)
        super().__init__("\n".join(str(p) for p in self.problems))


class PlanError(UserError):
    """The user must change the plan of a split, which is no settings file."""


def nearest(word: str, known: object) -> str | None:
    """The one of `known` (any iterable of strings) that `word` most likely meant, or None."""
    from taskguard.spelling import Spelling

    return Spelling().nearest(word, known)  # type: ignore[arg-type]
