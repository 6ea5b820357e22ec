"""`taskguard packs`: the shipped packs, or the text of one."""

from __future__ import annotations

from taskguard.errors import UserError
from taskguard.settings.packs import pack_fault, shipped

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TextIO


def run(args: list[str], out: TextIO) -> int:
    """Prints to `out`: a line for each shipped pack, or the files of those named in `args`. Raises UserError."""
    from argparse import ArgumentParser

    from taskguard.settings.toml import parse

    words = ArgumentParser(prog="taskguard packs", description="List the shipped rule packs.")
    words.add_argument("name", nargs="*", metavar="NAME", help="print this pack instead")
    named = words.parse_args(args).name
    packs = shipped()
    if wrong := [message for name in named if name not in packs and (message := pack_fault(name, "") or "not shipped")]:
        raise UserError(*wrong)
    for name in named:
        out.write(text_of(packs[name]))
    if not named:
        width = max(map(len, packs))
        for name, path in packs.items():
            pack = parse(text_of(path))
            below = f" (extends {', '.join(pack['extends'])})" if pack.get("extends") else ""
            out.write(f"{name:<{width}}  {pack['description']}{below}\n")
    return 0


def text_of(path: str) -> str:
    with open(path, encoding="utf-8") as file:
        return file.read()
