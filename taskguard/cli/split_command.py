"""`taskguard split`: split a god file into modules behind a facade, and keep nothing that verify does not pass."""

from __future__ import annotations

import os

from taskguard.cli.arguments import Option, Usage, opened
from taskguard.cli.options import CACHE_DIR, CLEAN, CONFIG, FOUND, ISOLATED, configuration, working_folder
from taskguard.cli.streams import say, write
from taskguard.errors import UserError
from taskguard.request import Request

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import TextIO

    from taskguard.cli.arguments import Words
    from taskguard.diagnostics import Diagnostic
    from taskguard.splitting.session import Session


def usage() -> Usage:
    return Usage("split", "Split a god file: write its modules and a facade at the old path.", "PLAN|MODULE", (
        Option(("--diff",), "show what would be written, and write nothing"),
        Option(("--allow-dirty",), "also where a file that is written has changes that are not committed"),
        Option(("--undo",), "take back the last split, also one that was cut off"),
        CONFIG,
        ISOLATED,
        CACHE_DIR,
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
    from taskguard.splitting.apply import cut_off

    session = session_of(words)
    if cut_off(session.journal):
        raise UserError("a split was cut off half-way: `taskguard split --undo` takes it back")
    read = session.god(session.module(words.places[0]))
    god = read.god
    if read.stuck:
        say(
            "\n".join(
                [*read.stuck, "nothing was written: these tasks would be called otherwise; give them a `name=` first"]
            )
        )
        return FOUND
    plan = session.proposal(god)
    entry, settings, table = session.facade(god, plan)
    made, files = session.written(god, plan, entry)
    if not (words.flag("--allow-dirty") or words.flag("--diff")) and (
        dirty := session.unsafe({**files, **({settings: b""} if entry else {})})
    ):
        raise UserError(*dirty, "commit them first, or --allow-dirty")
    if unseen := session.unseen(files):
        raise UserError(*unseen)
    verdict = session.verdict(god, files, entry)
    if entry is not None:
        files[settings] = table
    refused = (*verdict.broken, *verdict.new)
    if refused:
        say("\n".join([*map(told, refused), "nothing was written: verify or check would say that"]))
        return FOUND
    if words.flag("--diff"):
        write(differences(session, files), out)
        return CLEAN
    from taskguard.engine.resolver import read_below
    from taskguard.splitting.apply import apply

    apply(session.root, session.journal, {path: read_below(session.root, path) for path in files}, files)
    for part in made.parts:
        say(f"{part.module.path}: {made.files[part.module.path].count(chr(10))} lines")
    say(f"{god.path}: {made.files[god.path].count(chr(10))} lines, the facade")
    return CLEAN


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


def session_of(words: Words) -> Session:
    from taskguard.splitting.session import Session

    config, inline = configuration(words)
    place = words.places[0] if words.places else "."
    request = Request(
        (place,) if place.endswith(".py") else (".",), working_folder(), config=config, isolated=words.flag("--isolated"), inline=inline,
        cache_dir=words.last("--cache-dir"), below=False,
    )  # fmt: skip
    return Session(request)


def told(one: Diagnostic) -> str:
    return f"{one.path}:{one.line}:{one.column}: {one.code} {one.message}"


def differences(session: Session, files: dict[str, bytes]) -> Iterator[str]:
    from taskguard.engine.resolver import read_below
    from taskguard.fixes.difference import difference

    for path in sorted(files):
        yield from difference(path, read_below(session.root, path) or b"", files[path])
