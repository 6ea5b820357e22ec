"""`taskguard baseline`: write down what is found today, so that only what is new is shown."""

from __future__ import annotations

from taskguard.cli.check_command import CONFIG, ISOLATED, configuration, working_folder
from taskguard.cli.words import Option, Usage, opened
from taskguard.errors import UserError
from taskguard.request import BASELINE, Request

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TextIO

    from taskguard.baseline import Baseline, Entry

SHOWN = 10


def usage() -> Usage:
    about = "Write taskguard-baseline.json: `check` hides what it holds, and what it holds may only get less."
    return Usage("baseline", about, "", (
        Option(("--add",), "take in what is new, too, where there is a baseline already"),
        CONFIG,
        ISOLATED,
        Option(("--packs",), "rule packs, by name or path, in place of those of the settings", "PACKS"),
    ))  # fmt: skip


def run(args: list[str], out: TextIO) -> int:
    """Writes the file in the project's root. Raises UserError, also where findings are new and `--add` is not given."""
    words = opened(usage(), args, out)
    if words is None:
        return 0
    if words.places:
        raise UserError("a baseline is of the whole project: leave the paths out")
    from taskguard import baseline
    from taskguard.settings.find import find_root

    cwd = working_folder()
    root = find_root(cwd)
    old = None if words.flag("--add") else baseline.read(root)
    config, inline = configuration(words)
    asked = Request(
        (root,), cwd, root, config=config, isolated=words.flag("--isolated"), inline=inline, packs=words.all("--packs"), baseline=False
    )  # fmt: skip
    fresh = found_today(asked)
    fresh_ones = [] if old is None else baseline.added(old, fresh)
    if fresh_ones:
        raise UserError(*refused(fresh_ones))
    baseline.save(root, fresh)
    number = len(fresh.entries)
    less = "" if old is None or len(old.entries) == number else f", {len(old.entries) - number} fewer than before"
    out.write(f"{BASELINE}: {number} {'entry' if number == 1 else 'entries'}{less}\n")
    return 0


def found_today(asked: Request) -> Baseline:
    """The baseline of what a request finds. Raises UserError where a rule crashed, for it would not be complete."""
    from taskguard import baseline
    from taskguard.engine import run as run_engine

    outcome = run_engine(asked)
    if outcome.crashes:
        from taskguard.cli.crash import report

        raise UserError(f"a rule crashed, so that the baseline would not be complete\n{report(outcome.crashes)}")
    if outcome.faults:
        from taskguard.cli.crash import blame

        raise UserError(f"a checker crashed, so that the baseline would not be complete\n{blame(outcome.faults)}")
    return baseline.collected(outcome.report.diagnostics, outcome.texts)


def refused(entries: list[Entry]) -> list[str]:
    """Why the baseline is not written, with the first findings that it does not have."""
    lines = [f"{one.path}: {one.code} {one.symbol}".rstrip() for one in entries[:SHOWN]]
    more = [f"and {len(entries) - SHOWN} more"] if len(entries) > SHOWN else []
    number = "1 finding is" if len(entries) == 1 else f"{len(entries)} findings are"
    return [f"{number} new since the baseline was written: mend, or take in with --add", *lines, *more]
