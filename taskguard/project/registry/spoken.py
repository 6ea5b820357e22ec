"""Queues that a command line names after `-Q` anywhere in the project: in a script, a README, a comment. Somebody reads these."""

from __future__ import annotations

import re

from taskguard.facts.questions import Question
from taskguard.patterns import regex
from taskguard.project.python.commands import CONTINUED, commands, starts
from taskguard.project.python.testing import in_tests
from taskguard.query import query
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.project.celery.system import System

NAMED = regex(r"(?:^|[\s\"'`=])(?:-Q|--queues)(?:[\s=\"',]+|(?=\w))([\w.@:-]+(?:[\"']?[ ]?,\s*[\"']?[\w.@:-]+)*)", re.M)
COMMENT = regex(r"^[ \t]*#.*", re.M)
LARGEST = 1_000_000


class Spoken(Record):
    """The `names`, and whether a file that is no part of the deployment as it is understood may start a worker: `unclear`."""

    names: frozenset[str]
    unclear: bool


def spoken(system: System) -> frozenset[str]:
    """The names."""
    return in_notes(system).names


@Question
def queues_named(text: str) -> frozenset[str]:
    """What a text names behind `-Q`; nothing where it is too long to be read by somebody."""
    if len(text) > LARGEST or ("-Q" not in text and "--queues" not in text):
        return frozenset()
    found = NAMED.finditer(CONTINUED.sub(" ", text))
    return frozenset(name for one in found for name in re.split(r"[\"',\s]+", one[1]))


@Question
def _queues_run(text: str) -> frozenset[str]:
    """As `queues_named`, of what the code itself may run: its comments say what somebody is to start, and the deployment whether anybody does."""
    return queues_named.of(COMMENT.sub("", text)) if "-Q" in text or "--queues" in text else frozenset()


@Question
def _is_unclear(text: str, path: str) -> bool:
    """Whether a text may start a worker of which the queues cannot be told."""
    if len(text) > LARGEST or "celery" not in text:
        return False
    found = [one for line in commands(text, path) for one in starts(line, path)]
    return any(one is None or (one.step == "worker" and one.open) for one in found)


@query
def in_notes(system: System) -> Spoken:
    """What is said, remembered: asked only where nothing else reads a queue."""
    project, made, unclear = system.project, set[str](), False
    for path in sorted({*project.markers, *project.notes, *project.search("-Q", "--queues")}):
        made |= _queues_run(project, path) if path in project.modules else queues_named(project, path)
        if path in project.notes and not path.endswith((".md", ".rst")) and not in_tests(path):
            unclear = unclear or _is_unclear(project, path, path)
    return Spoken(frozenset(made), unclear)
