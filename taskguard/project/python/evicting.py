"""Servers of Redis in compose files that drop keys when their memory is full, whatever these hold: `--maxmemory-policy allkeys-lru`."""

from __future__ import annotations

import re

from taskguard.diagnostics import Span
from taskguard.facts.questions import PlacedQuestion, Question
from taskguard.patterns import regex
from taskguard.project.python.composed import SERVER, mounts_in, place_in, said_in, services_in
from taskguard.record import Record

# A policy may be the default beside a variable: `${POLICY:-allkeys-lru}`.
POLICY = regex(r"--maxmemory-policy[\s\"',=-]+(?:\$\{\w+:?-)?(allkeys-\w+)")
# Without a limit there is nothing to make room for: 0 means none.
LIMIT = regex(r"--maxmemory[\s\"',=-]+(?:\$\{\w+:?-)?(?!0+\b)\d")
CONF = regex(r"(?:redis|valkey)-server[\s\"',-]+(/[\w./-]+\.conf)\b")
OWN_POLICY = regex(r"^[ \t]*maxmemory-policy[ \t]+(allkeys-\w+)", re.M)
OWN_LIMIT = regex(r"^[ \t]*maxmemory[ \t]+(?!0+\b)\d", re.M)
# What a file calls a broker: `CELERY_BROKER_URL: redis://:secret@redis:6379/0`.
BROKER = regex(r"broker\w*[\"']?\s*[:=]\s*[\"']?rediss?://(?:[^@\s\"']*@)?([\w.-]+)", re.I)


class Evicting(Record):
    """A service that is such a server, or may be one by a file of its own, `conf`, as the mount of it is written; `policy` is empty then. `span` is where its
    command stands, `alone` says that the file has no other server of Redis."""

    name: str
    policy: str
    span: Span
    alone: bool
    conf: str = ""


@PlacedQuestion
def evicting_servers(text: str) -> tuple[Evicting, ...]:
    """Those of a compose file."""
    if ("allkeys" not in text and ".conf" not in text) or len(text) > 1_000_000:
        return ()
    whole, anchored = services_in(text)
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
            continue
        read = CONF.search(command)
        mounts = (
            mounts_in(body.get("volumes", []), anchored) if read is not None and "--maxmemory" not in command else None
        )
        source = next((source for source, target in mounts or () if read is not None and target == read[1]), "")
        if source.startswith("."):
            made.append(Evicting(name, "", place_in(body["command"], text), len(found) == 1, source))
    return tuple(made)


@Question
def policy_of(text: str) -> str:
    """The policy of a file of Redis's own that may drop any key; empty where it has another, or no limit."""
    policy = OWN_POLICY.search(text)
    return str(policy[1]) if policy is not None and OWN_LIMIT.search(text) else ""


def _is_redis(image: str) -> bool:
    held = SERVER.match(image)
    return held is not None and held[1].lower() != "rabbitmq"


@Question
def broker_hosts(text: str) -> frozenset[str]:
    """The hosts of Redis that a file of variables or of services names as a broker."""
    return frozenset(BROKER.findall(text))
