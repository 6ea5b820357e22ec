"""What both text formats have in common: the head of a diagnostic, the undecided verdicts, statistics, the last line."""

from __future__ import annotations

from taskguard.reporters.colours import painter
from taskguard.reporters.escape import shown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from taskguard.diagnostics import Diagnostic, Level, Report
    from taskguard.reporters import View
    from taskguard.reporters.escape import Paths
    from taskguard.request import Outcome, Repair

    Paint = Callable[[str, str], str]


def head(one: Diagnostic, paths: Paths, paint: Paint) -> str:
    """`path:line:column: CODE message`; a warning says that it is one."""
    place = paint("bold", paths(one.path)) + paint("dim", f":{one.line}:{one.column}:")
    word = "warning: " if one.level == "warn" else ""
    return f"{place} {paint(one.level, one.code)} {mark(one)}{word}{shown(one.message)}"


def mark(one: Diagnostic) -> str:
    """What marks a finding that can be fixed."""
    return "[*] " if one.fix is not None else ""


def tail(outcome: Outcome, view: View, paths: Paths) -> Iterator[str]:
    """What comes after the diagnostics."""
    paint = painter(view.colour)
    if view.undecided:
        for one in outcome.report.undecided:
            place = paint("bold", paths(one.path)) + paint("dim", f":{one.line}:{one.column}:")
            yield f"{place} {paint('undecided', one.code)} undecided: {shown(one.why)}\n"
    if view.quiet:
        return
    if outcome.repair is not None and outcome.repair.fixed:
        if view.fixes:
            yield from fixes(outcome.repair, paths)
        yield fixed(outcome.repair) + "\n"
    said = last_line(outcome)
    yield paint("good" if said.startswith(CLEAN) else "bold", said) + "\n"
    if offer := fixable(outcome):
        yield offer + "\n"
    if view.no_settings:
        yield "There are no settings yet: `taskguard init` proposes what fits this project, and a baseline for what is there.\n"


def fixes(repair: Repair, paths: Paths) -> Iterator[str]:
    """How often each rule's findings were fixed, file by file."""
    for path in sorted({one.path for one in repair.fixed}):
        yield f"{paths(path)}:\n"
        found = [(one.code, one.name) for one in repair.fixed if one.path == path]
        for code, name in sorted(set(found)):
            yield f"  {found.count((code, name))} x {code} ({name})\n"


def fixed(repair: Repair, verb: str = "Fixed") -> str:
    """`Fixed 3 findings in 2 files: 2 TG302, 1 TG401.`"""
    codes = [one.code for one in repair.fixed]
    listed = ", ".join(f"{codes.count(code)} {code}" for code in sorted(set(codes)))
    return f"{verb} {counted(len(repair.fixed), 'finding')} in {counted(len(repair.new), 'file')}: {listed}."


def fixable(outcome: Outcome) -> str:
    """How many findings can be fixed, and with which option; empty where none can."""
    tried = [one for one, _ in outcome.repair.left] if outcome.repair is not None else []
    kinds = [one.fixable for one in outcome.report.diagnostics if one.fix is not None and one not in tried]
    safe, unsafe = kinds.count("safe"), kinds.count("unsafe")
    if not safe and not unsafe:
        return ""
    if not safe:
        return f"[*] {unsafe} can be fixed with `--fix --unsafe-fixes`."
    return f"[*] {safe} can be fixed with `--fix`" + (
        f", {unsafe} more with `--fix --unsafe-fixes`." if unsafe else "."
    )


def last_line(outcome: Outcome) -> str:
    """`Found 3 errors and 2 warnings in 120 files (1 suppressed).`"""
    report = outcome.report
    files = counted(report.files, "file")
    aside = hidden(report)
    found = [counted(number, word) for level, word in LEVELS if (number := report.count(level))]
    if found:
        return f"Found {' and '.join(found)} in {files}{aside}."
    if outcome.broken:
        return f"Found nothing in {files}, but the run is not complete{aside}."
    if not report.files:
        return "Nothing to check."
    if report.idle:
        return f"Nothing was checked in {files}: no rule is on that applies{aside}."
    tasks = "" if outcome.tasks is None else f", {counted(outcome.tasks, 'task')}"
    return f"{CLEAN} {files}{tasks}{aside}."


CLEAN = "All checks passed!"
LEVELS: tuple[tuple[Level, str], ...] = (("error", "error"), ("warn", "warning"))


def hidden(report: Report) -> str:
    """What the diagnostics do not show, in brackets."""
    numbers = ((report.suppressed, "suppressed"), (report.baselined, "baselined"), (len(report.undecided), "undecided"))
    said = [f"{number} {word}" for number, word in numbers if number]
    return f" ({', '.join(said)})" if said else ""


def counted(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


def statistics(report: Report) -> Iterator[str]:
    """A line for each code that was found, the most frequent first."""
    counts: dict[tuple[str, str], int] = {}
    for one in report.diagnostics:
        counts[one.code, one.name] = counts.get((one.code, one.name), 0) + 1
    width = len(str(max(counts.values(), default=0)))
    for (code, name), number in sorted(counts.items(), key=lambda entry: (-entry[1], entry[0])):
        yield f"{number:>{width}}  {code}  {name}\n"
