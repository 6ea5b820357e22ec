"""Fixing until nothing is left that can be fixed. A fix counts only if linting the result again says that it was one."""

from __future__ import annotations

from collections import Counter

from taskguard.fixes.choice import Batch, together
from taskguard.fixes.edited import Unedited, edited
from taskguard.record import Record
from taskguard.selection import rule_class

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from typing import Any

    from taskguard.diagnostics import Diagnostic, Report

    Key = tuple[str, str, str | None]


# So many results are linted, or so many findings and undecided verdicts told in them together, whichever is more.
MOST_TRIES, MOST_TOLD = 60, 60_000
TIRED = "too many others did not hold, or got in each other's way"


class State(Record):
    """What linting the files says: the report, and the paths of the files that do not parse. `files` are those that differ from the disk.

    `crashes` counts the rules that had no verdict because they failed. `of` is the linter's own.
    """

    report: Report
    broken: frozenset[str]
    files: Mapping[str, bytes]
    crashes: int = 0
    of: Any = None


class Mended(Record):
    """What came of fixing. `state` is the last one, `fixed` the diagnostics that are gone, `left` those whose fix did not hold, and why."""

    state: State
    fixed: tuple[Diagnostic, ...]
    left: tuple[tuple[Diagnostic, str], ...]


class Fixer:
    """Fixes the files that `read` gives, by what `lint` says of them with some replaced. Make one, call `run` once.

    `unsafe` takes fixes, too, that may change what the code does. `only` are the paths of the files that may be edited, None for all.
    """

    def __init__(
        self,
        read: Callable[[str], bytes | None],
        lint: Callable[[Mapping[str, bytes]], State],
        *,
        unsafe: bool = False,
        only: Collection[str] | None = None,
    ) -> None:
        self._read = read
        self._lint = lint
        self._unsafe = unsafe
        self._only = only
        self._fixed: list[Diagnostic] = []
        self._tries = 0
        self._left: dict[tuple[Key, str], tuple[Diagnostic, str]] = {}

    def run(self, state: State) -> Mended:
        """Fixes what the report of a state says can be fixed, in as many rounds as it takes."""
        while wanted := [one for one in state.report.diagnostics if self._wants(one)]:
            if self._tired(state):
                self._left.update({(key(one), one.message): (one, TIRED) for one in wanted})
                break
            state = self._round(state, wanted)
        return Mended(state, tuple(self._fixed), tuple(self._left.values()))

    def _tired(self, state: State) -> bool:
        """Whether more was tried than fixes that people need take."""
        told = len(state.report.diagnostics) + len(state.report.undecided)
        return self._tries >= MOST_TRIES and self._tries * told >= MOST_TOLD

    def _wants(self, one: Diagnostic) -> bool:
        if one.fix is None or not (one.fix.safe or self._unsafe) or (key(one), one.message) in self._left:
            return False
        return self._only is None or all(edit.path in self._only for edit in one.fix.edits)

    def _round(self, state: State, wanted: Sequence[Diagnostic]) -> State:
        """The state after one batch that held; the same state where what was tried did not hold."""
        batch = together(wanted)
        while True:
            after, blame = self._tried(state, batch)
            if after is not None:
                self._fixed += batch.fixed
                return after
            suspects = [one for one in batch.fixed if touches(one, blame.paths)] or list(batch.fixed)
            if len(suspects) < len(batch.fixed):
                guilty = frozenset(suspects)
                batch = together(one for one in batch.fixed if one not in guilty)
                continue
            fixes = list(dict.fromkeys(one.fix for one in suspects))
            if blame.size or len(fixes) == 1:
                self._left.update({(key(one), one.message): (one, blame.why) for one in suspects})
                return state
            half = frozenset(fixes[: len(fixes) // 2])
            batch = together(one for one in suspects if one.fix in half)

    def _tried(self, state: State, batch: Batch) -> tuple[State | None, Blame]:
        """The state with a batch applied, or what stands against it."""
        self._tries += 1
        files = dict(state.files)
        for path, edits in batch.by_path().items():
            data = files[path] if path in files else self._read(path)
            try:
                files[path] = edited(data or b"", edits)
            except Unedited as error:
                return None, Blame(frozenset((path,)), str(error))
        after = self._lint(files)
        blame = blamed(state, after, batch.fixed)
        return (after if blame is None else None), blame or Blame(frozenset(), "")


class Blame(Record):
    """Why a batch did not hold: the files that something is wrong with now. `size` says that no more than a limit is crossed, by all fixes together."""

    paths: frozenset[str]
    why: str
    size: bool = False


def touches(one: Diagnostic, paths: frozenset[str]) -> bool:
    """Whether the fix of a diagnostic edits one of these files."""
    return one.fix is not None and any(edit.path in paths for edit in one.fix.edits)


def key(one: Diagnostic) -> Key:
    """What stays of a diagnostic when lines move and numbers in its message change."""
    return one.path, one.code, one.symbol


def blamed(before: State, after: State, fixed: Sequence[Diagnostic]) -> Blame | None:
    """What is wrong after fixing: a file does not parse, a finding is still there or has come instead, a verdict is lost. None where nothing is."""
    broken = after.broken - before.broken
    most = Counter(map(key, before.report.diagnostics))
    most.subtract(map(key, fixed))
    counts = Counter(map(key, after.report.diagnostics))
    more = [
        one for one in after.report.diagnostics if counts[key(one)] > most[key(one)] and not _stood_behind(one, fixed)
    ]
    unsure = Counter((one.path, one.code) for one in before.report.undecided)
    doubts = Counter((one.path, one.code) for one in after.report.undecided) - unsure
    if not broken and not more and not doubts and after.crashes <= before.crashes:
        return None
    paths = broken.union((one.path for one in more), (path for path, _ in doubts))
    size = not broken and not doubts and bool(more) and all(one.measure for one in more)
    return Blame(paths, _why(broken, more, sorted({code for _, code in doubts}), fixed), size)


def _stood_behind(one: Diagnostic, fixed: Sequence[Diagnostic]) -> bool:
    """Whether a warning is only said because the finding that stood for it is mended."""
    first = rule_class(one.code).behind
    return bool(first) and one.level == "warn" and any((by.code, by.symbol) == (first, one.symbol) for by in fixed)


def _why(broken: frozenset[str], more: Sequence[Diagnostic], doubts: Sequence[str], fixed: Sequence[Diagnostic]) -> str:
    """What is wrong after fixing, in words."""
    if broken:
        return f"{min(broken)} would not parse"
    still = {key(one) for one in fixed}
    new = sorted({one.code for one in more if key(one) not in still})
    if new:
        return f"that would bring {' and '.join(new)}"
    return (
        "that does not help"
        if more
        else f"what {' and '.join(doubts)} says could not be told any more"
        if doubts
        else "a rule failed"
    )
