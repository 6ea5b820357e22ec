"""What the requirements of a project bring."""

from __future__ import annotations

import re

from taskguard.project.python.distributions import brings
from taskguard.project.python.pin_files import PIN_FILES

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
    held = _requirements(project)
    if not any("celery" in text for text in held):
        return None
    return any(brings(text, package) for text in held)


def is_listed(project: Project, package: str) -> bool:
    """Whether the requirements, or what else says what is installed, have a word that is the package's name or begins or ends so."""
    word = re.compile(rf"(?<![a-z0-9]){re.sub(r'[-_.]+', '[-_.]', package.lower())}(?![a-z0-9])")
    return any(word.search(text) for text in _requirements(project))


def _requirements(project: Project) -> list[str]:
    roots = dict.fromkeys(("", *project.roots))
    paths = [f"{root}/{name}".lstrip("/") for root in roots for name in (*PIN_FILES, *MORE_FILES)]
    paths += [one for one in sorted(project.markers) if "Dockerfile" in one]
    return [text.lower() for text in map(project.text, dict.fromkeys(paths)) if text]
