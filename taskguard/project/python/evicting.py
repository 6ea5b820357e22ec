"""Servers of Redis in compose files that drop keys when their memory is full, whatever these hold: `--maxmemory-policy allkeys-lru`."""

from __future__ import annotations

from taskguard.diagnostics import Span
from taskguard.facts.questions import PlacedQuestion, Question
from taskguard.patterns import regex
from taskguard.project.python.composed import SERVER, place_in, said_in, services_in
from taskguard.record import Record

# A policy may be the default beside a variable: `${POLICY:-allkeys-lru}`.
POLICY = regex(r"--maxmemory-policy[\s\"',=-]+(?:\$\{\w+:?-)?(allkeys-\w+)")
# Without a limit there is nothing to make room for: 0 means none.
LIMIT = regex(r"--maxmemory[\s\"',=-]+(?:\$\{\w+:?-)?(?!0+\b)\d")
# What a file calls a broker: `CELERY_BROKER_URL: redis://:secret@redis:6379/0`.
BROKER = regex(r"broker\w*[\"']?\s*[:=]\s*[\"']?rediss?://(?:[^@\s\"']*@)?([\w.-]+)", 2)


class Evicting(Record):
    """A service that is such a server. `span` is where its command stands, `alone` says that the file has no other server of Redis."""

    name: str
    policy: str
    span: Span
    alone: bool


@PlacedQuestion
def evicting_servers(text: str) -> tuple[Evicting, ...]:
    """Those of a compose file."""
    if "allkeys" not in text or len(text) > 1_000_000:
        return ()
    whole = services_in(text)[0]
    found = {
        name: body
        for name, body in whole.items()
        if body is not None and "image" in body and _is_redis(said_in(body["image"]))
    }
    made = []
    for name, body in found.items():
        command = " ".join(line for _, line in body["command"]) if "command" in body else ""
        policy = POLICY.search(command)
        if policy is not None and LIMIT.search(command):
            made.append(Evicting(name, policy[1], place_in(body["command"], text), len(found) == 1))
    return tuple(made)


def _is_redis(image: str) -> bool:
    held = SERVER.match(image)
    return held is not None and held[1].lower() != "rabbitmq"


@Question
def broker_hosts(text: str) -> frozenset[str]:
    """The hosts of Redis that a file of variables or of services names as a broker."""
    return frozenset(BROKER.findall(text))
