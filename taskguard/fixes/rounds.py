"""Fixing until nothing is left that can be fixed. A fix counts only if judging the result again says that it was one."""

from __future__ import annotations

from collections import Counter

from taskguard.fixes.choice import Batch, together
from taskguard.fixes.edited import Unedited, edited
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from typing import Any

    from taskguard.diagnostics import Diagnostic, Report

    Key = tuple[str, str, str | None]


class State(Record):
    """What judging the files says: the report, and the paths of the files that do not parse. `files` are those that differ from the disk.

    `crashes` counts the rules that had no verdict because they failed. `of` is the judge's own.
    """

    report: Report
    broken: frozenset[str]
    files: Mapping[str, bytes]
    crashes: int = 0
    of: Any = None


class Mended(Record):
    """What came of fixing. `state` is the last one, `fixed` the diagnostics that are gone, `left` those whose fix did not hold."""

    state: State
    fixed: tuple[Diagnostic, ...]
    left: tuple[Diagnostic, ...]


class Mender:
    """Fixes the files that `read` gives, by what `judge` says of them with some replaced. Make one, call `run` once.

    `unsafe` takes fixes, too, that may change what the code does. `only` are the paths of the files that may be edited, None for all.
    """

    def __init__(
        self,
        read: Callable[[str], bytes | None],
        judge: Callable[[Mapping[str, bytes]], State],
        *,
        unsafe: bool = False,
        only: Collection[str] | None = None,
    ) -> None:
        self._read = read
        self._judge = judge
        self._unsafe = unsafe
        self._only = only
        self._fixed: list[Diagnostic] = []
        self._left: dict[tuple[Key, str], Diagnostic] = {}

    def run(self, state: State) -> Mended:
        """Fixes what the report of a state says can be fixed, in as many rounds as it takes."""
        while wanted := [one for one in state.report.diagnostics if self._wants(one)]:
            state = self._round(state, wanted)
        return Mended(state, tuple(self._fixed), tuple(self._left.values()))

    def _wants(self, one: Diagnostic) -> bool:
        if one.fix is None or not (one.fix.safe or self._unsafe) or (key(one), one.message) in self._left:
            return False
        return self._only is None or all(edit.path in self._only for edit in one.fix.edits)

    def _round(self, state: State, wanted: Sequence[Diagnostic]) -> State:
        """The state after one batch that held; the same state where the only fix that was tried did not."""
        batch = together(wanted)
        while True:
            after = self._tried(state, batch)
            if after is not None:
                self._fixed += batch.fixed
                return after
            if len(batch.fixed) == 1:
                self._left[key(batch.fixed[0]), batch.fixed[0].message] = batch.fixed[0]
                return state
            batch = together(batch.fixed[: len(batch.fixed) // 2])

    def _tried(self, state: State, batch: Batch) -> State | None:
        """The state with a batch applied; None where it does not hold."""
        files = dict(state.files)
        try:
            for path, edits in batch.by_path().items():
                data = files[path] if path in files else self._read(path)
                if data is None:
                    return None
                files[path] = edited(data, edits)
        except Unedited:
            return None
        after = self._judge(files)
        return after if holds(state, after, batch.fixed) else None


def key(one: Diagnostic) -> Key:
    """What stays of a diagnostic when lines move and numbers in its message change."""
    return one.path, one.code, one.symbol


def holds(before: State, after: State, fixed: Sequence[Diagnostic]) -> bool:
    """Whether all of `fixed` is gone, nothing has come instead, and no file has stopped to parse."""
    if after.broken - before.broken or after.crashes > before.crashes:
        return False
    most = Counter(map(key, before.report.diagnostics))
    most.subtract(map(key, fixed))
    unsure = Counter((one.path, one.code) for one in before.report.undecided)
    return _within(Counter(map(key, after.report.diagnostics)), most) and _within(
        Counter((one.path, one.code) for one in after.report.undecided), unsure
    )


def _within(counts: Counter[Key] | Counter[tuple[str, str]], most: Counter[Key] | Counter[tuple[str, str]]) -> bool:
    return all(number <= most[one] for one, number in counts.items())  # type: ignore[index]
