"""Queues that a command line names after `-Q` anywhere in the project: in a script, a README, a comment. Somebody reads these."""

from __future__ import annotations

import re

from taskguard.project.commands import CONTINUED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.project.celery.system import System

NAMED = re.compile(
    r"(?:^|[\s\"'`=])(?:-Q|--queues)(?:[\s=\"',]+|(?=\w))([\w.@:-]+(?:[\"']?[ ]?,\s*[\"']?[\w.@:-]+)*)", re.M
)
LARGEST = 1_000_000


def spoken(system: System) -> frozenset[str]:
    """The names, remembered: asked only where nothing else reads a queue."""
    if system.spoken_queues is None:
        project, made = system.project, set[str]()
        for path in sorted({*project.markers, *project.notes, *project.search("-Q", "--queues")}):
            text = project.text(path)
            if text is None or len(text) > LARGEST or not ("-Q" in text or "--queues" in text):
                continue
            for match in NAMED.finditer(CONTINUED.sub(" ", text)):
                made.update(re.split(r"[\"',\s]+", match[1]))
        system.spoken_queues = frozenset(made)
    return system.spoken_queues
