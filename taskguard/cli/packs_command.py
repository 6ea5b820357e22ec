"""`taskguard packs`: the shipped packs, or the text of one."""

from __future__ import annotations

from taskguard.cli.arguments import Option, Usage, opened
from taskguard.errors import UserError
from taskguard.settings.packs import pack_fault, shipped

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TextIO


def usage() -> Usage:
    return Usage("packs", "List the shipped rule packs, or print those that are named.", "[NAME…]", (
        Option(("--output-format",), "how to print them (default: text)", "FORMAT", choices=("text", "json")),
    ))  # fmt: skip


def run(args: list[str], out: TextIO) -> int:
    """Prints to `out`: a line for each shipped pack, or the files of those named in `args`. Raises UserError."""
    from taskguard.settings.toml import parse

    words = opened(usage(), args, out)
    if words is None:
        return 0
    named = words.places
    packs = shipped()
    if wrong := [message for name in named if name not in packs and (message := pack_fault(name, "") or "not shipped")]:
        raise UserError(*wrong)
    if words.last("--output-format") == "json":
        import json

        out.write(json.dumps([described(name, packs[name]) for name in named or packs], indent=2) + "\n")
        return 0
    for name in named:
        out.write(text_of(packs[name]))
    if not named:
        width = max(map(len, packs))
        for name, path in packs.items():
            pack = parse(text_of(path))
            below = f" (extends {', '.join(pack['extends'])})" if pack.get("extends") else ""
            out.write(f"{name:<{width}}  {pack['description']}{below}\n")
    return 0


def described(name: str, path: str) -> dict[str, object]:
    """A pack as data."""
    from taskguard.settings.toml import parse

    return {"name": name, **parse(text_of(path))}


def text_of(path: str) -> str:
    with open(path, encoding="utf-8") as file:
        return file.read()
