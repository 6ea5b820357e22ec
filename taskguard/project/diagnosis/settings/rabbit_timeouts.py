"""How long RabbitMQ waits for a consumer to acknowledge a message before it closes its channel, as far as deployment files say which RabbitMQ it is
(https://www.rabbitmq.com/docs/consumers#acknowledgement-timeout)."""

from __future__ import annotations

import re

from taskguard.facts.questions import Question, holds
from taskguard.patterns import regex

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.project.python.project import Project

IMAGE = regex(
    r"^[ \t-]*image:[ \t]*[\"']?(?:docker\.io/)?(?:library/)?rabbitmq(?::([\w.-]+))?[\"']?[ \t]*(?:#.*)?$", re.M
)
NUMBERS = regex(r"(\d+)(?:\.(\d+))?(?:\.(\d+))?(?=$|-)")
# Half an hour since 3.8.17; for three releases before it was a quarter, and none before that.
FIRST, DEFAULT = (3, 8, 17), 1800.0
# What a server may be told otherwise by.
TOLD = (
    "consumer_timeout",
    "consumer-timeout",
    "/etc/rabbitmq",
    "RABBITMQ_CONFIG",
    "RABBITMQ_ADVANCED",
    "ERL_ARGS",
    "rabbitmqctl",
)


def rabbit_timeout(project: Project) -> float | None:
    """The seconds; None where no deployment file has the image, one is too old for that, and where something may set it."""
    paths = [path for path in sorted(project.markers) if holds(project, path, "rabbitmq")]
    found = [one for path in paths for one in rabbits(project, path)]
    if not found or False in found or any(holds(project, path, *TOLD) for path in paths):
        return None
    return None if project.search("consumer-timeout", "consumer_timeout") else DEFAULT


@Question
def rabbits(text: str) -> tuple[bool, ...]:
    """Of each RabbitMQ of a compose file or the like whether it surely is one that has the timeout."""
    return tuple(_is_late(one) for one in IMAGE.findall(text))


def _is_late(tag: str) -> bool:
    found = NUMBERS.match(tag)
    if found is None:
        return not tag or tag in ("latest", "management", "alpine", "management-alpine")
    # A number that is left out is the newest there is.
    return tuple(int(one) if one else 1000 for one in found.groups()) >= FIRST
