"""The version of Celery that a project pins, for what differs from version to version. Read only when a finding asks."""

from __future__ import annotations

import re

from taskguard.facts.questions import Question, finds
from taskguard.patterns import regex
from taskguard.project.python.pin_files import PIN_FILES
from taskguard.project.python.testing import in_test_settings, in_tests
from taskguard.query import query
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.project.python.project import Project

LOCKED = regex(r'name = "celery"\s*\nversion = "(\d[\w.]*)"|"celery": \{[^{}]*"version": "==(\d[\w.]*)"')
REQUIRED = regex(
    r"""(?:^[\s"']*|[\[(,][ \t]*["'])celery(?:\[[^\]]*\])?[ \t]*((?:[=~<>!^]=?[ \t]*[\w.*]+[ \t]*,?[ \t]*)+)|^celery[ \t]*=[ \t]*.*?"([=~<>^]*\s*\d[^"]*)\"""",
    re.M,
)
# What needs Celery 3 and cannot be had with 4: django-celery (`celery>=3.1.15,<4.0`) and kombu's broker in Django's database, which left with kombu 4.0.
# An import that is tried, a name in a condition or a migration, and the runner of tests say nothing of what a worker has.
OLD = r"(?:djcelery|kombu\.transport\.django)"
NEEDS_3 = regex(
    rf"""^(?:import|from)[ \t]+{OLD}\b|(?<!try:)\n[ \t]+(?:import|from)[ \t]+djcelery\b"""
    rf"""|^(?:[ \t]*|INSTALLED_APPS\b[^#\n]*)["']{OLD}["'][ \t]*(?:[,)\]]|$)"""
    r"""|^[ \t]*(?!TEST_RUNNER)\w+[ \t]*=[ \t]*["']djcelery\.[\w.]+["']""",
    re.M,
)
BOUND = regex(r"(===?|~=|<=|>=|<|>|!=|\^|)\s*(\d+)(?:\.(\d+))?(?:\.(\d+))?")


class Pin(Record):
    """What a file says of Celery's version. Minor versions from `low` to `high` are possible, `high` included; None where it does not say."""

    text: str
    path: str
    low: tuple[int, int] | None
    high: tuple[int, int] | None

    def before(self, version: tuple[int, int]) -> bool | None:
        """Whether only versions below `version` are possible; None where both are."""
        if self.high is not None and self.high < version:
            return True
        return False if self.low is not None and self.low >= version else None


@query
def celery_pin(project: Project) -> Pin | None:
    """The pin of the nearest file that has one: beside the project's root, else at an import root. Where it leaves open whether Celery 3 or a later one is
    meant, or none is there, what goes with Celery 3 alone tells it."""
    pin = _written_pin(project)
    if pin is not None and (pin.high is not None or (pin.low is not None and pin.low >= (4, 0))):
        return pin
    return _needs_3(project) or pin


def _written_pin(project: Project) -> Pin | None:
    for root in ("", *(one for one in project.roots if one)):
        for name in PIN_FILES:
            path = f"{root}/{name}" if root else name
            written = pinned(project, path, path.endswith(".lock"))
            made = _pin(written, path) if written is not None else None
            if made is not None:
                return made
    return None


def pinned_below(project: Project, version: tuple[int, int]) -> bool | None:
    """Whether the project pins Celery below `version`; None where it pins none, or versions on both sides are possible."""
    pin = celery_pin(project)
    return pin.before(version) if pin is not None else None


DEEPEST = 2  # parts of a folder whose requirements are looked at


@query
def pins_of_parts(project: Project) -> tuple[Pin, ...]:
    """What the files of requirements near the root, and at import roots, say: parts of a project may have another Celery each."""
    parts = [path.split("/")[:-1] for path in (*project.modules, *project.markers)]
    folders = {"/".join(one[:depth]) for one in parts for depth in range(min(len(one), DEEPEST) + 1)}
    made = []
    for folder in sorted(folders.union(project.roots)):
        for name in PIN_FILES:
            path = f"{folder}/{name}".lstrip("/")
            if project.is_readable(path):
                pin = pin_of(pinned(project, path, path.endswith(".lock")), path)
                if pin is not None:
                    made.append(pin)
    return tuple(made)


@query
def _needs_3(project: Project) -> Pin | None:
    """What a module that runs in production says of Celery by using what no Celery from 4.0 on goes with."""
    for path in project.search("djcelery", "kombu.transport.django"):
        if not in_tests(path) and not in_test_settings(path) and finds(project, path, NEEDS_3):
            return Pin("<4.0", path, None, (3, 999))
    return None


@Question
def pinned(text: str, lock: bool) -> str | None:
    """The version of Celery that a text pins, as it is written."""
    if "celery" not in text:
        return None
    found = (LOCKED if lock else REQUIRED).search(text)
    if found is None:
        return None
    written = found[1] or found[2]
    return f"=={written}" if lock else written.strip(" ,")


def read_pin(text: str, path: str) -> Pin | None:
    """The pin in the text of one file."""
    return pin_of(pinned.of(text, path.endswith(".lock")), path)


def pin_of(written: str | None, path: str) -> Pin | None:
    """What `pinned` found, as bounds."""
    return _pin(written, path) if written is not None else None


def _pin(written: str, path: str) -> Pin | None:
    low: tuple[int, int] | None = None
    high: tuple[int, int] | None = None
    for operator, first, second, third in BOUND.findall(written):
        minor = (int(first), int(second or 0))
        if operator in ("==", "===", ""):
            low, high = minor, minor if second else (int(first), 999)
        elif operator == "~=":
            low, high = minor, minor if third else (int(first), 999)
        elif operator == "^":
            low, high = minor, (int(first), 999)
        elif operator in (">=", ">"):
            low = minor
        elif operator == "<=":
            high = minor
        elif operator == "<":
            high = minor if third and third != "0" else (minor[0], minor[1] - 1) if minor[1] else (minor[0] - 1, 999)
    return Pin(written, path, low, high) if low is not None or high is not None else None
