"""What the rules of one run found, as it is kept for the next one, and moved to where the code stands by then."""

from __future__ import annotations

from taskguard.diagnostics import TOP, Diagnostic, Related, Report, Span, Undecided
from taskguard.patterns import regex
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    import re
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any, TypeVar

    from taskguard.diagnostics import Edit
    from taskguard.engine.linter import Linter
    from taskguard.errors import Problem
    from taskguard.facts.model import Directive
    from taskguard.facts.positions import Moved

    T = TypeVar("T")
    Found = tuple[Diagnostic, tuple[int, ...]]


class Verdicts(Record):
    """What was found before and after the comments that hide some of it; nothing is hidden by a baseline yet.

    `found` are diagnostics with the further lines on which a `# noqa` counts for them. `shown` are those that no comment hides, sorted.
    `files`, `suppressed` and `idle` are as in `Report`, `warnings` as in `Outcome`; `tasks` are numbers by path, `mute` the paths where no rule may speak. `ran` are by path the codes that were decided, of files with directives,
    `project_codes` those of rules about the project. `quiet` is up to how many lines rules that skim have nothing to say of a file: of most, and by path
    of the others. `names` are the dotted name and the import root of each module of which something was found. `light` are the codes of the rules that
    judge a file without parsing it, or its comments, and `by_file` of those others that judge each file by itself.
    """

    found: tuple[Found, ...]
    undecided: tuple[Undecided, ...]
    shown: tuple[Diagnostic, ...]
    suppressed: int
    files: int
    idle: bool
    tasks: dict[str, int]
    mute: list[str]
    warnings: str
    ran: dict[str, list[str]]
    project_codes: list[str]
    quiet: int
    quiet_at: dict[str, int]
    names: dict[str, tuple[str, str]]
    light: list[str]
    by_file: list[str]

    @property
    def told(self) -> tuple[Problem, ...]:
        """The lines of warning."""
        from taskguard.engine.result_cache import read_problems

        return read_problems(self.warnings) if self.warnings else ()


class Elsewhere(Exception):
    """Something was said of a place, and nobody can tell where that is now."""


def verdicts_of(linter: Linter, report: Report, tasks: dict[str, int], warnings: tuple[Problem, ...]) -> Verdicts:
    """What a linter that has run has found. `report`, `tasks` (by path) and `warnings` are those of the outcome."""
    from taskguard.engine.result_cache import write_problems

    project = linter.project
    quiet = {path: linter.quiet_up_to(path) for path in project.modules}
    held = list(quiet.values())
    most = max(set(held), key=held.count, default=0)
    named = {*project.eager, *(one.path for one, _ in linter.found)}
    return Verdicts(
        tuple(linter.found), report.undecided, linter.shown, report.suppressed, report.files, report.idle, tasks,
        [path for path in project.modules if not linter.may_speak(path)],
        write_problems(warnings) if warnings else "",
        {path: sorted(codes) for path, codes in linter.ran.items() if project.skimmed(path).directives}, sorted(linter.project_codes),
        most, {path: one for path, one in quiet.items() if one != most},
        {path: (module.name, module.root) for path in named if (module := project.modules.get(path)) is not None},
        sorted(linter.light), sorted(linter.by_file - linter.strayed),
    )  # fmt: skip


def about(verdicts: Verdicts, paths: frozenset[str], directives_of: Callable[[str], tuple[Directive, ...]]) -> Verdicts:
    """Of verdicts on all files what a run about these paths says: what lies there, and what elsewhere rests on one of them."""
    from taskguard.suppressions import apply

    def counts(one: Diagnostic) -> bool:
        return one.path in paths or not paths.isdisjoint(one.depends)

    found = tuple(pair for pair in verdicts.found if counts(pair[0]))
    shown = tuple(one for one in verdicts.shown if counts(one))
    suppressed = 0
    for path in sorted({one.path for one, _ in found}) if verdicts.suppressed else ():
        suppressed += apply(directives_of(path), [pair for pair in found if pair[0].path == path]).suppressed
    return verdicts.replace(
        found=found, shown=shown, suppressed=suppressed, files=len({*paths, *(one.path for one in shown)}),
        undecided=tuple(one for one in verdicts.undecided if one.path in paths),
        idle=paths <= set(verdicts.mute), tasks={path: one for path, one in verdicts.tasks.items() if path in paths},
    )  # fmt: skip


def packed(verdicts: Verdicts) -> tuple[Any, ...]:
    """The verdicts as values that `marshal` takes. Raises ValueError."""
    from taskguard.facts.codec import write_report

    number = {one: place for place, (one, _) in enumerate(verdicts.found)}
    more = [one for one in verdicts.shown if one not in number]
    number.update((one, len(verdicts.found) + place) for place, one in enumerate(more))
    found = Report((*(one for one, _ in verdicts.found), *more), verdicts.undecided)
    lines = [lines for _, lines in verdicts.found]
    return (write_report(found, 0), lines, [number[one] for one in verdicts.shown], *tuple(verdicts)[3:])


def unpacked(kept: tuple[Any, ...]) -> Verdicts:
    """What `packed` made. Raises ValueError and the like for anything else."""
    from taskguard.facts.codec import read_report

    text, lines, shown, *rest = kept
    report, _ = read_report(text)
    diagnostics = report.diagnostics
    return Verdicts(tuple(zip(diagnostics, lines)), report.undecided, tuple(diagnostics[one] for one in shown), *rest)


