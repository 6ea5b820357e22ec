"""Passwords in the URLs of brokers and result backends that the code writes out."""

from __future__ import annotations

import re

from taskguard.patterns import regex
from taskguard.project.celery.configuration import configuration
from taskguard.project.diagnosis.brokers.written_urls import BACKENDS, BROKERS, HOLE, URL, written_urls
from taskguard.project.diagnosis.faults import Fault
from taskguard.project.diagnosis.settings.development import place_of, to_copy
from taskguard.project.python.testing import in_tests

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.project.celery.system import System

# Hosts that only this machine, or a network of containers, knows by that name.
NEAR = regex(
    r"(?i)\[?(?:localhost|127(?:\.\d+){3}|0\.0\.0\.0|::1|host\.docker\.internal|[^.\[\]]*|.*\.(?:local|localhost|docker\.internal|svc|test|invalid|example|lan)"
    r"|.*\.svc\.cluster\.local|(?:.*\.)?example\.(?:com|org|net))\]?"
)
PRIVATE = regex(
    r"(?:10(?:\.\d+){3}|192\.168(?:\.\d+){2}|172\.(?:1[6-9]|2\d|3[01])(?:\.\d+){2}|.*\.(?:internal|corp|intranet))"
)
IDLE = frozenset(
    "admin celery changeme changeit default foobar guest mypass mypassword pass passwd password passw0rd pw pwd rabbit rabbitmq redis root secret test user xxx"
    " xxxx xxxxx xxxxxx".split()
)
STANDS_FOR = regex(r"(?i)[<{$%*\[]|your|x{4,}|\.{3}|placeholder|change.?me|redacted|dummy")
# Settings that hold nothing but a password, and those that name the host beside them.
BESIDE = {"broker_password": "broker_host", "redis_password": "redis_host"}


def secrets(system: System) -> Iterator[Fault]:
    """Each place once; none that only a developer's own machine or a network of containers takes."""
    lines: set[tuple[str, int, str]] = set()
    for one in written_urls(system, (*BROKERS, *BACKENDS)):
        found = URL.match(one.text)
        if found is None or to_copy(one.path):
            continue
        user, password, host = found[2] or "", found[3] or "", found[4]
        if not _is_secret(user, password) or HOLE in host or NEAR.fullmatch(host):
            continue
        kind = "backend" if one.setting in BACKENDS else "broker"
        if (one.path, one.span.line, kind) in lines:
            continue
        lines.add((one.path, one.span.line, kind))
        yield Fault(
            one.path, one.span, f"the URL of the {kind} holds the password for {_shown(host)}", "take it from the environment, and change it: history keeps what was committed",
            certain=not PRIVATE.fullmatch(host),
        )  # fmt: skip
    seen = set()
    for service in system.live:
        conf = configuration(service)
        for name, beside in BESIDE.items():
            setting, host = conf.get(name), conf.value(beside).value
            value = setting.known.value if setting is not None else None
            if setting is None or not isinstance(value, str) or not isinstance(host, str) or not _is_secret("", value):
                continue
            place = place_of(setting)
            if (
                place is None
                or in_tests(place.path)
                or to_copy(place.path)
                or NEAR.fullmatch(host)
                or (place.path, place.span) in seen
            ):
                continue
            seen.add((place.path, place.span))
            yield Fault(
                place.path, place.span, f"{place.written} holds the password for {_shown(host)}", "take it from the environment, and change it: history keeps what was committed",
                depends=setting.known.files, certain=not PRIVATE.fullmatch(host),
            )  # fmt: skip


def _is_secret(user: str, password: str) -> bool:
    """Whether a word is a password and no placeholder for one."""
    plain = re.sub(r"%[0-9A-Fa-f]{2}", "", password)
    if len(plain) < 3 or HOLE in password or password.lower() in IDLE or (user and password.lower() == user.lower()):
        return False
    return not STANDS_FOR.search(plain)


def _shown(host: str) -> str:
    return host if len(host) <= 60 and host.isprintable() else "its host"
