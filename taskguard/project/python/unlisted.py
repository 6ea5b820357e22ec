"""Whether a package is surely on no list of what a project installs: the lists are read whole, or nothing is said."""

from __future__ import annotations

import re
from posixpath import normpath

from taskguard.facts.questions import Question, finds
from taskguard.patterns import regex
from taskguard.project.python.pin_files import PIN_FILES
from taskguard.project.python.requirements import MORE_FILES, names_celery
from taskguard.query import query

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from taskguard.project.python.project import Project

DEEPEST = 2  # parts of a folder whose lists are looked at
LISTED = regex(r"(?:^|\s)(?:-r|--requirement|-c|--constraint)[ =]*([^\s\"';&|]+)|@file:([^\s\"';]+)", re.M)
# Distributions that come from where nobody can look: they may bring anything.
ELSEWHERE = regex(
    r"\bgit\+|@[ \t]*(?:git|https?|file|ssh):|\b(?:git|path|url)[ \t]*=[ \t]*[\"']|--(?:extra-)?index-url|--find-links|^[ \t]*-[if][ \t]|^[ \t]*-e[ \t]+(?!\.)|^[ \t]*(?:\./|\.\./|/)\S+$"
    r"|^[ \t]*(?:https?|file):",
    re.M,
)
FROM = regex(r"^[ \t]*FROM[ \t]+(?:--\S+[ \t]+)*(\S+)(?:[ \t]+as[ \t]+(\S+))?", re.M | re.I)
# Images that have nothing of Python's beyond itself.
PLAIN = regex(
    r"(?:(?:docker\.io|public\.ecr\.aws|mcr\.microsoft\.com|ghcr\.io)/)?(?:[\w-]+/)*(?:python|ubuntu|debian|alpine|slim|buster|bullseye|bookworm|uv|node|nginx|golang|rust|busybox|scratch)(?:[:@].*)?$"
)
INSTALLS = regex(r"\b(?:pip|poetry|uv|pipenv|pdm|conda|celery)\b")
# What requires these packages itself, beside those that say so by their names.
BRINGING = {
    "gevent": ("locust", "grequests", "zerorpc", "gipc", "flask-sockets", "flask_sockets"),
    "eventlet": ("nameko", "oslo", "ryu", "os-ken"),
    "redis": (
        "redbeat", "rq", "saq", "walrus", "cacheops", "pottery", "celery-once", "celery_once", "celery-singleton", "fastapi-limiter", "airflow", "superset", "sentry",
        "invenio", "bullmq", "celery-director", "celery_director", "spug", "openwisp",
    ),
}  # fmt: skip
# Packages that have the name of a server, which a machine is given in another way.
OF_SERVERS = frozenset(("redis",))


def is_unlisted(project: Project, package: str) -> bool | None:
    """Whether no list has the package, where all of them can be read and one names celery; None where nothing can be said.

    False, too, where a list may be no list of all: it has no lock.
    """
    lists = _lists(project)
    if not lists or any(_may_bring(project, path, package) for path in lists):
        return None
    code = re.compile(rf"^[ \t]*(?:import|from)[ \t]+{package}\b", re.M)
    by = (
        r"\b(?:pip3?|uv|poetry|pdm|pipenv|conda|mamba)\b[^\n]*\b(?:install|add)"
        if package in OF_SERVERS
        else r"\binstall"
    )
    by_hand = re.compile(rf"{by}\b[^\n]*{package}", re.I)
    if any(finds(project, path, code) for path in project.search(package)):
        return None
    if any(finds(project, path, by_hand) for path in (*sorted(project.markers), *project.notes)):
        return None
    return any(_is_whole(project, path, path.endswith(".lock")) for path in lists)


@query
def _lists(project: Project) -> tuple[str, ...]:
    """The files that say what is installed; none where one of them is not there, or may bring what nobody can look at."""
    parts = [path.split("/")[:-1] for path in (*project.modules, *project.markers)]
    folders = {"/".join(one[:depth]) for one in parts for depth in range(min(len(one), DEEPEST) + 1)}
    names = dict.fromkeys((*PIN_FILES, *MORE_FILES))
    found = [f"{folder}/{name}".lstrip("/") for folder in sorted(folders.union(project.roots)) for name in names]
    held = dict.fromkeys(path for path in found if project.is_readable(path))
    held.update(dict.fromkeys(one for one in sorted(project.markers) if "ockerfile" in one))
    queue = [*held, *(one for one in project.markers if one not in held)]
    for path in queue:
        for written in _named(project, path):
            other = _resolved(project, path, written, held)
            if other is None:
                return ()
            if other not in held:
                held[other] = None
                queue.append(other)
    if any(_is_open(project, path, "ockerfile" in path, path.endswith(".lock")) for path in held):
        return ()
    listing = [path for path in held if "ockerfile" not in path]
    return tuple(held) if any(names_celery(project, path) for path in listing) else ()


def _resolved(project: Project, path: str, written: str, held: Iterable[str]) -> str | None:
    """The list that a file names: beside it, at the root, or the one list of that name that is known, an image having it under another path."""
    written = written.strip("\"'")
    for start in (path.rpartition("/")[0], ""):
        found = normpath(f"{start}/{written}" if start else written)
        if not found.startswith(("/", "../")) and "$" not in found and project.is_readable(found):
            return found
    named = [one for one in held if one.rpartition("/")[2] == written.rpartition("/")[2]]
    return named[0] if len(named) == 1 else None


@Question
def _named(text: str) -> tuple[str, ...]:
    """The lists that a text names."""
    if "-r" not in text and "-c" not in text and "@file" not in text:
        return ()
    found = (one[1] or one[2] for line in text.splitlines() if _is_about(line) for one in LISTED.finditer(line))
    return tuple(dict.fromkeys(one for one in found if one.endswith((".txt", ".in", ".pip"))))


def _is_about(line: str) -> bool:
    return not line.lstrip().startswith(("#", "//"))


@Question
def _may_bring(text: str, package: str) -> bool:
    text = text.lower()
    return any(one in text for one in (package, *BRINGING.get(package, ())))


@Question
def _is_open(text: str, of_image: bool, lock: bool) -> bool:
    """Whether what a file says is not all that is installed by it."""
    if lock:
        return False
    if not of_image:
        return ELSEWHERE.search(text) is not None
    if INSTALLS.search(text) is None:
        return False
    stages = {one[2].lower() for one in FROM.finditer(text) if one[2]}
    bases = [one[1] for one in FROM.finditer(text) if one[1].lower() not in stages]
    return any(_plain_base(one, text) is False for one in bases) or "git+" in text


def _plain_base(base: str, text: str) -> bool:
    variable = re.match(r"\$\{?(\w+)(?::?-([^}]*))?\}?", base)
    if variable is not None:
        given = re.search(rf"^[ \t]*ARG[ \t]+{variable[1]}=[\"']?([^\s\"']+)", text, re.M)
        base = (given[1] if given is not None else variable[2] or "") + base[variable.end() :]
    return PLAIN.match(base) is not None


@Question
def _is_whole(text: str, lock: bool) -> bool:
    """Whether a list has what celery requires beside celery itself: it is a lock, or what pip has written down."""
    text = text.lower()
    return "celery" in text and (
        lock or all(re.search(rf"^[ \t]*{one}==", text, re.M) for one in ("kombu", "billiard", "vine"))
    )
