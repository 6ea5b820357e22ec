"""`taskguard clean`: remove what is kept between runs."""

from __future__ import annotations

import os

from taskguard.cli.arguments import Usage, opened
from taskguard.cli.options import CACHE_DIR, working_folder
from taskguard.errors import UserError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TextIO


def usage() -> Usage:
    return Usage("clean", "Remove the cache of the project around the working directory.", "", (CACHE_DIR,))


def run(args: list[str], out: TextIO) -> int:
    """Removes the cache and says what was there. Raises UserError."""
    from taskguard.engine.cache_folder import cache_path, clean
    from taskguard.settings.find import find_root

    words = opened(usage(), args, out)
    if words is None:
        return 0
    if words.places:
        raise UserError("`clean` takes no path: it removes the cache of the project around the working directory")
    folder = cache_path(find_root(working_folder()), words.last("--cache-dir"))
    if folder is None:
        out.write("no cache: there is no home folder to keep one in\n")
        return 0
    try:
        removed = clean(folder)
        others = sorted(os.listdir(folder)) if os.path.isdir(folder) else []
    except OSError as error:
        raise UserError(f"cannot remove {folder}: {error.strerror}") from None
    if others:
        out.write(
            f"{folder} stays: {others[0]}{' and more' if others[1:] else ''} in it is not taskguard's, or cannot be removed\n"
        )
    else:
        out.write(f"removed {folder}\n" if removed else f"no cache at {folder}\n")
    return 0
