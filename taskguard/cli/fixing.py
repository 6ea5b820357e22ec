"""What `--fix` and `--diff` do with the fixed files: write them, hand them back, or show what differs."""

from __future__ import annotations

import sys

from taskguard.cli.options import quiet
from taskguard.cli.streams import save, say, write
from taskguard.request import NOQA

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import TextIO

    from taskguard.cli.arguments import Words
    from taskguard.request import Outcome, Repair, Request

CLEAN, FOUND = 0, 1
# The formats whose last lines say what was fixed.
SAY_IT = (None, "full", "concise", "grouped")


def finished(
    outcome: Outcome, asked: Request, words: Words, out: TextIO, show: Callable[[Outcome, Words, TextIO], None]
) -> int | None:
    """Writes or shows what was fixed, and has `show` print what is left. The exit code where nothing else counts. Raises UserError."""
    repair = outcome.repair
    assert repair is not None
    if not quiet(words):
        told(outcome, repair, words)
    if words.flag("--diff"):
        pieces = differences(outcome, repair)
        file = words.last("--output-file")
        if file is not None:
            save(pieces, file)
        elif not words.flag("--silent"):
            write(pieces, out)
        if outcome.crashes:
            return None
        return FOUND if repair.new and not words.flag("--exit-zero") else CLEAN
    if asked.stdin_text is not None:
        hand_back(outcome, asked, out)
        out = sys.stderr
    else:
        from taskguard.fixes.writing import write as write_files

        write_files(outcome.root, repair.old, repair.new)
    if asked.fix == NOQA and not outcome.broken:
        return FOUND if outcome.report.count("error") and not words.flag("--exit-zero") else CLEAN
    if words.flag("--fix-only"):
        if outcome.broken:
            return None
        return FOUND if repair.fixed and words.flag("--exit-non-zero-on-fix") else CLEAN
    show(without_fixes(outcome, repair), words, out)
    return None


def without_fixes(outcome: Outcome, repair: Repair) -> Outcome:
    """The outcome without the fixes that did not hold: nobody is to try them again."""
    tried = {one for one, _ in repair.left}
    report = outcome.report
    left = tuple(one.replace(fix=None) if one in tried else one for one in report.diagnostics)
    return outcome.replace(report=report.replace(diagnostics=left))


def told(outcome: Outcome, repair: Repair, words: Words) -> None:
    """Says which fixes were left out, and why; and how much was fixed, where the output itself has no place for it."""
    from taskguard.reporters.escape import Paths
    from taskguard.reporters.summary import fixed, fixes

    paths = Paths(outcome.root, outcome.cwd)
    adding = words.flag("--add-noqa")
    verb = "hidden" if adding else "fixed"
    places: dict[tuple[str, str, str], list[int]] = {}
    for one, why in repair.left:
        places.setdefault((one.path, one.code, why), []).append(one.line)
    for (path, code, why), lines in places.items():
        more = f" and {len(lines) - 1} more" if len(lines) > 1 else ""
        say(f"{paths(path)}:{lines[0]}{more}: {code} is not {verb}: {why}")
    if adding:
        kept = len(outcome.report.diagnostics)
        left = f" {kept} could not be hidden." if kept else ""
        say(fixed(repair, "hid") + left)
        return
    if not repair.fixed:
        return
    if words.flag("--diff") or words.flag("--fix-only") or words.last("--output-format") not in SAY_IT:
        if words.flag("--show-fixes"):
            say("".join(fixes(repair, paths)))
        say(fixed(repair, "would fix" if words.flag("--diff") else "fixed"))


def differences(outcome: Outcome, repair: Repair) -> Iterator[str]:
    """The unified diff of all files that are fixed, by path."""
    from taskguard.fixes.difference import difference
    from taskguard.reporters.escape import Paths

    paths = Paths(outcome.root, outcome.cwd)
    for path in sorted(repair.new):
        yield from difference(paths(path), repair.old[path], repair.new[path])


def hand_back(outcome: Outcome, asked: Request, out: TextIO) -> None:
    """Prints the text of standard input as it is when fixed, in its own bytes."""
    repair = outcome.repair
    given = asked.stdin_text
    data = given.encode("utf-8", "surrogatepass") if isinstance(given, str) else given or b""
    fixed = (
        next((new for path, new in repair.new.items() if repair.old[path] == data), data)
        if repair is not None
        else data
    )
    out.flush()
    raw = getattr(out, "buffer", None)
    if raw is not None:
        raw.write(fixed)
        raw.flush()
    else:
        write((fixed.decode("utf-8", "backslashreplace"),), out)
