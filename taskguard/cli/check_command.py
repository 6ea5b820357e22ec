"""`taskguard check`: check files, folders or standard input."""

from __future__ import annotations

import os
import sys

from taskguard.cli.arguments import Option, Usage, Words, opened
from taskguard.cli.options import (
    BUG,
    CACHE_DIR,
    CLEAN,
    CONFIG,
    FOUND,
    ISOLATED,
    WRONG,
    configuration,
    quiet,
    workers,
    working_folder,
)
from taskguard.cli.streams import save, say, write
from taskguard.errors import UserError
from taskguard.reporters import View, names, reporter
from taskguard.request import NOQA, SAFE, UNSAFE, Request

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TextIO

    from taskguard.baseline import Baseline
    from taskguard.request import Outcome

CHOOSY = (
    "--add-noqa", "--watch", "--cache-dir", "--diff", "--exit-non-zero-on-fix", "--fix-only", "--prune-baseline", "--show-files", "--show-fixes",
    "--show-settings", "--unsafe-fixes",
)  # fmt: skip
FOR_PEOPLE = ("full", "concise", "grouped")
# So many findings are read one by one; with more, a project without settings is told how to get some.
A_FEW = 20


def usage() -> Usage:
    return Usage("check", "Check Python files for what goes wrong with Celery tasks.", "[PATH…]", (
        Option(("--output-format",), "how to print what was found (default: full)", "FORMAT", choices=names(), former=("--format",)),
        Option(("-o", "--output-file"), "print to this file", "FILE"),
        Option(("--select",), "run exactly these rules: codes, prefixes, ALL", "CODES"),
        Option(("--extend-select",), "run these rules beside those that are on", "CODES"),
        Option(("--only",), "of the rules that are on run these: unlike --select it turns none on", "CODES"),
        Option(("--ignore",), "leave these rules out", "CODES"),
        Option(("--per-file-ignores",), "leave rules out at some places: `tests/**:TG101,TG2`", "GLOB:CODES"),
        Option(("--packs",), "rule packs, by name or path, in place of those of the settings", "PACKS"),
        CONFIG,
        ISOLATED,
        Option(("--exclude",), "leave out what matches, in place of the default patterns", "PATTERNS"),
        Option(("--extend-exclude",), "leave out what matches, too", "PATTERNS"),
        Option(("--force-exclude",), "leave excluded files out even where they are named as a PATH"),
        Option(("--stdin-filename",), "the path of the text on standard input (PATH is then `-`)", "PATH"),
        Option(("--no-project",), "judge each file by itself: only rules about one file"),
        Option(("--hook",), "judge a commit: the files named, and what git's index says of deleted and renamed ones"),
        Option(("--fix",), "fix what can be fixed without a change of what the code does"),
        Option(("--unsafe-fixes",), "with --fix or --diff: fix also what changes what the code does"),
        Option(("--diff",), "show what --fix would change, and change nothing; exit with 1 where that is something"),
        Option(("--fix-only",), "as --fix, and neither list nor count what is left"),
        Option(("--show-fixes",), "with --fix, --fix-only or --diff: list what is fixed"),
        Option(("--exit-non-zero-on-fix",), "with --fix or --fix-only: exit with 1 where something was fixed"),
        Option(("--add-noqa",), "hide what is found by `# noqa` comments, with a reason behind them", "REASON", optional=True),
        Option(("--ignore-noqa",), "show what `# noqa` and `# taskguard: ignore-file` hide, too"),
        Option(("--no-baseline",), "show what the baseline hides, too"),
        Option(("--prune-baseline",), "take what is mended by now out of the baseline"),
        Option(("--show-files",), "list the files that are looked at, and check nothing"),
        Option(("--show-settings",), "print the settings that hold for PATH, and check nothing"),
        Option(("--statistics",), "count the codes in place of listing what was found"),
        Option(("--show-all",), "list on a terminal also the findings of size that share a line"),
        Option(("--show-undecided",), "list the verdicts that could not be given, and why"),
        Option(("-e", "--exit-zero"), "exit with 0 whatever was found"),
        Option(("--watch",), "check again whenever a file changes (needs watchfiles)"),
        Option(("--workers",), "number of processes that read files (default: as many as pay)", "N"),
        Option(("-n", "--no-cache"), "neither read nor write the cache"),
        CACHE_DIR,
        Option(("--color",), "colour the text (default: auto)", "WHEN", choices=("auto", "always", "never")),
        Option(("-v", "--verbose"), "print the time of each stage to standard error"),
        Option(("-q", "--quiet"), "print what was found and nothing else"),
        Option(("-s", "--silent"), "print nothing: the exit code tells"),
    ))  # fmt: skip


