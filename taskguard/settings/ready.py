"""The settings of a project without a settings file, made ready: to read and check the pack `core` takes longer than most else in a first run.

`python -m taskguard.settings.ready` makes them anew after a change of the pack. What does not fit the pack any more is left aside.
"""

from __future__ import annotations

import os
from zlib import adler32, crc32

from taskguard.reading import read
from taskguard.settings.cache import dump, restore
from taskguard.settings.packs import pack_folder
from taskguard.version import __version__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.settings.model import Settings

PACK, READY = "core.toml", "core.ready"


def ready() -> Settings | None:
    """The settings, None where they are not ready."""
    folder = pack_folder()
    try:
        text = read(os.path.join(folder, READY)).decode()
        if text.partition("\n")[0] != _head(folder):
            return None
    except (OSError, ValueError):
        return None
    settings = restore(text.partition("\n")[2].rstrip("\n"))
    return None if settings is None else settings.replace(sources=(os.path.join(folder, PACK),))


def made_ready(settings: Settings) -> str:
    """What the file is to hold."""
    return f"{_head(pack_folder())}\n{dump(settings.replace(sources=()))}\n"


def _head(folder: str) -> str:
    data = read(os.path.join(folder, PACK))
    return f"taskguard {__version__} {len(data)} {crc32(data):08x} {adler32(data):08x}"


def write() -> None:
    from taskguard.settings.load import load

    with open(os.path.join(pack_folder(), READY), "w", encoding="utf-8", newline="\n") as file:
        file.write(made_ready(load(None, pack_folder())))


if __name__ == "__main__":
    write()
