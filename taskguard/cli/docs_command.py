"""`taskguard docs`: write the rules' pages and the settings' schema to a folder, or say what is out of date."""

from __future__ import annotations

import os

from taskguard.cli.arguments import Option, Usage, opened
from taskguard.errors import UserError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import TextIO

CLEAN, FOUND = 0, 1


def usage() -> Usage:
    return Usage("docs", "Write a page for each rule, their index, and JSON Schemas for settings and packs.", "FOLDER", (
        Option(("--check",), "write nothing; exit with 1 where something is out of date"),
    ))  # fmt: skip


def run(args: list[str], out: TextIO) -> int:
    """Prints to `out` which files were written, or would be. Raises UserError."""
    words = opened(usage(), args, out)
    if words is None:
        return CLEAN
    if len(words.places) != 1:
        raise UserError("a folder is wanted: `taskguard docs docs`")
    from taskguard.handbook import handbook, outdated

    folder = words.places[0]
    wanted = handbook()
    paths = outdated(wanted, on_disk(folder, wanted))
    check = words.flag("--check")
    if not check:
        write(folder, paths, wanted)
    for path in paths:
        out.write(f"{'out of date' if check else 'written' if path in wanted else 'removed'}: {folder}/{path}\n")
    if check and paths:
        out.write(f"`taskguard docs {folder}` mends it.\n")
        return FOUND
    return CLEAN


def on_disk(folder: str, wanted: Iterable[str]) -> dict[str, str]:
    """The texts of the wanted files that are there, and of further pages of rules."""
    from taskguard.handbook import RULES

    paths = set(wanted)
    if os.path.isdir(os.path.join(folder, RULES)):
        paths.update(
            RULES + name
            for name in os.listdir(os.path.join(folder, RULES))
            if name.startswith("tg") and name.endswith(".md")
        )
    found = {}
    for path in paths:
        try:
            with open(os.path.join(folder, path), encoding="utf-8", newline="") as file:
                found[path] = file.read()
        except FileNotFoundError:
            continue
        except (OSError, UnicodeDecodeError) as error:
            raise UserError(f"cannot read {folder}/{path}: {error}") from None
    return found


def write(folder: str, paths: Iterable[str], wanted: Mapping[str, str]) -> None:
    """Writes what is wanted, and removes the pages that are not."""
    for path in paths:
        file = os.path.join(folder, path)
        try:
            if path not in wanted:
                os.unlink(file)
                continue
            os.makedirs(os.path.dirname(file), exist_ok=True)
            with open(file, "w", encoding="utf-8", newline="\n") as opened:
                opened.write(wanted[path])
        except OSError as error:
            raise UserError(f"cannot write {folder}/{path}: {error.strerror}") from None