def run(args: list[str], out: TextIO) -> int:
    """Prints to `out` and gives the exit code. Raises UserError."""
    words = opened(usage(), args, out)
    if words is None:
        return CLEAN
    return carried_out(words, out)


def carried_out(words: Words, out: TextIO, *, again: bool = False) -> int:
    """Does what the words ask for; `again` where it is one of the checks of `--watch`."""
    reachable(words)
    asked = request(words)
    if words.flag("--show-files") or words.flag("--show-settings"):
        from taskguard.cli.showing import shown

        return shown(asked, words, out)
    if words.flag("--watch") and not again:
        from taskguard.cli.watching import watch

        return watch(asked, lambda: carried_out(words, out, again=True), out)
    outcome = checked(asked, quiet=quiet(words))
    if outcome.repair is not None:
        from taskguard.cli.fixing import finished

        code = finished(outcome, asked, words, out, show)
        if code is not None:
            return code
    else:
        show(outcome, words, out)
    if outcome.warnings and not (quiet(words) or words.flag("--hook")):
        from taskguard.cli.effective_settings import warned

        say(warned(outcome.warnings))
    for one in outcome.parts or (outcome,):
        if one.baseline is not None and one.left is not None and one.left != one.baseline:
            prune(one.root, one.baseline, one.left, words)
    return verdict(outcome, words)


def verdict(outcome: Outcome, words: Words) -> int:
    """The exit code of a run, after the crashes are told."""
    if outcome.crashes:
        from taskguard.cli.crash import report

        say(report(outcome.crashes))
    if outcome.faults:
        from taskguard.cli.crash import blame

        say(blame(outcome.faults))
    if outcome.broken:
        return BUG if outcome.crashes else WRONG
    if outcome.repair is not None and outcome.repair.fixed and words.flag("--exit-non-zero-on-fix"):
        return FOUND
    return FOUND if outcome.report.count("error") and not words.flag("--exit-zero") else CLEAN


def prune(root: str, old: Baseline, left: Baseline, words: Words) -> None:
    """Takes out of the baseline what is mended, if that is asked for, and says so; else says that it can be done."""
    from taskguard.baseline import gone

    mended, lower, moved = gone(old, left)
    pruned = words.flag("--prune-baseline")
    if pruned:
        from taskguard.engine.baselines import save_each

        save_each(root, old, left)
    verbs = (
        ("gone", "lower", "moved with their file") if pruned else ("can go", "can be lower", "can move with their file")
    )
    parts = [f"{number} {verb}" for number, verb in zip((mended, lower, moved), verbs) if number]
    if not quiet(words):
        say(f"baseline entries: {', '.join(parts)}" + ("" if pruned else " (`taskguard check --prune-baseline`)"))


def request(words: Words) -> Request:
    """The words as the engine wants them. Raises UserError for what does not go together."""
    filename = words.last("--stdin-filename")
    nothing = () if words.flag("--hook") else (".",)
    paths = words.places or (("-",) if filename is not None else nothing)
    piped = "-" in paths
    if piped and len(paths) > 1:
        raise UserError("`-` (standard input) goes with no other path")
    fit(words)
    if words.flag("--add-noqa"):
        from taskguard.cli.showing import unreasonable

        unreasonable(words)
    if filename is not None and not piped:
        raise UserError("--stdin-filename goes with `-` as the only path")
    config, inline = configuration(words)
    return Request(
        paths,
        working_folder(),
        stdin_text=standard_input() if piped else None,
        stdin_filename=filename,
        config=config,
        isolated=words.flag("--isolated"),
        packs=words.all("--packs"),
        select=words.all("--select"),
        ignore=words.all("--ignore") or (),
        exclude=words.all("--exclude"),
        extend_exclude=words.all("--extend-exclude") or (),
        force_exclude=words.flag("--force-exclude"),
        no_project=words.flag("--no-project"),
        workers=workers(words.last("--workers")),
        cache=not words.flag("--no-cache"),
        cache_dir=words.last("--cache-dir"),
        hook=words.flag("--hook"),
        baseline=not words.flag("--no-baseline"),
        fix=fixing(words),
        reason=words.last("--add-noqa") or "",
        comments=not words.flag("--ignore-noqa"),
        extend_select=words.all("--extend-select") or (),
        per_file_ignores=pairs(words.all("--per-file-ignores") or ()),
        inline=inline,
        only=words.all("--only"),
    )


