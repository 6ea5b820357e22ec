"""The rules about the whole project in a process of their own, while this one looks at the files one by one and then takes its share of them."""

from __future__ import annotations

import marshal
import os

from taskguard.diagnostics import Report
from taskguard.engine.extraction import Made
from taskguard.engine.workers import MOST_SHARES, all_of, forked, short, taken
from taskguard.rule import ProjectRule

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from taskguard.engine.facts_cache import Kept
    from taskguard.engine.linter import Judge
    from taskguard.rule import Rule


def sharing(kept: Kept) -> Callable[[Judge], Apart]:
    """How the rules of a judge are shared with another process; `kept` is where both put what they learn of files."""
    return lambda judge: Apart(judge, kept)


class Apart:
    """A process that has started. Ask `over` once for what it found, or `stop` it.

    What the process learns of files joins `kept`, for the next run.
    """

    def __init__(self, judge: Judge, kept: Kept) -> None:
        self._kept = kept
        # Both processes need these: what is worked out before they part is worked out once.
        _ = judge.project.tasks, judge.project.registry, judge.project.celery
        self._rules = sorted(judge.project_rules(), key=lambda one: not (isinstance(one, ProjectRule) and one.heavy))
        self._mine: list[Rule] = []
        self._queue, tokens = os.pipe()
        os.write(tokens, bytes(range(min(len(self._rules), MOST_SHARES))))
        os.close(tokens)
        self._process, self._results = forked(lambda: _found(judge, kept, self.share()))

    def share(self) -> Iterator[Rule]:
        """The rules that fall to the process that asks."""
        for number in taken(self._queue):
            for rule in self._rules[number::MOST_SHARES]:
                self._mine.append(rule)
                yield rule

    def over(self, judge: Judge) -> list[Rule]:
        """Waits for the end, and takes over what was found. The rules that are still to be run: those of a process that died."""
        data = all_of(self._results)
        os.close(self._results)
        process, self._process = self._process, 0
        if os.waitpid(process, 0)[1] != 0:
            return [rule for rule in self._rules if rule not in self._mine]
        from taskguard.facts.codec import read_report

        text, lines, codes, crashes, faults, late, searched = marshal.loads(data)
        report, _ = read_report(text)
        judge.found += zip(report.diagnostics, lines, strict=True)
        judge.undecided += report.undecided
        judge.project_codes.update(codes)
        judge.crashes += crashes
        judge.faults += faults
        for path, said, flags, mark in late:
            self._kept.late.setdefault(path, Made(said, flags, mark))
        for search, found in searched:
            self._kept.searched.setdefault(search, found)
        return []

    def stop(self) -> None:
        """Ends the process if nobody has waited for its end."""
        os.close(self._queue)
        if self._process:
            import signal

            os.close(self._results)
            os.kill(self._process, signal.SIGKILL)
            os.waitpid(self._process, 0)
            self._process = 0


def _found(judge: Judge, kept: Kept, rules: Iterable[Rule]) -> bytes:
    from taskguard.facts.codec import write_report

    known, asked = set(kept.late), set(kept.searched)
    judge.found, judge.undecided, judge.crashes, judge.faults = [], [], [], []
    judge.about_project(rules)
    report = Report(tuple(one for one, _ in judge.found), tuple(judge.undecided))
    lines = [lines for _, lines in judge.found]
    new = [
        (path, short(one), one.flags, one.mark)
        for path, one in kept.late.items()
        if path not in known and one.mark != -1
    ]
    sent = [one for one in new if one[1] != ""]
    searched = [(search, found) for search, found in kept.searched.items() if search not in asked]
    return marshal.dumps(
        (write_report(report, 0), lines, sorted(judge.project_codes), judge.crashes, judge.faults, sent, searched)
    )
