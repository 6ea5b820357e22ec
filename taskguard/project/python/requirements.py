"""What the requirements of a project bring."""

from __future__ import annotations

import re

from taskguard.facts.questions import Question, finds
from taskguard.patterns import regex
from taskguard.project.python.distributions import brings
from taskguard.project.python.pin_files import PIN_FILES
from taskguard.query import query

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.project.python.project import Project

CONTINUED = regex(r"\\\r?\n")
# What an image begins with, and what is run when it is made.
MAKES = regex(r"^[ \t]*(?:FROM|RUN)\b.*", re.M | re.I)
# Words about the lines below, and no distribution that is commented out.
HEADING = regex(r"^[ \t]*#(?![ \t]*[\w.-]+[ \t]*[\[<>=~!@]).*", re.M)
# A folder that is installed like a distribution.
FOLDER = regex(r"^[ \t]*(?:(?:-e|--editable)\b|(?:\w+[ \t]*@[ \t]*)?(?:file:|\.{1,2}(?:[/\[ \t\r]|$)))", re.M)
# What builds the project itself.
BACKEND = regex(r"\bbuild-backend\b")
MORE_FILES = (
    "setup.py",
    "requirements/local.txt",
    "requirements/dev.txt",
    "requirements-dev.txt",
    "requirements.in",
    "environment.yml",
)


def is_required(project: Project, package: str) -> bool | None:
    """Whether the requirements may bring a package; None where there are none."""
    held = requirements(project)
    if not any(names_celery(project, path) for path in held):
        return None
    return any(_brings(project, path, package) for path in held)


def is_installed(project: Project, package: str) -> bool | None:
    """As `is_required`, of a name that may be none of a library: of an image counts what it begins with and what it runs when it is made, and not what it starts."""
    held = requirements(project)
    if not any(names_celery(project, path) for path in held):
        return None
    return any(_installs(project, path, package, "Dockerfile" in path) for path in held)


def has_line_for(project: Project, package: str) -> bool:
    """Whether a line of the requirements is about a distribution whose name has that of the package in it, or an image begins with or installs one."""
    return any(_has_line(project, path, package, "Dockerfile" in path) for path in requirements(project))


def is_asked_for(project: Project, package: str) -> bool:
    """Whether a line of the requirements is about a distribution of just that name."""
    return any(_asks_for(project, path, package) for path in requirements(project) if "Dockerfile" not in path)


def may_install(project: Project, folder: str, package: str) -> bool:
    """Whether what lists distributions in a folder has a line for one of that name, or for a folder, whose packages may have any name."""
    paths = (f"{folder}/{name}".lstrip("/") for name in (*PIN_FILES, *MORE_FILES))
    held = [path for path in paths if project.is_readable(path)]
    return any(_asks_for(project, path, package) or finds(project, path, FOLDER) for path in held)


def is_listed(project: Project, package: str) -> bool:
    """Whether the requirements, or what else says what is installed, have a word that is the package's name or begins or ends so."""
    return any(_lists(project, path, package) for path in requirements(project))


def is_pinned(project: Project, package: str) -> bool | None:
    """The same of the files that list distributions alone: where an image is made, folders have such names; None where there are none of these files."""
    held = [one for one in requirements(project) if "Dockerfile" not in one]
    if not any(names_celery(project, path) for path in held):
        return None
    return any(_lists(project, path, package) for path in held)


@Question
def names_celery(text: str) -> bool:
    """Whether a text says `celery`, in whatever letters."""
    return "celery" in text.lower()


@Question
def _brings(text: str, package: str) -> bool:
    return brings(text.lower(), package)


@Question
def _installs(text: str, package: str, of_image: bool) -> bool:
    return brings((_made(text) if of_image else HEADING.sub("", BACKEND.sub("", text))).lower(), package)


def _made(text: str) -> str:
    return "\n".join(MAKES.findall(CONTINUED.sub(" ", text)))


@Question
def _has_line(text: str, package: str, of_image: bool) -> bool:
    if of_image:
        return brings(_made(text).lower(), package)
    name = re.sub(r"[-_.]+", "[-_.]", package.lower())
    line = rf"^[ \t]*(?:-[ \t]*)?[\"']?[\w.-]*{name}[\w.-]*[\"']?[ \t]*(?:[\[<>=~!@;,^\"']|\r?$)"
    return re.search(line, BACKEND.sub("", text.lower()), re.M) is not None


@Question
def _asks_for(text: str, package: str) -> bool:
    name = re.sub(r"[-_.]+", "[-_.]", package.lower())
    line = rf"^[ \t]*(?:-[ \t]*)?[\"']?{name}[\"']?[ \t]*(?:[\[<>=~!@;,^]|\r?$)"
    return re.search(line, text.lower(), re.M) is not None


@Question
def _lists(text: str, package: str) -> bool:
    name = re.sub(r"[-_.]+", "[-_.]", package.lower())
    return re.search(rf"(?<![a-z0-9]){name}(?![a-z0-9])", text.lower()) is not None


@query
def requirements(project: Project) -> tuple[str, ...]:
    """The files that say what is installed."""
    roots = dict.fromkeys(("", *project.roots))
    paths = [f"{root}/{name}".lstrip("/") for root in roots for name in (*PIN_FILES, *MORE_FILES)]
    paths += [one for one in sorted(project.markers) if "Dockerfile" in one]
    return tuple(path for path in dict.fromkeys(paths) if project.is_readable(path))
