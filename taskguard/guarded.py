"""A session for front ends that must go on whatever happens: what the user has to mend, and what crashes, is a diagnostic of the file."""

from __future__ import annotations

import os

from taskguard.diagnostics import Diagnostic
from taskguard.errors import Problem, UserError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from taskguard.engine.session import Session
    from taskguard.rule import Finding

INVALID, CRASH = "TG005", "TG006"
# How the front end calls what the engine knows as an option of the command line.
OPTIONS = {"--packs": "--taskguard-packs"}


class Guarded:
    """One file after another, as `Session` has it, with every exception as a diagnostic of the file that was asked about."""

    def __init__(self, opened: Callable[[], Session], problems: tuple[Problem, ...] = ()) -> None:
        """`opened` makes the session, `problems` are mistakes in the options of the front end itself."""
        self._make = opened
        self._problems = problems
        self._session: Session | None = None
        self._kept: dict[str, str | None] = {}

    def prepare(self) -> None:
        """Judges the whole of the projects now, so that processes that are forked from this one need not. What fails is told of each file."""
        try:
            self._opened().everything()
        except (Exception, SystemExit):
            return

    def diagnostics(self, filename: str, text: str) -> Iterator[Diagnostic]:
        """The diagnostics that lie in the file. Raises nothing."""
        try:
            session = self._opened()
            yield from session.diagnostics(filename, text)
            said = [
                *(self._crashed(filename, one, ours=True) for one in session.crashes if concerns(one, filename)),
                *(self._crashed(filename, one, ours=False) for one in session.faults if concerns(one, filename)),
            ]
        except UserError as error:
            said = [refused(filename, error)]
        except (Exception, SystemExit):
            import traceback

            said = [self._crashed(filename, traceback.format_exc(), ours=True)]
        yield from unhidden(said, text)

    def _opened(self) -> Session:
        if self._problems:
            raise UserError(*self._problems)
        if self._session is None:
            self._session = self._make()
        return self._session

    def _crashed(self, filename: str, crash: str, *, ours: bool) -> Diagnostic:
        from taskguard.checkers.tg006_crash import Crash
        from taskguard.crashes import keep, title

        if crash not in self._kept:
            self._kept[crash] = keep((crash,))
        return said_by(Crash.code, Crash.name, Crash.finding(filename, title(crash), self._kept[crash], ours=ours))


def refused(filename: str, error: UserError) -> Diagnostic:
    """What the user has to change, said in a file that would have been checked."""
    from taskguard.checkers.tg005_invalid_settings import InvalidSettings

    words = [str(in_the_doors_words(one)) for one in error.problems]
    return said_by(InvalidSettings.code, InvalidSettings.name, InvalidSettings.finding(filename, words))


def in_the_doors_words(problem: Problem) -> Problem:
    """A mistake on the command line as one in flake8's options, wherever these were set."""
    if problem.file != "command line":
        return problem
    return problem.replace(file="flake8", key=OPTIONS.get(problem.key, problem.key))


def said_by(code: str, name: str, one: Finding) -> Diagnostic:
    span = one.span
    return Diagnostic(
        one.path, span.line, span.column, code, span.end_line, span.end_column, name, "error", None, one.message, one.help,
    )  # fmt: skip


def concerns(crash: str, filename: str) -> bool:
    """Whether a file's verdict lacks what a crashed rule would have said: its title may name one file alone."""
    place = crash.partition("\n")[0].rpartition(" at ")[2]
    return not place.endswith((".py", ".pyi")) or os.path.abspath(filename).replace(os.sep, "/").endswith(f"/{place}")


def unhidden(said: Iterable[Diagnostic], text: str) -> Iterator[Diagnostic]:
    """Those that no comment about the whole file hides; comments on a line are flake8's own affair."""
    from taskguard.facts.directives import MARK

    if MARK not in text:
        yield from said
        return
    from taskguard.facts.directives import scan
    from taskguard.suppressions import apply

    whole = [one for one in scan(text) if one.kind == "ignore-file"]
    yield from apply(whole, [(one, ()) for one in said]).kept
