"""Options of `broker_use_ssl` that the broker's library does not take (amqp/transport.py, `_wrap_socket_sni`; redis/connection.py, `SSLConnection`; seen with Celery 5.3 to 5.7)."""

from __future__ import annotations

import re

from taskguard.facts.model import Const
from taskguard.facts.questions import finds
from taskguard.patterns import regex
from taskguard.project.celery.configuration import configuration
from taskguard.project.celery.pieces import dict_pieces
from taskguard.project.diagnosis.brokers.written_urls import BROKERS, URL, texts
from taskguard.project.diagnosis.faults import Fault
from taskguard.project.diagnosis.settings.development import apart, to_copy
from taskguard.project.python.evaluate import Bound, value_of
from taskguard.project.python.values import Known

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.diagnostics import Span
    from taskguard.project.celery.model import Service
    from taskguard.project.celery.pieces import Piece
    from taskguard.project.celery.system import System
    from taskguard.project.python.project import Project

SETTING = "broker_use_ssl"
OF_AMQP = frozenset(("amqp", "amqps", "pyamqp"))
OF_REDIS = frozenset(("redis", "rediss"))
# The options that both have, by the names that amqp gives them.
PLAIN = frozenset("cert_reqs ca_certs certfile keyfile".split())
PREFIX = "ssl_"
ASKS = {
    one: regex(
        rf"^[ \t]*if\b[^\n]*[\"'](?:{'|'.join(sorted(one))})(?::/*)?[\"'][^\n]*:[ \t]*(?:#[^\n]*)?\n(?:[ \t]*#[^\n]*\n)*[ \t]+[^\n]*broker_use_ssl\b",
        re.M | re.I,
    )
    for one in (OF_AMQP, OF_REDIS)
}
TWICE = regex(r"broker_use_ssl\b[\s\S]*\bbroker_use_ssl\b", re.I)
CONSTANTS = frozenset(("CERT_NONE", "CERT_OPTIONAL", "CERT_REQUIRED"))


def refused_ssl_options(system: System) -> Iterator[Fault]:
    """Each place once."""
    seen: set[tuple[str, Span]] = set()
    for service in system.live:
        setting = configuration(service).get(SETTING) if not service.test else None
        for place in setting.places if setting is not None else ():
            if apart(place) or to_copy(place.path) or not isinstance(place.value, Bound):
                continue
            schemes = (_asked_before(system.project, place.path) if place.guard == "if" else None) or _schemes(service)
            for piece in dict_pieces(place.value).items:
                if (piece.path, piece.span) not in seen:
                    seen.add((piece.path, piece.span))
                    yield from _judged(piece, schemes)


def _asked_before(project: Project, path: str) -> frozenset[str]:
    """The schemes that an `if` around asks for: `if url.startswith("amqps://"): app.conf.broker_use_ssl = …`."""
    found = [one for one in (OF_AMQP, OF_REDIS) if finds(project, path, ASKS[one])]
    return found[0] if len(found) == 1 and not finds(project, path, TWICE) else frozenset()


def _schemes(service: Service) -> frozenset[str]:
    """The schemes of the brokers that a service may have; empty where one of them cannot be told."""
    made: set[str] = set()
    for name in BROKERS:
        setting = configuration(service).get(name)
        for place in setting.places if setting is not None else ():
            held = list(texts(place.value)) if isinstance(place.value, Bound) else []
            found = [URL.match(one) for _, text, asked in held for one in ("" if asked else text).split(";")]
            if not found or None in found:
                return frozenset()
            made.update(one[1].lower() for one in found if one is not None)
    return frozenset(made)


def _judged(piece: Piece, schemes: frozenset[str]) -> Iterator[Fault]:
    key = piece.key.value
    if not isinstance(key, str):
        return
    value = value_of(piece.value)
    if key == f"{PREFIX}cert_reqs" and isinstance(value, Known) and value.value in CONSTANTS:
        if not schemes or schemes <= OF_REDIS:
            word = str(value.value).removeprefix("CERT_").lower()
            span = piece.value.expr.span if isinstance(piece.value.expr, Const) else piece.span
            yield Fault(
                piece.path, span, f"ssl_cert_reqs is the text {value.value!r}, which redis-py does not know here: nothing can be sent",
                f'write `ssl.{value.value}`, or "{word}"', SETTING,
            )  # fmt: skip
    elif schemes and key.startswith(PREFIX) and key.removeprefix(PREFIX) in PLAIN and schemes <= OF_AMQP:
        yield _other(piece, key, key.removeprefix(PREFIX), "RabbitMQ")
    elif schemes and key in PLAIN and schemes <= OF_REDIS:
        yield _other(piece, key, f"{PREFIX}{key}", "Redis")


def _other(piece: Piece, key: str, meant: str, broker: str) -> Fault:
    return Fault(
        piece.path, piece.span, f"a broker of {broker} takes no {key}: a TypeError as soon as it is connected to",
        f"write `{meant}`", SETTING,
    )  # fmt: skip
