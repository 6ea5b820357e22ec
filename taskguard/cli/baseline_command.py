"""`taskguard baseline`: write down what is found today, so that only what is new is shown."""

from __future__ import annotations

import os

from taskguard.cli.arguments import Option, Usage, opened
from taskguard.cli.options import CONFIG, ISOLATED, configuration, working_folder
from taskguard.cli.project_folder import ROOT, workplace
from taskguard.discovery.markers import BASELINE
from taskguard.errors import UserError
from taskguard.request import Request

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TextIO

    from taskguard.diagnostics import Diagnostic
    from taskguard.request import Outcome

SHOWN = 10


def usage() -> Usage:
    about = "Write taskguard-baseline.json: `check` hides what it holds, and what it holds may only get less."
    return Usage("baseline", about, "", (
        Option(("--add",), "take in what is new, too, where there is a baseline already"),
        ROOT,
        CONFIG,
        ISOLATED,
        Option(("--packs",), "rule packs, by name or path, in place of those of the settings", "PACKS"),
    ))  # fmt: skip


def run(args: list[str], out: TextIO) -> int:
    """Writes the file in the project's root, or in the folder of a part of it. Raises UserError, also where findings are new and `--add` is not given."""
    words = opened(usage(), args, out)
    if words is None:
        return 0
    if words.places:
        raise UserError("a baseline is of the whole project: leave the paths out")
    from taskguard import baseline
    from taskguard.engine.baseline_renames import still_there
    from taskguard.engine.baselines import agreed, governed, moved, within

    place = workplace(words)
    try:
        old = agreed(place.folder)
    except UserError:
        if not words.flag("--add"):
            raise
        old = None  # what is damaged is written anew
    config, inline = configuration(words)
    asked = Request(
        (place.folder,), working_folder(), place.root, config=config, isolated=words.flag("--isolated"), inline=inline,
        packs=words.all("--packs"), baseline=False, below=False,
    )  # fmt: skip
    outcome = found_today(asked)
    found, follow = governed(place.root, place.inside, outcome.report.diagnostics), 0
    if old is not None:
        before = moved(old, place.inside)
        named = {*(one.path for one in before.entries), *(one.path for one in found)}
        paths = {path for path in named if os.path.lexists(os.path.join(place.root, path))}
        held = baseline.apply(still_there(before, place.root, paths), found, outcome.texts, lambda entry: True)
        if held.kept and not words.flag("--add"):
            raise UserError(*refused(held.kept))
        follow = baseline.gone(before, held.left)[2]
    fresh = within(baseline.collected(found, outcome.texts), place.inside)
    baseline.save(place.folder, fresh)
    number = len(fresh.entries)
    change = number - len(old.entries) if old is not None else 0
    parts = [f"{abs(change)} {'more' if change > 0 else 'fewer'} than before"] if change else []
    parts += [f"{follow} moved with their file"] if follow else []
    out.write(f"{place.shown(BASELINE)}: {', '.join([counted(number, 'entry', 'entries'), *parts])}\n")
    return 0


def found_today(asked: Request) -> Outcome:
    """What a request finds. Raises UserError where a rule crashed, for the baseline would not be complete."""
    from taskguard.engine import run as run_engine

    outcome = run_engine(asked)
    if outcome.crashes:
        from taskguard.cli.crash import report

        raise UserError(f"a rule crashed, so that the baseline would not be complete\n{report(outcome.crashes)}")
    if outcome.faults:
        from taskguard.cli.crash import blame

        raise UserError(f"a checker crashed, so that the baseline would not be complete\n{blame(outcome.faults)}")
    return outcome


def counted(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"


def refused(found: list[Diagnostic]) -> list[str]:
    """Why the baseline is not written, with the first findings that it does not have."""
    lines = [f"{one.path}:{one.line}: {one.code} {one.symbol or ''}".rstrip() for one in found[:SHOWN]]
    more = [f"and {len(found) - SHOWN} more"] if len(found) > SHOWN else []
    number = "1 finding is" if len(found) == 1 else f"{len(found)} findings are"
    advice = "mend them, or take them in: `taskguard baseline --add`"
    return [f"{number} new since the baseline was written: {advice}", *lines, *more]