def moved(
    verdicts: Verdicts, places: Mapping[str, Moved], stale: Mapping[str, frozenset[str] | None]
) -> tuple[Verdicts, frozenset[str]]:
    """The verdicts as they are where these files have changed in places alone, and the codes that are lost: those that said something of a place
    of which nobody can tell where it is now. What they said is left out, and what those that are `stale` did, of these files or (None) of all."""
    here, lost = _Places(places), {code for code, held in stale.items() if held is None}

    def stands(one: Diagnostic | Undecided) -> bool:
        return one.code not in lost and one.path not in (stale.get(one.code) or ())

    now: dict[Diagnostic, Diagnostic] = {}
    found: list[Found] = []
    undecided: list[Undecided] = []
    for one in (*(one for one, _ in verdicts.found), *verdicts.shown):
        if one not in now and stands(one):
            try:
                now[one] = here.diagnostic(one)
            except Elsewhere:
                lost.add(one.code)
    for one, lines in verdicts.found:
        if stands(one):
            try:
                found.append((now[one], here.lines(one.path, lines)))
            except Elsewhere:
                lost.add(one.code)
    for doubt in verdicts.undecided:
        if stands(doubt):
            try:
                undecided.append(here.undecided(doubt))
            except Elsewhere:
                lost.add(doubt.code)
    return verdicts.replace(
        found=tuple(pair for pair in found if pair[0].code not in lost),
        undecided=tuple(sorted({one for one in undecided if one.code not in lost})),
        shown=in_order(now[one] for one in verdicts.shown if stands(one)),
    ), frozenset(lost)  # fmt: skip


def in_order(diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Diagnostics as people read them, each once."""
    ordered = sorted(
        diagnostics, key=lambda one: (one.path, one.line, one.column, one.code, one.symbol or "", one.message)
    )
    return tuple(dict.fromkeys(ordered))


# How sentences name a line of a file that they do not name: of the one that the finding lies in, or of another one.
_LINE = regex(r"\blines? \d")
_ONE_LINE = regex(r"\bline (\d+)")


class _Places:
    def __init__(self, places: Mapping[str, Moved]) -> None:
        self._places = places
        self._cited = tuple(f"{path}:" for path in places)
        self._shifted = any(one.shifted for one in places.values())

    def _holds(self, text: str) -> None:
        """Raises Elsewhere where a sentence may name a place that has moved."""
        if any(cited in text for cited in self._cited) or (self._shifted and _LINE.search(text)):
            raise Elsewhere("a sentence names a place")

    def _told(self, text: str, one: Diagnostic) -> str:
        """A sentence with the lines where they are now which are those of the places beside the finding. Raises Elsewhere where it may name another one."""
        if not self._shifted or _LINE.search(text) is None:
            self._holds(text)
            return text

        def now(found: re.Match[str]) -> str:
            line = int(found[1])
            there = {
                self._line(each.path, line) if each.path in self._places else line
                for each in one.related
                if each.line == line
            }
            if len(there) != 1:
                raise Elsewhere("a sentence names a place")
            return f"line {there.pop()}"

        if any(cited in text for cited in self._cited) or "lines " in text:
            raise Elsewhere("a sentence names a place")
        return _ONE_LINE.sub(now, text)

    def diagnostic(self, one: Diagnostic) -> Diagnostic:
        self._holds(one.help)
        message = self._told(one.message, one)
        if message != one.message:
            one = one.replace(message=message)
        if any(related.path in self._places for related in one.related):
            one = one.replace(related=tuple(self._related(related) for related in one.related))
        if one.fix is not None and any(edit.path in self._places for edit in one.fix.edits):
            one = one.replace(fix=one.fix.replace(edits=tuple(map(self._edit, one.fix.edits))))
        if one.path not in self._places or (one.line, one.column, one.end_line, one.end_column) == tuple(TOP):
            return one
        line, column = self._point(one.path, one.line, one.column)
        end_line, end_column = self._point(one.path, one.end_line, one.end_column)
        return one.replace(line=line, column=column, end_line=end_line, end_column=end_column)

    def undecided(self, one: Undecided) -> Undecided:
        self._holds(one.why)
        if one.path not in self._places:
            return one
        line, column = self._point(one.path, one.line, one.column)
        return one.replace(line=line, column=column)

    def lines(self, path: str, lines: tuple[int, ...]) -> tuple[int, ...]:
        return tuple(self._line(path, one) for one in lines) if path in self._places else lines

    def _edit(self, one: Edit) -> Edit:
        if one.path not in self._places:
            return one
        line, column = self._point(one.path, one.span.line, one.span.column)
        return one.replace(span=Span(line, column, *self._point(one.path, one.span.end_line, one.span.end_column)))

    def _related(self, one: Related) -> Related:
        self._holds(one.message)
        return one.replace(line=self._line(one.path, one.line)) if one.path in self._places else one

    def _point(self, path: str, line: int, column: int) -> tuple[int, int]:
        known = self._places[path].points
        found = self._places[path].point(line, column)
        if (line, column) == (TOP.line, TOP.column) and (found is not None or (line, column) not in known):
            return self._top(found, (line, column))
        if found is None:
            raise Elsewhere
        return found

    def _line(self, path: str, line: int) -> int:
        place = self._places[path]
        found = place.line(line)
        if line == TOP.line and (found is not None or not place.names(line)):
            return self._top(found, line)
        if found is None:
            raise Elsewhere
        return found

    def _top(self, found: T | None, top: T) -> T:
        """The beginning of a file, or what stands there. Raises Elsewhere where nobody can tell which of them is meant."""
        if found is not None and found != top:
            raise Elsewhere
        return top
