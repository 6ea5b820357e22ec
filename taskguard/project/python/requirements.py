"""What the requirements of a project bring."""

from __future__ import annotations

import re

from taskguard.facts.questions import Question
from taskguard.project.python.distributions import brings
from taskguard.project.python.pin_files import PIN_FILES
from taskguard.query import query

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.project.python.project import Project

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
