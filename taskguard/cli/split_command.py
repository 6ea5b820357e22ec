"""`taskguard split`: split a god file into modules behind a facade, and keep nothing that verify does not pass."""

from __future__ import annotations

import os

from taskguard.cli.arguments import Option, Usage, opened
from taskguard.cli.god_files import INTO, PLAN, SHARED, folder_for, plan_named, session_of, told
from taskguard.cli.options import BUG, CLEAN, FOUND, WRONG, working_folder
from taskguard.cli.streams import say, write
from taskguard.errors import UserError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import TextIO

    from taskguard.cli.arguments import Words
    from taskguard.splitting.session import Ready, Session
    from taskguard.splitting.trial import Verdict


def usage() -> Usage:
    return Usage("split", "Split a god file: write its modules and a facade at the old path.", "PLAN|MODULE", (
        Option(("--diff",), "show what would be written, and write nothing"),
        Option(("--retarget-patches",), "patch in tests where the code looks the name up now"),
        Option(("--allow-dirty",), "also where a file that is written has changes that are not committed"),
        Option(("--check-imports",), "let the project's own Python import old and new paths, and compare Celery's registry", "PYTHON", optional=True),
        Option(("--undo",), "take back the last split, also one that was cut off"),
        INTO,
        *SHARED,
    ))  # fmt: skip


def run(args: list[str], out: TextIO) -> int:
    """Prints to `out` and gives the exit code. Raises UserError."""
    words = opened(usage(), args, out)
    if words is None:
        return CLEAN
    if words.flag("--undo"):
        return taken_back(words)
    if len(words.places) != 1:
        raise UserError("split wants one module, as a path or a dotted name, or one plan")
    from taskguard.splitting.apply import apply, cut_off
    from taskguard.splitting.plan_file import in_file

    named = words.places[0]
    plan, text = plan_named(named) if named.endswith(PLAN) else (None, "")
    session = session_of(words)
    if cut_off(session.journal):
        raise UserError("a split was cut off half-way: `taskguard split --undo` takes it back")
    try:
        module = session.module(plan.source if plan is not None else named, from_root=plan is not None)
    except UserError as error:
        raise in_file(error, text, named, "source") if plan is not None else error from None
    read = session.god(module)
    if read.stuck:
        say(
            "\n".join(
                [*read.stuck, "nothing was written: these tasks would be called otherwise; give them a `name=` first"]
            )
        )
        return FOUND
    if plan is None:
        plan = session.proposal(read.god, folder_for(session, read.god, words))
    else:
        session.fits(read.god, plan, named)
    try:
        ready = session.ready(read.god, plan, patches=words.flag("--retarget-patches"))
    except UserError as error:
        raise in_file(error, text, named) if text else error from None
    if not (words.flag("--allow-dirty") or words.flag("--diff")) and (dirty := session.unsafe(ready.files)):
        raise UserError(*dirty, "commit them first, or --allow-dirty")
    if ready.verdict.crashes or ready.verdict.faults:
        return unjudged(ready.verdict)
    refused = (*ready.verdict.broken, *ready.verdict.new)
    if refused:
        say("\n".join([*map(told, refused), "nothing was written: verify or check would say that"]))
        return FOUND
    if words.flag("--diff"):
        write(differences(ready.old, ready.files), out)
    elif words.flag("--check-imports"):
        if problems := applied_and_imported(session, ready, words.last("--check-imports") or ""):
            say("\n".join([*problems, "everything is as it was"]))
            return FOUND
    else:
        apply(session.root, session.journal, ready.old, ready.files)
    report(ready, done=not words.flag("--diff"))
    return CLEAN


def unjudged(verdict: Verdict) -> int:
    """The exit code where rules crashed, after that is told: what they would say of the split nobody knows."""
    from taskguard.cli.crash import blame, report

    told = [
        *([report(verdict.crashes)] if verdict.crashes else ()),
        *([blame(verdict.faults)] if verdict.faults else ()),
    ]
    say("\n".join([*told, "nothing was written: what these would say of the split nobody knows"]))
    return BUG if verdict.crashes else WRONG


def applied_and_imported(session: Session, ready: Ready, named: str) -> list[str]:
    """Writes the split and imports it; what is wrong with it, when it has been taken back."""
    from taskguard.splitting.apply import apply, undo
    from taskguard.splitting.importing import differing, imported, interpreter
    from taskguard.splitting.naming import dotted_of, import_root

    python = interpreter(session.root, named)
    folder = os.path.join(session.root, import_root(ready.god))
    before = imported(python, folder, (ready.god.name,))
    if before.error:
        raise UserError(f"{ready.god.name} cannot be imported before the split: {before.error}", "nothing was written")
    apply(session.root, session.journal, ready.old, ready.files)
    new = [dotted_of(ready.god, part.module.path) for part in ready.split.parts]
    problems = differing(before, python, folder, ready.god.name, new)
    if problems:
        undo(session.root, session.journal)
    return problems


def report(ready: Ready, done: bool) -> None:
    """What was written, and what is left to do by hand."""
    from taskguard.splitting.aftermath import why_long

    made, god = ready.split, ready.god
    for part in made.parts:
        lines = made.files[part.module.path].count("\n")
        say(
            f"{part.module.path}: {lines} lines"
            + (f", over the limit: {why_long(god, part)}" if lines > god.limit else "")
        )
    say(f"{god.path}: {made.files[god.path].count(chr(10))} lines, the facade")
    for note in (*made.notes, *ready.notes):
        say(note)
    patches, doubtful = ready.verdict.patches, ready.verdict.doubtful
    cure = "" if ready.retargeted else "; --retarget-patches mends those that it can"
    if patches:
        say(
            f"{len(patches)} {'patch in tests has' if len(patches) == 1 else 'patches in tests have'} no effect any more{cure}:"
        )
        for one in patches:
            say(f"  {told(one)}; {one.help}")
    if doubtful:
        say(
            f"{len(doubtful)} {'patch' if len(doubtful) == 1 else 'patches'} in tests may have no effect any more{cure}:"
        )
        for each in doubtful:
            say(f"  {each.path}:{each.line}:{each.column}: {each.code} {each.why}")
    if done:
        others = "nothing else that is new" if patches or doubtful else "nothing new"
        say(f"verify and check say {others}; `taskguard split --undo` takes it back")


def taken_back(words: Words) -> int:
    """Undoes the last split of the project around the working directory."""
    from taskguard.settings.find import find_root
    from taskguard.splitting.apply import undo
    from taskguard.splitting.session import journal_of

    if words.places:
        raise UserError("--undo takes back the last split, whatever it was: it wants no module")
    root = find_root(os.path.realpath(working_folder()))
    paths = undo(root, journal_of(root))
    say(f"taken back: {', '.join(paths)}")
    return CLEAN


def differences(old: Mapping[str, bytes | None], new: Mapping[str, bytes]) -> Iterator[str]:
    """The unified diff of all files, by path."""
    from taskguard.fixes.difference import difference

    for path in sorted(new):
        yield from difference(path, old[path] or b"", new[path])
