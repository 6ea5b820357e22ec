"""Folders of an image that the user it runs as may not write into: root made them, and nothing gives them away."""

from __future__ import annotations

from posixpath import normpath

from taskguard.facts.questions import Question
from taskguard.patterns import regex
from taskguard.project.python.image_sources import stages_from
from taskguard.project.python.recipes import FLAG, SEPARATED, placed, stages_of

# The images of Python's own: they run as root, and give no folder but those of systems away.
PYTHON = regex(r"(?:docker\.io/)?(?:library/)?python(?:[:@]\S*)?$")
# What may give a folder to a user, or rights in it.
GIVES = regex(r"\b(?:chown|chmod|chgrp|setfacl|install|useradd|adduser|usermod|mkdir|rmdir|rm|mv|cp|ln)\b")
# What may do so unseen: scripts of the project, and other programs that do what a file says.
UNSEEN = regex(r"\.sh\b|\.py\b|\bmake\b|\bansible|\b(?:ba)?sh[ \t]+(?!-c)")
# Folders of whoever works there, or of all.
SHARED = ("/home", "/tmp", "/var/tmp", "/dev", "/run", "/var/run")
ROOT = ("root", "0")


@Question
def is_closed(text: str, target: str, folder: str) -> bool:
    """Whether the user of an image (of a stage, of the last one where that is not named) may surely not write into a folder of it that root has made."""
    closed = _closed(text, target, folder)
    return closed is not None and closed[0]


@Question
def is_closed_volume(text: str, target: str, folder: str) -> bool:
    """Whether the user of an image may surely not write into a volume that Docker makes at a path of it: it takes the owner of what lies there, or is root's."""
    return _closed(text, target, folder) is not None


def _closed(text: str, target: str, folder: str) -> tuple[bool] | None:
    """Whether root makes a folder; None where it may be another's, or the image runs as root."""
    stages = stages_of(text) if stages_from(text, PYTHON) and "<<" not in text and "--parents" not in text else {}
    steps = stages.get(target.lower() or list(stages)[-1]) if stages else None
    if steps is None or any(name == "ENTRYPOINT" for name, _ in steps) or _under(folder, SHARED):
        return None
    user, here, made = "", "/", False
    for name, rest in steps:
        if name == "USER":
            user = rest.strip("\"'").partition(":")[0]
        elif name == "WORKDIR":
            here = placed(here, rest.strip("\"'"))
            if _under(here, (folder,)) and not made:
                if user not in ("", *ROOT):
                    return None
                made = True
        elif name == "RUN":
            if _gives(rest, here, folder):
                return None
        elif _hands_over(rest, here, folder, made):
            return None
    return None if user in ("", *ROOT) or "$" in user or "$" in here else (made,)


def _gives(run: str, here: str, folder: str) -> bool:
    """Whether a command may give a folder to somebody: one that gives, and names it, what lies above, or what cannot be told."""
    for part in SEPARATED.split(run):
        if UNSEEN.search(part):
            return True
        words = part.replace("=", " ").replace('"', " ").replace("'", " ").split() if GIVES.search(part) else []
        # Of a pattern the part before it counts: `/srv/*` reaches what lies below /srv.
        if any("$" in one or "~" in one or _under(folder, (placed(here, one.partition("*")[0]),)) for one in words):
            return True
    return False


def _hands_over(rest: str, here: str, folder: str, made: bool) -> bool:
    """Whether a copy has other owners or rights than root's, and reaches the folder: one that is `made` by then keeps its owner, and what is put into it has another."""
    flags = set[str]()
    while flag := FLAG.match(rest):
        flags.add(flag[1])
        rest = rest[flag.end() :]
    places = [placed(here, one) for one in rest.replace('"', " ").replace("]", " ").split()[-1:]]
    if made and flags == {"chown"} and places == [folder]:
        return False
    return not flags.isdisjoint(("chown", "chmod", "from")) and any(_under(folder, (one,)) for one in places)


def _under(path: str, folders: tuple[str, ...]) -> bool:
    """Whether a path is one of these, or lies below one."""
    return any(path == one or path.startswith(f"{normpath(one).rstrip('/')}/") for one in folders)