def reachable(words: Words) -> None:
    """Raises UserError for a code or prefix whose rules no check runs."""
    given = {name: words.all(name) or () for name in ("--select", "--extend-select", "--only")}
    if any(given.values()):
        from taskguard.selection import beyond_check

        wrong = [f"{name}: {why}" for name, codes in given.items() for one in codes if (why := beyond_check(one))]
        if wrong:
            raise UserError(*wrong)


def fit(words: Words) -> None:
    """Raises UserError for options that do not go together. Few options do not go with every other one."""
    if any(map(words.flag, CHOOSY)):
        from taskguard.cli.showing import unfit

        if wrong := unfit(words):
            raise UserError(*wrong)


def pairs(words: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """`GLOB:CODE,CODE,GLOB:CODE` as pairs of both. Raises UserError."""
    found: list[tuple[str, str]] = []
    for word in words:
        glob, colon, code = word.rpartition(":")
        if not colon and not found:
            raise UserError(f"--per-file-ignores wants GLOB:CODES, as in `tests/**:TG101,TG2`, not {word!r}")
        found.append((glob.strip() if colon else found[-1][0], code.strip()))
    return tuple(found)


def fixing(words: Words) -> str:
    """Which fixes are wanted, empty for none."""
    if words.flag("--add-noqa"):
        return NOQA
    asked = any(map(words.flag, ("--fix", "--fix-only", "--diff")))
    return (UNSAFE if words.flag("--unsafe-fixes") else SAFE) if asked else ""


def standard_input() -> bytes:
    if sys.stdin is None:
        raise UserError("standard input is closed")
    return sys.stdin.buffer.read()


def checked(asked: Request, *, quiet: bool) -> Outcome:
    """The engine's answer, with a bar on a terminal where it takes long."""
    from taskguard.engine import run as run_engine

    if quiet or not sys.stderr.isatty():
        return run_engine(asked)
    from taskguard.cli.progress import Bar

    bar = Bar(sys.stderr)
    try:
        return run_engine(asked, bar)
    finally:
        bar.clear()


def show(outcome: Outcome, words: Words, out: TextIO) -> None:
    """Prints the outcome where and how the words say."""
    chosen = words.last("--output-format") or FOR_PEOPLE[0]
    file = words.last("--output-file")
    terminal = sys.stdout.isatty() and file is None
    view = View(
        colour=colour(words.last("--color") or "auto", terminal),
        quiet=quiet(words),
        undecided=words.flag("--show-undecided"),
        statistics=words.flag("--statistics"),
        fixes=words.flag("--show-fixes"),
        person=terminal and os.environ.get("TERM") != "dumb",
        show_all=words.flag("--show-all"),
        no_settings=chosen in FOR_PEOPLE and no_settings(outcome, words),
    )
    pieces = reporter(chosen)(outcome, view)
    if file is not None:
        save(pieces, file)
    elif not words.flag("--silent"):
        write(pieces, out)
    if view.statistics and not words.flag("--silent") and chosen not in FOR_PEOPLE:
        from taskguard.reporters.summary import statistics

        say("".join(statistics(outcome.report)))
    if words.flag("--verbose"):
        say("".join(f"{stage:<12}{seconds:8.3f} s\n" for stage, seconds in outcome.timings))
    if not outcome.report.files and not (view.quiet or words.flag("--hook") or words.last("--stdin-filename")):
        say("no Python files found under these paths")
    if outcome.report.idle and chosen not in FOR_PEOPLE and not view.quiet:
        say("nothing was checked: no rule is on that applies (`taskguard rules` lists them)")


def no_settings(outcome: Outcome, words: Words) -> bool:
    """Whether there is much to read and no settings hold for any of it, though none were asked to be left out."""
    found = outcome.report.diagnostics
    if len(found) <= A_FEW or words.flag("--isolated") or words.last("--config") is not None:
        return False
    from taskguard.settings.find import find

    parts = outcome.parts or (outcome,)
    places = {
        (os.path.dirname(os.path.join(part.root, one.path)), part.root)
        for part in parts
        for one in part.report.diagnostics
    }
    return all(find(folder, root) is None for folder, root in places)


def colour(when: str, terminal: bool) -> bool:
    """Whether to colour. `NO_COLOR` and `FORCE_COLOR` count where the command line leaves it open."""
    if when != "auto":
        return when == "always"
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR", "0") not in ("", "0"):
        return True
    return terminal and os.environ.get("TERM") != "dumb"
