"""What a compose file starts in images that are built of the project's own folders."""

from __future__ import annotations

import re
from posixpath import normpath

from taskguard.facts.questions import Question
from taskguard.patterns import regex
from taskguard.project.python.commands import commands, starts
from taskguard.project.python.site_texts import IMAGE, parts_of, without_comments

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

BUILD = regex(r"^[ \t]*build:[ \t]*(?:[\"']?([\w./-]+)[\"']?[ \t]*(?:#.*)?)?$", re.M)
CONTEXT = regex(r"^[ \t]*context:[ \t]*[\"']?([^\s\"'#]+)", re.M)
RECIPE = regex(r"^[ \t]*dockerfile:[ \t]*[\"']?([^\s\"'#]+)", re.M)
# Parts of an image that the text does not name as folders, or that another service of another file describes.
FOREIGN = regex(r"^[ \t]*(?:additional_contexts|dockerfile_inline|extends|volumes_from|<<)[ \t]*:", re.M)
MOUNT = regex(r"^[ \t]*-[ \t]*[\"']?([^\s\"'=:]+):(/(?!/)[^\s\"':]*)", re.M)
LONG_MOUNT = regex(r"^[ \t]*(?:-[ \t]*)?source:", re.M)
WORKS_IN = regex(r"^[ \t]*working_dir:[ \t]*[\"']?(/[^\s\"'#]*)", re.M)
# Folders of a machine that hold no code.
OF_MACHINE = ("/var/", "/etc/", "/tmp/", "/run/", "/dev/", "/sys/", "/proc/")


@Question
def builds_started(text: str, path: str) -> frozenset[tuple[str, str]]:
    """The apps that a compose file starts, each with the folder of the project ("." for its root) of which its image is built; "" where code from elsewhere may be in it."""
    if "compose" not in path.rpartition("/")[2] or "build" not in text:
        return frozenset()
    folder, bodies = path.rpartition("/")[0], [body for _, body in parts_of(without_comments(text), path)]
    # Of services that share an image one may say how it is built.
    named = {
        image[1]: _context(body, folder) for body in bodies if (image := IMAGE.search(body)) and BUILD.search(body)
    }
    made = set[tuple[str, str]]()
    for body in bodies:
        image = IMAGE.search(body)
        built = _context(body, folder) if BUILD.search(body) else named.get(image[1], "") if image else ""
        found = (one for line in commands(body, path) for one in starts(line, path))
        made.update((one.app, "" if _brings_code(body, folder) else built) for one in found if one is not None)
    return frozenset(made)


def _context(body: str, folder: str) -> str:
    """The folder of which an image is built, as the project has it; empty where that is not one of its folders, or not said."""
    build, recipe = BUILD.search(body), RECIPE.search(body)
    if build is None or (recipe is not None and "ockerfile" not in recipe[1]):
        return ""
    context = CONTEXT.search(body)
    return _inside(folder, build[1] or (context[1] if context else ""))


def _inside(folder: str, written: str) -> str:
    if not written or written.startswith(("/", "~")) or "$" in written or ":" in written:
        return ""
    found = normpath(f"{folder}/{written}" if folder else written)
    return "" if found == ".." or found.startswith("../") else found


def _brings_code(body: str, folder: str) -> bool:
    """Whether a service may run code of no folder of the project: mounted from elsewhere, or part of what another file describes."""
    return FOREIGN.search(body) is not None or LONG_MOUNT.search(body) is not None or any(_foreign_mounts(body, folder))


def _foreign_mounts(body: str, folder: str) -> Iterator[bool]:
    works = WORKS_IN.search(body)
    for source, target in MOUNT.findall(body):
        if source.startswith(OF_MACHINE):
            continue
        if source.startswith((".", "/", "~", "$")):
            yield not _inside(folder, source)
            continue
        # A volume with a name holds data, unless it lies where the code does.
        place = target.rstrip("/")
        yield place.count("/") < 2 if works is None else f"{works[1].rstrip('/')}/".startswith(f"{place}/")
