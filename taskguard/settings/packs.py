"""Where packs are: shipped ones by name, a user's own by path."""

from __future__ import annotations

import os

from taskguard.errors import nearest

OWN = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def pack_folder() -> str:
    """The folder of the shipped packs: inside the wheel, else `rules/` beside the package in a checkout."""
    inside = os.path.join(OWN, "_packs")
    return inside if os.path.isdir(inside) else os.path.join(os.path.dirname(OWN), "rules")


def shipped() -> dict[str, str]:
    """Name -> path of every shipped pack, `core` first, then by name."""
    folder = pack_folder()
    names = sorted(name[: -len(".toml")] for name in os.listdir(folder) if name.endswith(".toml"))
    return {name: os.path.join(folder, f"{name}.toml") for name in sorted(names, key=lambda name: name != "core")}


def is_path(word: str) -> bool:
    """Whether an entry of `packs` or `extends` names a file, not a shipped pack."""
    return word.endswith(".toml") or "/" in word or os.sep in word


def pack_path(word: str, folder: str) -> str:
    """The file of a pack; a path counts from `folder`."""
    return os.path.normpath(os.path.join(folder, word)) if is_path(word) else shipped().get(word, "")


def pack_fault(word: str, folder: str) -> str | None:
    """What is wrong with an entry of `packs` or `extends`, or None."""
    if is_path(word):
        return None if os.path.isfile(pack_path(word, folder)) else f"there is no file `{word}`"
    known = shipped()
    if word in known:
        return None
    guess = nearest(word, known)
    return f"unknown pack `{word}`" + (f"; did you mean `{guess}`?" if guess else f"; shipped are {', '.join(known)}")
