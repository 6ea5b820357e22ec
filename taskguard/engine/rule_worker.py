"""The rules about the whole project in a process of their own, while this one looks at the files one by one and then takes its share of them."""

from __future__ import annotations

import marshal
import os

from taskguard.diagnostics import Report
from taskguard.engine.extraction import Made
from taskguard.engine.reads import Reads
from taskguard.engine.workers import MOST_SHARES, all_of, forked, short, taken
from taskguard.project.celery.system import celery_of
from taskguard.project.registry.registry import registry_of
from taskguard.project.tasks.declarations import all_tasks
from taskguard.rule import ProjectRule
from taskguard.tracing import TRACE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Any

    from taskguard.engine.facts_cache import FactsCache
    from taskguard.engine.linter import Linter
    from taskguard.engine.watching import Watch
    from taskguard.rule import Rule


def with_worker(cache: FactsCache, watch: Watch | None) -> Callable[[Linter], RuleWorker]:
    """How the rules of a linter are shared with another process; `cache` is where both put what they learn of files, `watch` notes what
    both read of them."""
    return lambda linter: RuleWorker(linter, cache, watch)


class RuleWorker:
    """A process that has started. Ask `over` once for what it found, or `stop` it.

    What the process learns of files joins `cache`, for the next run.
    """

    def __init__(self, linter: Linter, cache: FactsCache, watch: Watch | None) -> None:
        self._cache = cache
        self._watch = watch
        # Both processes need these: what is worked out before they part is worked out once.
        with TRACE.nobody():
            _ = all_tasks(linter.project), registry_of(linter.project), celery_of(linter.project)
        self._rules = sorted(linter.project_rules(), key=lambda one: not (isinstance(one, ProjectRule) and one.heavy))
        self._groups = groups(self._rules)
        self._mine: list[Rule] = []
        self._queue, tokens = os.pipe()
        os.write(tokens, bytes(range(min(len(self._groups), MOST_SHARES))))
        os.close(tokens)
        self._process, self._results = forked(lambda: _found(linter, cache, watch, self.share()))

    def share(self) -> Iterator[Rule]:
        """The rules that fall to the process that asks."""
        for number in taken(self._queue):
            for rule in (one for group in self._groups[number::MOST_SHARES] for one in group):
                self._mine.append(rule)
                yield rule

    def over(self, linter: Linter) -> list[Rule]:
        """Waits for the end, and takes over what was found. The rules that are still to be run: those of a process that died."""
        data = all_of(self._results)
        os.close(self._results)
        process, self._process = self._process, 0
        if os.waitpid(process, 0)[1] != 0:
            return [rule for rule in self._rules if rule not in self._mine]
        from taskguard.facts.codec import read_report

        text, lines, codes, crashes, faults, late, searched, asked, *read = marshal.loads(data)
        report, _ = read_report(text)
        linter.found += zip(report.diagnostics, lines, strict=True)
        linter.undecided += report.undecided
        linter.project_codes.update(codes)
        linter.crashes += crashes
        linter.faults += faults
        for path, said, flags, mark in late:
            self._cache.late.setdefault(path, Made(said, flags, mark))
        for search, found in searched:
            self._cache.searched.setdefault(search, found)
        self._cache.asked.update(asked)
        if self._watch is not None:
            reads, values, listed, outside = read
            self._watch.add(Reads(*reads), values)
            self._watch.add_beside(listed, *outside)
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


def groups(rules: Iterable[Rule]) -> list[list[Rule]]:
    """The rules, those together that ask for the same things."""
    made: dict[object, list[Rule]] = {}
    for rule in rules:
        shares = rule.shares if isinstance(rule, ProjectRule) else ""
        made.setdefault(shares or rule, []).append(rule)
    return list(made.values())


def _found(linter: Linter, cache: FactsCache, watch: Watch | None, rules: Iterable[Rule]) -> bytes:
    from taskguard.facts.codec import write_report

    known, made, asked = set(cache.late), set(cache.searched), set(cache.asked)
    linter.found, linter.undecided, linter.crashes, linter.faults = [], [], [], []
    linter.about_project(rules)
    report = Report(tuple(one for one, _ in linter.found), tuple(linter.undecided))
    lines = [lines for _, lines in linter.found]
    new = [
        (path, short(one), one.flags, one.mark)
        for path, one in cache.late.items()
        if path not in known and one.mark != -1
    ]
    sent = [one for one in new if one[1] != ""]
    searched = [(search, found) for search, found in cache.searched.items() if search not in made]
    read: tuple[Any, ...] = ()
    if watch is not None:
        reads, values = watch.noted()
        read = tuple(reads), values, watch.beside, tuple(watch.outside)
    return marshal.dumps(
        (
            write_report(report, 0), lines, sorted(linter.project_codes), linter.crashes, linter.faults, sent, searched,
            sorted(cache.asked - asked), *read,
        )
    )  # fmt: skip
