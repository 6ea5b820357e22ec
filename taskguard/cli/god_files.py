"""What `plan` and `split` share: the project around what they are asked about, and a plan by name."""

from __future__ import annotations

import os

from taskguard.cli.arguments import Option
from taskguard.cli.options import CACHE_DIR, CONFIG, ISOLATED, configuration, working_folder
from taskguard.errors import UserError
from taskguard.request import Request

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.cli.arguments import Words
    from taskguard.diagnostics import Diagnostic
    from taskguard.splitting.god import God
    from taskguard.splitting.plan import Plan
    from taskguard.splitting.session import Session

PLAN = ".toml"
SHARED: tuple[Option, ...] = (
    CONFIG,
    ISOLATED,
    Option(("-n", "--no-cache"), "neither read nor write the cache"),
    CACHE_DIR,
)
INTO = Option(
    ("--into",), "the folder of the modules, from the root (default: a new package beside the file)", "FOLDER"
)


def session_of(words: Words) -> Session:
    """The project that the first word stands in, or the working directory. Raises UserError."""
    from taskguard.splitting.session import Session

    config, inline = configuration(words)
    place = words.places[0] if words.places else "."
    around = place if os.path.exists(place) and place.endswith(".py") else "."
    request = Request(
        (around,), working_folder(), config=config, isolated=words.flag("--isolated"), inline=inline,
        cache=not words.flag("--no-cache"), cache_dir=words.last("--cache-dir"), below=False,
    )  # fmt: skip
    return Session(request)


def plan_named(file: str) -> tuple[Plan, str]:
    """The plan in a file, and its text. Raises UserError."""
    from taskguard.reading import read_text, why
    from taskguard.splitting.plan_file import read_plan

    try:
        text = read_text(file)
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{file} cannot be read: {why(error)}") from None
    return read_plan(text, file), text


def folder_for(session: Session, god: God, words: Words) -> str | None:
    """The folder that `--into` names, relative to the root; None where nobody says."""
    into = words.last("--into")
    if into is None:
        return None
    parts = into.strip("/").split("/")
    if into.startswith("/") or ".." in parts or not all(part.isidentifier() for part in parts):
        raise UserError(f"--into {into}: a folder is wanted that imports can spell, relative to {session.root}")
    return "/".join(parts)


def told(one: Diagnostic) -> str:
    """A finding on one line."""
    return f"{one.path}:{one.line}:{one.column}: {one.code} {one.message}"
