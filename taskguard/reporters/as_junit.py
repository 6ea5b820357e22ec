"""JUnit's XML: a suite for each file, a case for each diagnostic."""

from __future__ import annotations

from itertools import groupby

from taskguard.reporters.escape import shown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.diagnostics import Diagnostic
    from taskguard.reporters import View
    from taskguard.request import Outcome


def render(outcome: Outcome, view: View) -> Iterator[str]:
    """An error is a failure. A warning is a skipped case, for it fails nothing. A clean run is one case that passes.

    A rule that crashed is an error of the run, which is then not complete.
    """
    report = outcome.report
    failures, skipped, errors = report.count("error"), report.count("warn"), len(outcome.broken)
    total = len(report.diagnostics) + errors or 1
    yield '<?xml version="1.0" encoding="utf-8"?>\n'
    yield f'<testsuites name="taskguard" tests="{total}" failures="{failures}" errors="{errors}" skipped="{skipped}">\n'
    for path, found in groupby(report.diagnostics, lambda one: one.path):
        ones = list(found)
        yield suite(
            path, len(ones), sum(one.level == "error" for one in ones), 0, sum(one.level == "warn" for one in ones)
        )
        for one in ones:
            yield from case(one)
        yield "  </testsuite>\n"
    if errors:
        yield suite("taskguard", errors, 0, errors, 0)
        for title in (text.partition("\n")[0] for text in outcome.broken):
            yield f'    <testcase name={quoted(title)} classname="taskguard"><error message="the rule crashed"/></testcase>\n'
        yield "  </testsuite>\n"
    elif not report.diagnostics:
        yield suite("taskguard", 1, 0, 0, 0) + '    <testcase name="check" classname="taskguard"/>\n  </testsuite>\n'
    yield "</testsuites>\n"


def suite(name: str, tests: int, failures: int, errors: int, skipped: int) -> str:
    """The tag that opens a suite."""
    counts = f'tests="{tests}" failures="{failures}" errors="{errors}" skipped="{skipped}"'
    return f"  <testsuite name={quoted(name)} {counts}>\n"


def case(one: Diagnostic) -> Iterator[str]:
    """One diagnostic."""
    place = f"{one.path}:{one.line}:{one.column}"
    name = quoted(f"{one.code} {one.name} {one.line}:{one.column}")
    yield f'    <testcase name={name} classname={quoted(one.path)} file={quoted(one.path)} line="{one.line}">\n'
    if one.level == "error":
        lines = [f"{place}: {one.code} {one.message}", *([one.help] if one.help else [])]
        yield f"      <failure type={quoted(one.code)} message={quoted(one.message)}>"
        yield "\n".join(escaped(line) for line in lines) + "</failure>\n"
    else:
        yield f"      <skipped message={quoted(f'warning: {one.message}')}/>\n"
    yield "    </testcase>\n"


def escaped(text: str) -> str:
    """Text for XML, which cannot hold control characters at all."""
    return shown(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def quoted(text: str) -> str:
    """Text as the value of an attribute, with its quotes."""
    return '"' + escaped(text).replace('"', "&quot;") + '"'
